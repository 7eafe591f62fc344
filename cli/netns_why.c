/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netns_why.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"

#define KERNEL "/proc/sys/kernel/"

/* The number in a file; @otherwise if there is none. */
static int setting(const char *path, int otherwise)
{
	FILE *f = fopen(path, "re");
	int value = otherwise;

	if (f && fscanf(f, "%d", &value) != 1)
		value = otherwise;
	if (f)
		fclose(f);
	return value;
}

static bool is_filtered(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	int mode = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Seccomp: %d", &mode) == 1)
			break;
	if (f)
		fclose(f);
	return mode == 2;
}

/* The first that it can be; the order is from the certain to the likely. */
static const char *why_user(int err)
{
	if (err == ENOSPC ||
	    setting("/proc/sys/user/max_user_namespaces", 1) == 0)
		return "the limit user.max_user_namespaces is reached; raise "
		       "it with sysctl, or run this as root";
	if (err == EINVAL || err == ENOSYS)
		return "this kernel has no user namespaces; run this as root";
	if (setting(KERNEL "unprivileged_userns_clone", 1) == 0)
		return "ordinary users may not make user namespaces here; set "
		       "kernel.unprivileged_userns_clone=1 with sysctl, or run "
		       "this as root";
	if (setting(KERNEL "apparmor_restrict_unprivileged_userns", 0) == 1)
		return "AppArmor restricts user namespaces of ordinary users; "
		       "give this program a profile with \"userns,\", set "
		       "kernel.apparmor_restrict_unprivileged_userns=0 with "
		       "sysctl, or run this as root";
	if (is_filtered())
		return "a filter of system calls, as containers have, forbids "
		       "it; start the container with a profile that allows "
		       "unshare, or with --privileged";
	return "a security module or a chroot forbids it; run this as root, or "
	       "use --via preload or --via seccomp";
}

int tl_cli_netns_refused(enum netns_stage stage, int err)
{
	static const char *const what[] = {
		[NETNS_FORK] = "start a process",
		[NETNS_USER] = "make a user namespace",
		[NETNS_MAP] = "name the users of a user namespace",
		[NETNS_NET] = "make a network namespace",
		[NETNS_MOUNT] = "mount a file over /etc/resolv.conf",
		[NETNS_ENTER] = "enter the network namespace",
		[NETNS_READY] = "work in the network namespace",
	};

	if (stage == NETNS_USER || stage == NETNS_MAP || stage == NETNS_NET)
		return tl_cli_fail(EXIT_FAILED, "cannot %s: %s: %s",
				   what[stage], strerror(err), why_user(err));
	if (stage == NETNS_ENTER && err == EPERM)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot %s: %s: it is another user's; run "
				   "this as that user or as root",
				   what[stage], strerror(err));
	return tl_cli_fail(EXIT_FAILED, "cannot %s: %s", what[stage],
			   strerror(err));
}
