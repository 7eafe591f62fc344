/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/filter.h"

#include "harness.h"

static struct rpc_filter make(uint32_t n)
{
	struct rpc_filter f = { .group = { .family = 6,
					   .ip = { 0xff, [15] = 9 } },
				.index = RPC_IFINDEX_BASE + 1,
				.mode = 1,
				.n = n };
	uint32_t i;

	for (i = 0; i < n; i++)
		f.sources[i][15] = (uint8_t)(i + 1);
	return f;
}

TEST(filter_comes_back_as_it_was)
{
	static const uint32_t sizes[] = { 0, 1, FILTER_SOURCES_MAX };
	uint8_t room[RPC_OPT_MAX];
	struct rpc_filter f, back;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(sizes); i++) {
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct reader r;

		f = make(sizes[i]);
		tl_rpc_write_filter(&w, &f);
		CHECK(tl_writer_ok(&w));
		r = tl_reader(tl_writer_bytes(&w));
		tl_rpc_read_filter(&r, &back);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(back.n, f.n);
		CHECK_EQ(back.index, f.index);
		CHECK_EQ(back.mode, f.mode);
		CHECK_MEM(back.group.ip, f.group.ip, 16);
		CHECK_MEM(back.sources, f.sources, sizeof(f.sources));
	}
}

TEST(filter_cut_or_with_too_many_is_malformed)
{
	const struct rpc_filter f = make(3);
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_filter back;
	struct reader r;
	size_t n;

	tl_rpc_write_filter(&w, &f);
	for (n = 0; n < w.n; n++) {
		r = tl_reader(tl_bytes(room, n));
		tl_rpc_read_filter(&r, &back);
		CHECK(!tl_reader_ok(&r));
	}
	tl_store_be32(room + RPC_ADDR_LEN + 8, FILTER_SOURCES_MAX + 1);
	r = tl_reader(TL_BYTES_OF(room));
	tl_rpc_read_filter(&r, &back);
	CHECK(!tl_reader_ok(&r));
	CHECK_EQ(back.n, 0);
}
