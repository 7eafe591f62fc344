/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/assign.h"

#include "base/alloc.h"
#include "controller/json.h"
#include "harness.h"

static const struct network_id net = { 0x7ee85fb0c96e642f };
static const uint64_t key[2] = { 1, 2 };

/**
 * struct scene - A network, a member and what is taken
 */
struct scene {
	struct network_object *network;
	struct member_object *member;
	struct ip_set taken;
	struct assignment got;
	uint64_t random;
};

static void next_random(void *ctx, void *out, size_t n)
{
	struct scene *s = ctx;

	s->random = s->random * 6364136223846793005u + 1442695040888963407u;
	CHECK_EQ(n, sizeof(s->random));
	memcpy(out, &s->random, n);
}

static struct scene scene_of(uint64_t address, const char *body)
{
	struct scene s = { .random = 1 };
	struct network_object *base;
	struct object_error why;
	json_t *j = tl_json_parse(tl_bytes_from_str(body));

	CHECK(j);
	CHECK_EQ(tl_network_object_new(&base, net, 1), 0);
	CHECK_EQ(tl_network_object_merge(&s.network, base, j, &why), 0);
	CHECK_EQ(tl_member_object_new(&s.member, net,
				      (struct address){ address }, 1),
		 0);
	tl_ip_set_init(&s.taken, key);
	tl_network_object_free(base);
	json_decref(j);
	return s;
}

static void scene_end(struct scene *s)
{
	tl_network_object_free(s->network);
	tl_member_object_free(s->member);
	tl_ip_set_fini(&s->taken);
}

/* Text of the @i-th address that is assigned; "" if there are fewer. */
static const char *assigned(struct scene *s, size_t i)
{
	static char text[ENDPOINT_TEXT_SIZE];

	CHECK_EQ(tl_assign(&s->got, s->member, s->network, &s->taken,
			   next_random, s),
		 0);
	return i < s->got.n ? tl_endpoint_print(text, &s->got.ips[i]) : "";
}

static void occupy(struct scene *s, const char *ip)
{
	struct endpoint e;

	CHECK_EQ(tl_endpoint_parse(&e, ip), 0);
	CHECK_EQ(tl_ip_set_add(&s->taken, &e), 0);
}

static void hold(struct scene *s, const char *ip)
{
	struct endpoint e;

	CHECK_EQ(tl_endpoint_parse(&e, ip), 0);
	CHECK_EQ(tl_member_object_add_ip(s->member, &e), 0);
}

#define LAB                                                                    \
	"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.77.0.1\","             \
	"\"ipRangeEnd\":\"10.77.0.254\"}],\"routes\":[{\"target\":"            \
	"\"10.77.0.0/24\"}],\"v4AssignMode\":\"zt\"}"

TEST(assign_vectors_of_the_specification)
{
	struct scene s = scene_of(0x7ee85fb0c9, LAB);

	CHECK_STR(assigned(&s, 0), "10.77.0.6/24");
	CHECK_EQ(s.got.n, 1);
	CHECK_EQ(s.member->n_ips, 1);
	CHECK(!s.got.is_derived);
	scene_end(&s);
	s = scene_of(0x06deeb7a25, LAB);
	CHECK_STR(assigned(&s, 0), "10.77.0.164/24");
	scene_end(&s);
}

TEST(assign_keeps_what_was_assigned)
{
	struct scene s = scene_of(0x7ee85fb0c9, LAB);

	CHECK_STR(assigned(&s, 0), "10.77.0.6/24");
	CHECK_STR(assigned(&s, 0), "10.77.0.6/24");
	CHECK_EQ(s.member->n_ips, 1);
	scene_end(&s);
}

TEST(assign_takes_the_next_free_address)
{
	struct scene s = scene_of(0x7ee85fb0c9, LAB);

	occupy(&s, "10.77.0.6");
	occupy(&s, "10.77.0.7");
	CHECK_STR(assigned(&s, 0), "10.77.0.8/24");
	scene_end(&s);
}

TEST(assign_full_pool_assigns_nothing)
{
	struct scene s = scene_of(
		5, "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		   "\"ipRangeEnd\":\"10.0.0.3\"}],\"routes\":[{\"target\":"
		   "\"10.0.0.0/24\"}],\"v4AssignMode\":\"zt\"}");

	/* The last address of a pool is never given away. */
	occupy(&s, "10.0.0.1");
	occupy(&s, "10.0.0.2");
	CHECK_STR(assigned(&s, 0), "");
	CHECK_EQ(s.member->n_ips, 0);
	scene_end(&s);
}

TEST(assign_pool_of_one)
{
	struct scene s = scene_of(
		5, "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.9\","
		   "\"ipRangeEnd\":\"10.0.0.9\"}],\"routes\":[{\"target\":"
		   "\"10.0.0.0/24\"}],\"v4AssignMode\":\"zt\"}");

	CHECK_STR(assigned(&s, 0), "10.0.0.9/24");
	scene_end(&s);
}

TEST(assign_second_pool_when_the_first_is_useless)
{
	struct scene s = scene_of(
		5, "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.9.0.9\","
		   "\"ipRangeEnd\":\"10.9.0.1\"},{\"ipRangeStart\":"
		   "\"10.8.0.1\",\"ipRangeEnd\":\"10.8.0.200\"},"
		   "{\"ipRangeStart\":\"10.0.0.9\",\"ipRangeEnd\":"
		   "\"10.0.0.9\"}],\"routes\":[{\"target\":\"0.0.0.0/0\"},"
		   "{\"target\":\"10.0.0.0/24\"}],\"v4AssignMode\":\"zt\"}");

	CHECK_STR(assigned(&s, 0), "10.0.0.9/24");
	scene_end(&s);
}

TEST(assign_never_a_broadcast_address)
{
	struct scene s = scene_of(0xff,
				  "{\"ipAssignmentPools\":[{\"ipRangeStart\":"
				  "\"10.0.0.0\",\"ipRangeEnd\":\"10.0.1.0\"}],"
				  "\"routes\":[{\"target\":\"10.0.0.0/16\"}],"
				  "\"v4AssignMode\":\"zt\"}");

	CHECK_STR(assigned(&s, 0), "10.0.0.0/16");
	scene_end(&s);
}

TEST(assign_finds_the_one_free_address_of_a_large_pool)
{
	struct scene s = scene_of(
		0x01020304,
		"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		"\"ipRangeEnd\":\"10.0.16.0\"}],\"routes\":[{\"target\":"
		"\"10.0.0.0/16\"}],\"v4AssignMode\":\"zt\"}");
	struct endpoint e = { .family = 4 };
	uint32_t ip;

	for (ip = 0x0a000001; ip < 0x0a001000; ip++) {
		if (ip == 0x0a000b0b)
			continue;
		tl_store_be32(e.ip, ip);
		CHECK_EQ(tl_ip_set_add(&s.taken, &e), 0);
	}
	CHECK_STR(assigned(&s, 0), "10.0.11.11/16");
	scene_end(&s);
}

TEST(assign_derived_addresses_come_first)
{
	struct scene s =
		scene_of(0x06deeb7a25, "{\"v6AssignMode\":\"6plane,rfc4193\"}");

	CHECK_STR(assigned(&s, 0),
		  "fd7e:e85f:b0c9:6e64:2f99:9306:deeb:7a25/88");
	CHECK_STR(assigned(&s, 1), "fcb7:863b:9f06:deeb:7a25::1/40");
	CHECK_EQ(s.got.n, 2);
	CHECK(s.got.is_derived);
	CHECK_EQ(s.member->n_ips, 0);
	s.member->no_auto_ips = true;
	CHECK_STR(assigned(&s, 0), "");
	CHECK(!s.got.is_derived);
	scene_end(&s);
}

TEST(assign_stored_addresses_need_a_route)
{
	struct scene s = scene_of(
		0x7ee85fb0c9,
		"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.77.0.1\","
		"\"ipRangeEnd\":\"10.77.0.254\"}],\"routes\":[{\"target\":"
		"\"10.0.0.0/8\"},{\"target\":\"10.77.0.0/24\",\"via\":"
		"\"10.0.0.1\"}],\"v4AssignMode\":\"zt\"}");

	hold(&s, "192.168.0.1");
	hold(&s, "10.77.0.99");
	hold(&s, "10.1.2.3");
	CHECK_STR(assigned(&s, 0), "10.77.0.99/24");
	CHECK_STR(assigned(&s, 1), "10.1.2.3/8");
	CHECK_EQ(s.got.n, 2);
	/* It also gets them without automatic assignment. */
	s.member->no_auto_ips = true;
	CHECK_STR(assigned(&s, 1), "10.1.2.3/8");
	scene_end(&s);
}

TEST(assign_v6_by_address_and_at_random)
{
	static const char body[] =
		"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"fd00:1::\","
		"\"ipRangeEnd\":\"fd00:1::ffff:ffff:ffff\"}],\"routes\":"
		"[{\"target\":\"fd00:1::/64\"}],\"v6AssignMode\":\"zt\"}";
	struct scene s = scene_of(0x06deeb7a25, body);
	struct endpoint e;

	CHECK_STR(assigned(&s, 0), "fd00:1::6:deeb:7a25/64");
	scene_end(&s);
	s = scene_of(0x06deeb7a25, body);
	occupy(&s, "fd00:1::6:deeb:7a25");
	CHECK(*assigned(&s, 0));
	CHECK_EQ(tl_endpoint_parse(&e, assigned(&s, 0)), 0);
	CHECK_EQ(e.port, 64);
	CHECK_EQ(s.member->n_ips, 1);
	scene_end(&s);
}

TEST(assign_v6_stays_within_its_pool)
{
	struct scene s = scene_of(
		0x06deeb7a25,
		"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"fd00:1::1\","
		"\"ipRangeEnd\":\"fd00:1::3\"}],\"routes\":[{\"target\":"
		"\"fd00:1::/64\"}],\"v6AssignMode\":\"zt\"}");

	occupy(&s, "fd00:1::1");
	CHECK_STR(assigned(&s, 0), "fd00:1::2/64");
	scene_end(&s);
}

TEST(assign_v6_needs_a_route_on_the_link)
{
	struct scene s = scene_of(
		1, "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"fd00:1::\","
		   "\"ipRangeEnd\":\"fd00:1::ffff:ffff:ffff\"}],"
		   "\"routes\":[{\"target\":\"fd00:1::/64\",\"via\":"
		   "\"fd00:1::9\"}],\"v6AssignMode\":\"zt\"}");

	CHECK_STR(assigned(&s, 0), "");
	scene_end(&s);
}

TEST(ip_set_counts)
{
	struct endpoint a = { .family = 4, .ip = { 1 } };
	struct endpoint b = { .family = 6, .ip = { 1 } };
	struct ip_set s;

	tl_ip_set_init(&s, key);
	CHECK(!tl_ip_set_has(&s, &a));
	CHECK_EQ(tl_ip_set_add(&s, &a), 0);
	CHECK_EQ(tl_ip_set_add(&s, &a), 0);
	CHECK(!tl_ip_set_has(&s, &b));
	a.port = 9; /* does not matter */
	tl_ip_set_remove(&s, &a);
	CHECK(tl_ip_set_has(&s, &a));
	tl_ip_set_remove(&s, &a);
	CHECK(!tl_ip_set_has(&s, &a));
	tl_ip_set_remove(&s, &a);
	tl_ip_set_fini(&s);
}
