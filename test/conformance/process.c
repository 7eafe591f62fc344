/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - descriptors that are copied, inherited and passed
 */
#include "conformance.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void copies(void)
{
	struct pair c = make_pair(&place4);
	int two = dup(c.client);
	int high = fcntl(c.client, F_DUPFD_CLOEXEC, 100);
	char text[8];

	close(c.client);
	RESULT("dup send", send(two, "dup", 3, 0));
	RESULT("dup recv", recv(c.server, text, 8, 0));
	say_peer("dup peer", high);
	say("dup domain", "%d", get_int(high, SOL_SOCKET, SO_DOMAIN));
	close(two);
	RESULT("still open", recv(c.server, text, 8, MSG_DONTWAIT));
	close(high);
	RESULT("last closed", recv(c.server, text, 8, 0));
	close(c.server);
}

static void children(void)
{
	struct sockaddr_storage at;
	int fd = make_listener(&place4, &at);
	int client = make_socket(&place4, SOCK_STREAM);
	char text[8] = { 0 };
	int status = -1;
	int server;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		server = accept(fd, NULL, NULL);
		_exit(server >= 0 && write(server, "child", 5) == 5 ? 0 : 1);
	}
	RESULT("fork connect",
	       connect(client, (struct sockaddr *)&at, place4.len));
	RESULT("fork recv", recv(client, text, 5, MSG_WAITALL));
	waitpid(pid, &status, 0);
	say("fork status", "%d", status);
	RESULT("fork end", recv(client, text, 5, 0));
	close(client);

	client = make_socket(&place4, SOCK_STREAM);
	pid = fork();
	if (pid == 0)
		_exit(connect(client, (struct sockaddr *)&at, place4.len) ? 1
									  : 0);
	waitpid(pid, &status, 0);
	say("connect in a child", "%d", status);
	say_peer("connected by a child", client);
	close(client);
	close(fd);
}

static void programs(void)
{
	struct pair c = make_pair(&place4);
	char *const argv[] = { "sh", "-c", "read line; echo \"got $line\"",
			       NULL };
	posix_spawn_file_actions_t actions;
	char text[16] = { 0 };
	int status = -1;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, c.server, 0);
	posix_spawn_file_actions_adddup2(&actions, c.server, 1);
	RESULT("spawn",
	       posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, environ));
	posix_spawn_file_actions_destroy(&actions);
	close(c.server);
	RESULT("exec send", send(c.client, "hello\n", 6, 0));
	RESULT("exec recv", recv(c.client, text, 10, MSG_WAITALL));
	waitpid(pid, &status, 0);
	say("exec text", "%.9s, status %d", text, status);
	RESULT("exec end", recv(c.client, text, 1, 0));
	close(c.client);
}

static void close_on_exec(void)
{
	struct pair c = make_pair(&place4);
	char *const argv[] = { "sh", "-c", "exit 3", NULL };
	int status = -1;
	pid_t pid = -1;

	fcntl(c.server, F_SETFD, FD_CLOEXEC);
	must(-posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), "spawn");
	close(c.server);
	RESULT("cloexec end", recv(c.client, &(char){ 0 }, 1, 0));
	waitpid(pid, &status, 0);
	say("cloexec status", "%d", WEXITSTATUS(status));
	close(c.client);
}

static void send_fd(int to, int fd)
{
	char room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { "f", 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	must((int)sendmsg(to, &m, 0), "sendmsg");
}

static int receive_fd(int from)
{
	char room[CMSG_SPACE(sizeof(int))];
	char b;
	struct iovec iov = { &b, 1 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	int fd;

	must((int)recvmsg(from, &m, 0), "recvmsg");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

static void passed(void)
{
	struct pair c = make_pair(&place4);
	int fds[2];
	int fd;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), "socketpair");
	send_fd(fds[0], c.server);
	close(c.server);
	fd = receive_fd(fds[1]);
	say_peer("passed peer", fd);
	RESULT("passed send", send(fd, "passed", 6, 0));
	RESULT("passed recv", recv(c.client, (char[8]){ 0 }, 8, 0));
	close(fd);
	close(c.client);

	fd = make_bound(&place4, SOCK_DGRAM);
	send_fd(fds[0], fd);
	close(fd);
	fd = receive_fd(fds[1]);
	say_own("passed udp own", fd);
	RESULT("passed udp recv", recv(fd, (char[8]){ 0 }, 8, MSG_DONTWAIT));
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void shared_listener(void)
{
	enum {
		WORKERS = 3,
		CLIENTS = 12
	};
	struct sockaddr_storage at;
	int fd = make_listener(&place4, &at);
	pid_t pids[WORKERS];
	int served = 0;
	char c;

	for (int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		for (;;) {
			int s = accept(fd, NULL, NULL);

			if (s < 0 || write(s, "w", 1) != 1)
				_exit(1);
			close(s);
		}
	}
	for (int i = 0; i < CLIENTS; i++) {
		int client = make_socket(&place4, SOCK_STREAM);

		if (connect(client, (struct sockaddr *)&at, place4.len) == 0)
			served += read(client, &c, 1) == 1;
		close(client);
	}
	say("prefork served", "%d", served);
	for (int i = 0; i < WORKERS; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	close(fd);
}

void process_scenarios(void)
{
	copies();
	children();
	programs();
	close_on_exec();
	passed();
	shared_listener();
}
