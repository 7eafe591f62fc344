/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - names of the virtual networks */
#include "sdk/libzt/zts.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#define ADDRESSES_MAX 16

/* What a thread was told last. */
struct answer {
	struct zts_hostent entry;
	char name[256];
	char *aliases[1];
	char *list[ADDRESSES_MAX + 1];
	char ip[ADDRESSES_MAX][16];
};

static void add(struct answer *a, int n, const struct addrinfo *i)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (i->ai_family == AF_INET) {
		memcpy(&in, i->ai_addr, sizeof(in));
		memcpy(a->ip[n], &in.sin_addr, sizeof(in.sin_addr));
	} else {
		memcpy(&in6, i->ai_addr, sizeof(in6));
		memcpy(a->ip[n], &in6.sin6_addr, sizeof(in6.sin6_addr));
	}
	a->list[n] = a->ip[n];
}

static int take(struct answer *a, const char *name, int family)
{
	struct addrinfo hints = { .ai_family = family,
				  .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int n = 0;

	if (zt_getaddrinfo(name, NULL, &hints, &list))
		return 0;
	for (struct addrinfo *i = list; i && n < ADDRESSES_MAX; i = i->ai_next)
		add(a, n++, i);
	a->list[n] = NULL;
	zt_freeaddrinfo(list);
	a->entry = (struct zts_hostent){
		.h_name = a->name,
		.h_aliases = a->aliases,
		.h_addrtype = family == AF_INET ? ZTS_AF_INET : ZTS_AF_INET6,
		.h_length = family == AF_INET ? 4 : 16,
		.h_addr_list = a->list,
	};
	return n;
}

struct zts_hostent *zts_bsd_gethostbyname(const char *name)
{
	static _Thread_local struct answer last;
	size_t n = name ? strlen(name) : 0;

	if (n == 0 || n >= sizeof(last.name))
		return NULL;
	memcpy(last.name, name, n + 1);
	if (!take(&last, last.name, AF_INET) &&
	    !take(&last, last.name, AF_INET6))
		return NULL;
	return &last.entry;
}

int zts_dns_set_server(uint8_t index TL_UNUSED,
		       const zts_ip_addr *addr TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}

const zts_ip_addr *zts_dns_get_server(uint8_t index TL_UNUSED)
{
	return NULL;
}
