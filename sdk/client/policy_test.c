/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "harness.h"

static struct rpc_addr to(const char *ip, uint16_t port)
{
	struct rpc_addr a = { .port = port };

	a.family = strchr(ip, ':') ? 6 : 4;
	CHECK_EQ(inet_pton(a.family == 6 ? AF_INET6 : AF_INET, ip, a.ip), 1);
	return a;
}

static enum policy_kind of(const struct policy *p, const char *ip,
			   uint16_t port)
{
	const struct rpc_addr a = to(ip, port);

	return tl_policy_of(p, &a);
}

TEST(policy_longest_prefix_decides)
{
	struct policy p = { 0 };

	CHECK_EQ(of(&p, "10.1.2.3", 80), POLICY_NONE);
	CHECK_EQ(tl_policy_parse(&p, "host:10.0.0.0/8  route:10.1.0.0/16 "
				     "host:10.1.2.3 route:::/0 host:fd00::/9"),
		 0);
	CHECK_EQ(p.n, 5);
	CHECK_EQ(of(&p, "10.2.0.1", 80), POLICY_HOST);
	CHECK_EQ(of(&p, "10.1.0.1", 80), POLICY_ROUTE);
	CHECK_EQ(of(&p, "10.1.2.3", 80), POLICY_HOST);
	CHECK_EQ(of(&p, "11.0.0.1", 80), POLICY_NONE);
	CHECK_EQ(of(&p, "fd7f::1", 80), POLICY_HOST);
	CHECK_EQ(of(&p, "fd80::1", 80), POLICY_ROUTE);
}

TEST(policy_ports_decide_among_equals)
{
	struct policy p = { 0 };

	CHECK_EQ(tl_policy_parse(&p, "host:10.0.0.0/8 route:10.0.0.0/8,80 "
				     "route:10.0.0.0/8,1000-1999 "
				     "host:10.0.0.0/8,1500"),
		 0);
	CHECK_EQ(of(&p, "10.0.0.1", 79), POLICY_HOST);
	CHECK_EQ(of(&p, "10.0.0.1", 80), POLICY_ROUTE);
	CHECK_EQ(of(&p, "10.0.0.1", 1000), POLICY_ROUTE);
	CHECK_EQ(of(&p, "10.0.0.1", 1500), POLICY_ROUTE);
	CHECK_EQ(of(&p, "10.0.0.1", 2000), POLICY_HOST);
}

TEST(policy_without_allow_is_open)
{
	struct policy p = { 0 };

	CHECK(!tl_policy_closes(&p) && tl_policy_allows(&p, true, 5));
	CHECK_EQ(tl_policy_parse(&p, "host:0.0.0.0/0"), 0);
	CHECK(!tl_policy_closes(&p) && tl_policy_allows(&p, false, 5));
	CHECK_EQ(tl_policy_parse(&p, "allow:tcp/80 allow:udp/5000-5010"), 0);
	CHECK(tl_policy_closes(&p));
	CHECK(tl_policy_allows(&p, false, 80));
	CHECK(!tl_policy_allows(&p, true, 80));
	CHECK(!tl_policy_allows(&p, false, 81));
	CHECK(tl_policy_allows(&p, true, 5000));
	CHECK(tl_policy_allows(&p, true, 5010));
	CHECK(!tl_policy_allows(&p, true, 5011));
	CHECK(!tl_policy_allows(&p, true, 0));
}

TEST(policy_refuses_what_it_does_not_understand)
{
	static const char too_long[] =
		"route:9999999999999999999999999999999999999999999999999999999"
		"99999999999999999999999999999";
	const char *const bad[] = {
		"host:",
		"host:10.0.0.0/33",
		"host:10.0.0.0/",
		"host:10.0.0/8",
		"host:10.0.0.0/8x",
		"host:::/129",
		"host:10.0.0.0/-1",
		"host:10.0.0.0,",
		"host:10.0.0.0,x",
		"host:10.0.0.0,2-1",
		"host:10.0.0.0,65536",
		"host:10.0.0.0,1-",
		"allow:80",
		"allow:tcp/",
		"allow:icmp/1",
		"allow:tcp/1,2",
		"drop:10.0.0.0/8",
		"host10.0.0.0",
		too_long,
	};
	struct policy p = { 0 };

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++) {
		CHECK_EQ(tl_policy_parse(&p, bad[i]), -EINVAL);
		CHECK_EQ(p.n, 0);
	}
	CHECK_EQ(tl_policy_parse(&p, "   "), 0);
	for (size_t i = 0; i < POLICY_RULES_MAX; i++)
		CHECK_EQ(tl_policy_parse(&p, "host:10.0.0.1"), 0);
	CHECK_EQ(tl_policy_parse(&p, "host:10.0.0.1"), -E2BIG);
	CHECK_EQ(p.n, POLICY_RULES_MAX);
}
