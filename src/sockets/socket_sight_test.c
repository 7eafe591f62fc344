/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/world_test.h"

#include <grp.h>

/* Who is the world's interface there for? */
static bool is_there = true;
static uint32_t asked_by;
/* And for whom not, in any case? */
static uint32_t blind_user = UINT32_MAX;

static bool sees(const void *ctx, uint32_t user, const struct ifc *ifc)
{
	CHECK(ctx == &world);
	CHECK_EQ(tl_ifc_number(ifc), tl_ifc_number(world.ifc));
	asked_by = user;
	return is_there && user != blind_user;
}

static void start(void)
{
	struct sockets_config c = { .sees = sees };

	world_start_with(&c);
}

static void hide(void *ctx)
{
	(void)ctx;
	is_there = false;
	tl_sockets_on_sight(world.sockets, world.ifc);
}

static void show(void *ctx)
{
	(void)ctx;
	is_there = true;
	tl_sockets_on_sight(world.sockets, world.ifc);
}

static int ask_interface(struct rpc_reply *reply)
{
	const struct rpc_request q = { .op = RPC_INTERFACE };

	return call_full(&q, NULL, 0, reply);
}

TEST(sight_nothing_is_there_for_who_may_not)
{
	struct rpc_reply reply;
	int fd;

	start();
	CHECK_EQ(ask_interface(&reply), 0);
	CHECK_EQ(asked_by, geteuid());
	world_do(hide, NULL);
	CHECK_EQ(ask_interface(&reply), ENODEV);
	fd = z_socket(TAG4);
	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, own4(0), NULL), RPC_USE_HOST);
	CHECK_EQ(z_connect(fd, addr4(10, 7, 0, 2, 80)), RPC_USE_HOST);
	close(fd);
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect_with(fd, own4(80), RPC_FLAG_ISOLATE), ENETUNREACH);
	close(fd);
	world_do(show, NULL);
	fd = z_socket(TAG4);
	CHECK_EQ(z_bind(fd, own4(0), NULL), 0);
	close(fd);
	world_stop();
}

TEST(sight_lost_resets_connections_and_ends_listeners)
{
	struct rpc_accept a;
	struct rpc_addr at;
	int listener, client, server;
	char c;

	start();
	listener = z_socket(TAG4);
	CHECK_EQ(z_bind(listener, own4(0), &at), 0);
	CHECK_EQ(z_listen(listener, 5), 0);
	client = z_socket(TAG4);
	CHECK_EQ(z_connect(client, own4(at.port)), 0);
	server = z_accept(listener, &a);
	CHECK(server >= 0);
	world_do(hide, NULL);
	CHECK(wait_for(client, POLLERR, WAIT_MS) & POLLERR);
	CHECK_EQ(recv(client, &c, 1, 0), -1);
	CHECK_EQ(errno, ECONNRESET);
	CHECK(wait_for(listener, POLLHUP, WAIT_MS) & POLLHUP);
	close(client);
	close(server);
	close(listener);
	world_stop();
}

static int share(struct sockets_config *c, uint32_t group)
{
	/* Somebody else's: the caller is not its owner. */
	*c = (struct sockets_config){ .owner = geteuid() + 1,
				      .is_shared = true,
				      .group = group };
	world_start_with(c);
	return z_socket(TAG4);
}

/* Root is let in whatever its groups are. */
static void become_somebody(void)
{
	const gid_t groups[] = { 60009, 60100 };

	if (geteuid() != 0)
		return;
	if (setgroups(2, groups) || setresgid(60001, 60001, 60001) ||
	    setresuid(60001, 60001, 60001))
		SKIP("there is one user only here");
}

/* There for its owner only, who is root here; the other connects. */
TEST(sight_wildcard_listener_takes_nothing_from_there)
{
	struct sockets_config c = {
		.owner = 60001, .is_shared = true, .group = 60100, .sees = sees
	};
	struct rpc_accept a;
	struct rpc_addr at;
	int listener, fd;

	if (geteuid() != 0)
		SKIP("two users are needed");
	world_start_with(&c);
	listener = z_socket(TAG4);
	CHECK_EQ(z_bind(listener, addr4(0, 0, 0, 0, 0), &at), 0);
	CHECK_EQ(z_listen(listener, 5), 0);
	become_somebody();
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(at.port)), 0);
	close(z_accept(listener, &a));
	close(fd);
	blind_user = 0;
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(at.port)), ECONNREFUSED);
	close(fd);
	blind_user = UINT32_MAX;
	fd = z_socket(TAG4);
	CHECK_EQ(z_connect(fd, own4(at.port)), 0);
	close(z_accept(listener, &a));
	close(fd);
	close(listener);
	world_stop();
}

TEST(sight_member_of_the_group_makes_sockets)
{
	struct sockets_config c;
	int fd;

	become_somebody();
	fd = share(&c, getegid());
	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, own4(0), NULL), 0);
	close(fd);
	world_stop();
}

TEST(sight_member_by_a_supplementary_group)
{
	struct sockets_config c;
	gid_t list[64];
	int n, fd;

	become_somebody();
	n = getgroups(64, list);
	if (n < 1)
		SKIP("no supplementary groups here");
	fd = share(&c, list[n - 1]);
	CHECK(fd >= 0);
	close(fd);
	world_stop();
}

TEST(sight_of_the_group_nobody_else_is)
{
	const struct rpc_request session = { .op = RPC_SESSION };
	struct rpc_reply reply;
	struct sockets_config c;

	become_somebody();
	CHECK_EQ(share(&c, 60777), -EPERM);
	CHECK_EQ(call_full(&session, NULL, 0, &reply), EPERM);
	world_stop();
}

static void get_user(void *ctx)
{
	struct map_walk walk = { 0 };
	const struct quota_user *u;

	while ((u = tl_sockets_step_user(world.sockets, &walk))) {
		if (u->held[QUOTA_SOCKETS])
			*(struct quota_user *)ctx = *u;
	}
}

TEST(sight_token_says_on_whose_account)
{
	const struct rpc_request session = { .op = RPC_SESSION };
	struct rpc_request q = { .op = RPC_SOCKET, .tag = TAG4 };
	struct sockets_config c;
	struct quota_user held = { 0 };
	struct rpc_reply reply;
	uint32_t before = geteuid();
	int ends[2];
	int fd;

	fd = share(&c, getegid());
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(call_full(&session, NULL, 0, &reply), 0);
	CHECK_EQ(reply.opt.n, RPC_TOKEN_LEN);
	memcpy(q.token, reply.opt.at, RPC_TOKEN_LEN);
	/* Another user now, as a server that gives up its privileges. */
	become_somebody();
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, ends, 2, &reply), 0);
	close(ends[0]);
	world_do(get_user, &held);
	CHECK_EQ(held.uid, before);
	CHECK_EQ(held.held[QUOTA_SOCKETS], 1);
	/* Nobody's name can be put into it. */
	q.token[3] ^= 1;
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(call_full(&q, ends, 2, &reply), EPERM);
	world_stop();
}
