/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/netns_device.h"

#include "harness.h"
#include "launcher/netns_message.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

TEST(netns_groups_are_read_from_lines)
{
	uint8_t mac[6];

	CHECK(tl_netns_group_of_line(
		"2    zt0             1     0     333300000001\n", "zt0", mac));
	CHECK_MEM(mac, "\x33\x33\0\0\0\1", 6);
	CHECK(!tl_netns_group_of_line(
		"2    zt0             1     0     333300000001\n", "zt", mac));
	CHECK(!tl_netns_group_of_line(
		"2    zt01            1     0     333300000001\n", "zt0", mac));
	CHECK(!tl_netns_group_of_line("2 zt0 1 0 3333000000\n", "zt0", mac));
	CHECK(!tl_netns_group_of_line("2 zt0 1 0 33330000000100\n", "zt0",
				      mac));
	CHECK(!tl_netns_group_of_line("2 zt0 1 0\n", "zt0", mac));
	CHECK(!tl_netns_group_of_line("2 zt0 1 0 33330000000x\n", "zt0", mac));
	CHECK(!tl_netns_group_of_line("", "zt0", mac));
}

TEST(netns_messages_carry_descriptors)
{
	struct netns_answer a = { .result = 7, .stage = 3 };
	struct netns_answer got;
	int pair[2];
	int pipes[2];
	int fd = -1;
	char c = 0;

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(pipe(pipes) == 0);
	CHECK_EQ(tl_netns_send(pair[0], &a, sizeof(a), pipes[1]), 0);
	CHECK_EQ(tl_netns_receive(pair[1], &got, sizeof(got), &fd, 0), 0);
	CHECK_EQ(got.result, 7);
	CHECK(fd >= 0);
	CHECK(write(fd, "x", 1) == 1 && read(pipes[0], &c, 1) == 1);
	CHECK_EQ(c, 'x');
	CHECK_EQ(tl_netns_send(pair[0], &a, sizeof(a), -1), 0);
	CHECK_EQ(tl_netns_receive(pair[1], &got, sizeof(got), &fd, 0), 0);
	CHECK_EQ(fd, -1);
	CHECK_EQ(tl_netns_receive(pair[1], &got, sizeof(got), NULL,
				  MSG_DONTWAIT),
		 -EAGAIN);
	CHECK_EQ(tl_netns_send(pair[0], "x", 1, -1), 0);
	CHECK_EQ(tl_netns_receive(pair[1], &got, sizeof(got), NULL, 0),
		 -EBADMSG);
	close(pair[0]);
	CHECK_EQ(tl_netns_receive(pair[1], &got, sizeof(got), NULL, 0), -EPIPE);
	CHECK_EQ(tl_netns_send(pair[1], &a, sizeof(a), -1), -EPIPE);
}
