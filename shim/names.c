/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - hooks of the calls that turn names into addresses and back
 *
 * The C library's resolver works with its own sockets, which nobody can take
 * over, so the calls above it are. A name is ours if the service says so
 * (sdk/client/lookup.h); the others' answers are the C library's, lists to be
 * freed included. With --isolate there are no names of others: asking for them
 * would leave by the host.
 *
 * The list for a name of ours is put together from the C library's lists for
 * its addresses as text, which know what hints, services and flags ask for.
 */
#include "shim/shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/endpoint.h"
#include "sdk/client/interfaces.h"
#include "sdk/client/lookup.h"
#include "shim/marked.h"
#include "shim/names.h"

struct node {
	struct addrinfo info;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} at;
};

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

static int eai_of(int r)
{
	switch (r) {
	case -ENOENT:
		return EAI_NONAME;
	case -ENOMEM:
		return EAI_MEMORY;
	case -EAGAIN:
	case -ENETDOWN:
		return EAI_AGAIN;
	default:
		errno = -r;
		return EAI_SYSTEM;
	}
}

/* The C library's entries for one address; none if the hints exclude it. */
static int list_one(struct addrinfo **out, const struct rpc_addr *a,
		    const char *service, const struct addrinfo *hints)
{
	struct addrinfo own = { .ai_family = AF_UNSPEC };
	char text[INET6_ADDRSTRLEN];
	int r;

	if (hints)
		own = *hints;
	own.ai_flags |= AI_NUMERICHOST;
	own.ai_flags &= ~(AI_ADDRCONFIG | AI_CANONNAME);
	if (a->family == 6 && own.ai_family == AF_INET)
		return 0;
	if (a->family == 4 && own.ai_family == AF_INET6 &&
	    !(own.ai_flags & AI_V4MAPPED))
		return 0;
	inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text,
		  sizeof(text));
	r = tl_real.getaddrinfo(text, service, &own, out);
	return r;
}

static size_t count(const struct addrinfo *list)
{
	size_t n = 0;

	for (; list; list = list->ai_next)
		n++;
	return n;
}

/* Lists of the C library, one after the other, as one of ours; frees them. */
static struct addrinfo *join(struct addrinfo **lists, size_t n,
			     const char *canonical)
{
	size_t name_len = canonical ? strlen(canonical) + 1 : 0;
	size_t total = 0;
	struct node *all, *at;

	for (size_t i = 0; i < n; i++)
		total += count(lists[i]);
	all = tl_marked_new(total * sizeof(*all) + name_len, NULL);
	at = all;
	for (size_t i = 0; all && i < n; i++) {
		for (struct addrinfo *from = lists[i]; from;
		     from = from->ai_next, at++) {
			at->info = *from;
			memcpy(&at->at, from->ai_addr,
			       TL_MIN(from->ai_addrlen, sizeof(at->at)));
			at->info.ai_addr = &at->at.sa;
			at->info.ai_canonname = NULL;
			at->info.ai_next = &(at + 1)->info;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (lists[i])
			tl_real.freeaddrinfo(lists[i]);
	if (!all)
		return NULL;
	(at - 1)->info.ai_next = NULL;
	if (canonical)
		all->info.ai_canonname = memcpy(at, canonical, name_len);
	return &all->info;
}

static int build(struct addrinfo **out, const struct lookup *found,
		 const char *name, const char *service,
		 const struct addrinfo *hints)
{
	struct addrinfo *lists[LOOKUP_MAX] = { NULL };
	bool canonical = hints && hints->ai_flags & AI_CANONNAME;
	bool any = false;
	int r = 0;

	for (size_t i = 0; i < found->n && r == 0; i++) {
		r = list_one(&lists[i], &found->list[i], service, hints);
		any |= lists[i] != NULL;
	}
	if (r != 0 || !any) {
		for (size_t i = 0; i < found->n; i++)
			if (lists[i])
				tl_real.freeaddrinfo(lists[i]);
		return r != 0 ? r : EAI_NONAME;
	}
	*out = join(lists, found->n, canonical ? name : NULL);
	return *out ? 0 : EAI_MEMORY;
}

/* fe80::1%zt0: the C library knows no such interface. False if it is not that.
 */
static bool find_scoped(char out[INET6_ADDRSTRLEN], uint32_t *scope,
			const char *name)
{
	const char *percent = strchr(name, '%');
	struct rpc_interface i;
	size_t n = percent ? (size_t)(percent - name) : 0;

	if (n == 0 || n >= INET6_ADDRSTRLEN ||
	    strlen(percent + 1) >= sizeof(i.name) ||
	    tl_real.if_nametoindex(percent + 1) != 0 ||
	    tl_interface_by_name(&i, percent + 1) != 0)
		return false;
	memcpy(out, name, n);
	out[n] = 0;
	*scope = tl_interface_index(i.number);
	return true;
}

static int with_scope(const char *name, uint32_t scope, const char *service,
		      const struct addrinfo *hints, struct addrinfo **out)
{
	struct sockaddr_in6 in6;
	int r = tl_real.getaddrinfo(name, service, hints, out);

	for (struct addrinfo *i = r == 0 ? *out : NULL; i; i = i->ai_next) {
		if (i->ai_family != AF_INET6)
			continue;
		memcpy(&in6, i->ai_addr, sizeof(in6));
		in6.sin6_scope_id = scope;
		memcpy(i->ai_addr, &in6, sizeof(in6));
	}
	return r;
}

static int family_of(const struct addrinfo *hints)
{
	if (!hints || hints->ai_family == AF_UNSPEC)
		return 0;
	/* IPv4 addresses may be wanted as mapped ones. */
	if (hints->ai_family == AF_INET6)
		return hints->ai_flags & AI_V4MAPPED ? 0 : 6;
	return hints->ai_family == AF_INET ? 4 : 0;
}

/* AI_V4MAPPED without AI_ALL: only if there are no IPv6 addresses. */
static void drop_mapped(struct lookup *l, const struct addrinfo *hints)
{
	size_t n6 = 0;

	if (!hints || hints->ai_family != AF_INET6 || hints->ai_flags & AI_ALL)
		return;
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].family == 6)
			l->list[n6++] = l->list[i];
	if (n6 > 0)
		l->n = n6;
}

int shim_getaddrinfo(const char *name, const char *service,
		     const struct addrinfo *hints, struct addrinfo **out)
{
	char text[INET6_ADDRSTRLEN];
	struct lookup found;
	uint32_t scope;
	int saved = errno;
	int r;

	if (name && find_scoped(text, &scope, name)) {
		errno = saved;
		return with_scope(text, scope, service, hints, out);
	}
	if (!name || (hints && hints->ai_flags & AI_NUMERICHOST))
		return tl_real.getaddrinfo(name, service, hints, out);
	r = tl_name_find(&found, name, family_of(hints));
	errno = saved;
	if (r == RPC_USE_HOST)
		return tl_real.getaddrinfo(name, service, hints, out);
	if (r < 0)
		return eai_of(r);
	drop_mapped(&found, hints);
	return build(out, &found, name, service, hints);
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
		return eai_of(r);
	if (r < 0)
		return tl_real.getnameinfo(sa, len, host, host_len, service,
					   service_len, flags | NI_NUMERICHOST);
	r = put_text(host, host_len, name);
	if (r != 0 || !service || service_len == 0)
		return r;
	return tl_real.getnameinfo(sa, len, NULL, 0, service, service_len,
				   flags);
}
