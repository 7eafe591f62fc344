/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - hooks of the calls that turn names into addresses and back
 *
 * The C library's resolver works with its own sockets, which nobody can take
 * over, so the calls above it are. A name is ours if the service says so
 * (sdk/client/lookup.h); the others' answers are the C library's, lists to be
 * freed included. With --isolate there are no names of others: asking for them
 * would leave by the host.
 */
#include "shim/shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/addrinfo.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/lookup.h"
#include "shim/marked.h"
#include "shim/names.h"

static bool is_local(const char *name)
{
	return strcasecmp(name, "localhost") == 0 ||
	       strcasecmp(name, "localhost.localdomain") == 0;
}

int tl_name_find(struct lookup *out, const char *name, int family)
{
	const struct service_endpoint *e = tl_endpoint();
	uint8_t ip[16];
	int r;

	if (inet_pton(AF_INET, name, ip) == 1 || strchr(name, ':') ||
	    is_local(name))
		return RPC_USE_HOST;
	r = tl_lookup(out, name, family);
	if (r == RPC_USE_HOST && e && e->isolate)
		return -ENOENT;
	return r;
}

static int real_getaddrinfo(const char *name, const char *service,
			    const struct addrinfo *hints, struct addrinfo **out)
{
	return tl_real.getaddrinfo(name, service, hints, out);
}

static void real_freeaddrinfo(struct addrinfo *list)
{
	tl_real.freeaddrinfo(list);
}

static unsigned int real_if_nametoindex(const char *name)
{
	return tl_real.if_nametoindex(name);
}

static void *alloc_list(size_t size)
{
	return tl_marked_new(size, NULL);
}

/* The real ones are found later than constants are made. */
static const struct addrinfo_calls calls = {
	.getaddrinfo = real_getaddrinfo,
	.freeaddrinfo = real_freeaddrinfo,
	.if_nametoindex = real_if_nametoindex,
	.alloc = alloc_list,
};

int shim_getaddrinfo(const char *name, const char *service,
		     const struct addrinfo *hints, struct addrinfo **out)
{
	struct lookup found;
	int saved = errno;
	bool is_scoped;
	int r;

	r = tl_addrinfo_scoped(out, &is_scoped, &calls, name, service, hints);
	if (is_scoped)
		return r;
	if (!name || (hints && hints->ai_flags & AI_NUMERICHOST))
		return tl_real.getaddrinfo(name, service, hints, out);
	r = tl_name_find(&found, name, tl_addrinfo_family(hints));
	errno = saved;
	if (r == RPC_USE_HOST)
		return tl_real.getaddrinfo(name, service, hints, out);
	if (r < 0)
		return tl_addrinfo_error(r);
	return tl_addrinfo_build(out, &calls, &found, name, service, hints);
}

void shim_freeaddrinfo(struct addrinfo *list)
{
	struct marked *m = tl_mark_of(list);

	if (m)
		tl_marked_free(m);
	else
		tl_real.freeaddrinfo(list);
}

static bool read_address(struct rpc_addr *out, const struct sockaddr *sa,
			 socklen_t len)
{
	uint32_t tag;

	if (!sa || len < sizeof(sa->sa_family))
		return false;
	tag = sa->sa_family == AF_INET6 ? TAG_DOMAIN6 : 0;
	return tl_address_from_sockaddr(out, tag, sa, len) == 0 &&
	       !tl_address_is_loopback(out) && !tl_address_is_any(out);
}

static int put_text(char *out, socklen_t room, const char *text)
{
	size_t n = strlen(text) + 1;

	if (n > room)
		return EAI_OVERFLOW;
	memcpy(out, text, n);
	return 0;
}

/* The host's name server is not asked for addresses that it cannot know. */
int shim_getnameinfo(const struct sockaddr *sa, socklen_t len, char *host,
		     socklen_t host_len, char *service, socklen_t service_len,
		     int flags)
{
	char name[RPC_HOST_NAME_MAX + 1];
	struct rpc_addr a;
	int saved = errno;
	int r = RPC_USE_HOST;

	if (host && host_len > 0 && !(flags & NI_NUMERICHOST) &&
	    read_address(&a, sa, len))
		r = tl_lookup_name(name, &a);
	errno = saved;
	if (r == RPC_USE_HOST)
		return tl_real.getnameinfo(sa, len, host, host_len, service,
					   service_len, flags);
	if (r < 0 && flags & NI_NAMEREQD)
		return tl_addrinfo_error(r);
	if (r < 0)
		return tl_real.getnameinfo(sa, len, host, host_len, service,
					   service_len, flags | NI_NUMERICHOST);
	r = put_text(host, host_len, name);
	if (r != 0 || !service || service_len == 0)
		return r;
	return tl_real.getnameinfo(sa, len, NULL, 0, service, service_len,
				   flags);
}
