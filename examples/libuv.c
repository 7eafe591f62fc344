/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libuv.c - a socket of the virtual network in a libuv loop
 *
 *	libuv ADDRESS PORT TEXT		send it, print the answer until it ends
 *
 * At the service that runs: TAPLESS_HOME names its home folder. The connection
 * is a descriptor like any other: uv_poll_t tells when it is connected and when
 * something has come.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <tapless/tapless.h>
#include <unistd.h>
#include <uv.h>

static const char *request;
static int failed;

static void end(uv_poll_t *poll, int error)
{
	if (error)
		fprintf(stderr, "connection: %s\n", strerror(error));
	failed = error != 0;
	uv_close((uv_handle_t *)poll, NULL);
}

/* An error of the socket is UV_EBADF to libuv; the socket itself knows more. */
static void on_readable(uv_poll_t *poll, int status, int events)
{
	char text[4096];
	ssize_t n;
	int fd;

	(void)status;
	(void)events;
	uv_fileno((uv_handle_t *)poll, &fd);
	n = read(fd, text, sizeof(text));
	if (n > 0)
		fwrite(text, 1, (size_t)n, stdout);
	else if (n == 0 || errno != EAGAIN)
		end(poll, n < 0 ? errno : 0);
}

static void on_connected(uv_poll_t *poll, int status, int events)
{
	socklen_t len = sizeof(int);
	int error = 0;
	int fd;

	(void)events;
	uv_fileno((uv_handle_t *)poll, &fd);
	if (zt_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	else if (!error && status < 0)
		error = -status;
	if (!error && write(fd, request, strlen(request)) < 0)
		error = errno;
	if (error) {
		end(poll, error);
		return;
	}
	zt_shutdown(fd, SHUT_WR);
	uv_poll_start(poll, UV_READABLE, on_readable);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	const char *home = getenv("TAPLESS_HOME");
	uv_loop_t *loop = uv_default_loop();
	uv_poll_t poll;
	int fd;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    (home && zt_use_service(home) != ZT_OK))
		return 2;
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	request = argv[3];
	fd = zt_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || (zt_connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		       errno != EINPROGRESS)) {
		perror("connect");
		return 1;
	}
	uv_poll_init(loop, &poll, fd);
	uv_poll_start(&poll, UV_WRITABLE, on_connected);
	uv_run(loop, UV_RUN_DEFAULT);
	close(fd);
	return failed;
}
