/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/endpoint.h"

#include <errno.h>

#include "harness.h"

static struct endpoint at(const char *text)
{
	struct endpoint e;

	CHECK_EQ(tl_endpoint_parse(&e, text), 0);
	return e;
}

TEST(endpoint_order_is_family_ip_port)
{
	static const char *const sorted[] = { "9.0.0.1/5",  "10.0.0.1/1",
					      "10.0.0.1/2", "10.0.0.2/1",
					      "::1/9",	    "fd00::/1" };
	size_t i, j;

	for (i = 0; i < TL_ARRAY_SIZE(sorted); i++) {
		for (j = 0; j < TL_ARRAY_SIZE(sorted); j++) {
			struct endpoint a = at(sorted[i]);
			struct endpoint b = at(sorted[j]);

			CHECK_EQ(tl_endpoint_compare(&a, &b),
				 (i > j) - (i < j));
			CHECK_EQ(tl_endpoint_equal(&a, &b), i == j);
		}
	}
}

TEST(endpoint_same_ip_ignores_the_port)
{
	struct endpoint a = at("10.0.0.1/1");
	struct endpoint b = at("10.0.0.1/2");
	struct endpoint c = at("a00:1::/1");

	CHECK(tl_endpoint_same_ip(&a, &b));
	CHECK(!tl_endpoint_equal(&a, &b));
	CHECK(!tl_endpoint_same_ip(&a, &c));
}

TEST(endpoint_nil_contains_nothing)
{
	struct endpoint nil = { .family = 0 };
	struct endpoint e = at("10.0.0.1");

	CHECK(tl_endpoint_is_nil(&nil));
	CHECK(!tl_endpoint_contains(&nil, &nil));
	CHECK(!tl_endpoint_contains(&nil, &e));
	CHECK(!tl_endpoint_contains(&e, &nil));
	CHECK_EQ(tl_endpoint_scope(&nil), IP_SCOPE_NONE);
}

TEST(endpoint_prefix_longer_than_the_address_is_the_address)
{
	struct endpoint net = at("10.0.0.1/500");
	struct endpoint same = at("10.0.0.1");
	struct endpoint other = at("10.0.0.0");

	CHECK(tl_endpoint_contains(&net, &same));
	CHECK(!tl_endpoint_contains(&net, &other));
}

TEST(endpoint_prefix_may_end_inside_a_byte)
{
	struct endpoint net = at("172.16.0.0/12");
	struct endpoint last = at("172.31.255.255");
	struct endpoint after = at("172.32.0.0");

	CHECK(tl_endpoint_contains(&net, &last));
	CHECK(!tl_endpoint_contains(&net, &after));
}

TEST(endpoint_mapped_loopback_is_loopback)
{
	struct endpoint e = at("::ffff:127.9.9.9");
	struct endpoint other = at("::ffff:128.0.0.1");

	CHECK_EQ(tl_endpoint_scope(&e), IP_SCOPE_LOOPBACK);
	CHECK_EQ(tl_endpoint_scope(&other), IP_SCOPE_GLOBAL);
}

TEST(endpoint_write_leaves_the_writer_alone_if_it_does_not_fit)
{
	uint8_t room[ENDPOINT_WIRE_MAX - 1];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct endpoint e = at("fd00::1/64");

	tl_write_endpoint(&w, &e);
	CHECK(!tl_writer_ok(&w));
	CHECK_EQ(w.n, 0);
}

TEST(endpoint_longest_text_fits)
{
	struct endpoint e = at("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"
			       "/65535");
	char text[ENDPOINT_TEXT_SIZE];

	CHECK_STR(tl_endpoint_print(text, &e),
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/65535");
}

TEST(endpoint_refuses_bad_text)
{
	static const char *const bad[] = {
		"",
		"/",
		"/24",
		"10.0.0.1/-1",
		"10.0.0.1/+1",
		"10.0.0.1/65536",
		"10.0.0.1/000001",
		"fe80::1%eth0",
		"fd00:::1",
		" 10.0.0.1",
		"1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1",
	};
	struct endpoint e;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(bad); i++)
		CHECK_EQ(tl_endpoint_parse(&e, bad[i]), -EINVAL);
}

TEST(endpoint_constructors)
{
	static const uint8_t ip[16] = { 10, 0, 0, 1 };
	struct endpoint e = tl_endpoint_ip4(ip, 24);
	struct endpoint want = at("10.0.0.1/24");

	CHECK(tl_endpoint_equal(&e, &want));
	CHECK_EQ(tl_endpoint_ip_len(&e), 4);
	e = tl_endpoint_ip6(ip, 7);
	want = at("a00:1::/7");
	CHECK(tl_endpoint_equal(&e, &want));
	CHECK_EQ(tl_endpoint_ip_len(&e), 16);
}

TEST(endpoint_may_be_near_by_its_scope)
{
	static const char *const near[] = { "10.1.2.3/1", "192.168.0.1/1",
					    "25.0.0.1/1", "fd00::1/1" };
	static const char *const far[] = { "8.8.8.8/1",	    "127.0.0.1/1",
					   "169.254.0.1/1", "fe80::1/1",
					   "224.0.0.1/1",   "2001:db8::1/1" };
	struct endpoint e;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(near); i++) {
		CHECK_EQ(tl_endpoint_parse(&e, near[i]), 0);
		CHECK(tl_endpoint_is_near(&e));
	}
	for (i = 0; i < TL_ARRAY_SIZE(far); i++) {
		CHECK_EQ(tl_endpoint_parse(&e, far[i]), 0);
		CHECK(!tl_endpoint_is_near(&e));
	}
}
