/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/keep.h"

#include "harness.h"

static uint8_t room[KEEP_RECORD_MAX + 1];

static struct bytes built(const struct keep_record *k)
{
	struct writer w = tl_writer(tl_buffer(room, KEEP_RECORD_MAX));

	tl_keep_write(&w, k);
	CHECK(tl_writer_ok(&w));
	return tl_writer_bytes(&w);
}

TEST(keep_record_is_read_as_it_was_written)
{
	static const uint8_t blob[KEEP_BLOB_MAX] = { 1, 2, [1023] = 3 };
	static const size_t sizes[] = { 0, 1, 17, KEEP_BLOB_MAX };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(sizes); i++) {
		const struct keep_record k = { KEEP_KEEP, 0x123456789abcdef0,
					       tl_bytes(blob, sizes[i]) };
		struct reader r = tl_reader(built(&k));
		struct keep_record got;

		CHECK_EQ(r.rest.n, KEEP_HEADER_LEN + sizes[i]);
		tl_keep_read(&r, &got);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(got.kind, KEEP_KEEP);
		CHECK_EQ(got.key, k.key);
		CHECK(tl_bytes_equal(got.blob, k.blob));
	}
}

/* Whoever is newer must find it where it was. */
TEST(keep_header_never_changes)
{
	static const uint8_t want[] = { 2, 0, 0, 3,    0, 0, 0,	  0,   0,  0,
					0, 0, 0, 0x12, 0, 7, 'a', 'b', 'c' };
	const struct keep_record k = { KEEP_DROP, 0x120007,
				       tl_bytes_from_str("abc") };

	CHECK(tl_bytes_equal(built(&k), TL_BYTES_OF(want)));
}

TEST(keep_record_that_is_cut_or_too_long_is_refused)
{
	const struct keep_record k = { KEEP_KEEP, 1, tl_bytes_from_str("xy") };
	struct bytes whole = built(&k);
	struct keep_record got;
	struct reader r;
	size_t n;

	for (n = 0; n < whole.n; n++) {
		r = tl_reader(tl_bytes_first(whole, n));
		tl_keep_read(&r, &got);
		CHECK(!tl_reader_done(&r));
	}
	r = tl_reader(tl_bytes(room, whole.n + 1));
	tl_keep_read(&r, &got);
	CHECK(!tl_reader_done(&r));
	room[2] = 0xff;
	r = tl_reader(tl_bytes(room, sizeof(room)));
	tl_keep_read(&r, &got);
	CHECK(!tl_reader_ok(&r));
}

TEST(keep_blob_that_is_too_long_is_not_written)
{
	static uint8_t blob[KEEP_BLOB_MAX + 1];
	static uint8_t big[2 * KEEP_RECORD_MAX];
	const struct keep_record k = { KEEP_SAY, 0, TL_BYTES_OF(blob) };
	struct writer w = tl_writer(TL_BUFFER_OF(big));

	tl_keep_write(&w, &k);
	CHECK(!tl_writer_ok(&w));
}

TEST(keep_hello_may_become_longer)
{
	const struct keep_hello h = { 3, 9, 15000, 0x1122334455 };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct keep_hello got;
	struct reader r;

	tl_keep_write_hello(&w, &h);
	CHECK_EQ(w.n, KEEP_HELLO_LEN);
	tl_write_be64(&w, 99);
	r = tl_reader(tl_writer_bytes(&w));
	tl_keep_read_hello(&r, &got);
	CHECK(tl_reader_ok(&r));
	CHECK_EQ(got.restarts, 3);
	CHECK_EQ(got.last_status, 9);
	CHECK_EQ(got.beat_ms, 15000);
	CHECK_EQ(got.since_ms, 0x1122334455);
	r = tl_reader(tl_bytes(room, KEEP_HELLO_LEN - 1));
	tl_keep_read_hello(&r, &got);
	CHECK(!tl_reader_ok(&r));
}
