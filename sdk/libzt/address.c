/* SPDX-License-Identifier: Apache-2.0 */
/* address.c - addresses as libzt, the system and people spell them */
#include "sdk/libzt/zts.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static_assert(sizeof(struct zts_sockaddr_in) == 16, "libzt's layout");
static_assert(sizeof(struct zts_sockaddr_in6) == 28, "libzt's layout");
static_assert(sizeof(struct zts_sockaddr_storage) == 28, "libzt's layout");

/* Without sin_zero. */
#define IN_LEN offsetof(struct zts_sockaddr_in, sin_zero)

static int from4(struct sockaddr_storage *out, const struct zts_sockaddr *addr)
{
	struct zts_sockaddr_in in = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET };

	memcpy(&in, addr, IN_LEN);
	to.sin_port = in.sin_port;
	to.sin_addr.s_addr = in.sin_addr.s_addr;
	memcpy(out, &to, sizeof(to));
	return sizeof(to);
}

static int from6(struct sockaddr_storage *out, const struct zts_sockaddr *addr)
{
	struct zts_sockaddr_in6 in6;
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };

	memcpy(&in6, addr, sizeof(in6));
	to.sin6_port = in6.sin6_port;
	to.sin6_scope_id = in6.sin6_scope_id;
	memcpy(&to.sin6_addr, &in6.sin6_addr, sizeof(to.sin6_addr));
	memcpy(out, &to, sizeof(to));
	return sizeof(to);
}

int tl_zts_from(struct sockaddr_storage *out, const struct zts_sockaddr *addr,
		zts_socklen_t len)
{
	if (!addr)
		return -EFAULT;
	if (len < sizeof(addr->sa_len) + sizeof(addr->sa_family))
		return -EINVAL;
	switch (addr->sa_family) {
	case ZTS_AF_INET:
		return len < IN_LEN ? -EINVAL : from4(out, addr);
	case ZTS_AF_INET6:
		return len < sizeof(struct zts_sockaddr_in6) ? -EINVAL
							     : from6(out, addr);
	default:
		return -EAFNOSUPPORT;
	}
}

void tl_zts_to(struct zts_sockaddr *out, zts_socklen_t *len,
	       const struct sockaddr_storage *addr)
{
	struct zts_sockaddr_in in = { .sin_len = sizeof(in),
				      .sin_family = ZTS_AF_INET };
	struct zts_sockaddr_in6 in6 = { .sin6_len = sizeof(in6),
					.sin6_family = ZTS_AF_INET6 };
	struct sockaddr_in a4;
	struct sockaddr_in6 a6;

	if (addr->ss_family == AF_INET6) {
		memcpy(&a6, addr, sizeof(a6));
		in6.sin6_port = a6.sin6_port;
		in6.sin6_scope_id = a6.sin6_scope_id;
		memcpy(&in6.sin6_addr, &a6.sin6_addr, sizeof(in6.sin6_addr));
		memcpy(out, &in6, TL_MIN((size_t)*len, sizeof(in6)));
		*len = sizeof(in6);
	} else {
		memcpy(&a4, addr, sizeof(a4));
		in.sin_port = a4.sin_port;
		in.sin_addr.s_addr = a4.sin_addr.s_addr;
		memcpy(out, &in, TL_MIN((size_t)*len, sizeof(in)));
		*len = sizeof(in);
	}
}

static void to_system(struct sockaddr_storage *out, const struct endpoint *e)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET,
				  .sin_port = htons(e->port) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(e->port) };

	memcpy(&a4.sin_addr, e->ip, sizeof(a4.sin_addr));
	memcpy(&a6.sin6_addr, e->ip, sizeof(a6.sin6_addr));
	if (e->family == 6)
		memcpy(out, &a6, sizeof(a6));
	else
		memcpy(out, &a4, sizeof(a4));
}

void tl_zts_from_endpoint(struct zts_sockaddr_storage *out,
			  const struct endpoint *e)
{
	zts_socklen_t len = sizeof(*out);
	struct sockaddr_storage system;

	memset(out, 0, sizeof(*out));
	if (tl_endpoint_is_nil(e))
		return;
	to_system(&system, e);
	tl_zts_to((struct zts_sockaddr *)out, &len, &system);
}

int tl_zts_parse(struct sockaddr_storage *out, const char *text,
		 unsigned int port)
{
	struct endpoint e = { .port = (uint16_t)port };

	if (!text || port > UINT16_MAX)
		return -EINVAL;
	if (inet_pton(AF_INET, text, e.ip) == 1)
		e.family = 4;
	else if (inet_pton(AF_INET6, text, e.ip) == 1)
		e.family = 6;
	else
		return -EINVAL;
	to_system(out, &e);
	return e.family == 4 ? sizeof(struct sockaddr_in)
			     : sizeof(struct sockaddr_in6);
}

bool tl_zts_print(char *out, int len, unsigned short *port,
		  const struct sockaddr_storage *addr)
{
	struct sockaddr_in a4;
	struct sockaddr_in6 a6;
	const char *text;
	uint16_t number;

	memcpy(&a4, addr, sizeof(a4));
	memcpy(&a6, addr, sizeof(a6));
	if (len <= 0)
		return false;
	if (addr->ss_family == AF_INET6) {
		text = inet_ntop(AF_INET6, &a6.sin6_addr, out, (socklen_t)len);
		number = a6.sin6_port;
	} else {
		text = inet_ntop(AF_INET, &a4.sin_addr, out, (socklen_t)len);
		number = a4.sin_port;
	}
	if (text && port)
		*port = ntohs(number);
	return text != NULL;
}

int zts_util_get_ip_family(const char *ipstr)
{
	struct sockaddr_storage a;

	if (tl_zts_parse(&a, ipstr, 0) < 0)
		return ZTS_ERR_ARG;
	return a.ss_family == AF_INET6 ? ZTS_AF_INET6 : ZTS_AF_INET;
}

int zts_util_ipstr_to_saddr(const char *src_ipstr, unsigned short port,
			    struct zts_sockaddr *dstaddr,
			    zts_socklen_t *addrlen)
{
	struct sockaddr_storage a;

	if (!dstaddr || !addrlen || tl_zts_parse(&a, src_ipstr, port) < 0 ||
	    *addrlen < (a.ss_family == AF_INET
				? sizeof(struct zts_sockaddr_in)
				: sizeof(struct zts_sockaddr_in6)))
		return ZTS_ERR_ARG;
	tl_zts_to(dstaddr, addrlen, &a);
	return ZTS_ERR_OK;
}

int zts_util_ntop(struct zts_sockaddr *addr, zts_socklen_t addrlen,
		  char *dst_str, int len, unsigned short *port)
{
	struct sockaddr_storage a;

	if (!dst_str || tl_zts_from(&a, addr, addrlen) < 0 ||
	    !tl_zts_print(dst_str, len, port, &a))
		return ZTS_ERR_ARG;
	return ZTS_ERR_OK;
}

const char *zts_inet_ntop(int family, const void *src, char *dst,
			  zts_socklen_t size)
{
	const char *text = NULL;

	if ((family == ZTS_AF_INET || family == ZTS_AF_INET6) && src && dst)
		text = inet_ntop(family == ZTS_AF_INET ? AF_INET : AF_INET6,
				 src, dst, size);
	else
		errno = EAFNOSUPPORT;
	if (!text)
		(void)!tl_zts_fail(errno);
	return text;
}

int zts_inet_pton(int family, const char *src, void *dst)
{
	if ((family != ZTS_AF_INET && family != ZTS_AF_INET6) || !src || !dst)
		return tl_zts_fail(EAFNOSUPPORT);
	return inet_pton(family == ZTS_AF_INET ? AF_INET : AF_INET6, src, dst);
}

char *zts_ipaddr_ntoa(const zts_ip_addr *addr)
{
	static _Thread_local char text[ZTS_IP_MAX_STR_LEN];

	if (!addr)
		return NULL;
	if (addr->type == 6)
		inet_ntop(AF_INET6, addr->u_addr.ip6.addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &addr->u_addr.ip4.addr, text, sizeof(text));
	return text;
}

int zts_ipaddr_aton(const char *cp, zts_ip_addr *addr)
{
	zts_ip_addr a = { 0 };

	if (!cp || !addr)
		return 0;
	if (inet_pton(AF_INET6, cp, a.u_addr.ip6.addr) == 1)
		a.type = 6;
	else if (inet_pton(AF_INET, cp, &a.u_addr.ip4.addr) != 1)
		return 0;
	*addr = a;
	return 1;
}
