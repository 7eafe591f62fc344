/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sdk/client/client.h"
#include "sdk/client/names.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define LISTENER (TAG_MAGIC | TAG_LISTENING)

/* A listener's ends; the second is the service's. */
static void make(int ends[2])
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
}

/* One that knows itself what it is. */
static void make_listener(int ends[2])
{
	uint32_t tag = LISTENER;

	make(ends);
	CHECK_EQ(setsockopt(ends[0], SOL_SOCKET, SO_INCOMING_CPU, &tag,
			    sizeof(tag)),
		 0);
}

static int accept_from(int fd)
{
	uint32_t tag;

	if (!tl_tag_get(&tag, fd))
		return -ENOTSOCK;
	return tl_client_accept(fd, tag, NULL, NULL, 0);
}

static void announce(int to, int fd, const void *record, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	uint8_t copy[64];
	struct iovec iov = { .iov_base = copy, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	memcpy(copy, record, n);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	CHECK_EQ(sendmsg(to, &m, 0), (ssize_t)n);
}

static void announce_connection(int to)
{
	struct rpc_accept a = {
		.local = { .family = 4, .port = 80, .ip = { 10, 0, 0, 1 } },
		.remote = { .family = 4, .port = 999, .ip = { 10, 0, 0, 2 } },
	};
	uint8_t room[RPC_ACCEPT_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	int ends[2];

	make(ends);
	tl_rpc_write_accept(&w, &a);
	CHECK_EQ(w.n, RPC_ACCEPT_LEN);
	announce(to, ends[0], room, sizeof(room));
	close(ends[0]);
	close(ends[1]);
}

TEST(accept_takes_one_connection_each)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	int ends[2];
	int fd;

	make(ends);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EAGAIN);
	announce_connection(ends[1]);
	announce_connection(ends[1]);
	fd = tl_client_accept(ends[0], LISTENER, (struct sockaddr *)&from, &len,
			      SOCK_CLOEXEC);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(len, sizeof(from));
	CHECK_EQ(ntohs(from.sin_port), 999);
	close(fd);
	fd = tl_client_accept(ends[0], LISTENER, NULL, NULL, SOCK_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EAGAIN);
}

TEST(accept_on_other_sockets)
{
	int ends[2];

	make(ends);
	CHECK_EQ(tl_client_accept(ends[0], TAG_MAGIC, NULL, NULL, 0), -EINVAL);
	CHECK_EQ(tl_client_accept(ends[0], TAG_MAGIC | TAG_DGRAM, NULL, NULL,
				  0),
		 -EOPNOTSUPP);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 1), -EINVAL);
}

/* Neither an error that calls for another try, nor a wait without end. */
TEST(accept_ends_with_the_service)
{
	int ends[2];

	make_listener(ends);
	CHECK_EQ(send(ends[0], "x", 1, 0), 1); /* so that it is a reset */
	announce_connection(ends[1]);
	close(ends[1]);
	close(accept_from(ends[0]));
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
}

static int events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI | POLLRDHUP };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

TEST(accept_silences_a_dead_listener)
{
	int ends[2];
	int before;
	int after;

	make_listener(ends);
	CHECK_EQ(fcntl(ends[0], F_SETFD, FD_CLOEXEC), 0);
	close(ends[1]);
	before = dup(0);
	close(before);
	CHECK(events_of(ends[0]) & POLLHUP);
	errno = EXDEV;
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(errno, EXDEV);
	CHECK_EQ(events_of(ends[0]), 0);
	CHECK_EQ(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
	after = dup(0);
	CHECK_EQ(after, before);
}

TEST(accept_silent_listener_looks_as_before)
{
	struct rpc_addr local = { .family = 4, .port = 80, .ip = { 10, 1 } };
	struct sockaddr_un un;
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	int listens = 0;
	uint32_t tag;
	int ends[2];
	int stranger;

	make_listener(ends);
	tl_names_set_bound(ends[0], &local);
	close(ends[1]);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK(tl_tag_get(&tag, ends[0]));
	CHECK_EQ(tag, LISTENER);
	CHECK_EQ(tl_client_getsockname(ends[0], tag, (struct sockaddr *)&in,
				       &len),
		 0);
	CHECK_EQ(ntohs(in.sin_port), 80);
	len = sizeof(listens);
	CHECK_EQ(tl_client_getsockopt(ends[0], tag, SOL_SOCKET, SO_ACCEPTCONN,
				      &listens, &len),
		 0);
	CHECK_EQ(listens, 1);

	/* Who knows the name cannot wake it up. */
	len = sizeof(un);
	CHECK_EQ(getsockname(ends[0], (struct sockaddr *)&un, &len), 0);
	stranger = socket(AF_UNIX, SOCK_DGRAM, 0);
	CHECK_EQ(sendto(stranger, "x", 1, 0, (struct sockaddr *)&un, len), -1);
	CHECK_EQ(errno, EPERM);
	CHECK_EQ(events_of(ends[0]), 0);
}

static int watch(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	int epfd = epoll_create1(0);

	CHECK_EQ(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e), 0);
	return epfd;
}

/* The other holder keeps the dead listener, which epoll would go on to see. */
TEST(accept_takes_a_dead_listener_out_of_epoll)
{
	struct epoll_event e;
	int ends[2];
	int other;
	int sets[2];

	make_listener(ends);
	other = dup(ends[0]);
	sets[0] = watch(ends[0]);
	sets[1] = watch(ends[0]);
	close(ends[1]);
	CHECK_EQ(epoll_wait(sets[0], &e, 1, 0), 1);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(epoll_wait(sets[0], &e, 1, 0), 0);
	CHECK_EQ(epoll_wait(sets[1], &e, 1, 0), 0);
	e = (struct epoll_event){ .events = EPOLLIN };
	CHECK_EQ(epoll_ctl(sets[0], EPOLL_CTL_ADD, ends[0], &e), 0);
	CHECK_EQ(epoll_wait(sets[0], &e, 1, 0), 0);
	CHECK(events_of(other) & POLLHUP);
	CHECK_EQ(accept_from(other), -EINVAL);
	CHECK_EQ(events_of(other), 0);
}

static void wait_for(pid_t child)
{
	int status;

	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

TEST(accept_tells_each_process_once)
{
	struct epoll_event e;
	pid_t children[2];
	int ends[2];
	int epfd;

	make_listener(ends);
	close(ends[1]);
	for (size_t i = 0; i < TL_ARRAY_SIZE(children); i++) {
		children[i] = fork();
		if (children[i] != 0)
			continue;
		epfd = watch(ends[0]);
		if (epoll_wait(epfd, &e, 1, 0) != 1 ||
		    accept_from(ends[0]) != -EINVAL ||
		    epoll_wait(epfd, &e, 1, 0) != 0 ||
		    accept_from(ends[0]) != -EAGAIN)
			_exit(1);
		_exit(0);
	}
	wait_for(children[0]);
	wait_for(children[1]);
	CHECK(events_of(ends[0]) & POLLHUP);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
}

TEST(accept_on_a_silent_listener_waits)
{
	struct timeval tv = { .tv_usec = 20000 };
	int ends[2];

	make_listener(ends);
	CHECK_EQ(fcntl(ends[0], F_SETFL, O_RDWR), 0);
	CHECK_EQ(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
		 0);
	close(ends[1]);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK));
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
}

static int waits;

static ssize_t count_wait(int fd, struct msghdr *m, int flags)
{
	waits++;
	return recvmsg(fd, m, flags | MSG_DONTWAIT);
}

/* The wait has to be a cancellation point, which only this call is (sys.h). */
TEST(accept_on_a_silent_listener_waits_in_recvmsg)
{
	int ends[2];

	make_listener(ends);
	CHECK_EQ(fcntl(ends[0], F_SETFL, O_RDWR), 0);
	close(ends[1]);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	tl_sys_wait = count_wait;
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
	CHECK_EQ(waits, 1);
	tl_sys_wait = recvmsg;
}

/* All threads of a server that is to end must hear of it. */
TEST(accept_after_shutdown_fails_every_time)
{
	int ends[2];

	make_listener(ends);
	CHECK_EQ(tl_client_shutdown(ends[0], LISTENER, SHUT_RD), 0);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	close(ends[1]);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
}

TEST(accept_after_shutdown_of_a_silent_listener)
{
	int ends[2];

	make_listener(ends);
	close(ends[1]);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
	CHECK_EQ(tl_client_shutdown(ends[0], LISTENER, SHUT_RDWR), 0);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
}

/* Epoll is left in peace even if no descriptor is left for the rest. */
TEST(accept_silences_without_descriptors_left)
{
	struct epoll_event e;
	struct rlimit limit;
	struct rlimit old;
	int ends[2];
	int epfd;

	SKIP_UNDER_VALGRIND();
	make_listener(ends);
	epfd = watch(ends[0]);
	close(ends[1]);
	CHECK_EQ(dup(0), ends[1]);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)epfd + 1;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(epoll_wait(epfd, &e, 1, 0), 0);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
	CHECK_EQ(accept_from(ends[0]), -EINVAL);
	CHECK_EQ(accept_from(ends[0]), -EAGAIN);
}

TEST(accept_malformed_record_leaks_nothing)
{
	int ends[2];
	int before;
	int after;

	make(ends);
	before = dup(0);
	close(before);
	announce(ends[1], ends[1], "short", 5);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0),
		 -ECONNABORTED);
	after = dup(0);
	CHECK_EQ(after, before);
}

TEST(accept_without_descriptors_left)
{
	struct rlimit limit;
	struct rlimit old;
	int ends[2];
	int top;

	SKIP_UNDER_VALGRIND();
	make(ends);
	announce_connection(ends[1]);
	top = dup(0);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)top + 1;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(tl_client_accept(ends[0], LISTENER, NULL, NULL, 0), -EMFILE);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
}
