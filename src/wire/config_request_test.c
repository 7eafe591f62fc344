/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_request.h"

#include "harness.h"

static bool parses(struct bytes payload, struct config_request *q)
{
	struct reader r = tl_reader(payload);

	tl_read_config_request(&r, q);
	return tl_reader_ok(&r);
}

TEST(config_request_may_end_early)
{
	static const uint8_t payload[] = { 0,	0,   0,	  0, 0, 0, 0, 9, 0, 3,
					   'v', '=', '7', 0, 0, 0, 0, 0, 0, 0,
					   5,	0,   0,	  0, 0, 0, 0, 0, 6 };
	struct config_request q;

	CHECK(parses(tl_bytes(payload, 8), &q));
	CHECK_EQ(q.network.v, 9);
	CHECK_EQ(q.metadata.n, 0);
	CHECK(parses(tl_bytes(payload, 13), &q));
	CHECK_EQ(q.metadata.n, 3);
	CHECK_EQ(q.revision, 0);
	CHECK(parses(TL_BYTES_OF(payload), &q));
	CHECK_EQ(q.revision, 5);
	CHECK_EQ(q.timestamp, 6);
	CHECK(!parses(tl_bytes(payload, 7), &q));
	CHECK(!parses(tl_bytes(payload, 12), &q));
}

TEST(config_metadata_of_our_own_fits_and_comes_back)
{
	struct config_metadata m = tl_config_metadata_own(1, 2, 3);
	uint8_t room[CONFIG_METADATA_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct config_metadata again;

	memset(m.platform, 'p', sizeof(m.platform) - 1);
	memset(m.auth, 'a', sizeof(m.auth) - 1);
	tl_config_metadata_build(&w, &m);
	CHECK(tl_writer_ok(&w));
	tl_config_metadata_parse(&again, tl_writer_bytes(&w));
	CHECK_EQ(again.config_version, 7);
	CHECK_EQ(again.version_minor, 2);
	CHECK_EQ(again.version_revision, 3);
	CHECK_EQ(again.max_rules, 1024);
	CHECK(again.rules_revision >= 1);
	CHECK_STR(again.platform, m.platform);
	CHECK_STR(again.auth, m.auth);
}

TEST(config_metadata_absent_is_zero)
{
	struct config_metadata m;

	tl_config_metadata_parse(&m, tl_bytes(NULL, 0));
	CHECK_EQ(m.config_version, 0);
	CHECK_EQ(m.rules_revision, 0);
	CHECK_STR(m.auth, "");
}
