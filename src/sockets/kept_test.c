/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/kept.h"

#include <errno.h>

#include "harness.h"

static uint8_t room[KEEP_BLOB_MAX];

static struct bytes built(const struct kept_socket *k)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_kept_build(&w, k);
	CHECK(tl_writer_ok(&w));
	return tl_writer_bytes(&w);
}

/* With something else in every field. */
static struct kept_socket udp(void)
{
	struct kept_socket k = {
		.kind = KEPT_UDP,
		.uid = 1000,
		.user = 1001,
		.tag = TAG_MAGIC | TAG_DGRAM | TAG_DOMAIN6 | TAG_BOUND,
		.flags = KEPT_CONNECTED | KEPT_NO_LOOP6 | KEPT_REUSE_PORT |
			 KEPT_RECVERR | KEPT_NO_RESOLVER | KEPT_DONT_FRAGMENT6 |
			 KEPT_TO_SERVER,
		.local = { .family = 6, .port = 53, .ip = { 0xfd, [15] = 1 } },
		.remote = { .family = 4, .port = 99, .ip = { 10, 7, 0, 2 } },
		.network = 0x1122334455667788,
		.scope = 0x99,
		.device = KEPT_NO_NETWORK,
		.ttl = 65,
		.tos = 16,
		.mcast_ttl = 2,
		.linger = -1,
		.keep_idle_s = 7200,
		.keep_interval_s = 75,
		.keep_count = 9,
		.mss = 1400,
		.user_timeout_ms = 5,
		.defer_accept_s = 6,
		.mtu_discover = 2,
		.mtu_discover6 = 5,
		.out = 0x77,
		.out_address = { .family = 4, .ip = { 10, 7, 0, 1 } },
		.n_groups = 2,
	};

	k.groups[0] =
		(struct kept_group){ 1,
				     { .family = 4, .ip = { 224, 1, 2, 3 } } };
	k.groups[1] = (struct kept_group){
		2, { .family = 6, .ip = { 0xff, 2, [15] = 9 } }
	};
	return k;
}

static struct kept_socket listener(void)
{
	struct kept_socket k = udp();

	k.kind = KEPT_LISTENER;
	k.tag = TAG_MAGIC;
	k.flags = KEPT_REUSE;
	k.local = (struct rpc_addr){ .family = 4, .port = 80 };
	k.remote = (struct rpc_addr){ 0 };
	k.backlog = 129;
	k.n_groups = 0;
	return k;
}

static void check_same(const struct kept_socket *a, const struct kept_socket *b)
{
	size_t i;

	CHECK_EQ(a->kind, b->kind);
	CHECK_EQ(a->uid, b->uid);
	CHECK_EQ(a->user, b->user);
	CHECK_EQ(a->tag, b->tag);
	CHECK_EQ(a->flags, b->flags);
	CHECK_MEM(&a->local, &b->local, sizeof(a->local));
	CHECK_MEM(&a->remote, &b->remote, sizeof(a->remote));
	CHECK_EQ(a->network, b->network);
	CHECK_EQ(a->scope, b->scope);
	CHECK_EQ(a->device, b->device);
	CHECK_EQ(a->ttl, b->ttl);
	CHECK_EQ(a->tos, b->tos);
	CHECK_EQ(a->mcast_ttl, b->mcast_ttl);
	CHECK_EQ(a->linger, b->linger);
	CHECK_EQ(a->keep_idle_s, b->keep_idle_s);
	CHECK_EQ(a->keep_interval_s, b->keep_interval_s);
	CHECK_EQ(a->keep_count, b->keep_count);
	CHECK_EQ(a->mss, b->mss);
	CHECK_EQ(a->user_timeout_ms, b->user_timeout_ms);
	CHECK_EQ(a->defer_accept_s, b->defer_accept_s);
	CHECK_EQ(a->mtu_discover, b->mtu_discover);
	CHECK_EQ(a->mtu_discover6, b->mtu_discover6);
	CHECK_EQ(a->backlog, b->backlog);
	CHECK_EQ(a->out, b->out);
	CHECK_MEM(&a->out_address, &b->out_address, sizeof(a->out_address));
	CHECK_EQ(a->n_groups, b->n_groups);
	for (i = 0; i < a->n_groups; i++) {
		CHECK_EQ(a->groups[i].network, b->groups[i].network);
		CHECK_MEM(&a->groups[i].group, &b->groups[i].group,
			  sizeof(a->groups[i].group));
	}
}

TEST(kept_socket_is_read_as_it_was_written)
{
	struct kept_socket k = udp();
	struct kept_socket got;

	CHECK_EQ(tl_kept_parse(&got, built(&k)), 0);
	check_same(&got, &k);
	k = listener();
	CHECK_EQ(tl_kept_parse(&got, built(&k)), 0);
	check_same(&got, &k);
	k = (struct kept_socket){ .kind = KEPT_ENDPOINT, .endpoint = 1 };
	CHECK_EQ(tl_kept_parse(&got, built(&k)), 0);
	CHECK_EQ(got.kind, KEPT_ENDPOINT);
	CHECK_EQ(got.endpoint, 1);
}

TEST(kept_socket_with_all_groups_fits)
{
	struct kept_socket k = udp();
	struct kept_socket got;
	size_t i;

	k.n_groups = KEPT_GROUPS_MAX;
	for (i = 0; i < KEPT_GROUPS_MAX; i++)
		k.groups[i] = k.groups[i % 2];
	CHECK_EQ(tl_kept_parse(&got, built(&k)), 0);
	check_same(&got, &k);
}

TEST(kept_socket_of_another_version_is_not_guessed)
{
	struct kept_socket k = listener();
	struct kept_socket got;
	struct bytes b = built(&k);

	room[0] = KEPT_VERSION + 1;
	CHECK_EQ(tl_kept_parse(&got, b), -EPROTONOSUPPORT);
	room[0] = 0;
	CHECK_EQ(tl_kept_parse(&got, tl_bytes(room, 1)), -EPROTONOSUPPORT);
	CHECK_EQ(tl_kept_parse(&got, tl_bytes(NULL, 0)), -EBADMSG);
}

TEST(kept_socket_that_is_cut_or_too_long_is_refused)
{
	struct kept_socket k = udp();
	struct kept_socket got = { .uid = 77 };
	struct bytes b = built(&k);
	size_t n;

	for (n = 0; n < b.n; n++)
		CHECK_EQ(tl_kept_parse(&got, tl_bytes_first(b, n)), -EBADMSG);
	CHECK_EQ(tl_kept_parse(&got, tl_bytes(room, b.n + 1)), -EBADMSG);
	CHECK_EQ(got.uid, 77); /* untouched */
}

#define REFUSED(change)                                                        \
	do {                                                                   \
		struct kept_socket out_;                                       \
                                                                               \
		k = udp();                                                     \
		change;                                                        \
		CHECK_EQ(tl_kept_parse(&out_, built(&k)), -EBADMSG);           \
	} while (0)

TEST(kept_socket_must_be_possible)
{
	struct kept_socket k;

	REFUSED(k.kind = 0);
	REFUSED(k.kind = 4);
	REFUSED(k.kind = KEPT_LISTENER);
	REFUSED(k.tag = 0);
	REFUSED(k.tag |= TAG_ICMP);
	REFUSED(k.tag &= ~(uint32_t)TAG_DGRAM);
	REFUSED(k.flags = 0x10000);
	REFUSED(k.backlog = 1);
	REFUSED(k.local.port = 0);
	REFUSED(k.local.family = 0);
	REFUSED(k.remote.family = 0);
	REFUSED(k.flags &= ~(uint32_t)KEPT_CONNECTED);
	REFUSED(k.tag &= ~(uint32_t)TAG_DOMAIN6); /* its address is IPv6 */
	REFUSED(k.tag |= TAG_V6ONLY); /* its peer is IPv4 */
	REFUSED(k.ttl = 0);
	REFUSED(k.linger = -2);
	REFUSED(k.keep_idle_s = 0);
	REFUSED(k.keep_interval_s = 32768);
	REFUSED(k.keep_count = -1);
	REFUSED(k.mss = 87);
	REFUSED(k.user_timeout_ms = -1);
	REFUSED(k.defer_accept_s = -1);
	REFUSED(k.groups[0].group.ip[0] = 10);
	REFUSED(k.groups[1].group.family = 0);
	REFUSED(k = listener(); k.backlog = 0);
	REFUSED(k = listener(); k.backlog = KEPT_BACKLOG_MAX + 1);
	REFUSED(k = listener(); k.n_groups = 1);
	REFUSED(k = listener(); k.flags |= KEPT_CONNECTED);
}

TEST(kept_socket_with_too_many_groups_is_refused)
{
	struct kept_socket k = listener();
	struct kept_socket got;
	struct bytes b = built(&k);

	room[b.n - 1] = KEPT_GROUPS_MAX + 1;
	CHECK_EQ(tl_kept_parse(&got, tl_bytes(room, sizeof(room))), -EBADMSG);
}
