/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_child.c - the agent's life
 *
 * Theory of operation: it is the parent of the command, and of all that the
 * command leaves behind (a subreaper), so that it knows when nothing is left,
 * and can end everything without a process namespace, which would hide the
 * host's processes and need another /proc. It waits for requests, and for
 * children to end. When the other end of the requests is closed, its parent has
 * ended or wants the end: it kills its children, and those that become so,
 * until there are none.
 */
#include "launcher/netns_child.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/netns_message.h"
#include "os/file.h"
#include "os/netlink.h"

#define STATUS_LOST 127
#define DNS_PORT 53
#define BACKLOG 64

/* The parent of a process, or -1: the second field behind the name, which may
 * hold anything but comes to its end at the last bracket. */
static pid_t parent_of(const char *pid)
{
	char path[64];
	char text[512];
	const char *at;
	int parent = -1;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.16s/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %d", &parent) != 1)
		return -1;
	return parent;
}

void tl_netns_signal_children(int number)
{
	pid_t self = getpid();
	const struct dirent *d;
	DIR *dir = opendir("/proc");

	while (dir && (d = readdir(dir))) {
		char *end;
		long long pid = strtoll(d->d_name, &end, 10);

		if (pid > 0 && !*end && parent_of(d->d_name) == self)
			kill((pid_t)pid, number);
	}
	if (dir)
		closedir(dir);
}

/* Each that is killed may leave children to us, so look again when one ends. */
void tl_netns_kill_children(void)
{
	pid_t r;

	do {
		tl_netns_signal_children(SIGKILL);
		r = waitpid(-1, NULL, 0);
	} while (r > 0 || errno == EINTR);
}

static void report(const struct netns_child *c, enum netns_event event,
		   int value)
{
	struct netns_report r = { .event = (int)event, .value = value };

	if (tl_netns_send(c->events, &r, sizeof(r), -1) != 0)
		return; /* the requests' end will be found closed, too */
}

static void delete_owned(const struct netns_child *c)
{
	int fd = c->n_owned ? tl_netlink_open() : -1;
	size_t i;

	for (i = 0; i < c->n_owned && fd >= 0; i++)
		tl_netlink_delete(fd, c->owned[i]);
	tl_fd_close(&fd);
}

TL_NORETURN static void end(const struct netns_child *c)
{
	tl_netns_kill_children();
	delete_owned(c);
	_exit(0);
}

static int make_socket(int family, int type)
{
	return socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int make_fd(enum netns_fd which)
{
	int fd = -1;

	switch (which) {
	case NETNS_FD_TUN:
		fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
		break;
	case NETNS_FD_PACKET:
		fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
		break;
	case NETNS_FD_NETLINK:
		return tl_netlink_open();
	case NETNS_FD_WATCH:
		return tl_netlink_watch();
	case NETNS_FD_GROUPS:
		fd = open("/proc/self/net/dev_mcast", O_RDONLY | O_CLOEXEC);
		break;
	case NETNS_FD_UDP4:
		fd = make_socket(AF_INET, SOCK_DGRAM);
		break;
	case NETNS_FD_UDP6:
		fd = make_socket(AF_INET6, SOCK_DGRAM);
		break;
	case NETNS_FD_TCP4:
		fd = make_socket(AF_INET, SOCK_STREAM);
		break;
	case NETNS_FD_TCP6:
		fd = make_socket(AF_INET6, SOCK_STREAM);
		break;
	}
	return fd < 0 ? -errno : fd;
}

/* Bound from inside, where we may have low ports. The loopback device of a
 * namespace of others may come up later than this. */
static int make_server(const char *address, int type)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(DNS_PORT) };
	int one = 1;
	int fd;
	int r;

	if (inet_pton(AF_INET, address, &sa.sin_addr) != 1)
		return -EINVAL;
	fd = make_socket(AF_INET, type);
	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &one, sizeof(one));
	/* For TCP: what an earlier one of ours has left is nobody's. */
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
				 sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    (type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	r = -errno;
	close(fd);
	return r;
}

/* In the command's process, which has the agent's rights until it execs. */
TL_NORETURN static void become_command(const struct netns_child *c, int fd)
{
	int err;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
	execvp(c->what->command[0], c->what->command);
	err = errno;
	(void)!write(fd, &err, sizeof(err));
	_exit(STATUS_LOST);
}

/* The pipe is closed by exec, or says why there was none. */
static int await_exec(int fd, pid_t pid)
{
	int err = 0;
	ssize_t n;

	do {
		n = read(fd, &err, sizeof(err));
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(err))
		return 0;
	waitpid(pid, NULL, 0);
	return -err;
}

static int start(struct netns_child *c)
{
	int ends[2];
	pid_t pid;
	int r;

	if (!c->what || c->command)
		return -EINVAL;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	pid = fork();
	r = pid < 0 ? -errno : 0;
	if (pid == 0)
		become_command(c, ends[1]);
	tl_fd_close(&ends[1]);
	if (!r)
		r = await_exec(ends[0], pid);
	tl_fd_close(&ends[0]);
	if (!r) {
		c->command = pid;
		c->was_started = true;
	}
	return r;
}

static int set(const struct netns_request *q)
{
	char path[NETNS_TEXT_SIZE + 32];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", q->text);
	return tl_netns_write(path, q->value);
}

static int own(struct netns_child *c, const char *device)
{
	if (c->n_owned >= NETNS_OWNED_MAX)
		return -ENOBUFS;
	snprintf(c->owned[c->n_owned++], NETNS_NAME_SIZE, "%.15s", device);
	return 0;
}

static int pass_signal(const struct netns_child *c,
		       const struct netns_request *q)
{
	if (q->op == NETNS_OP_SIGNAL && c->command)
		return kill(c->command, q->number) == 0 ? 0 : -errno;
	tl_netns_signal_children(q->number);
	return 0;
}

/* The result; descriptors go by *@fdp. */
static int handle(struct netns_child *c, const struct netns_request *q,
		  int *fdp)
{
	switch (q->op) {
	case NETNS_OP_FD:
		*fdp = make_fd((enum netns_fd)q->number);
		return *fdp < 0 ? *fdp : 0;
	case NETNS_OP_SERVE_UDP:
		*fdp = make_server(q->text, SOCK_DGRAM);
		return *fdp < 0 ? *fdp : 0;
	case NETNS_OP_SERVE_TCP:
		*fdp = make_server(q->text, SOCK_STREAM);
		return *fdp < 0 ? *fdp : 0;
	case NETNS_OP_SET:
		return set(q);
	case NETNS_OP_OWN:
		return own(c, q->text);
	case NETNS_OP_START:
		return start(c);
	case NETNS_OP_SIGNAL:
	case NETNS_OP_SIGNAL_ALL:
		return pass_signal(c, q);
	}
	return -ENOSYS;
}

static void serve(struct netns_child *c)
{
	struct netns_answer a = { .stage = NETNS_READY };
	struct netns_request q;
	int fd = -1;

	if (tl_netns_receive(c->control, &q, sizeof(q), NULL, 0) != 0)
		end(c);
	a.result = handle(c, &q, &fd);
	if (tl_netns_send(c->control, &a, sizeof(a), a.result ? -1 : fd) != 0)
		end(c);
	if (fd >= 0)
		tl_fd_close(&fd);
}

static void reap(struct netns_child *c)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)!read(c->children_fd, &info, sizeof(info));
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != c->command)
			continue;
		c->command = 0;
		report(c, NETNS_ENDED, status);
	}
	if (pid < 0 && errno == ECHILD && c->was_started) {
		c->was_started = false;
		report(c, NETNS_EMPTY, 0);
	}
}

static int go_there(const struct netns_child *c, enum netns_stage *stagep)
{
	return c->what ? tl_netns_isolate(c->what, stagep)
		       : tl_netns_enter(c->enter, stagep);
}

void tl_netns_child_run(struct netns_child *c)
{
	enum netns_stage stage = NETNS_READY;
	struct netns_answer first = { .result = go_there(c, &stage) };
	struct pollfd p[2];
	sigset_t ended;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	c->children_fd = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!first.result && c->children_fd < 0)
		first.result = -errno;
	first.stage = first.result ? (int)stage : NETNS_READY;
	if (tl_netns_send(c->control, &first, sizeof(first), -1) != 0 ||
	    first.result)
		_exit(1);
	for (;;) {
		p[0] = (struct pollfd){ .fd = c->control, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = c->children_fd,
					.events = POLLIN };
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			reap(c);
		if (p[0].revents)
			serve(c);
	}
}
