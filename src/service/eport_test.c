/* SPDX-License-Identifier: Apache-2.0 */
#include "service/eport.h"

#include "harness.h"
#include "stack/checksum.h"

static const uint8_t own[16] = { 0xfd, 1, [15] = 9 };
static const uint8_t wanted[16] = { 0xfc, 2, [15] = 7 };

/* RFC 4861 4.3, with the option of the sender's address. */
static struct bytes solicit(uint8_t packet[72])
{
	memset(packet, 0, 72);
	packet[0] = 0x60;
	packet[5] = 32;
	packet[6] = 58;
	packet[7] = 255;
	memcpy(packet + 8, own, 16);
	packet[24] = 0xff;
	packet[40] = 135;
	memcpy(packet + 48, wanted, 16);
	return tl_bytes(packet, 72);
}

TEST(eport_solicitations_are_found)
{
	uint8_t packet[72];
	struct bytes p = solicit(packet);
	size_t n;

	CHECK(tl_eport_solicited(p) == packet + 48);
	for (n = 0; n < 72; n++)
		CHECK(!tl_eport_solicited(tl_bytes_first(p, n)) == (n < 64));
	packet[40] = 136;
	CHECK(!tl_eport_solicited(p));
	solicit(packet);
	packet[6] = 17;
	CHECK(!tl_eport_solicited(p));
}

TEST(eport_answer_is_what_vl2_2_5_shows)
{
	struct mac mac = { { 2, 3, 4, 5, 6, 7 } };
	uint8_t packet[72];
	struct bytes p = solicit(packet);
	uint8_t out[EPORT_ADVERTISEMENT_LEN];

	tl_eport_advertise(out, p, mac);
	CHECK_EQ(tl_load_be32(out), 0x60000000);
	CHECK_EQ(tl_load_be32(out + 4), 0x00203aff);
	CHECK_MEM(out + 8, wanted, 16);
	CHECK_MEM(out + 24, own, 16);
	CHECK_EQ(tl_load_be16(out + 40), 0x8800);
	CHECK_EQ(tl_load_be32(out + 44), 0x60000000);
	CHECK_MEM(out + 48, wanted, 16);
	CHECK_EQ(tl_load_be16(out + 64), 0x0201);
	CHECK_MEM(out + 66, mac.b, 6);
	CHECK_EQ(tl_checksum_transport(TL_BYTES_OF(out), 40, 58), 0);
}

static bool is_mld(uint8_t next, uint8_t inner, uint8_t type, size_t n)
{
	uint8_t packet[76] = { 0x60 };

	packet[6] = next;
	packet[40] = inner;
	packet[48] = type;
	return tl_eport_is_report(0x86dd, tl_bytes(packet, n));
}

TEST(eport_reports_of_memberships_are_seen)
{
	uint8_t packet[28] = { 0x46, [9] = 2 };

	CHECK(tl_eport_is_report(0x0800, TL_BYTES_OF(packet)));
	CHECK(!tl_eport_is_report(0x86dd, TL_BYTES_OF(packet)));
	CHECK(!tl_eport_is_report(0x0800, tl_bytes(packet, 19)));
	packet[9] = 1;
	CHECK(!tl_eport_is_report(0x0800, TL_BYTES_OF(packet)));
	CHECK(is_mld(0, 58, 143, 76));
	CHECK(is_mld(0, 58, 131, 52));
	CHECK(is_mld(0, 58, 132, 76));
	CHECK(!is_mld(0, 58, 143, 51));
	CHECK(!is_mld(0, 58, 135, 76));
	CHECK(!is_mld(0, 17, 143, 76));
	CHECK(!is_mld(58, 58, 143, 76));
}
