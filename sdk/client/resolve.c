/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve.c - the public calls for names
 *
 * Lists are always our own, also those for numeric addresses: then it is known
 * how to free them.
 */
#include <tapless/tapless.h>

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "sdk/client/addrinfo.h"
#include "sdk/client/endpoint.h"

static void *alloc_list(size_t size)
{
	return calloc(1, size);
}

static const struct addrinfo_calls calls = {
	.getaddrinfo = getaddrinfo,
	.freeaddrinfo = freeaddrinfo,
	.alloc = alloc_list,
};

static int take(struct addrinfo **out, struct addrinfo *list)
{
	struct addrinfo *own = tl_addrinfo_take(&calls, list);

	if (!own)
		return EAI_MEMORY;
	*out = own;
	return 0;
}

/* What needs no look-up. EAI_NONAME: it is a name. */
static int numeric(struct addrinfo **out, const char *node, const char *service,
		   const struct addrinfo *hints)
{
	struct addrinfo *list;
	struct addrinfo own;
	bool is_scoped;
	int r;

	own = *hints;
	own.ai_flags |= node ? AI_NUMERICHOST : 0;
	r = tl_addrinfo_scoped(&list, &is_scoped, &calls, node, service, &own);
	if (!is_scoped)
		r = getaddrinfo(node, service, &own, &list);
	return r == 0 ? take(out, list) : r;
}

static int by_name(struct addrinfo **out, const char *node, const char *service,
		   const struct addrinfo *hints)
{
	struct lookup found;
	int r;

	if (!tl_endpoint_find())
		return EAI_AGAIN;
	r = tl_lookup(&found, node, tl_addrinfo_family(hints));
	if (r > 0)
		return EAI_NONAME;
	if (r < 0)
		return tl_addrinfo_error(r);
	return tl_addrinfo_build(out, &calls, &found, node, service, hints);
}

int zt_getaddrinfo(const char *node, const char *service,
		   const struct addrinfo *hints, struct addrinfo **res)
{
	struct addrinfo own = { .ai_family = AF_UNSPEC };
	int saved = errno;
	int r;

	if (!res || (!node && !service))
		return EAI_NONAME;
	if (hints)
		own = *hints;
	/* It is about the host's interfaces. */
	own.ai_flags &= ~AI_ADDRCONFIG;
	r = numeric(res, node, service, &own);
	if (r == EAI_NONAME && node && !(own.ai_flags & AI_NUMERICHOST))
		r = by_name(res, node, service, &own);
	if (r != EAI_SYSTEM)
		errno = saved;
	return r;
}

void zt_freeaddrinfo(struct addrinfo *res)
{
	free(res);
}
