/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api.c - the public socket calls
 *
 * Each finds out that the descriptor is ours and turns a negative errno into
 * -1. What is the host's business is unreachable here: who calls the library by
 * name asks for the virtual network.
 */
#include <tapless/tapless.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sdk/client/client.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/replace.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* The file in a home folder whose owner is the service's user and whose one
 * line is the endpoint's name. */
#define ENDPOINT_FILE "tapless.endpoint"

static int result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

static ssize_t result_size(ssize_t r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* 0 and the tag, or the errno that Linux has for what this is. */
static int find(uint32_t *tag, int fd)
{
	if (tl_tag_get(tag, fd))
		return 0;
	return tl_sys_fcntl(fd, F_GETFD, 0) < 0 ? -EBADF : -ENOTSOCK;
}

const char *zt_version(void)
{
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)
	return TEXT(TL_VERSION_MAJOR) "." TEXT(TL_VERSION_MINOR) "." TEXT(
		TL_VERSION_PATCH);
}

const char *zt_strerror(enum zt_err err)
{
	switch (err) {
	case ZT_OK:
		return "success";
	case ZT_ERR_ARGUMENT:
		return "invalid argument";
	case ZT_ERR_MEMORY:
		return "out of memory or file descriptors";
	case ZT_ERR_STATE:
		return "not possible in this state";
	case ZT_ERR_TIMEOUT:
		return "timed out";
	case ZT_ERR_SERVICE:
		return "service cannot be reached";
	case ZT_ERR_PERMISSION:
		return "not permitted";
	case ZT_ERR_HOME_IN_USE:
		return "home folder is in use by another process";
	case ZT_ERR_HOME:
		return "home folder is unusable";
	case ZT_ERR_PORT_IN_USE:
		return "UDP port is in use";
	case ZT_ERR_NOT_FOUND:
		return "not found";
	case ZT_ERR_DENIED:
		return "controller refuses this node";
	case ZT_ERR_SYSTEM:
		return "system error";
	}
	return "unknown error";
}

/* Reads the endpoint's name and its owner from a home folder. */
static enum zt_err read_endpoint(char name[ENDPOINT_NAME_MAX + 2], uid_t *owner,
				 const char *home)
{
	char path[4096];
	struct stat st;
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", home, ENDPOINT_FILE) >=
	    (int)sizeof(path))
		return ZT_ERR_ARGUMENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ZT_ERR_NOT_FOUND;

	n = fstat(fd, &st) == 0 ? read(fd, name, ENDPOINT_NAME_MAX + 1) : -1;
	close(fd);
	if (n <= 0)
		return ZT_ERR_NOT_FOUND;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	*owner = st.st_uid;
	return ZT_OK;
}

enum zt_err zt_use_service(const char *where)
{
	char name[ENDPOINT_NAME_MAX + 2];
	uid_t owner = geteuid();
	enum zt_err err;
	int fd;

	if (!where)
		return ZT_ERR_ARGUMENT;
	if (strchr(where, '/')) {
		err = read_endpoint(name, &owner, where);
		if (err != ZT_OK)
			return err;
		where = name;
	}
	if (tl_endpoint_set(where, owner, NULL) < 0)
		return ZT_ERR_ARGUMENT;

	fd = tl_endpoint_open_at(0, true);
	if (fd < 0)
		return ZT_ERR_SERVICE;
	tl_sys_close(fd);
	return ZT_OK;
}

int zt_socket(int domain, int type, int protocol)
{
	int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (domain != AF_INET && domain != AF_INET6)
		return result(-EAFNOSUPPORT);
	if (kind != SOCK_STREAM && kind != SOCK_DGRAM)
		return result(-EINVAL);
	if (!tl_client_has(domain, type, protocol))
		return result(-EPROTONOSUPPORT);
	if (!tl_endpoint_find())
		return result(-ENETDOWN);
	return result(tl_client_socket(domain, type, protocol, 0));
}

int zt_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	if (r == 0)
		r = tl_client_connect(fd, tag, addr, len);
	if (r == CLIENT_RENEW) {
		r = tl_replace_renew(fd, tag);
		if (r == 0)
			r = find(&tag, fd);
		if (r == 0)
			r = tl_client_connect(fd, tag, addr, len);
	}
	return result(r > 0 ? -ENETUNREACH : r);
}

int zt_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	if (r == 0)
		r = tl_client_bind(fd, tag, addr, len);
	return result(r > 0 ? -EADDRNOTAVAIL : r);
}

int zt_listen(int fd, int backlog)
{
	uint32_t tag;
	int r = find(&tag, fd);

	return result(r < 0 ? r : tl_client_listen(fd, tag, backlog));
}

int zt_accept(int fd, struct sockaddr *addr, socklen_t *len)
{
	return zt_accept4(fd, addr, len, 0);
}

int zt_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	uint32_t tag;
	int r = find(&tag, fd);

	return result(r < 0 ? r : tl_client_accept(fd, tag, addr, len, flags));
}

int zt_close(int fd)
{
	return result(tl_sys_close(fd));
}

int zt_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	if (r == 0)
		r = tl_client_setsockopt(fd, tag, level, name, value, len);
	return result(r);
}

int zt_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	if (r == 0)
		r = tl_client_getsockopt(fd, tag, level, name, value, len);
	return result(r);
}

int zt_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	return result(r < 0 ? r : tl_client_getsockname(fd, tag, addr, len));
}

int zt_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	uint32_t tag;
	int r = find(&tag, fd);

	return result(r < 0 ? r : tl_client_getpeername(fd, tag, addr, len));
}

int zt_shutdown(int fd, int how)
{
	uint32_t tag;
	int r = find(&tag, fd);

	return result(r < 0 ? r : tl_client_shutdown(fd, tag, how));
}

ssize_t zt_sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr plain;
	uint32_t tag;
	int r = find(&tag, fd);

	if (r < 0)
		return result(r);
	if (!message)
		return result(-EFAULT);
	if (tl_tag_is_udp(tag))
		return result_size(tl_client_send(fd, tag, message, flags));

	plain = *message;
	plain.msg_name = NULL;
	plain.msg_namelen = 0;
	return sendmsg(fd, &plain, flags);
}

ssize_t zt_sendto(int fd, const void *at, size_t n, int flags,
		  const struct sockaddr *addr, socklen_t len)
{
	struct iovec iov = { .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(&iov.iov_base, &at, sizeof(at));
	memcpy(&m.msg_name, &addr, sizeof(addr));
	m.msg_namelen = len;
	return zt_sendmsg(fd, &m, flags);
}

ssize_t zt_recvmsg(int fd, struct msghdr *message, int flags)
{
	uint32_t tag;
	int r = find(&tag, fd);
	ssize_t n;

	if (r < 0)
		return result(r);
	if (!message)
		return result(-EFAULT);
	if (tl_tag_is_udp(tag))
		return result_size(tl_client_recv(fd, tag, message, flags));

	n = recvmsg(fd, message, flags);
	if (n >= 0)
		message->msg_namelen = 0;
	return n;
}

ssize_t zt_recvfrom(int fd, void *at, size_t n, int flags,
		    struct sockaddr *addr, socklen_t *len)
{
	struct iovec iov = { .iov_base = at, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_name = addr,
			    .msg_namelen = addr && len ? *len : 0 };
	ssize_t r = zt_recvmsg(fd, &m, flags);

	if (r >= 0 && addr && len)
		*len = m.msg_namelen;
	return r;
}
