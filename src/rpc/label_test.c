/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/label.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "rpc/end.h"

static const struct rpc_datagram sample = {
	.kind = DATAGRAM_DATA,
	.ttl = 64,
	.tos = 0x10,
	.peer = { .family = 4, .port = 1000, .ip = { 10, 0, 0, 1 } },
	.local = { .family = 6, .port = 2000, .ip = { 0xfd, [15] = 1 } },
};

TEST(label_survives_the_trip)
{
	uint8_t path[RPC_LABEL_LEN];
	struct rpc_datagram got;

	tl_rpc_label_build(path, &sample, 7);
	CHECK_EQ(path[0], 0);
	CHECK(tl_rpc_label_parse(&got, TL_BYTES_OF(path)));
	CHECK_EQ(got.ttl, 64);
	CHECK_EQ(got.tos, 0x10);
	CHECK_EQ(got.peer.port, 1000);
	CHECK_MEM(got.local.ip, sample.local.ip, 16);
}

TEST(label_of_others_is_refused)
{
	uint8_t path[RPC_LABEL_LEN + 1] = { 0 };
	uint8_t name[RPC_NAME_LEN];
	struct rpc_datagram got;

	tl_rpc_label_build(path, &sample, 7);
	CHECK(!tl_rpc_label_parse(&got, tl_bytes(path, RPC_LABEL_LEN - 1)));
	CHECK(!tl_rpc_label_parse(&got, tl_bytes(path, RPC_LABEL_LEN + 1)));
	CHECK(!tl_rpc_label_parse(&got, tl_bytes(NULL, 0)));
	path[17] = 9; /* no kind of datagram */
	CHECK(!tl_rpc_label_parse(&got, tl_bytes(path, RPC_LABEL_LEN)));
	tl_rpc_name_build(name, &(struct rpc_name){ .kind = NAME_BOUND });
	CHECK(!tl_rpc_label_parse(&got, TL_BYTES_OF(name)));
}

TEST(label_goes_along_and_a_plain_read_ignores_it)
{
	const struct bytes run = tl_bytes_from_str("hello");
	struct end_record record;
	struct rpc_datagram got;
	uint8_t room[16];
	int ends[2];
	int label;
	int i;

	CHECK_EQ(tl_end_pair(ends, SOCK_SEQPACKET), 0);
	label = tl_end_label(&sample, (uint64_t)getpid() << 32);
	CHECK(label >= 0);
	CHECK_EQ(tl_end_label(&sample, (uint64_t)getpid() << 32), -EADDRINUSE);
	for (i = 0; i < 2; i++)
		CHECK_EQ(tl_end_write_labelled(ends[0], &run, 1, label), 0);
	CHECK_EQ(recv(ends[1], room, sizeof(room), 0), 5);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), false,
				    &record),
		 0);
	CHECK_EQ(record.n, 5);
	CHECK(!record.is_end);
	CHECK_EQ(record.n_fds, 1);
	CHECK(tl_end_read_label(&got, record.fds[0]));
	CHECK_EQ(got.peer.port, 1000);
	CHECK(!tl_end_read_label(&got, ends[0]));
	CHECK(!tl_end_read_label(&got, STDIN_FILENO));
}

/* The end, and what was empty before it. */
TEST(label_less_empty_records_are_not_the_end)
{
	struct end_record record;
	uint8_t room[16];
	int ends[2];

	CHECK_EQ(tl_end_pair(ends, SOCK_SEQPACKET), 0);
	CHECK_EQ(send(ends[0], "", 0, 0), 0);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), false,
				    &record),
		 0);
	CHECK(!record.is_end);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), false,
				    &record),
		 -EAGAIN);
	CHECK_EQ(send(ends[0], "", 0, 0), 0);
	CHECK_EQ(send(ends[0], "x", 1, 0), 1);
	close(ends[0]);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), true, &record),
		 0);
	CHECK(!record.is_end);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), true, &record),
		 0);
	CHECK_EQ(record.n, 1);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), true, &record),
		 0);
	CHECK(record.is_end);
}

TEST(label_less_long_records_are_cut_and_say_so)
{
	struct end_record record;
	uint8_t room[4];
	int ends[2];

	CHECK_EQ(tl_end_pair(ends, SOCK_SEQPACKET), 0);
	CHECK_EQ(send(ends[0], "too long", 8, 0), 8);
	CHECK_EQ(tl_end_bare_record(ends[1], TL_BUFFER_OF(room), false,
				    &record),
		 -EMSGSIZE);
}
