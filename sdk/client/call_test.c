/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/call.h"

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "sdk/client/endpoint.h"

static char name[64];
static int listener;

static void listen_there(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	snprintf(name, sizeof(name), "tapless-call-test-%d", getpid());
	memcpy(un.sun_path + 1, name, strlen(name));
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CHECK_EQ(bind(listener, (struct sockaddr *)&un,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				  strlen(name))),
		 0);
	CHECK_EQ(listen(listener, 4), 0);
	CHECK_EQ(tl_endpoint_set(name, geteuid(), NULL), 0);
}

static void answer(int fd, uint32_t status, uint32_t value)
{
	const struct rpc_reply reply = { .status = status, .value = value };
	uint8_t room[RPC_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_rpc_write_reply(&w, &reply);
	CHECK_EQ(send(fd, room, w.n, 0), (ssize_t)w.n);
}

static int accept_request(void)
{
	uint8_t room[RPC_REQUEST_MAX];
	int fd = accept(listener, NULL, NULL);

	CHECK(fd >= 0);
	CHECK(recv(fd, room, sizeof(room), 0) > 0);
	return fd;
}

/* A worker that dies @deaths times with a call before it answers. */
static pid_t serve(int deaths, uint32_t status)
{
	pid_t pid;
	int i, fd;

	listen_there();
	pid = fork();
	if (pid != 0)
		return pid;
	for (i = 0; i < deaths; i++)
		close(accept_request());
	if (status == UINT32_MAX)
		_exit(0);
	fd = accept_request();
	answer(fd, status, 42);
	_exit(0);
}

static int ask(uint32_t *value)
{
	struct call c = { .request = { .op = RPC_HELLO } };
	int r = tl_call(&c);

	*value = c.reply.value;
	return r;
}

static void check_end(pid_t pid)
{
	int status;

	close(listener);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

TEST(call_is_made_again_when_a_worker_dies_with_it)
{
	pid_t pid = serve(1, 0);
	uint32_t value;

	CHECK_EQ(ask(&value), 0);
	CHECK_EQ(value, 42);
	check_end(pid);
}

TEST(call_is_not_made_for_ever)
{
	pid_t pid = serve(2, UINT32_MAX);
	uint32_t value;

	CHECK_EQ(ask(&value), -ENETDOWN);
	check_end(pid);
}

TEST(call_about_a_socket_that_died_with_its_worker_says_so)
{
	pid_t pid = serve(1, EBADF);
	uint32_t value;

	CHECK_EQ(ask(&value), -ENETDOWN);
	check_end(pid);
}

TEST(call_gives_the_first_answer_as_it_is)
{
	pid_t pid = serve(0, EBADF);
	uint32_t value;

	CHECK_EQ(ask(&value), -EBADF);
	check_end(pid);
}

TEST(call_to_nobody_fails_at_once)
{
	uint32_t value;

	listen_there();
	close(listener);
	CHECK_EQ(ask(&value), -ENETDOWN);
}
