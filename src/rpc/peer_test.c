/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/peer.h"

#include <errno.h>
#include <grp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"

#define MANY 300

static bool is_member_of(int fd, uint32_t group)
{
	bool is_member = false;
	uint32_t uid = 1;

	CHECK_EQ(tl_peer_of(fd, &uid, &group, &is_member), 0);
	CHECK_EQ(uid, geteuid());
	return is_member;
}

TEST(peer_is_who_made_the_pair)
{
	bool is_member = true;
	uint32_t uid = 1;
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK_EQ(tl_peer_of(ends[0], &uid, NULL, &is_member), 0);
	CHECK_EQ(uid, geteuid());
	CHECK(!is_member);
	CHECK(is_member_of(ends[0], getegid()));
	CHECK(!is_member_of(ends[0], UINT32_MAX - 1));
}

TEST(peer_has_supplementary_groups_many_or_few)
{
	gid_t list[MANY];
	int ends[2];
	size_t n;

	for (n = 0; n < MANY; n++)
		list[n] = (gid_t)(50000 + n);
	if (setgroups(MANY, list))
		SKIP("groups can be set by root only");
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK(is_member_of(ends[0], 50000));
	CHECK(is_member_of(ends[0], 50000 + MANY - 1));
	CHECK(!is_member_of(ends[0], 50000 + MANY));
	/* Those of the moment when it was made. */
	CHECK_EQ(setgroups(1, list), 0);
	CHECK(is_member_of(ends[0], 50000 + MANY - 1));
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK(is_member_of(ends[0], 50000));
	CHECK(!is_member_of(ends[0], 50001));
}

TEST(peer_of_what_is_no_socket)
{
	bool is_member = true;
	uint32_t uid = 7;
	int ends[2];

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(tl_peer_of(ends[0], &uid, NULL, &is_member), -ENOTSOCK);
	CHECK_EQ(uid, 7);
	CHECK(is_member);
}
