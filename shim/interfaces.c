/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces.c - hooks of the calls that list network interfaces
 *
 * The virtual ones come first, as what a program announces or listens on is
 * often the first address it finds; then the C library's own list follows.
 *
 * These are no calls for signal handlers, so they may allocate.
 */
#include "shim/shim.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/interfaces.h"
#include "shim/marked.h"

/* Replies: more than one for an interface of many addresses. */
#define PAGES_MAX 512

#define UP (IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST | IFF_LOWER_UP)

#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP 0x10000
#endif

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_ll ll;
};

struct entry {
	struct ifaddrs ifa;
	union address at;
	union address mask;
	union address broadcast;
	struct rtnl_link_stats stats;
	char name[RPC_IFNAME_LEN];
};

/**
 * struct pages - What the service says of its interfaces
 */
struct pages {
	struct rpc_interface *at;
	size_t n;
};

static int add_page(struct pages *p, uint32_t which, uint8_t from)
{
	struct rpc_interface *more;
	int err;

	if (p->n == PAGES_MAX)
		return -ENODEV;
	more = realloc(p->at, (p->n + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->at = more;
	err = tl_interface_get(&more[p->n], which, from);
	if (err == 0)
		p->n++;
	return err;
}

/* All of them. Interfaces without a service are none. */
static int read_pages(struct pages *p)
{
	uint32_t which;
	size_t seen;
	int err = 0;

	*p = (struct pages){ 0 };
	for (which = 0; err == 0; which++) {
		err = add_page(p, which, 0);
		seen = err ? 0 : p->at[p->n - 1].n;
		while (err == 0 && p->at[p->n - 1].n > 0 &&
		       seen < p->at[p->n - 1].n_total) {
			err = add_page(p, which, (uint8_t)seen);
			seen += err ? 0 : p->at[p->n - 1].n;
		}
	}
	return err == -ENOMEM ? err : 0;
}

static void set_mac(union address *out, const struct rpc_interface *i)
{
	out->ll = (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)tl_interface_index(i->number),
		.sll_hatype = ARPHRD_ETHER,
		.sll_halen = ETH_ALEN,
	};
	memcpy(out->ll.sll_addr, i->mac, ETH_ALEN);
}

static void set_bits(uint8_t *out, size_t len, unsigned int bits)
{
	for (size_t i = 0; i < len; i++, bits -= TL_MIN(bits, 8U))
		out[i] = (uint8_t)(0xff00U >> TL_MIN(bits, 8U));
}

static void set_address(struct entry *e, const struct rpc_interface *i,
			const struct rpc_prefix *p)
{
	struct rpc_addr a = { .family = p->family, .ifc = i->number };
	uint32_t tag = p->family == 6 ? TAG_DOMAIN6 : 0;
	socklen_t len = sizeof(e->at);

	memcpy(a.ip, p->ip, sizeof(a.ip));
	tl_address_to_sockaddr(&e->at.sa, &len, tag, &a);
	e->ifa.ifa_addr = &e->at.sa;
	e->ifa.ifa_netmask = &e->mask.sa;
	e->mask.sa.sa_family = e->at.sa.sa_family;
	if (p->family == 6) {
		set_bits(e->mask.in6.sin6_addr.s6_addr, 16, p->bits);
		return;
	}
	set_bits((uint8_t *)&e->mask.in.sin_addr, 4, p->bits);
	e->broadcast.in = e->at.in;
	e->broadcast.in.sin_addr.s_addr |= ~e->mask.in.sin_addr.s_addr;
	e->ifa.ifa_broadaddr = &e->broadcast.sa;
}

static struct entry *next_entry(struct entry *e, const struct rpc_interface *i)
{
	memcpy(e->name, i->name, sizeof(e->name));
	e->ifa.ifa_name = e->name;
	e->ifa.ifa_flags = UP;
	e->ifa.ifa_next = &(e + 1)->ifa;
	return e;
}

/* Entries for @p, @n of them, before @rest. */
static struct ifaddrs *build(const struct pages *p, size_t n,
			     struct ifaddrs *rest)
{
	struct entry *list = tl_marked_new(n * sizeof(*list), rest);
	struct entry *e = list;

	if (!list)
		return NULL;
	for (size_t i = 0; i < p->n; i++) {
		const struct rpc_interface *page = &p->at[i];
		bool first = i == 0 || p->at[i - 1].number != page->number;

		if (first) {
			next_entry(e, page);
			set_mac(&e->at, page);
			memset(&e->broadcast, 0xff, sizeof(e->broadcast));
			set_mac(&e->broadcast, page);
			memset(e->broadcast.ll.sll_addr, 0xff, ETH_ALEN);
			e->ifa.ifa_addr = &e->at.sa;
			e->ifa.ifa_broadaddr = &e->broadcast.sa;
			e->ifa.ifa_data = &e->stats;
			e++;
		}
		for (size_t j = 0; j < page->n; j++)
			set_address(next_entry(e++, page), page,
				    &page->prefixes[j]);
	}
	(e - 1)->ifa.ifa_next = rest;
	return &list->ifa;
}

static size_t count_entries(const struct pages *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += (size_t)p->at[i].n +
		     (i == 0 || p->at[i - 1].number != p->at[i].number);
	return n;
}

int shim_getifaddrs(struct ifaddrs **listp)
{
	struct ifaddrs *rest = NULL;
	struct ifaddrs *list;
	int saved = errno;
	struct pages p;
	int r = tl_real.getifaddrs(&rest);

	if (r != 0)
		return r;
	r = read_pages(&p);
	list = p.n == 0 ? rest : build(&p, count_entries(&p), rest);
	free(p.at);
	if (r < 0 || (!list && rest)) {
		if (list != rest)
			shim_freeifaddrs(list);
		else
			tl_real.freeifaddrs(rest);
		return tl_result(-ENOMEM);
	}
	errno = saved;
	*listp = list;
	return 0;
}

void shim_freeifaddrs(struct ifaddrs *list)
{
	struct marked *m = tl_mark_of(list);

	if (!m) {
		tl_real.freeifaddrs(list);
		return;
	}
	tl_real.freeifaddrs(m->rest);
	tl_marked_free(m);
}

unsigned int shim_if_nametoindex(const char *name)
{
	unsigned int index = tl_real.if_nametoindex(name);
	struct rpc_interface i;
	int saved = errno;

	if (index == 0 && tl_interface_by_name(&i, name) == 0) {
		errno = saved;
		return tl_interface_index(i.number);
	}
	errno = index ? errno : saved;
	return index;
}

char *shim_if_indextoname(unsigned int index, char *name)
{
	struct rpc_interface i;

	if (!tl_interface_number(index))
		return tl_real.if_indextoname(index, name);
	if (tl_interface_by_index(&i, index) < 0) {
		errno = ENXIO;
		return NULL;
	}
	return memcpy(name, i.name, sizeof(i.name));
}

static size_t count_names(const struct if_nameindex *list)
{
	size_t n = 0;

	while (list[n].if_index)
		n++;
	return n;
}

struct names {
	struct if_nameindex *list;
	size_t n;
};

/* One entry for each interface, with the names behind the list. */
static void add_names(struct names *out, const struct pages *p, char *room)
{
	for (size_t i = 0; i < p->n; i++) {
		if (i > 0 && p->at[i - 1].number == p->at[i].number)
			continue;
		memcpy(room, p->at[i].name, RPC_IFNAME_LEN);
		out->list[out->n].if_name = room;
		out->list[out->n++].if_index =
			tl_interface_index(p->at[i].number);
		room += RPC_IFNAME_LEN;
	}
}

struct if_nameindex *shim_if_nameindex(void)
{
	struct if_nameindex *rest = tl_real.if_nameindex();
	struct names names = { 0 };
	struct pages p;
	size_t n_rest;
	size_t n;

	if (!rest)
		return NULL;
	n_rest = count_names(rest);
	if (read_pages(&p) == 0 && p.n > 0) {
		n = p.n + n_rest + 1;
		names.list = tl_marked_new(
			n * sizeof(*rest) + p.n * RPC_IFNAME_LEN, rest);
	}
	if (names.list) {
		add_names(&names, &p, (char *)(names.list + n));
		memcpy(names.list + names.n, rest, n_rest * sizeof(*rest));
	}
	free(p.at);
	return names.list ? names.list : rest;
}

void shim_if_freenameindex(struct if_nameindex *list)
{
	struct marked *m = tl_mark_of(list);

	if (!m) {
		tl_real.if_freenameindex(list);
		return;
	}
	tl_real.if_freenameindex(m->rest);
	tl_marked_free(m);
}
