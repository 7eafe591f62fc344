/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_activate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "sdk/client/client.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/tag.h"

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define BACKLOG 4096

int tl_cli_activate_add(struct run_activate *a, const char *text)
{
	struct spec_listen *l = &a->at[a->n];

	if (a->n == ACTIVATE_MAX)
		return tl_cli_fail(EXIT_USAGE, "more than %d --activate",
				   ACTIVATE_MAX);
	if (!text || tl_spec_parse_listen(l, text) != 0 ||
	    l->bind == SPEC_PATH || l->port == 0)
		return tl_cli_fail(EXIT_USAGE,
				   "--activate %s: [ADDRESS:]PORT is wanted; "
				   "IPv6 addresses stand in brackets",
				   text ? text : "");
	a->n++;
	return EXIT_OK;
}

/* Without an address it is for both families. */
static void find_place(union place *out, const struct spec_listen *l)
{
	if (l->bind == SPEC_ADDRESS)
		*out = l->ip;
	else
		*out = (union place){ .in6 = { .sin6_family = AF_INET6 } };
	tl_place_set_port(out, l->port);
}

static int listen_at(const struct spec_listen *l)
{
	union place at;
	socklen_t len;
	uint32_t tag;
	int fd, r;

	find_place(&at, l);
	len = at.sa.sa_family == AF_INET6 ? sizeof(at.in6) : sizeof(at.in);
	fd = tl_client_socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0,
			      0);
	if (fd < 0)
		return fd;
	r = tl_tag_get(&tag, fd) ? tl_client_bind(fd, tag, &at.sa, len)
				 : -ENOTSOCK;
	if (r == 0 && tl_tag_get(&tag, fd))
		r = tl_client_listen(fd, tag, BACKLOG);
	if (r == 0)
		return fd;
	close(fd);
	return r < 0 ? r : -EADDRNOTAVAIL;
}

/* The descriptors must not lie where others are to come. */
static int move_up(int *fd)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FD + ACTIVATE_MAX);

	if (moved < 0)
		return -errno;
	close(*fd);
	*fd = moved;
	return 0;
}

static int say_so(size_t n)
{
	char text[16];

	snprintf(text, sizeof(text), "%zu", n);
	if (setenv("LISTEN_FDS", text, 1) != 0)
		return -ENOMEM;
	snprintf(text, sizeof(text), "%d", (int)getpid());
	unsetenv("LISTEN_FDNAMES");
	return setenv("LISTEN_PID", text, 1) != 0 ? -ENOMEM : 0;
}

int tl_cli_activate(const struct run_activate *a)
{
	int fds[ACTIVATE_MAX];
	int err = a->n ? tl_endpoint_from_env() : 0;
	size_t i;

	for (i = 0; err == 0 && i < a->n; i++) {
		fds[i] = listen_at(&a->at[i]);
		err = fds[i] < 0 ? fds[i] : move_up(&fds[i]);
	}
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot listen at port %u for the program: "
				   "%s; see --activate",
				   i > 0 ? a->at[i - 1].port : 0,
				   strerror(-err));
	for (i = 0; i < a->n; i++)
		if (dup2(fds[i], FIRST_FD + (int)i) < 0)
			return tl_cli_fail(EXIT_FAILED, "dup2: %s",
					   strerror(errno));
	err = a->n ? say_so(a->n) : 0;
	return err ? tl_cli_fail(EXIT_FAILED, "out of memory") : EXIT_OK;
}
