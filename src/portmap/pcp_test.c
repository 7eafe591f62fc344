/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/pcp.h"

#include <string.h>

#include "harness.h"

/* A request and its answer as a miniupnpd 2.3.1 took and gave them. */
static const uint8_t request[PCP_MAP_LEN] = {
	0x02, 0x01, 0,	  0,	0,    0,    0x02, 0x58, 0,    0,    0,	  0,
	0,    0,    0,	  0,	0,    0,    0xff, 0xff, 192,  168,  7,	  5,
	0xeb, 0xf9, 0x46, 0x62, 0x25, 0xac, 0x72, 0x98, 0x39, 0x30, 0xb5, 0x06,
	17,   0,    0,	  0,	0x11, 0x5c, 0x11, 0x5c, 0,    0,    0,	  0,
	0,    0,    0,	  0,	0,    0,    0xff, 0xff, 0,    0,    0,	  0,
};
static const uint8_t answer[PCP_MAP_LEN] = {
	0x02, 0x81, 0,	  0,	0,    0,    0x02, 0x58, 0,    0,    0,	  2,
	0,    0,    0,	  0,	0,    0,    0,	  0,	0,    0,    0,	  0,
	0xeb, 0xf9, 0x46, 0x62, 0x25, 0xac, 0x72, 0x98, 0x39, 0x30, 0xb5, 0x06,
	17,   0,    0,	  0,	0x11, 0x5c, 0x11, 0x5c, 0,    0,    0,	  0,
	0,    0,    0,	  0,	0,    0,    0xff, 0xff, 81,   2,    3,	  2,
};
static const struct pcp_map wanted = {
	.nonce = { 0xeb, 0xf9, 0x46, 0x62, 0x25, 0xac, 0x72, 0x98, 0x39, 0x30,
		   0xb5, 0x06 },
	.local = { .family = 4, .port = 4444, .ip = { 192, 168, 7, 5 } },
	.external = { .family = 4, .port = 4444 },
	.lifetime_s = 600,
};

static enum pcp_answer judge(const uint8_t *at, size_t n)
{
	struct reader r = tl_reader(tl_bytes(at, n));
	struct pcp_reply reply = tl_read_pcp_reply(&r);

	return tl_reader_ok(&r) ? tl_pcp_answer(&reply, &wanted) : PCP_STRANGE;
}

/* The answer with one byte changed. */
static enum pcp_answer judge_changed(size_t at, uint8_t value)
{
	uint8_t copy[PCP_MAP_LEN];

	memcpy(copy, answer, sizeof(copy));
	copy[at] = value;
	return judge(copy, sizeof(copy));
}

TEST(pcp_request_is_as_the_rfc_has_it)
{
	uint8_t room[PCP_MAP_LEN + 1];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_pcp_map(&w, &wanted);
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(w.n, sizeof(request));
	CHECK(memcmp(room, request, sizeof(request)) == 0);
}

TEST(pcp_request_for_ip6_has_whole_addresses)
{
	struct pcp_map m = wanted;
	uint8_t room[PCP_MAP_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	static const uint8_t any[16];

	m.local = (struct endpoint){ 6, 4444, { 0x20, 1, 0xd, 0xb8, 9 } };
	m.external = (struct endpoint){ 0 };
	tl_write_pcp_map(&w, &m);
	CHECK_EQ(w.n, sizeof(room));
	CHECK(memcmp(room + 8, m.local.ip, 16) == 0);
	CHECK(memcmp(room + 44, any, 16) == 0);
	CHECK_EQ(room[42], 0);
}

TEST(pcp_grant_is_read)
{
	struct reader r = tl_reader(TL_BYTES_OF(answer));
	struct pcp_reply reply = tl_read_pcp_reply(&r);
	struct endpoint e = { 4, 4444, { 81, 2, 3, 2 } };

	CHECK(tl_reader_done(&r));
	CHECK_EQ(tl_pcp_answer(&reply, &wanted), PCP_GRANTED);
	CHECK(tl_endpoint_equal(&reply.map.external, &e));
	CHECK_EQ(reply.map.lifetime_s, 600);
	CHECK_EQ(reply.epoch_s, 2);
}

TEST(pcp_answer_to_somebody_else_is_none)
{
	CHECK_EQ(judge(request, sizeof(request)), PCP_STRANGE);
	CHECK_EQ(judge_changed(24, 0xec), PCP_STRANGE); /* nonce */
	CHECK_EQ(judge_changed(35, 0x07), PCP_STRANGE);
	CHECK_EQ(judge_changed(36, 6), PCP_STRANGE); /* TCP */
	CHECK_EQ(judge_changed(41, 0x5d), PCP_STRANGE); /* our port */
	CHECK_EQ(judge_changed(1, 0x82), PCP_STRANGE); /* PEER */
	CHECK_EQ(judge_changed(0, 1), PCP_STRANGE);
}

TEST(pcp_message_of_odd_length_is_none)
{
	uint8_t large[PCP_MESSAGE_MAX + 4] = { 0 };
	size_t n;

	for (n = 0; n < sizeof(answer); n++)
		CHECK_EQ(judge(answer, n), PCP_STRANGE);
	memcpy(large, answer, sizeof(answer));
	CHECK_EQ(judge(large, sizeof(answer) + 1), PCP_STRANGE);
	CHECK_EQ(judge(large, sizeof(answer) + 4), PCP_GRANTED);
	CHECK_EQ(judge(large, sizeof(large) - 4), PCP_GRANTED);
	CHECK_EQ(judge(large, sizeof(large)), PCP_STRANGE);
}

TEST(pcp_grant_of_nothing_is_a_refusal)
{
	uint8_t copy[PCP_MAP_LEN];

	CHECK_EQ(judge_changed(55, 0), PCP_REFUSED); /* an IPv6 address */
	memcpy(copy, answer, sizeof(copy));
	memset(copy + 4, 0, 4); /* lifetime */
	CHECK_EQ(judge(copy, sizeof(copy)), PCP_REFUSED);
	memcpy(copy, answer, sizeof(copy));
	memset(copy + 42, 0, 2); /* port */
	CHECK_EQ(judge(copy, sizeof(copy)), PCP_REFUSED);
	memcpy(copy, answer, sizeof(copy));
	memset(copy + 56, 0, 4); /* 0.0.0.0 */
	CHECK_EQ(judge(copy, sizeof(copy)), PCP_REFUSED);
}

TEST(pcp_refusal_is_told_in_words)
{
	struct reader r;
	struct pcp_reply reply;
	uint8_t copy[PCP_MAP_LEN];

	memcpy(copy, answer, sizeof(copy));
	copy[3] = PCP_NOT_AUTHORIZED;
	r = tl_reader(TL_BYTES_OF(copy));
	reply = tl_read_pcp_reply(&r);
	CHECK_EQ(tl_pcp_answer(&reply, &wanted), PCP_REFUSED);
	CHECK(strcmp(tl_pcp_why(&reply), "it does not allow this") == 0);
	reply.result = 99;
	CHECK(strcmp(tl_pcp_why(&reply), "an error it did not explain") == 0);
}

TEST(pcp_server_of_another_version_is_known)
{
	/* What a server of NAT-PMP alone says (RFC 6886 3.5). */
	static const uint8_t old[] = { 0, 0x81, 0, 1, 0, 0, 0, 9 };
	static const uint8_t next[] = { 3, 0x81, 0, 1, 0, 0, 0, 0 };

	CHECK_EQ(judge(old, sizeof(old)), PCP_OTHER_VERSION);
	CHECK_EQ(judge(next, sizeof(next)), PCP_OTHER_VERSION);
	CHECK_EQ(judge(old, 3), PCP_STRANGE);
}

TEST(pcp_removal_is_granted_without_an_address)
{
	struct pcp_map gone = wanted;
	uint8_t copy[PCP_MAP_LEN];
	struct pcp_reply reply;
	struct reader r;

	gone.lifetime_s = 0;
	memcpy(copy, answer, sizeof(copy));
	memset(copy + 4, 0, 4);
	memset(copy + 42, 0, 18);
	r = tl_reader(TL_BYTES_OF(copy));
	reply = tl_read_pcp_reply(&r);
	CHECK_EQ(tl_pcp_answer(&reply, &gone), PCP_GRANTED);
	CHECK_EQ(tl_pcp_answer(&reply, &wanted), PCP_REFUSED);
}

static bool announces(const uint8_t *at, size_t n, uint32_t epoch_s)
{
	struct reader r = tl_reader(tl_bytes(at, n));
	uint32_t got = tl_read_pcp_announcement(&r);

	return tl_reader_ok(&r) && got == epoch_s;
}

TEST(pcp_announcements_of_both_protocols_are_read)
{
	uint8_t pcp[24] = { 2, 0x80, [11] = 7 };
	uint8_t old[12] = { 0, 0x80, 0, 0, 0, 0, 1, 0, 81, 2, 3, 2 };

	CHECK(announces(pcp, sizeof(pcp), 7));
	CHECK(!announces(pcp, sizeof(pcp) - 4, 7));
	CHECK(announces(old, sizeof(old), 256));
	CHECK(!announces(old, sizeof(old) - 1, 256));
	pcp[3] = 1;
	CHECK(!announces(pcp, sizeof(pcp), 7));
	pcp[3] = 0;
	pcp[1] = 0;
	CHECK(!announces(pcp, sizeof(pcp), 7));
	CHECK(!announces(answer, sizeof(answer), 2));
	CHECK(!announces(NULL, 0, 0));
}

TEST(pcp_epoch_that_keeps_pace_is_kept)
{
	struct pcp_epoch e = { 0 };

	CHECK(!tl_pcp_epoch_is_lost(&e, 1000, 50000));
	CHECK(!tl_pcp_epoch_is_lost(&e, 1300, 350000));
	/* A sixteenth slower, a sixteenth faster. */
	CHECK(!tl_pcp_epoch_is_lost(&e, 1300 + 298, 350000 + 318000));
	CHECK(!tl_pcp_epoch_is_lost(&e, 1598 + 318, 668000 + 298000));
	/* One second back may be the clock's. */
	CHECK(!tl_pcp_epoch_is_lost(&e, 1915, 966000));
}

TEST(pcp_epoch_that_jumps_is_lost)
{
	struct pcp_epoch e = { 0 };

	CHECK(!tl_pcp_epoch_is_lost(&e, 1000, 50000));
	CHECK(tl_pcp_epoch_is_lost(&e, 5, 350000));
	CHECK(!tl_pcp_epoch_is_lost(&e, 305, 650000));
	CHECK(tl_pcp_epoch_is_lost(&e, 303, 650000));
	/* It was up for longer before, but not for long enough now. */
	CHECK(tl_pcp_epoch_is_lost(&e, 400, 950000));
	CHECK(tl_pcp_epoch_is_lost(&e, 1400, 1250000));
}

TEST(pcp_epoch_may_wrap_at_most_once)
{
	struct pcp_epoch e = { 0 };

	CHECK(!tl_pcp_epoch_is_lost(&e, UINT32_MAX, 0));
	CHECK(tl_pcp_epoch_is_lost(&e, 0, 1000));
	CHECK(!tl_pcp_epoch_is_lost(&e, 1, 2000));
}
