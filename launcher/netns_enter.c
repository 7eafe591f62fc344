/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_enter.c - into namespaces, new ones or those of others
 *
 * Runs in a process of one thread, with descriptors for everything that has to
 * come from outside. Nothing here changes what others see, apart from the two
 * files that say who the users of a new user namespace are, which are its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/netns_child.h"
#include "os/file.h"
#include "os/netlink.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define SETTINGS "/proc/sys/net/"

int tl_netns_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(value);
	ssize_t put;
	int r = 0;

	if (fd < 0)
		return -errno;
	put = write(fd, value, n);
	if (put < 0)
		r = -errno;
	else if ((size_t)put != n)
		r = -EIO;
	close(fd);
	return r;
}

/* One user and one group, who may not change which groups they are in. */
static int map_user(bool as_root, uid_t uid, gid_t gid)
{
	char line[64];
	int r;

	r = tl_netns_write("/proc/self/setgroups", "deny");
	if (r && r != -ENOENT)
		return r;
	snprintf(line, sizeof(line), "%u %u 1", as_root ? 0 : uid, uid);
	r = tl_netns_write("/proc/self/uid_map", line);
	if (r)
		return r;
	snprintf(line, sizeof(line), "%u %u 1", as_root ? 0 : gid, gid);
	return tl_netns_write("/proc/self/gid_map", line);
}

/* What a privileged user may without a user namespace. */
static int unshare_all(const struct netns_new *what, enum netns_stage *stagep)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	*stagep = NETNS_NET;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	*stagep = NETNS_USER;
	if (unshare(CLONE_NEWUSER) != 0)
		return -errno;
	*stagep = NETNS_MAP;
	r = map_user(what->as_root, uid, gid);
	if (r)
		return r;
	*stagep = NETNS_NET;
	return unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 ? 0 : -errno;
}

/* The mounts of the host still appear here, none of ours there. */
static int mount_resolv(const char *file)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
		return -errno;
	if (!file || access(RESOLV_CONF, F_OK) != 0)
		return 0;
	if (mount(file, RESOLV_CONF, NULL, MS_BIND, NULL) != 0)
		return -errno;
	return 0;
}

/* Everybody here may ping, and bind low ports: it is their network. Addresses
 * come from the controller, who gives none out twice. */
static void set_defaults(void)
{
	char range[32];

	if (tl_netns_write(SETTINGS "ipv4/ping_group_range", "0 2147483647")) {
		snprintf(range, sizeof(range), "%u %u", getegid(), getegid());
		(void)tl_netns_write(SETTINGS "ipv4/ping_group_range", range);
	}
	(void)tl_netns_write(SETTINGS "ipv4/ip_unprivileged_port_start", "0");
	(void)tl_netns_write(SETTINGS "ipv4/conf/all/promote_secondaries", "1");
	(void)tl_netns_write(SETTINGS "ipv6/conf/default/accept_dad", "0");
	(void)tl_netns_write(SETTINGS "ipv6/conf/default/accept_ra", "0");
}

static int raise_loopback(void)
{
	struct netlink_link up = { .up = true };
	int fd = tl_netlink_open();
	unsigned int index;
	int r;

	if (fd < 0)
		return fd;
	r = tl_netlink_index(fd, "lo", &index);
	if (!r)
		r = tl_netlink_set(fd, index, &up);
	tl_fd_close(&fd);
	return r;
}

int tl_netns_isolate(const struct netns_new *what, enum netns_stage *stagep)
{
	int r = unshare_all(what, stagep);

	if (!r)
		r = raise_loopback();
	if (r)
		return r;
	set_defaults();
	*stagep = NETNS_MOUNT;
	return mount_resolv(what->resolv);
}

int tl_netns_enter(int fd, enum netns_stage *stagep)
{
	int user;

	*stagep = NETNS_ENTER;
	if (setns(fd, CLONE_NEWNET) == 0)
		return 0;
	if (errno != EPERM)
		return -errno;
	user = ioctl(fd, NS_GET_USERNS);
	if (user < 0)
		return -errno;
	if (setns(user, CLONE_NEWUSER) != 0 || setns(fd, CLONE_NEWNET) != 0) {
		close(user);
		return -EPERM;
	}
	close(user);
	return 0;
}
