/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/addrinfo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/interfaces.h"

struct entry {
	struct addrinfo info;
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} at;
};

int tl_addrinfo_error(int r)
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
static int list_one(struct addrinfo **out, const struct addrinfo_calls *calls,
		    const struct rpc_addr *a, const char *service,
		    const struct addrinfo *hints)
{
	struct addrinfo own = { .ai_family = AF_UNSPEC };
	char text[INET6_ADDRSTRLEN];

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
	return calls->getaddrinfo(text, service, &own, out);
}

static size_t count(const struct addrinfo *list)
{
	size_t n = 0;

	for (; list; list = list->ai_next)
		n++;
	return n;
}

/* Lists of the C library, one after the other, as one of ours; frees them. */
static struct addrinfo *join(const struct addrinfo_calls *calls,
			     struct addrinfo **lists, size_t n,
			     const char *canonical)
{
	size_t name_len = canonical ? strlen(canonical) + 1 : 0;
	size_t total = 0;
	struct entry *all;
	struct entry *at;

	for (size_t i = 0; i < n; i++)
		total += count(lists[i]);
	all = calls->alloc(total * sizeof(*all) + name_len);
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
	if (all) {
		(at - 1)->info.ai_next = NULL;
		if (canonical)
			all->info.ai_canonname =
				memcpy(at, canonical, name_len);
	}
	for (size_t i = 0; i < n; i++)
		if (lists[i])
			calls->freeaddrinfo(lists[i]);
	return all ? &all->info : NULL;
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

int tl_addrinfo_build(struct addrinfo **out, const struct addrinfo_calls *calls,
		      struct lookup *found, const char *name,
		      const char *service, const struct addrinfo *hints)
{
	struct addrinfo *lists[LOOKUP_MAX] = { NULL };
	bool canonical = hints && hints->ai_flags & AI_CANONNAME;
	bool any = false;
	int r = 0;

	drop_mapped(found, hints);
	for (size_t i = 0; i < found->n && r == 0; i++) {
		r = list_one(&lists[i], calls, &found->list[i], service, hints);
		any |= lists[i] != NULL;
	}
	if (r != 0 || !any) {
		for (size_t i = 0; i < found->n; i++)
			if (lists[i])
				calls->freeaddrinfo(lists[i]);
		return r != 0 ? r : EAI_NONAME;
	}
	*out = join(calls, lists, found->n, canonical ? name : NULL);
	return *out ? 0 : EAI_MEMORY;
}

/* fe80::1%zt0: the C library knows no such interface. False if it is not that.
 */
static bool find_scoped(char out[INET6_ADDRSTRLEN], uint32_t *scope,
			const struct addrinfo_calls *calls, const char *name)
{
	const char *percent = strchr(name, '%');
	struct rpc_interface i;
	size_t n = percent ? (size_t)(percent - name) : 0;

	if (n == 0 || n >= INET6_ADDRSTRLEN ||
	    strlen(percent + 1) >= sizeof(i.name) ||
	    (calls->if_nametoindex &&
	     calls->if_nametoindex(percent + 1) != 0) ||
	    tl_interface_by_name(&i, percent + 1) != 0)
		return false;
	memcpy(out, name, n);
	out[n] = 0;
	*scope = tl_interface_index(i.number);
	return true;
}

int tl_addrinfo_scoped(struct addrinfo **out, bool *found,
		       const struct addrinfo_calls *calls, const char *name,
		       const char *service, const struct addrinfo *hints)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_in6 in6;
	int saved = errno;
	uint32_t scope;
	int r;

	*found = name && find_scoped(text, &scope, calls, name);
	errno = saved;
	if (!*found)
		return EAI_NONAME;
	r = calls->getaddrinfo(text, service, hints, out);
	for (struct addrinfo *i = r == 0 ? *out : NULL; i; i = i->ai_next) {
		if (i->ai_family != AF_INET6)
			continue;
		memcpy(&in6, i->ai_addr, sizeof(in6));
		in6.sin6_scope_id = scope;
		memcpy(i->ai_addr, &in6, sizeof(in6));
	}
	return r;
}

struct addrinfo *tl_addrinfo_take(const struct addrinfo_calls *calls,
				  struct addrinfo *list)
{
	return join(calls, &list, 1, list->ai_canonname);
}

int tl_addrinfo_family(const struct addrinfo *hints)
{
	if (!hints || hints->ai_family == AF_UNSPEC)
		return 0;
	/* IPv4 addresses may be wanted as mapped ones. */
	if (hints->ai_family == AF_INET6)
		return hints->ai_flags & AI_V4MAPPED ? 0 : 6;
	return hints->ai_family == AF_INET ? 4 : 0;
}
