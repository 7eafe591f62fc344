/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_api.c - answers HTTP requests with prepared files, one at a time
 *
 * usage: fake_api FOLDER TOKEN
 *
 * Listens on 127.0.0.1, writes the port to FOLDER/zerotier-one.port, prints its
 * PID and goes into the background. The answer to "GET /peer" is the whole
 * content of FOLDER/GET_peer, status line included; without such a file it is
 * 404, with another token 401. Each request's first line and body are added to
 * FOLDER/requests. A file that begins with "CLOSE" closes without an answer.
 */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *folder;
static const char *token;

static int listen_and_say(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char path[4096];
	FILE *f;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) != 0 ||
	    listen(fd, 8) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sa, &len) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/zerotier-one.port", folder);
	f = fopen(path, "w");
	if (!f)
		return -1;
	fprintf(f, "%d", ntohs(sa.sin_port));
	fclose(f);
	return fd;
}

static void write_all(int fd, const char *at, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done <= 0)
			return;
		at += done;
		n -= (size_t)done;
	}
}

static void answer(int fd, const char *method, char *path)
{
	static char buf[20 * 1024 * 1024];
	char name[4096];
	size_t n;
	FILE *f;
	char *c;

	for (c = path; *c; c++)
		if (*c == '/')
			*c = '_';
	snprintf(name, sizeof(name), "%s/%s%s", folder, method, path);
	f = fopen(name, "r");
	if (!f) {
		const char none[] = "HTTP/1.1 404 Not Found\r\n"
				    "Content-Length: 2\r\n\r\n{}";

		write_all(fd, none, sizeof(none) - 1);
		return;
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	if (n < 5 || memcmp(buf, "CLOSE", 5) != 0)
		write_all(fd, buf, n);
}

static void note(const char *method, const char *path, const char *body)
{
	char name[4096];
	FILE *f;

	snprintf(name, sizeof(name), "%s/requests", folder);
	f = fopen(name, "a");
	if (!f)
		return;
	fprintf(f, "%s %s %s\n", method, path, body);
	fclose(f);
}

/* Until the head and the body that it announces are there. */
static char *read_request(int fd, char *buf, size_t size)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, buf + n, size - 1 - n);
		char *body;
		char *length;

		if (got <= 0)
			return NULL;
		n += (size_t)got;
		buf[n] = 0;
		body = strstr(buf, "\r\n\r\n");
		if (!body)
			continue;
		body += 4;
		length = strstr(buf, "Content-Length: ");
		if (!length || strlen(body) >= strtoul(length + 16, NULL, 10))
			return body;
	}
}

static void serve(int fd)
{
	char buf[65536];
	char method[16];
	char path[1024];
	char want[256];
	char *body = read_request(fd, buf, sizeof(buf));

	if (!body || sscanf(buf, "%15s %1023s", method, path) != 2)
		return;
	note(method, path, body);
	snprintf(want, sizeof(want), "X-ZT1-Auth: %s\r\n", token);
	if (strstr(buf, want)) {
		answer(fd, method, path);
	} else {
		const char no[] = "HTTP/1.1 401 Unauthorized\r\n"
				  "Content-Length: 2\r\n\r\n{}";

		write_all(fd, no, sizeof(no) - 1);
	}
}

int main(int argc, char **argv)
{
	int listener;
	pid_t pid;

	if (argc != 3)
		return 2;
	folder = argv[1];
	token = argv[2];
	signal(SIGPIPE, SIG_IGN);
	listener = listen_and_say();
	if (listener < 0) {
		perror("fake_api");
		return 1;
	}
	pid = fork();
	if (pid != 0) {
		printf("%ld\n", (long)pid);
		return pid < 0;
	}
	fclose(stdout);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			return 1;
		serve(fd);
		close(fd);
	}
}
