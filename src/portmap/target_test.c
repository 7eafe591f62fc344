/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/target.h"

#include <string.h>

#include "harness.h"

static const struct gateway router = {
	.family = 4, .ip = { 192, 168, 7, 1 }, .scope_id = 2, .device = "eth0"
};
static const struct gateway router6 = { .family = 6,
					.ip = { 0xfe, 0x80, [15] = 1 },
					.scope_id = 2,
					.device = "eth0" };
static struct local_addr addrs[4];
static size_t n_addrs;
static struct endpoint bound[4];
static size_t n_bound;
static struct portmap_target found[TARGETS_MAX];

static void have(const char *ip, uint8_t bits, const char *device)
{
	struct local_addr *a = &addrs[n_addrs++];
	struct endpoint *e = &bound[n_bound++];

	CHECK_EQ(tl_endpoint_parse(e, ip), 0);
	e->port = 9993;
	a->addr = (struct udp_addr){ .family = e->family };
	memcpy(a->addr.ip, e->ip, 16);
	a->bits = bits;
	snprintf(a->device, sizeof(a->device), "%s", device);
}

static size_t find(const struct gateway *g)
{
	return tl_targets_find(found, TARGETS_MAX, g, 1, addrs, n_addrs, bound,
			       n_bound, 4444);
}

TEST(target_is_a_bound_address_behind_the_gateway)
{
	struct endpoint want = { 4, 4444, { 192, 168, 7, 5 } };

	have("127.0.0.1", 8, "lo");
	have("10.1.1.1", 24, "eth1");
	have("192.168.7.5", 24, "eth0");
	CHECK_EQ(find(&router), 1);
	CHECK(tl_endpoint_equal(&found[0].local, &want));
	CHECK_EQ(found[0].gateway.ip[3], 1);
	CHECK_EQ(found[0].scope_id, 2);
	CHECK_EQ(found[0].bits, 24);
	n_bound = 2;
	CHECK_EQ(find(&router), 0);
}

TEST(target_without_a_nat_is_none)
{
	have("81.2.3.4", 24, "eth0");
	CHECK_EQ(find(&router), 0);
	have("169.254.7.5", 16, "eth0");
	CHECK_EQ(find(&router), 0);
	have("100.64.7.5", 16, "eth0");
	CHECK_EQ(find(&router), 1);
}

TEST(target_is_the_one_on_the_link_of_the_gateway)
{
	have("10.9.9.9", 24, "eth0");
	have("192.168.7.5", 24, "eth0");
	have("192.168.7.6", 24, "eth0");
	CHECK_EQ(find(&router), 1);
	CHECK_EQ(found[0].local.ip[3], 5);
	/* Where no link has it, the first. */
	n_addrs = 1;
	CHECK_EQ(find(&router), 1);
	CHECK_EQ(found[0].local.ip[3], 9);
}

TEST(target_of_ip6_is_global_and_lasting)
{
	have("fd00::5", 64, "eth0");
	have("2a01:db8::5", 64, "eth0");
	have("2a01:db8::6", 64, "eth0");
	have("fe80::7", 64, "eth0");
	CHECK_EQ(find(&router6), 2);
	CHECK_EQ(found[0].local.ip[15], 5);
	CHECK_EQ(found[1].local.ip[15], 6);
	addrs[1].is_temporary = true;
	CHECK_EQ(find(&router6), 1);
	CHECK_EQ(find(&router), 0);
}

TEST(target_list_has_an_end)
{
	struct gateway many[3] = { router6, router6, router6 };

	have("2a01:db8::5", 64, "eth0");
	have("2a01:db8::6", 64, "eth0");
	CHECK_EQ(tl_targets_find(found, 5, many, 3, addrs, n_addrs, bound,
				 n_bound, 1),
		 5);
}

TEST(target_is_the_same_only_at_the_same_gateway)
{
	struct portmap_target a = { .local = { 4, 1, { 10 } },
				    .gateway = { 4, 0, { 10, 1 } },
				    .scope_id = 3 };
	struct portmap_target b = a;

	CHECK(tl_target_equal(&a, &b));
	b.scope_id = 4;
	CHECK(!tl_target_equal(&a, &b));
	b = a;
	b.local.port = 2;
	CHECK(!tl_target_equal(&a, &b));
	b = a;
	b.gateway.ip[3] = 9;
	CHECK(!tl_target_equal(&a, &b));
}
