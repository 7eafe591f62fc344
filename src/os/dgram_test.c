/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dgram.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "harness.h"
#include "os/file.h"

static struct udp *u;
static struct udp_socket *server;
static struct udp_addr at;
static const struct udp_addr here = { .family = 4, .ip = { 127, 0, 0, 1 } };
static uint8_t room[64];

static void serve(void)
{
	CHECK_EQ(tl_udp_new(&u), 0);
	CHECK_EQ(tl_udp_bind(&server, u, &here, NULL), 0);
	at = *tl_udp_local(server);
}

static void answer(struct udp_socket *from, uint16_t port)
{
	struct udp_addr to = here;

	to.port = port;
	tl_udp_send_copy(from, &to, tl_bytes_from_str("hello"));
	tl_udp_flush(u);
}

static void wait_for(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, 5000), 1);
}

static uint16_t asked_from;

static void on_datagram(void *ctx, struct udp_socket *s,
			const struct udp_addr *from, struct buffer datagram,
			struct buffer rest)
{
	(void)ctx;
	(void)s;
	(void)rest;
	CHECK_EQ(datagram.n, 3);
	asked_from = from->port;
}

static int ask(void)
{
	int fd = tl_dgram_connect(&here, &at, 0);

	CHECK(fd >= 0);
	CHECK_EQ(tl_dgram_receive(fd, TL_BUFFER_OF(room), NULL), -EAGAIN);
	tl_dgram_send(fd, tl_bytes_from_str("who"));
	wait_for(tl_udp_fd(server));
	CHECK_EQ(tl_udp_receive(server, on_datagram, NULL), UDP_DRAINED);
	return fd;
}

TEST(dgram_goes_there_and_back)
{
	struct udp_addr from;
	int fd;

	serve();
	fd = ask();
	answer(server, asked_from);
	wait_for(fd);
	CHECK_EQ(tl_dgram_receive(fd, TL_BUFFER_OF(room), &from), 5);
	CHECK(memcmp(room, "hello", 5) == 0);
	CHECK_EQ(from.family, 4);
	CHECK_EQ(from.port, at.port);
	CHECK(memcmp(from.ip, here.ip, 16) == 0);
	tl_fd_close(&fd);
	tl_udp_free(u);
}

TEST(dgram_from_a_stranger_is_not_heard)
{
	struct udp_socket *stranger;
	int fd;

	serve();
	CHECK_EQ(tl_udp_bind(&stranger, u, &here, NULL), 0);
	fd = ask();
	answer(stranger, asked_from);
	answer(server, asked_from);
	wait_for(fd);
	CHECK_EQ(tl_dgram_receive(fd, tl_buffer(room, 2), NULL), 2);
	CHECK_EQ(tl_dgram_receive(fd, TL_BUFFER_OF(room), NULL), -EAGAIN);
	tl_fd_close(&fd);
	tl_udp_free(u);
}

TEST(dgram_to_nobody_is_refused)
{
	int fd;

	serve();
	fd = tl_dgram_connect(&here, &at, 0);
	CHECK(fd >= 0);
	tl_udp_free(u);
	tl_dgram_send(fd, tl_bytes_from_str("who"));
	wait_for(fd);
	CHECK_EQ(tl_dgram_receive(fd, TL_BUFFER_OF(room), NULL), -ECONNREFUSED);
	tl_fd_close(&fd);
}

TEST(dgram_port_is_shared_by_listeners)
{
	struct udp_addr to = at;
	int first;
	int second;

	serve();
	to = here;
	to.port = at.port;
	tl_udp_close(server);
	first = tl_dgram_listen4(to.port);
	second = tl_dgram_listen4(to.port);
	CHECK(first >= 0 && second >= 0);
	CHECK_EQ(tl_dgram_receive(first, TL_BUFFER_OF(room), NULL), -EAGAIN);
	tl_fd_close(&first);
	tl_fd_close(&second);
	tl_udp_free(u);
}
