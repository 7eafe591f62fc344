/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_frame.h"

#include <errno.h>

#include "harness.h"

static const uint8_t two[] = { 0, 3, 'a', 'b', 'c', 0, 1, 'd' };

static void check_message(struct dns_frame *f, const char *text)
{
	struct buffer m;

	CHECK(tl_dns_frame_is_whole(f));
	m = tl_dns_frame_message(f);
	CHECK_EQ(m.n, strlen(text));
	CHECK_MEM(m.at, text, m.n);
	tl_dns_frame_clear(f);
	CHECK(!tl_dns_frame_is_whole(f));
}

TEST(dns_frame_takes_one_message_at_a_time)
{
	struct dns_frame f = { .max = 16 };
	struct bytes from = TL_BYTES_OF(two);

	CHECK_EQ(tl_dns_frame_take(&f, &from), 0);
	CHECK_EQ(from.n, 3);
	check_message(&f, "abc");
	CHECK_EQ(tl_dns_frame_take(&f, &from), 0);
	CHECK_EQ(from.n, 0);
	check_message(&f, "d");
}

TEST(dns_frame_takes_single_bytes)
{
	struct dns_frame f = { .max = 3 };
	size_t i;

	for (i = 0; i < 5; i++) {
		struct bytes from = tl_bytes(two + i, 1);

		CHECK(!tl_dns_frame_is_whole(&f));
		CHECK_EQ(tl_dns_frame_take(&f, &from), 0);
		CHECK_EQ(from.n, 0);
	}
	check_message(&f, "abc");
}

TEST(dns_frame_refuses_empty_and_too_long_messages)
{
	static const uint8_t empty[] = { 0, 0, 1 };
	struct dns_frame f = { .max = 2 };
	struct bytes from = TL_BYTES_OF(two);

	CHECK_EQ(tl_dns_frame_take(&f, &from), -EMSGSIZE);
	CHECK(!tl_dns_frame_is_whole(&f));
	tl_dns_frame_clear(&f);
	from = TL_BYTES_OF(empty);
	CHECK_EQ(tl_dns_frame_take(&f, &from), -EMSGSIZE);
	tl_dns_frame_clear(&f);
}
