/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/peer.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/alloc.h"

/* Who has more gets memory for them: 65,536 at most (NGROUPS_MAX). */
#define GROUPS_USUAL 64

static bool contains(const gid_t *list, size_t n, uint32_t group)
{
	while (n > 0) {
		if (list[--n] == group)
			return true;
	}
	return false;
}

/* @n: how many there are, known by the call before. */
static int look_through_many(int fd, size_t n, uint32_t group, bool *found)
{
	socklen_t len = (socklen_t)(n * sizeof(gid_t));
	gid_t *list = tl_alloc_array(n, sizeof(gid_t));
	int err = 0;

	if (!list)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &len))
		err = -errno;
	else
		*found = contains(list, len / sizeof(gid_t), group);
	tl_free(list);
	return err;
}

/* Supplementary groups; the kernel keeps those of the moment of connect(2). */
static int look_through(int fd, uint32_t group, bool *found)
{
	gid_t list[GROUPS_USUAL];
	socklen_t len = sizeof(list);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &len) == 0) {
		*found = contains(list, len / sizeof(gid_t), group);
		return 0;
	}
	if (errno != ERANGE)
		return -errno;
	return look_through_many(fd, len / sizeof(gid_t), group, found);
}

int tl_peer_of(int fd, uint32_t *uid, const uint32_t *group, bool *is_member)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	bool found = false;
	int err = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	if (group && cred.gid == *group)
		found = true;
	else if (group)
		err = look_through(fd, *group, &found);
	if (err)
		return err;
	*uid = cred.uid;
	*is_member = found;
	return 0;
}
