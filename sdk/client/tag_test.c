/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/tag.h"

#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

static void mark(int fd, uint32_t tag)
{
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &tag, sizeof(tag)),
		 0);
}

TEST(tag_is_told_from_any_other_number)
{
	static const uint32_t others[] = { 0,	       1,	   0xffffffff,
					   0x58000000, 0x5c000000, 0x1a000000,
					   0xda000000 };
	uint32_t tag = 7;
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK(!tl_tag_get(&tag, ends[0]));
	for (size_t i = 0; i < TL_ARRAY_SIZE(others); i++) {
		mark(ends[0], others[i]);
		CHECK(!tl_tag_get(&tag, ends[0]));
	}
	CHECK_EQ(tag, 7);
	CHECK(!tl_tag_get(&tag, -1));
	mark(ends[0], TAG_MAGIC | TAG_DGRAM);
	CHECK(tl_tag_get(&tag, ends[0]));
	CHECK_EQ(tag, TAG_MAGIC | TAG_DGRAM);
	close(ends[0]);
	close(ends[1]);
}

TEST(tag_tells_the_service_beside_all_other_bits)
{
	uint32_t all = TAG_MAGIC | 0x007fffff;
	uint32_t tag;
	int ends[2];

	CHECK_EQ(TAG_MAGIC & TAG_ENDPOINT, 0);
	CHECK_EQ(TAG_MAGIC_MASK & TAG_ENDPOINT, 0);
	CHECK_EQ(tl_tag_endpoint(all), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	for (uint32_t i = 0; i < 4; i++) {
		mark(ends[0], all | i << TAG_ENDPOINT_SHIFT);
		CHECK(tl_tag_get(&tag, ends[0]));
		CHECK_EQ(tl_tag_endpoint(tag), i);
		CHECK_EQ(tag & TAG_MAGIC_MASK, TAG_MAGIC);
		tl_tag_change(ends[0], 0, 0x007fffff);
		CHECK(tl_tag_get(&tag, ends[0]));
		CHECK_EQ(tag, TAG_MAGIC | i << TAG_ENDPOINT_SHIFT);
	}
	close(ends[0]);
	close(ends[1]);
}
