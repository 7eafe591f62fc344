/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - sockets, with addresses as text */
#include "sdk/libzt/zts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <time.h>

#define CONNECT_MS 30000
#define AGAIN_MS 250
#define BACKLOG 8

int zts_socket(int family, int type, int protocol)
{
	return zts_bsd_socket(family, type, protocol);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Will it stay like this, however often it is tried? */
static bool is_final(int err)
{
	switch (err) {
	case EBADF:
	case ENOTSOCK:
	case EINVAL:
	case EFAULT:
	case EAFNOSUPPORT:
	case EISCONN:
	case EALREADY:
	case ENETDOWN:
	case EINTR:
		return true;
	default:
		return false;
	}
}

/* Once, until the time is over: 0 or an errno. */
static int connect_once(int fd, const struct sockaddr_storage *a, socklen_t len,
			int64_t end)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int64_t left;

	if (zt_connect(fd, (const struct sockaddr *)a, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	left = end - now_ms();
	if (poll(&p, 1, left > 0 ? (int)left : 0) <= 0)
		return ETIMEDOUT;
	/* This tells how it went, and lets it be tried again; SO_ERROR would
	 * have the next attempt fail with ECONNABORTED. */
	if (zt_connect(fd, (const struct sockaddr *)a, len) == 0 ||
	    errno == EISCONN)
		return 0;
	return errno;
}

static int connect_until(int fd, const struct sockaddr_storage *a,
			 socklen_t len, int64_t end)
{
	int flags = fcntl(fd, F_GETFL);
	int err;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return errno;
	while ((err = connect_once(fd, a, len, end)) != 0 && !is_final(err) &&
	       now_ms() + AGAIN_MS < end)
		poll(NULL, 0, AGAIN_MS);
	/* A connection that failed has another file behind the descriptor. */
	flags = fcntl(fd, F_GETFL);
	if (flags >= 0)
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
	return err;
}

int zts_connect(int fd, const char *ipstr, unsigned short port, int timeout_ms)
{
	struct sockaddr_storage a;
	int len = tl_zts_parse(&a, ipstr, port);
	int flags;
	int err;

	if (len < 0 || timeout_ms < 0)
		return ZTS_ERR_ARG;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0)
		return tl_zts_result(flags);
	if (flags & O_NONBLOCK)
		return tl_zts_result(
			zt_connect(fd, (struct sockaddr *)&a, (socklen_t)len));
	err = connect_until(fd, &a, (socklen_t)len,
			    now_ms() + (timeout_ms ? timeout_ms : CONNECT_MS));
	errno = err;
	return tl_zts_result(err ? -1 : 0);
}

int zts_bind(int fd, const char *ipstr, unsigned short port)
{
	struct sockaddr_storage a;
	int len = tl_zts_parse(&a, ipstr, port);

	if (len < 0)
		return ZTS_ERR_ARG;
	return tl_zts_result(
		zt_bind(fd, (struct sockaddr *)&a, (socklen_t)len));
}

int zts_listen(int fd, int backlog)
{
	return zts_bsd_listen(fd, backlog);
}

/* NULL is no wish; any other text needs its full room. */
static bool is_room(const char *text, int len)
{
	return !text || len >= ZTS_IP_MAX_STR_LEN;
}

static void hand_out(char *text, int len, unsigned short *port,
		     const struct sockaddr_storage *a)
{
	char unused[ZTS_IP_MAX_STR_LEN];

	tl_zts_print(text ? text : unused, text ? len : (int)sizeof(unused),
		     port, a);
}

int zts_accept(int fd, char *remote_addr, int len, unsigned short *port)
{
	struct sockaddr_storage a = { 0 };
	socklen_t size = sizeof(a);
	int r;

	if (!is_room(remote_addr, len))
		return ZTS_ERR_ARG;
	r = zt_accept(fd, (struct sockaddr *)&a, &size);
	if (r >= 0)
		hand_out(remote_addr, len, port, &a);
	return tl_zts_result(r);
}

int zts_getpeername(int fd, char *remote_addr_str, int len,
		    unsigned short *port)
{
	struct sockaddr_storage a = { 0 };
	socklen_t size = sizeof(a);
	int r;

	if (!remote_addr_str || !port || !is_room(remote_addr_str, len))
		return ZTS_ERR_ARG;
	r = zt_getpeername(fd, (struct sockaddr *)&a, &size);
	if (r == 0)
		hand_out(remote_addr_str, len, port, &a);
	return tl_zts_result(r);
}

int zts_getsockname(int fd, char *local_addr_str, int len, unsigned short *port)
{
	struct sockaddr_storage a = { 0 };
	socklen_t size = sizeof(a);
	int r;

	if (!local_addr_str || !port || !is_room(local_addr_str, len))
		return ZTS_ERR_ARG;
	r = zt_getsockname(fd, (struct sockaddr *)&a, &size);
	if (r == 0)
		hand_out(local_addr_str, len, port, &a);
	return tl_zts_result(r);
}

ssize_t zts_send(int fd, const void *buf, size_t len, int flags)
{
	return zts_bsd_send(fd, buf, len, flags);
}

ssize_t zts_recv(int fd, void *buf, size_t len, int flags)
{
	return zts_bsd_recv(fd, buf, len, flags);
}

ssize_t zts_read(int fd, void *buf, size_t len)
{
	return zts_bsd_read(fd, buf, len);
}

ssize_t zts_write(int fd, const void *buf, size_t len)
{
	return zts_bsd_write(fd, buf, len);
}

int zts_shutdown_rd(int fd)
{
	return zts_bsd_shutdown(fd, ZTS_SHUT_RD);
}

int zts_shutdown_wr(int fd)
{
	return zts_bsd_shutdown(fd, ZTS_SHUT_WR);
}

int zts_shutdown_rdwr(int fd)
{
	return zts_bsd_shutdown(fd, ZTS_SHUT_RDWR);
}

int zts_close(int fd)
{
	return zts_bsd_close(fd);
}

/* A socket of the address's family, or an error. */
static int socket_for(const char *ipstr, int type)
{
	int family = zts_util_get_ip_family(ipstr);

	return family < 0 ? family : zts_bsd_socket(family, type, 0);
}

/* The descriptor if all went well; else it is closed. */
static int or_close(int fd, int r)
{
	if (r >= 0)
		return fd;
	(void)zt_close(fd);
	return r;
}

int zts_tcp_client(const char *remote_ipstr, unsigned short remote_port)
{
	int fd = socket_for(remote_ipstr, ZTS_SOCK_STREAM);

	if (fd < 0)
		return fd;
	return or_close(fd, zts_connect(fd, remote_ipstr, remote_port, 0));
}

int zts_tcp_server(const char *local_ipstr, unsigned short local_port,
		   char *remote_ipstr, int len, unsigned short *remote_port)
{
	int listener;
	int r;

	if (!is_room(remote_ipstr, len))
		return ZTS_ERR_ARG;
	listener = socket_for(local_ipstr, ZTS_SOCK_STREAM);
	if (listener < 0)
		return listener;
	r = zts_bind(listener, local_ipstr, local_port);
	if (r == ZTS_ERR_OK)
		r = zts_listen(listener, BACKLOG);
	if (r == ZTS_ERR_OK)
		r = zts_accept(listener, remote_ipstr, len, remote_port);
	(void)zt_close(listener);
	return r;
}

int zts_udp_server(const char *local_ipstr, unsigned short local_port)
{
	int fd = socket_for(local_ipstr, ZTS_SOCK_DGRAM);

	if (fd < 0)
		return fd;
	return or_close(fd, zts_bind(fd, local_ipstr, local_port));
}

int zts_udp_client(const char *remote_ipstr)
{
	return socket_for(remote_ipstr, ZTS_SOCK_DGRAM);
}
