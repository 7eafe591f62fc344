/* SPDX-License-Identifier: Apache-2.0 */
#include "service/relay_gate.h"

#include "harness.h"

static struct endpoint ep(const char *text)
{
	struct endpoint e;

	CHECK_EQ(tl_endpoint_parse(&e, text), 0);
	return e;
}

/* A host with public addresses, a LAN behind it, and a node on port 9993. */
static struct relay_gate gate(void)
{
	struct relay_gate g = { .ports = { 9993 }, .n_ports = 1 };

	g.nets[g.n_nets++] = ep("8.9.10.11/24");
	g.nets[g.n_nets++] = ep("2a00:1:2:3::4/64");
	g.nets[g.n_nets++] = ep("192.168.7.1/24");
	return g;
}

static bool may(const struct relay_gate *g, const char *text)
{
	struct endpoint e = ep(text);

	return tl_relay_may_send(g, &e);
}

TEST(relay_sends_to_global_addresses)
{
	struct relay_gate g = gate();

	CHECK(may(&g, "9.9.9.9/9993"));
	CHECK(may(&g, "2a00:9::1/9993"));
}

TEST(relay_sends_to_ports_above_1024_only)
{
	struct relay_gate g = gate();

	CHECK(!may(&g, "9.9.9.9/0"));
	CHECK(!may(&g, "9.9.9.9/53"));
	CHECK(!may(&g, "9.9.9.9/1024"));
	CHECK(may(&g, "9.9.9.9/1025"));
	g.allow_private = true;
	CHECK(!may(&g, "9.9.9.9/1024"));
}

TEST(relay_is_no_way_into_private_networks)
{
	static const char *const private[] = {
		"192.168.7.2/5000", "10.1.2.3/5000",   "172.16.0.1/5000",
		"100.64.0.1/5000",  "11.0.0.1/5000",   "fd00::1/5000",
		"fc00::1/5000",	    "198.18.0.1/5000",
	};
	struct relay_gate g = gate();
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(private); i++)
		CHECK(!may(&g, private[i]));
	g.allow_private = true;
	for (i = 0; i < TL_ARRAY_SIZE(private); i++)
		CHECK(may(&g, private[i]));
}

TEST(relay_never_sends_to_itself_or_to_many)
{
	static const char *const never[] = {
		"127.0.0.1/5000", "::1/5000",	    "169.254.1.1/5000",
		"fe80::2/5000",	  "224.0.0.1/5000", "255.255.255.255/5000",
		"ff02::1/5000",	  "0.0.0.0/5000",   "::/5000",
	};
	struct relay_gate g = gate();
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(never); i++) {
		g.allow_private = false;
		CHECK(!may(&g, never[i]));
		g.allow_private = true;
		CHECK(!may(&g, never[i]));
	}
	g.allow_loopback = true;
	CHECK(may(&g, "127.0.0.1/5000"));
	g.allow_private = false;
	CHECK(!may(&g, "127.0.0.1/5000"));
}

TEST(relay_is_not_deceived_by_translated_addresses)
{
	static const char *const never[] = {
		"::ffff:10.0.0.1/5000",	  "::ffff:127.0.0.1/5000",
		"64:ff9b::10.0.0.1/5000", "2002:a00:1::1/5000",
		"::10.0.0.1/5000",	  "2001:0:1::1/5000",
	};
	struct relay_gate g = gate();
	size_t i;

	g.allow_private = true;
	for (i = 0; i < TL_ARRAY_SIZE(never); i++)
		CHECK(!may(&g, never[i]));
}

TEST(relay_sends_to_its_own_node_but_not_to_its_neighbours)
{
	struct relay_gate g = gate();

	CHECK(may(&g, "8.9.10.11/9993"));
	CHECK(may(&g, "2a00:1:2:3::4/9993"));
	CHECK(!may(&g, "8.9.10.11/8125"));
	CHECK(!may(&g, "8.9.10.12/9993"));
	CHECK(!may(&g, "2a00:1:2:3::5/9993"));
	CHECK(may(&g, "8.9.11.12/9993"));
	CHECK(may(&g, "2a00:1:2:4::5/9993"));
	g.allow_private = true;
	CHECK(may(&g, "8.9.10.11/8125"));
	CHECK(may(&g, "8.9.10.12/9993"));
}

static bool same(const char *a, const char *b)
{
	struct endpoint x = ep(a);
	struct endpoint y = ep(b);

	return tl_relay_same_source(&x, &y);
}

TEST(relay_counts_sources_by_their_network)
{
	CHECK(same("1.2.3.4/5", "1.2.3.200/6"));
	CHECK(!same("1.2.3.4/5", "1.2.4.4/5"));
	CHECK(same("2a00:1:2:3::4/5", "2a00:1:2:3:ffff::/6"));
	CHECK(!same("2a00:1:2:3::4/5", "2a00:1:2:4::4/5"));
	CHECK(!same("1.2.3.4/5", "102:304::/5"));
}
