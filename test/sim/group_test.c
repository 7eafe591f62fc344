/* SPDX-License-Identifier: Apache-2.0 */
/* group_test.c - the table of who listens to what */
#include "test/sim/lone.h"

static const struct network_id net = { 0x1234567890000001 };
static const struct group group = {
	.mac = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } }, .adi = 7
};

static struct lone lone;

static struct address member(uint64_t i)
{
	return (struct address){ 0x1000000000 + i };
}

static struct peer *asker(uint64_t i)
{
	static struct peer p;

	p = (struct peer){ .id.addr = member(i) };
	return &p;
}

static void add(uint64_t i)
{
	tl_group_add(lone.vl2, net, group, member(i));
}

static size_t count(void)
{
	const struct mc_group *g = tl_group_find(lone.vl2, net, group);

	return g ? g->n_members : 0;
}

TEST(member_is_entered_once)
{
	lone_new(&lone);
	add(1);
	add(1);
	add(2);
	CHECK_EQ(count(), 2);
	lone_free(&lone);
}

TEST(groups_differ_by_network_mac_and_adi)
{
	struct group other = group;

	lone_new(&lone);
	add(1);
	other.adi++;
	CHECK(!tl_group_find(lone.vl2, net, other));
	other = group;
	other.mac.b[5]--;
	CHECK(!tl_group_find(lone.vl2, net, other));
	CHECK(!tl_group_find(lone.vl2, (struct network_id){ net.v + 1 },
			     group));
	lone_free(&lone);
}

TEST(neither_we_nor_reserved_addresses_are_members)
{
	lone_new(&lone);
	tl_group_add(lone.vl2, net, group, lone.id.addr);
	tl_group_add(lone.vl2, net, group, (struct address){ 0 });
	tl_group_add(lone.vl2, net, group, (struct address){ 0xff00000001 });
	CHECK_EQ(count(), 0);
	lone_free(&lone);
}

TEST(entry_lives_ten_minutes_from_its_last_mention)
{
	lone_new(&lone);
	lone.vl2->now = 1000;
	add(1);
	add(2);
	lone.vl2->now = 1000 + GROUP_ENTRY_MS - 1;
	add(2);
	tl_group_expire(lone.vl2);
	CHECK_EQ(count(), 2);
	lone.vl2->now++;
	tl_group_expire(lone.vl2);
	CHECK_EQ(count(), 1);
	lone.vl2->now += GROUP_ENTRY_MS;
	tl_group_expire(lone.vl2);
	CHECK(!tl_group_find(lone.vl2, net, group));
	lone_free(&lone);
}

TEST(removed_member_is_gone)
{
	lone_new(&lone);
	add(1);
	add(2);
	tl_group_remove(lone.vl2, net, group, member(1));
	tl_group_remove(lone.vl2, net, group, member(1));
	CHECK_EQ(count(), 1);
	tl_group_remove(lone.vl2, (struct network_id){ 5 }, group, member(2));
	CHECK_EQ(count(), 1);
	lone_free(&lone);
}

TEST(full_group_takes_nobody_new)
{
	uint64_t i;

	lone_new(&lone);
	for (i = 0; i < GROUP_MEMBERS_MAX + 10; i++)
		add(i);
	CHECK_EQ(count(), GROUP_MEMBERS_MAX);
	lone_free(&lone);
}

static struct mc_group *get(uint32_t i)
{
	return tl_group_get(lone.vl2, net, (struct group){ .adi = i });
}

static bool is_there(uint32_t i)
{
	return tl_group_find(lone.vl2, net, (struct group){ .adi = i });
}

/* As many as there is room for, by who looks for each address. */
TEST(full_table_forgets_what_nobody_is_in_the_oldest_first)
{
	uint32_t i;

	lone_new(&lone);
	tl_group_add(lone.vl2, net, (struct group){ .adi = 0 }, member(1));
	for (i = 1; i < GROUPS_MAX; i++)
		CHECK(get(i));
	tl_group_add(lone.vl2, net, (struct group){ .adi = 1 }, member(1));
	add(1); /* one that is needed, while the table is full */
	CHECK_EQ(count(), 1);
	CHECK(is_there(0) && is_there(1) && !is_there(2) && is_there(3));
	for (i = GROUPS_MAX; i < 3 * GROUPS_MAX; i++)
		CHECK(get(i));
	CHECK_EQ(lone.vl2->groups.count, GROUPS_MAX);
	CHECK(is_there(0) && is_there(1) && !is_there(3));
	CHECK_EQ(count(), 1);
	/* In a table of members alone nothing is forgotten. */
	for (i = 0; i < 3 * GROUPS_MAX; i++) {
		if (is_there(i))
			tl_group_add(lone.vl2, net, (struct group){ .adi = i },
				     member(2));
	}
	CHECK(!get(3 * GROUPS_MAX));
	CHECK_EQ(lone.vl2->groups.count, GROUPS_MAX);
	lone_run(&lone, GROUP_ENTRY_MS + 120000);
	CHECK(get(3 * GROUPS_MAX));
	lone_free(&lone);
}

TEST(result_lists_members_but_the_asker_up_to_the_limit)
{
	uint8_t room[PACKET_MAX_LEN];
	struct writer w;
	uint64_t i;

	lone_new(&lone);
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK(!tl_group_write_result(lone.vl2, &w, net, group, 10, asker(0)));
	for (i = 0; i < 5; i++)
		add(i);
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK(tl_group_write_result(lone.vl2, &w, net, group, 10, asker(3)));
	CHECK_EQ(tl_load_be32(room), 5);
	CHECK_EQ(tl_load_be16(room + 4), 4);
	CHECK_EQ(w.n, 6 + 4 * ADDRESS_LEN);
	for (i = 0; i < 4; i++)
		CHECK(tl_load_be40(room + 6 + 5 * i) != member(3).v);

	w = tl_writer(TL_BUFFER_OF(room));
	CHECK(tl_group_write_result(lone.vl2, &w, net, group, 2, asker(9)));
	CHECK_EQ(tl_load_be16(room + 4), 2);
	w = tl_writer(TL_BUFFER_OF(room));
	CHECK(!tl_group_write_result(lone.vl2, &w, net, group, 0, asker(9)));
	lone_free(&lone);
}

TEST(result_ends_with_the_packet)
{
	uint8_t room[PACKET_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	uint64_t i;

	lone_new(&lone);
	for (i = 0; i < 3000; i++)
		add(i);
	CHECK(tl_group_write_result(lone.vl2, &w, net, group, UINT32_MAX,
				    asker(9)));
	CHECK(w.n <= PACKET_SEND_MAX);
	CHECK_EQ(tl_load_be32(room), 3000);
	CHECK_EQ(tl_load_be16(room + 4), (w.n - 6) / ADDRESS_LEN);
	lone_free(&lone);
}

TEST(result_that_was_written_can_be_read)
{
	uint8_t room[PACKET_MAX_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct group other = { .adi = 1 };
	struct actor root;
	struct peer *from;
	struct reader r;
	uint64_t i;

	lone_new(&lone);
	actor_init(&root, &lone, LONE_ROOT);
	actor_be_root(&root, &lone);
	from = tl_node_find_peer(lone.node, root.id.addr);
	for (i = 0; i < 20; i++)
		add(i);
	CHECK(tl_group_write_result(lone.vl2, &w, net, group, 100, asker(99)));
	r = tl_reader(tl_writer_bytes(&w));
	tl_group_read_result(lone.vl2, &r, from, net, other);
	CHECK(!tl_group_find(lone.vl2, net, other)); /* nobody has asked */
	CHECK(tl_group_get(lone.vl2, net, other));
	r = tl_reader(tl_writer_bytes(&w));
	tl_group_read_result(lone.vl2, &r, from, net, other);
	CHECK(tl_reader_done(&r));
	CHECK_EQ(tl_group_find(lone.vl2, net, other)->n_members, 20);
	/* Cut anywhere it is not read beyond its end. */
	for (i = 0; i < w.n; i++) {
		r = tl_reader(tl_bytes(room, (size_t)i));
		tl_group_read_result(lone.vl2, &r, from, net, other);
		CHECK(!tl_reader_done(&r));
	}
	actor_fini(&root);
	lone_free(&lone);
}

TEST(lack_of_memory_enters_nobody)
{
	int n;

	lone_new(&lone);
	for (n = 0; n < 3; n++) {
		tl_alloc_fail_after(n);
		add(1);
		tl_alloc_fail_after(-1);
		if (count())
			break;
	}
	CHECK(n >= 2);
	lone_free(&lone);
}
