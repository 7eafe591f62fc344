/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/name.h"

#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "rpc/end.h"
#include "rpc/fdpass.h"

static const struct rpc_name sample = {
	.kind = NAME_CONNECTED,
	.unique = 0x0102030405060708,
	.local = { .family = 4, .port = 1000, .ip = { 10, 0, 0, 1 } },
	.remote = { .family = 6, .port = 2000, .ip = { 0xfd, [15] = 1 } },
};

TEST(name_survives_the_trip)
{
	uint8_t path[RPC_NAME_LEN];
	struct rpc_name got;

	tl_rpc_name_build(path, &sample);
	CHECK_EQ(path[0], 0);
	CHECK(tl_rpc_name_parse(&got, TL_BYTES_OF(path)));
	CHECK_EQ(got.kind, NAME_CONNECTED);
	CHECK_EQ(got.unique, sample.unique);
	CHECK_EQ(got.local.port, 1000);
	CHECK_EQ(got.remote.port, 2000);
	CHECK_MEM(got.remote.ip, sample.remote.ip, 16);
}

TEST(name_of_others_is_refused)
{
	uint8_t path[RPC_NAME_LEN + 1] = { 0 };
	struct rpc_name got;

	tl_rpc_name_build(path, &sample);
	CHECK(!tl_rpc_name_parse(&got, tl_bytes(path, RPC_NAME_LEN - 1)));
	CHECK(!tl_rpc_name_parse(&got, tl_bytes(path, RPC_NAME_LEN + 1)));
	CHECK(!tl_rpc_name_parse(&got, tl_bytes(NULL, 0)));
	path[8] = 'x';
	CHECK(!tl_rpc_name_parse(&got, tl_bytes(path, RPC_NAME_LEN)));
	path[8] = 'c';
	path[3] ^= 1;
	CHECK(!tl_rpc_name_parse(&got, tl_bytes(path, RPC_NAME_LEN)));
}

/* What connected names rest on: the kernel tells the other end's name, and a
 * socket from socketpair(2) can be bound. */
TEST(name_of_one_end_is_seen_at_the_other)
{
	struct sockaddr_un sa;
	socklen_t len = sizeof(sa);
	struct rpc_name name = sample;
	struct rpc_name got;
	int ends[2];

	name.unique = (uint64_t)getpid();
	CHECK_EQ(tl_end_pair(ends, SOCK_STREAM), 0);
	CHECK_EQ(tl_end_bind(ends[0], &name), 0);
	CHECK_EQ(getpeername(ends[1], (struct sockaddr *)&sa, &len), 0);
	CHECK(tl_rpc_name_parse(&got, tl_fdpass_path(&sa, len)));
	CHECK_EQ(got.unique, name.unique);
	/* Also after the service has closed. */
	close(ends[0]);
	len = sizeof(sa);
	CHECK_EQ(getpeername(ends[1], (struct sockaddr *)&sa, &len), 0);
	CHECK(tl_rpc_name_parse(&got, tl_fdpass_path(&sa, len)));
	close(ends[1]);
}
