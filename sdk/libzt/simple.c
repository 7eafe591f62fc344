/* SPDX-License-Identifier: Apache-2.0 */
/* simple.c - options of sockets, a function for each */
#include "sdk/libzt/zts.h"

#include <errno.h>

#define TTL_MAX 255
#define USEC_MAX 999999

static int set(int fd, int level, int name, int value)
{
	return zts_bsd_setsockopt(fd, level, name, &value, sizeof(value));
}

static int get(int fd, int level, int name)
{
	zts_socklen_t len = sizeof(int);
	int value = 0;
	int r = zts_bsd_getsockopt(fd, level, name, &value, &len);

	return r == ZTS_ERR_OK ? value : r;
}

/* 0 or 1, where any other value is none. */
static int set_switch(int fd, int level, int name, int enabled)
{
	if (enabled != 0 && enabled != 1)
		return ZTS_ERR_ARG;
	return set(fd, level, name, enabled);
}

static int get_switch(int fd, int level, int name)
{
	int value = get(fd, level, name);

	return value < 0 ? value : value != 0;
}

int zts_set_no_delay(int fd, int enabled)
{
	return set_switch(fd, ZTS_IPPROTO_TCP, ZTS_TCP_NODELAY, enabled);
}

int zts_get_no_delay(int fd)
{
	return get_switch(fd, ZTS_IPPROTO_TCP, ZTS_TCP_NODELAY);
}

int zts_set_reuse_addr(int fd, int enabled)
{
	return set_switch(fd, ZTS_SOL_SOCKET, ZTS_SO_REUSEADDR, enabled);
}

int zts_get_reuse_addr(int fd)
{
	return get_switch(fd, ZTS_SOL_SOCKET, ZTS_SO_REUSEADDR);
}

int zts_set_keepalive(int fd, int enabled)
{
	return set_switch(fd, ZTS_SOL_SOCKET, ZTS_SO_KEEPALIVE, enabled);
}

int zts_get_keepalive(int fd)
{
	return get_switch(fd, ZTS_SOL_SOCKET, ZTS_SO_KEEPALIVE);
}

int zts_set_linger(int fd, int enabled, int value)
{
	struct zts_linger l = { .l_onoff = enabled, .l_linger = value };

	if ((enabled != 0 && enabled != 1) || value < 0)
		return ZTS_ERR_ARG;
	return zts_bsd_setsockopt(fd, ZTS_SOL_SOCKET, ZTS_SO_LINGER, &l,
				  sizeof(l));
}

static int get_linger(struct zts_linger *out, int fd)
{
	zts_socklen_t len = sizeof(*out);

	return zts_bsd_getsockopt(fd, ZTS_SOL_SOCKET, ZTS_SO_LINGER, out, &len);
}

int zts_get_linger_enabled(int fd)
{
	struct zts_linger l = { 0 };
	int r = get_linger(&l, fd);

	return r == ZTS_ERR_OK ? l.l_onoff != 0 : r;
}

int zts_get_linger_value(int fd)
{
	struct zts_linger l = { 0 };
	int r = get_linger(&l, fd);

	return r == ZTS_ERR_OK ? l.l_linger : r;
}

static int set_time(int fd, int name, int seconds, int microseconds)
{
	struct zts_timeval t = { .tv_sec = seconds, .tv_usec = microseconds };

	if (seconds < 0 || microseconds < 0 || microseconds > USEC_MAX)
		return ZTS_ERR_ARG;
	return zts_bsd_setsockopt(fd, ZTS_SOL_SOCKET, name, &t, sizeof(t));
}

static int get_time(int fd, int name)
{
	struct zts_timeval t = { 0 };
	zts_socklen_t len = sizeof(t);
	int r = zts_bsd_getsockopt(fd, ZTS_SOL_SOCKET, name, &t, &len);

	return r == ZTS_ERR_OK ? (int)t.tv_sec : r;
}

int zts_set_recv_timeout(int fd, int seconds, int microseconds)
{
	return set_time(fd, ZTS_SO_RCVTIMEO, seconds, microseconds);
}

int zts_get_recv_timeout(int fd)
{
	return get_time(fd, ZTS_SO_RCVTIMEO);
}

int zts_set_send_timeout(int fd, int seconds, int microseconds)
{
	return set_time(fd, ZTS_SO_SNDTIMEO, seconds, microseconds);
}

int zts_get_send_timeout(int fd)
{
	return get_time(fd, ZTS_SO_SNDTIMEO);
}

int zts_set_send_buf_size(int fd, int size)
{
	return size < 0 ? ZTS_ERR_ARG
			: set(fd, ZTS_SOL_SOCKET, ZTS_SO_SNDBUF, size);
}

int zts_get_send_buf_size(int fd)
{
	return get(fd, ZTS_SOL_SOCKET, ZTS_SO_SNDBUF);
}

int zts_set_recv_buf_size(int fd, int size)
{
	return size < 0 ? ZTS_ERR_ARG
			: set(fd, ZTS_SOL_SOCKET, ZTS_SO_RCVBUF, size);
}

int zts_get_recv_buf_size(int fd)
{
	return get(fd, ZTS_SOL_SOCKET, ZTS_SO_RCVBUF);
}

int zts_set_ttl(int fd, int ttl)
{
	return ttl < 1 || ttl > TTL_MAX
		       ? ZTS_ERR_ARG
		       : set(fd, ZTS_IPPROTO_IP, ZTS_IP_TTL, ttl);
}

int zts_get_ttl(int fd)
{
	return get(fd, ZTS_IPPROTO_IP, ZTS_IP_TTL);
}

int zts_set_blocking(int fd, int enabled)
{
	if (enabled != 0 && enabled != 1)
		return ZTS_ERR_ARG;
	return zts_bsd_fcntl(fd, ZTS_F_SETFL, enabled ? 0 : ZTS_O_NONBLOCK);
}

int zts_get_blocking(int fd)
{
	int flags = zts_bsd_fcntl(fd, ZTS_F_GETFL, 0);

	return flags < 0 ? flags : !(flags & ZTS_O_NONBLOCK);
}

int zts_get_last_socket_error(int fd)
{
	return get(fd, ZTS_SOL_SOCKET, ZTS_SO_ERROR);
}

int zts_get_pending_data_size(int fd)
{
	int n = 0;
	int r = zts_bsd_ioctl(fd, ZTS_FIONREAD, &n);

	return r == ZTS_ERR_OK ? n : r;
}

size_t zts_get_data_available(int fd)
{
	int n = zts_get_pending_data_size(fd);

	return n < 0 ? 0 : (size_t)n;
}
