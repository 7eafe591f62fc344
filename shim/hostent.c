/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostent.c - hooks of the older calls that turn names into addresses and back
 *
 * As names.c, for gethostbyname(3) and its relatives. The answers of those that
 * have no buffer of the caller's stand in static memory, as the C library's.
 */
#include "shim/shim.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/address.h"
#include "shim/names.h"

/**
 * struct answer - Where an answer is put
 * @at:		the caller's buffer, @n bytes
 */
struct answer {
	struct hostent *host;
	char *at;
	size_t n;
};

/* The next @n bytes of the buffer, aligned; NULL if there are not that many. */
static void *take(struct answer *a, size_t n)
{
	size_t skip = -(uintptr_t)a->at % sizeof(void *);
	void *at;

	if (a->n < skip || a->n - skip < n)
		return NULL;
	at = a->at + skip;
	a->at += skip + n;
	a->n -= skip + n;
	return at;
}

static int fill(struct answer *a, const char *name, const struct lookup *found,
		int family)
{
	size_t len = family == AF_INET ? 4 : 16;
	char **list = take(a, (found->n + 2) * sizeof(*list));
	char *text = take(a, strlen(name) + 1);

	if (!list || !text)
		return ERANGE;
	memcpy(text, name, strlen(name) + 1);
	for (size_t i = 0; i < found->n; i++) {
		list[i] = take(a, len);
		if (!list[i])
			return ERANGE;
		memcpy(list[i], found->list[i].ip, len);
	}
	list[found->n] = NULL;
	list[found->n + 1] = NULL;
	*a->host = (struct hostent){ .h_name = text,
				     .h_aliases = &list[found->n + 1],
				     .h_addrtype = family,
				     .h_length = (int)len,
				     .h_addr_list = list };
	return 0;
}

static int h_errno_of(int r)
{
	switch (r) {
	case -ENOENT:
		return HOST_NOT_FOUND;
	case -EAGAIN:
	case -ENETDOWN:
		return TRY_AGAIN;
	default:
		return NO_RECOVERY;
	}
}

/* 0 with an answer; RPC_USE_HOST; ERANGE; -1: *@h_err says why not. */
static int find(struct answer *a, const char *name, int family, int *h_err)
{
	struct lookup found;
	int saved = errno;
	int r;

	if (family != AF_INET && family != AF_INET6)
		return RPC_USE_HOST;
	r = tl_name_find(&found, name, family == AF_INET ? 4 : 6);
	errno = saved;
	if (r == RPC_USE_HOST)
		return r;
	if (r < 0 || found.n == 0) {
		*h_err = r < 0 ? h_errno_of(r) : NO_DATA;
		return -1;
	}
	return fill(a, name, &found, family);
}

/* The same for an address: @ip has 4 or 16 bytes. */
static int find_name(struct answer *a, const void *ip, socklen_t len,
		     int family, int *h_err)
{
	struct lookup self = { .n = 1 };
	char name[RPC_HOST_NAME_MAX + 1];
	int saved = errno;
	int r;

	if ((family != AF_INET || len != 4) &&
	    (family != AF_INET6 || len != 16))
		return RPC_USE_HOST;
	self.list[0].family = family == AF_INET ? 4 : 6;
	memcpy(self.list[0].ip, ip, len);
	if (tl_address_is_loopback(&self.list[0]))
		return RPC_USE_HOST;
	r = tl_lookup_name(name, &self.list[0]);
	errno = saved;
	if (r == 0)
		return fill(a, name, &self, family);
	if (r < 0)
		*h_err = h_errno_of(r);
	return r == RPC_USE_HOST ? r : -1;
}

/* What the calls with buffers return. */
static int reentrant(int r, struct hostent *host, struct hostent **result,
		     int *h_err)
{
	*result = r == 0 ? host : NULL;
	if (r == ERANGE)
		*h_err = NETDB_INTERNAL;
	return TL_MAX(r, 0);
}

int shim_gethostbyname2_r(const char *name, int family, struct hostent *host,
			  char *at, size_t n, struct hostent **result,
			  int *h_err)
{
	struct answer a = { .host = host, .at = at, .n = n };
	int r = find(&a, name, family, h_err);

	if (r == RPC_USE_HOST)
		return tl_real.gethostbyname2_r(name, family, host, at, n,
						result, h_err);
	return reentrant(r, host, result, h_err);
}

int shim_gethostbyname_r(const char *name, struct hostent *host, char *at,
			 size_t n, struct hostent **result, int *h_err)
{
	struct answer a = { .host = host, .at = at, .n = n };
	int r = find(&a, name, AF_INET, h_err);

	if (r == RPC_USE_HOST)
		return tl_real.gethostbyname_r(name, host, at, n, result,
					       h_err);
	return reentrant(r, host, result, h_err);
}

int shim_gethostbyaddr_r(const void *ip, socklen_t len, int family,
			 struct hostent *host, char *at, size_t n,
			 struct hostent **result, int *h_err)
{
	struct answer a = { .host = host, .at = at, .n = n };
	int r = find_name(&a, ip, len, family, h_err);

	if (r == RPC_USE_HOST)
		return tl_real.gethostbyaddr_r(ip, len, family, host, at, n,
					       result, h_err);
	return reentrant(r, host, result, h_err);
}

static struct hostent static_host;
static char static_room[2048];

static struct answer static_answer(void)
{
	return (struct answer){ .host = &static_host,
				.at = static_room,
				.n = sizeof(static_room) };
}

static struct hostent *plain(int r, int h_err)
{
	if (r == 0)
		return &static_host;
	h_errno = r < 0 ? h_err : NETDB_INTERNAL;
	return NULL;
}

struct hostent *shim_gethostbyname2(const char *name, int family)
{
	struct answer a = static_answer();
	int h_err = 0;
	int r = find(&a, name, family, &h_err);

	return r == RPC_USE_HOST ? tl_real.gethostbyname2(name, family)
				 : plain(r, h_err);
}

struct hostent *shim_gethostbyname(const char *name)
{
	struct answer a = static_answer();
	int h_err = 0;
	int r = find(&a, name, AF_INET, &h_err);

	return r == RPC_USE_HOST ? tl_real.gethostbyname(name)
				 : plain(r, h_err);
}

struct hostent *shim_gethostbyaddr(const void *ip, socklen_t len, int family)
{
	struct answer a = static_answer();
	int h_err = 0;
	int r = find_name(&a, ip, len, family, &h_err);

	return r == RPC_USE_HOST ? tl_real.gethostbyaddr(ip, len, family)
				 : plain(r, h_err);
}
