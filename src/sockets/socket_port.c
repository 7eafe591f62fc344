/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_port.c - who may have which local address and port
 *
 * The stack's own rules are looser than Linux's, and it walks lists; so ports
 * are given here and every pcb is told that sharing is fine.
 */
#include "sockets/socket_impl.h"

#include <string.h>

/* As Linux: net.ipv4.ip_local_port_range. */
#define PORT_FIRST 32768
#define PORT_COUNT 28232

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n > 0) {
		if (p[--n])
			return false;
	}
	return true;
}

bool tl_addr_is_any(const struct rpc_addr *a)
{
	return a->family == 0 || all_zero(a->ip, sizeof(a->ip));
}

bool tl_addr_is_loopback(const struct rpc_addr *a)
{
	if (a->family == 4)
		return a->ip[0] == 127;
	return a->family == 6 && all_zero(a->ip, 15) && a->ip[15] == 1;
}

bool tl_addr_is_multicast(const struct rpc_addr *a)
{
	if (a->family == 4)
		return (a->ip[0] & 0xf0) == 0xe0;
	return a->family == 6 && a->ip[0] == 0xff;
}

bool tl_addr_is_link_local(const struct rpc_addr *a)
{
	return a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

bool tl_addr_is_broadcast(const struct rpc_addr *a)
{
	return a->family == 4 && tl_load_be32(a->ip) == 0xffffffff;
}

void tl_addr_unmap(struct rpc_addr *a)
{
	if (a->family != 6 || memcmp(a->ip, mapped, sizeof(mapped)) != 0)
		return;
	a->family = 4;
	memmove(a->ip, a->ip + 12, 4);
	memset(a->ip + 4, 0, 12);
}

int tl_addr_check_family(const struct socket *k, const struct rpc_addr *a)
{
	if (a->family == 0)
		return EINVAL;
	if (a->family == 6 && !tl_socket_is_v6(k))
		return EAFNOSUPPORT;
	if (a->family == 4 && tl_socket_is_v6(k) && k->tag & TAG_V6ONLY)
		return ENETUNREACH;
	return 0;
}

static enum ports ports_of(const struct socket *k)
{
	if (k->tag & TAG_ICMP)
		return PORTS_ICMP;
	return k->tag & TAG_DGRAM ? PORTS_UDP : PORTS_TCP;
}

static uint64_t key_of(const struct sockets *s, enum ports ports, uint16_t port)
{
	return tl_map_hash_u64(&s->by_port, (uint64_t)ports << 16 | port);
}

static uint64_t port_key(const struct socket *k, uint16_t port)
{
	return key_of(k->owner, ports_of(k), port);
}

struct map_node *tl_port_first(const struct sockets *s, enum ports ports,
			       uint16_t port)
{
	return tl_map_first(&s->by_port, key_of(s, ports, port));
}

int tl_port_join(struct socket *k)
{
	int err = tl_map_insert(&k->owner->by_port, &k->by_port,
				port_key(k, k->local.port));

	if (!err)
		k->has_port = true;
	return err;
}

void tl_port_leave(struct socket *k)
{
	if (k->has_port)
		tl_map_remove(&k->owner->by_port, &k->by_port);
	k->has_port = false;
}

/* Can a packet be for both? */
static bool overlap(const struct socket *a, const struct socket *b)
{
	const struct rpc_addr *la = &a->local;
	const struct rpc_addr *lb = &b->local;
	bool any_a = tl_addr_is_any(la);
	bool any_b = tl_addr_is_any(lb);

	if (!any_a && !any_b)
		return la->family == lb->family &&
		       memcmp(la->ip, lb->ip, sizeof(la->ip)) == 0;
	if (la->family == lb->family)
		return true;
	/* Different families: only if the wildcard one takes both. */
	if (any_a && la->family != 4 && !(a->tag & TAG_V6ONLY))
		return true;
	return any_b && lb->family != 4 && !(b->tag & TAG_V6ONLY);
}

static bool share_port(const struct socket *a, const struct socket *b)
{
	return a->opt.reuse_port && b->opt.reuse_port && a->uid == b->uid &&
	       a->user == b->user;
}

static bool may_share(const struct socket *new, const struct socket *old)
{
	if (share_port(new, old))
		return true;
	return new->opt.reuse && old->opt.reuse &&
	       old->state != SOCKET_LISTENING;
}

static bool is_taken(const struct socket *k, uint16_t port)
{
	uint64_t hash = port_key(k, port);
	struct map_node *n = tl_map_first(&k->owner->by_port, hash);

	for (; n; n = tl_map_next(n)) {
		struct socket *other =
			tl_container_of(n, struct socket, by_port);

		if (other != k && other->local.port == port &&
		    ports_of(other) == ports_of(k) && overlap(k, other) &&
		    !may_share(k, other))
			return true;
	}
	return false;
}

static bool same_place(const struct socket *a, const struct socket *b)
{
	const uint32_t kind = TAG_DOMAIN6 | TAG_V6ONLY;

	return a->local.family == b->local.family &&
	       (a->tag & kind) == (b->tag & kind) &&
	       memcmp(a->local.ip, b->local.ip, sizeof(a->local.ip)) == 0;
}

int tl_port_find_listener(const struct socket *k, struct socket **otherp)
{
	uint64_t hash = port_key(k, k->local.port);
	struct map_node *n = tl_map_first(&k->owner->by_port, hash);

	*otherp = NULL;
	for (; n; n = tl_map_next(n)) {
		struct socket *other =
			tl_container_of(n, struct socket, by_port);

		if (other == k || other->local.port != k->local.port ||
		    other->state != SOCKET_LISTENING || !overlap(k, other))
			continue;
		if (!share_port(k, other))
			return EADDRINUSE;
		if (same_place(k, other))
			*otherp = other;
	}
	return 0;
}

int tl_port_take(struct socket *k)
{
	uint32_t start, i;

	if (k->local.port != 0)
		return is_taken(k, k->local.port) ? -EADDRINUSE
						  : tl_port_join(k);
	tl_socket_random(k->owner, &start, sizeof(start));
	for (i = 0; i < PORT_COUNT; i++) {
		uint16_t port = (uint16_t)(PORT_FIRST + (start % PORT_COUNT +
							 i) % PORT_COUNT);

		if (is_taken(k, port))
			continue;
		k->local.port = port;
		return tl_port_join(k);
	}
	return -EADDRINUSE;
}

uint32_t tl_port_judge_bind(struct socket *k, const struct rpc_addr *a,
			    uint16_t flags)
{
	int err = tl_addr_check_family(k, a);
	struct ifc *ifc;

	if (err)
		return err == ENETUNREACH ? EINVAL : (uint32_t)err;
	if (tl_addr_is_any(a))
		return 0;
	if (k->tag & TAG_DGRAM &&
	    (tl_addr_is_multicast(a) || tl_addr_is_broadcast(a)))
		return 0;
	ifc = tl_sight_of_address(k, a);
	if (!ifc)
		return flags & RPC_FLAG_ISOLATE ? EADDRNOTAVAIL : RPC_USE_HOST;
	k->ifc = ifc;
	return 0;
}

/* Link-local addresses and groups are on every interface: one must be named. */
static struct ifc *find_ifc(const struct socket *k, const struct rpc_addr *to)
{
	if (to->ifc && (tl_addr_is_link_local(to) || tl_addr_is_multicast(to)))
		return tl_sight_of_number(k, to->ifc);
	/* Groups are on every network. Programs that look for each other find
	 * the members of the first, and not the host's neighbours. */
	if (tl_addr_is_multicast(to))
		return tl_mcast_ifc(k, to);
	if (tl_addr_is_broadcast(to))
		return tl_mcast_usual(k, to->family);
	return tl_sight_route(k, to);
}

/* Is it bound to an address of a network, though that may be to come? */
static bool has_ifc(const struct socket *k)
{
	return k->ifc || tl_resume_waits(k);
}

uint32_t tl_port_judge_dest(const struct socket *k, const struct rpc_addr *a,
			    uint16_t flags, struct ifc **ifcp,
			    struct rpc_addr *source)
{
	uint32_t host = flags & RPC_FLAG_ISOLATE ? ENETUNREACH : RPC_USE_HOST;
	int err = tl_addr_check_family(k, a);
	struct ifc *ifc;

	if (err)
		return (uint32_t)err;
	if (tl_addr_is_loopback(a) || tl_addr_is_any(a))
		return has_ifc(k) ? ENETUNREACH : host;
	ifc = find_ifc(k, a);
	if (k->opt.device && (!ifc || tl_ifc_number(ifc) != k->opt.device))
		return ENETUNREACH;
	if (!ifc)
		return has_ifc(k) ? ENETUNREACH : host;
	*source = k->local;
	if (tl_addr_is_any(&k->local) || tl_addr_is_multicast(&k->local) ||
	    tl_addr_is_broadcast(&k->local)) {
		if (!tl_ifc_source(ifc, a->family, a->ip, source->ip))
			return ENETUNREACH;
		source->family = a->family;
	} else if (k->local.family != a->family) {
		return EINVAL;
	}
	*ifcp = k->ifc && k->ifc != ifc && !tl_addr_is_any(&k->local) ? k->ifc
								      : ifc;
	return 0;
}
