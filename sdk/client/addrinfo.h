/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addrinfo.h - lists of addresses for names of the virtual networks
 *
 * The list for a name is put together from the C library's lists for its
 * addresses as text, which know what hints, services and flags ask for. The C
 * library is only ever asked for numeric hosts here, so no name server is.
 * Where it is to be found, and where lists come from, is the caller's to say:
 * the preload object stands in front of the C library.
 */
#ifndef TL_SDK_CLIENT_ADDRINFO_H
#define TL_SDK_CLIENT_ADDRINFO_H

#include <netdb.h>

#include "sdk/client/lookup.h"

/**
 * struct addrinfo_calls - What lists are made with
 * @getaddrinfo, @freeaddrinfo: the C library's
 * @if_nametoindex: the C library's, whose interfaces go first; NULL: do not
 *		look there
 * @alloc:	zeroed memory for a list, or NULL; the caller frees it
 */
struct addrinfo_calls {
	int (*getaddrinfo)(const char *node, const char *service,
			   const struct addrinfo *hints, struct addrinfo **out);
	void (*freeaddrinfo)(struct addrinfo *list);
	unsigned int (*if_nametoindex)(const char *name);
	void *(*alloc)(size_t size);
};

/* The family to look a name up for: 4, 6, or 0 for both. @hints may be NULL. */
int tl_addrinfo_family(const struct addrinfo *hints);

/* What tl_lookup() has failed with, as EAI_...; EAI_SYSTEM sets errno. */
int tl_addrinfo_error(int r);

/**
 * tl_addrinfo_build() - The list for the addresses of a name
 * @out:	one block of @calls' alloc
 * @found:	what tl_lookup() found; what the hints exclude is taken out
 * @name:	for AI_CANONNAME
 *
 * Return: 0, or EAI_...: EAI_NONAME if no address fits the hints.
 */
TL_MUST_USE int tl_addrinfo_build(struct addrinfo **out,
				  const struct addrinfo_calls *calls,
				  struct lookup *found, const char *name,
				  const char *service,
				  const struct addrinfo *hints);

/* A list of the C library as one block of @calls' alloc; @list is freed. NULL
 * when out of memory. */
TL_MUST_USE struct addrinfo *
tl_addrinfo_take(const struct addrinfo_calls *calls, struct addrinfo *list);

/**
 * tl_addrinfo_scoped() - The list for fe80::1%zt0
 * @found:	false: it is not that; ask otherwise
 *
 * Return: if @found, 0 and a list of the C library's, or EAI_....
 */
TL_MUST_USE int tl_addrinfo_scoped(struct addrinfo **out, bool *found,
				   const struct addrinfo_calls *calls,
				   const char *name, const char *service,
				   const struct addrinfo *hints);

#endif /* TL_SDK_CLIENT_ADDRINFO_H */
