/* SPDX-License-Identifier: Apache-2.0 */
/* sim_nat_test.c - the model of a NAT, in the terms of RFC 4787 */
#include "sim_nat.h"

#include "harness.h"

#define HOST_PORT 9993

static struct nat nat;

static struct endpoint at(uint8_t a, uint8_t b, uint8_t c, uint8_t d,
			  uint16_t port)
{
	const uint8_t ip[4] = { a, b, c, d };

	return tl_endpoint_ip4(ip, port);
}

static struct endpoint inside(uint8_t last, uint16_t port)
{
	return at(192, 168, 1, last, port);
}

static struct endpoint remote(uint8_t last, uint16_t port)
{
	return at(203, 0, 113, last, port);
}

static void start(const struct nat_config *c)
{
	struct endpoint outside = at(198, 51, 100, 1, 0);

	nat_init(&nat, c, &outside, 5);
}

/* The port outside under which @from's datagram to @to leaves; 0: none. */
static unsigned int out(struct endpoint from, struct endpoint to, int64_t now)
{
	if (!nat_out(&nat, &from, &to, now))
		return 0;
	CHECK(tl_endpoint_same_ip(&from, &nat.outside));
	return from.port;
}

/* Does a datagram from @from to @port get in to @want? */
static bool gets_in(struct endpoint from, unsigned int port,
		    struct endpoint want, int64_t now)
{
	struct endpoint dest = nat.outside;

	dest.port = (uint16_t)port;
	if (!nat_in(&nat, &dest, &from, now))
		return false;
	CHECK(tl_endpoint_equal(&dest, &want));
	return true;
}

/* Two datagrams of one endpoint to remote endpoints that share: all, the
 * address, nothing. Which share a binding? */
static void check_mapping(enum nat_scope scope, bool other_port,
			  bool other_address)
{
	struct nat_config c = { .mapping = scope, .ports = NAT_SEQUENTIAL };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int first;

	start(&c);
	first = out(host, remote(1, 1000), 1);
	CHECK(first);
	CHECK_EQ(out(host, remote(1, 1000), 2), first);
	CHECK_EQ(out(host, remote(1, 1001), 3) == first, other_port);
	CHECK_EQ(out(host, remote(2, 1000), 4) == first, other_address);
	nat_fini(&nat);
}

/* RFC 4787 4.1 */
TEST(mapping_depends_on_what_its_name_says)
{
	check_mapping(NAT_INDEPENDENT, true, true);
	check_mapping(NAT_ADDRESS, true, false);
	check_mapping(NAT_ADDRESS_AND_PORT, false, false);
}

static void check_filtering(enum nat_scope scope, bool other_port,
			    bool other_address)
{
	struct nat_config c = { .filtering = scope };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port;

	start(&c);
	port = out(host, remote(1, 1000), 1);
	CHECK(gets_in(remote(1, 1000), port, host, 2));
	CHECK_EQ(gets_in(remote(1, 1001), port, host, 2), other_port);
	CHECK_EQ(gets_in(remote(2, 1000), port, host, 2), other_address);
	CHECK(!gets_in(remote(1, 1000), port + 1, host, 2));
	nat_fini(&nat);
}

/* RFC 4787 5. */
TEST(filtering_depends_on_what_its_name_says)
{
	check_filtering(NAT_INDEPENDENT, true, true);
	check_filtering(NAT_ADDRESS, true, false);
	check_filtering(NAT_ADDRESS_AND_PORT, false, false);
}

TEST(filters_belong_to_a_binding)
{
	struct nat_config c = { .mapping = NAT_ADDRESS_AND_PORT,
				.filtering = NAT_ADDRESS };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int one;
	unsigned int two;

	start(&c);
	one = out(host, remote(1, 1000), 1);
	two = out(host, remote(2, 1000), 1);
	CHECK(gets_in(remote(1, 7), one, host, 2));
	CHECK(!gets_in(remote(1, 7), two, host, 2));
	nat_fini(&nat);
}

TEST(preserving_keeps_the_port_until_it_is_taken)
{
	struct nat_config c = { .ports = NAT_PRESERVING };

	start(&c);
	CHECK_EQ(out(inside(2, HOST_PORT), remote(1, 1), 1), HOST_PORT);
	CHECK_EQ(out(inside(3, HOST_PORT), remote(1, 1), 1), HOST_PORT + 1);
	CHECK_EQ(out(inside(4, 700), remote(1, 1), 1), 700);
	nat_fini(&nat);
}

TEST(sequential_ports_follow_each_other)
{
	struct nat_config c = { .mapping = NAT_ADDRESS_AND_PORT,
				.ports = NAT_SEQUENTIAL };
	unsigned int first;

	start(&c);
	first = out(inside(2, HOST_PORT), remote(1, 1), 1);
	CHECK_EQ(out(inside(2, HOST_PORT), remote(1, 2), 1), first + 1);
	CHECK_EQ(out(inside(3, HOST_PORT), remote(1, 2), 1), first + 2);
	nat.next_port = UINT16_MAX;
	CHECK_EQ(out(inside(4, 1), remote(1, 1), 1), UINT16_MAX);
	CHECK_EQ(out(inside(5, 1), remote(1, 1), 1), NAT_FIRST_PORT);
	nat_fini(&nat);
}

TEST(random_ports_are_all_different_and_not_next_to_each_other)
{
	struct nat_config c = { .ports = NAT_RANDOM };
	static bool is_used[UINT16_MAX + 1];
	unsigned int near = 0;
	unsigned int last = 0;
	unsigned int i;

	start(&c);
	for (i = 0; i < 1000; i++) {
		unsigned int port =
			out(inside(2, (uint16_t)(i + 1)), remote(1, 1), 1);

		CHECK(port >= NAT_FIRST_PORT && !is_used[port]);
		near += port - last < 100;
		is_used[port] = true;
		last = port;
	}
	CHECK(near < 20);
	nat_fini(&nat);
}

TEST(binding_ends_after_its_timeout_and_not_before)
{
	struct nat_config c = { .ports = NAT_SEQUENTIAL, .timeout_ms = 30000 };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port;

	start(&c);
	port = out(host, remote(1, 1), 1000);
	CHECK(gets_in(remote(1, 1), port, host, 30999));
	CHECK(!gets_in(remote(1, 1), port, host, 31000));
	CHECK(out(host, remote(1, 1), 31000) != port);
	nat_fini(&nat);
}

/* RFC 4787 REQ-6 */
TEST(what_leaves_refreshes_and_what_comes_in_only_if_so_said)
{
	struct nat_config c = { .timeout_ms = 30000 };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port;
	int i;

	for (i = 0; i < 2; i++) {
		c.is_kept_by_inbound = i;
		start(&c);
		port = out(host, remote(1, 1), 0);
		CHECK_EQ(out(host, remote(1, 1), 20000), port);
		CHECK(gets_in(remote(1, 1), port, host, 40000));
		CHECK_EQ(gets_in(remote(1, 1), port, host, 60000), i);
		nat_fini(&nat);
	}
}

TEST(permission_of_one_remote_ends_by_itself)
{
	struct nat_config c = { .filtering = NAT_ADDRESS, .timeout_ms = 30000 };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port;

	start(&c);
	port = out(host, remote(1, 1), 0);
	out(host, remote(2, 1), 20000);
	CHECK(!gets_in(remote(1, 1), port, host, 35000));
	CHECK(gets_in(remote(2, 1), port, host, 35000));
	nat_fini(&nat);
}

TEST(many_remotes_push_out_the_oldest)
{
	struct nat_config c = { .filtering = NAT_ADDRESS_AND_PORT };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port = 0;
	uint16_t i;

	start(&c);
	for (i = 1; i <= NAT_PERMITS_MAX + 1; i++)
		port = out(host, remote(1, i), i);
	CHECK(!gets_in(remote(1, 1), port, host, 100));
	CHECK(gets_in(remote(1, 2), port, host, 100));
	CHECK(gets_in(remote(1, NAT_PERMITS_MAX + 1), port, host, 100));
	nat_fini(&nat);
}

TEST(blocking_lets_nothing_out)
{
	struct nat_config c = { .is_blocking = true };

	start(&c);
	CHECK_EQ(out(inside(2, HOST_PORT), remote(1, 1), 0), 0);
	CHECK(!gets_in(remote(1, 1), HOST_PORT, inside(2, HOST_PORT), 0));
	nat_fini(&nat);
}

TEST(full_nat_lets_nobody_new_out_until_bindings_end)
{
	struct nat_config c = { .ports = NAT_SEQUENTIAL, .timeout_ms = 30000 };
	unsigned int i;

	start(&c);
	for (i = 0; i < NAT_BINDINGS_MAX; i++)
		CHECK(out(inside(2, (uint16_t)(i + 1)), remote(1, 1), 0));
	CHECK(!out(inside(3, 1), remote(1, 1), 29999));
	CHECK(out(inside(2, 1), remote(1, 1), 29999));
	CHECK(out(inside(3, 1), remote(1, 1), 30000));
	CHECK_EQ(nat.by_port.count, 2);
	nat_fini(&nat);
}

TEST(reboot_forgets_all_bindings)
{
	struct nat_config c = { .ports = NAT_RANDOM };
	struct endpoint host = inside(2, HOST_PORT);
	unsigned int port;

	start(&c);
	port = out(host, remote(1, 1), 0);
	nat_reboot(&nat);
	CHECK(!gets_in(remote(1, 1), port, host, 1));
	CHECK(out(host, remote(1, 1), 1) != port);
	nat_fini(&nat);
}

TEST(other_family_does_not_get_out)
{
	struct nat_config c = { 0 };
	uint8_t ip[16] = { 0x2a };

	start(&c);
	CHECK_EQ(out(tl_endpoint_ip6(ip, 1), tl_endpoint_ip6(ip, 2), 0), 0);
	nat_fini(&nat);
}
