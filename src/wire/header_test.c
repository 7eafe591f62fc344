/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/header.h"

#include "vectors/vector.h"

TEST(header_is_written_and_read)
{
	uint8_t p[PACKET_HEADER_LEN];

	memset(p, 0xee, sizeof(p));
	tl_packet_init(p, 0x0123456789abcdef, (struct address){ 0x7f825062b0 },
		       (struct address){ 0x8e4df28b72 }, VERB_ECHO);
	CHECK_BYTES(TL_BYTES_OF(p),
		    tl_buffer_bytes(tl_vector_unhex(
			    "0123456789abcdef7f825062b08e4df28b7200"
			    "000000000000000008")));
	CHECK_EQ(tl_packet_id(p), 0x0123456789abcdef);
	CHECK_EQ(tl_packet_dest(p).v, 0x7f825062b0);
	CHECK_EQ(tl_packet_source(p).v, 0x8e4df28b72);
	CHECK_EQ(tl_packet_verb(p), VERB_ECHO);
}

TEST(header_flags_are_parted)
{
	uint8_t p[PACKET_HEADER_LEN] = { 0 };

	p[PACKET_AT_FLAGS] = 0xc0 | SUITE_AES_GMAC_SIV << 3 | 5;
	p[PACKET_AT_VERB] = VERB_FLAG_COMPRESSED | 0x60 | VERB_FRAME;
	CHECK_EQ(tl_packet_suite(p), SUITE_AES_GMAC_SIV);
	CHECK_EQ(tl_packet_hops(p), 5);
	CHECK_EQ(tl_packet_verb(p), VERB_FRAME);
	p[PACKET_AT_FLAGS] = 0x38;
	CHECK_EQ(tl_packet_suite(p), 7);
}

TEST(header_verbs_have_names)
{
	CHECK_STR(tl_verb_name(VERB_NOP), "NOP");
	CHECK_STR(tl_verb_name(VERB_PATH_NEGOTIATION_REQUEST),
		  "PATH_NEGOTIATION_REQUEST");
	CHECK_STR(tl_verb_name(0x0f), "unknown");
	CHECK_STR(tl_verb_name(0x11), "unknown");
	CHECK_STR(tl_verb_name(VERB_MASK), "unknown");
	CHECK_STR(tl_verb_name(32), "unknown");
	CHECK_STR(tl_verb_name(~0u), "unknown");
}
