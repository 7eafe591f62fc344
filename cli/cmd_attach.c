/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_attach.c - serve a network namespace that somebody else has made
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/netns_session.h"
#include "os/file.h"

#define NSFS_MAGIC 0x6e736673

static int usage(const char *why, const char *what)
{
	return tl_cli_fail(EXIT_USAGE, "%s%s; see tapless attach --help", why,
			   what);
}

/* An option and its value, or the next word. */
static int parse_option(struct netns_options *o, const char **netnsp,
			char ***argvp)
{
	const char *a = **argvp;
	const char *equals = strchr(a, '=');
	size_t n = equals ? (size_t)(equals - a) : strlen(a);
	const char *value = equals ? equals + 1 : (*argvp)[1];
	char name[32];
	int err;

	if (strcmp(a, "-v") == 0 || strcmp(a, "--verbose") == 0) {
		o->level = o->level < TL_LOG_INFO ? TL_LOG_INFO : TL_LOG_DBG;
		return EXIT_OK;
	}
	if (strncmp(a, "-D", 2) == 0 && a[2]) {
		o->home.home = a + 2;
		return EXIT_OK;
	}
	if (n >= sizeof(name))
		return usage("unknown option ", a);
	memcpy(name, a, n);
	name[n] = 0;
	err = tl_cli_netns_option(o, name, value);
	if (err < 0 && !value)
		return usage("unknown option, or one without its value: ", a);
	if (strcmp(name, "-D") == 0 || strcmp(name, "--home") == 0) {
		o->home.home = value;
		err = EXIT_OK;
	} else if (strcmp(name, "--netns") == 0) {
		*netnsp = value;
		err = EXIT_OK;
	}
	if (err < 0)
		return usage("unknown option ", a);
	if (!equals)
		(*argvp)++;
	return err;
}

static int parse(struct netns_options *o, const char **netnsp, char **argv)
{
	int err = EXIT_OK;

	for (argv++; err == EXIT_OK && *argv; argv++) {
		if (**argv != '-')
			return usage("attach does not know what to do with ",
				     *argv);
		err = parse_option(o, netnsp, &argv);
	}
	if (err == EXIT_OK && !*netnsp)
		return usage("name a namespace with --netns", "");
	return err;
}

/* The process that a namespace is named by, or 0. */
static pid_t process_of(const char *netns)
{
	char *end;
	long long pid;

	if (strncmp(netns, "/proc/", 6) == 0)
		netns += 6;
	pid = strtoll(netns, &end, 10);
	if (pid <= 0 || pid > INT_MAX || (*end && strcmp(end, "/ns/net") != 0))
		return 0;
	return (pid_t)pid;
}

/* Readable when the process has ended. */
static int watch_process(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static bool process_is_gone(const struct netns_other *other)
{
	(void)other;
	return true;
}

/* Readable when names in the folder are removed, as ip(8) does when it deletes
 * a namespace. The file itself tells nothing: it is a mount. */
static int watch_name(const char *path)
{
	char folder[PATH_MAX];
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	snprintf(folder, sizeof(folder), "%s", path);
	if (inotify_add_watch(fd, dirname(folder),
			      IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF) < 0) {
		r = -errno;
		tl_fd_close(&fd);
		return r;
	}
	return fd;
}

static bool name_is_gone(const struct netns_other *other)
{
	uint8_t events[4096];
	struct stat now;
	struct stat it;

	while (read(other->gone_fd, events, sizeof(events)) > 0)
		;
	return stat(other->path, &now) != 0 || fstat(other->fd, &it) != 0 ||
	       now.st_ino != it.st_ino || now.st_dev != it.st_dev;
}

static int open_namespace(const char *path)
{
	struct statfs fs;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs) != 0 || fs.f_type != NSFS_MAGIC) {
		tl_fd_close(&fd);
		return -EINVAL;
	}
	return fd;
}

static int serve(const struct netns_options *o, struct netns_other *other)
{
	int status;

	if (other->gone_fd < 0)
		return tl_cli_fail(EXIT_FAILED, "cannot watch %s: %s",
				   other->path, strerror(-other->gone_fd));
	status = tl_cli_netns_serve(o, other);
	tl_fd_close(&other->gone_fd);
	return status;
}

static int attach(const struct netns_options *o, const char *netns)
{
	pid_t pid = process_of(netns);
	char path[PATH_MAX];
	struct netns_other other = {
		.path = path,
		.is_gone = pid ? process_is_gone : name_is_gone,
	};
	int status;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	else
		snprintf(path, sizeof(path), "%s", netns);
	other.fd = open_namespace(path);
	if (other.fd < 0)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot open the network namespace %s: %s; "
				   "name a process in it, or a file such as "
				   "/run/netns/NAME",
				   path,
				   other.fd == -EINVAL ? "it is something else"
						       : strerror(-other.fd));
	other.gone_fd = pid ? watch_process(pid) : watch_name(path);
	status = serve(o, &other);
	tl_fd_close(&other.fd);
	return status;
}

int tl_cmd_attach(int argc TL_UNUSED, char **argv)
{
	struct netns_options o = tl_cli_netns_defaults(tl_cli_default_home());
	const char *netns = NULL;
	int err = parse(&o, &netns, argv);

	return err ? err : attach(&o, netns);
}
