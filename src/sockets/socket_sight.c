/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_sight.c - which virtual networks are there for a user
 *
 * Theory of operation: the owner of the node may keep a network to some users
 * (allowUsers). For all others it is not there: its addresses are unknown ones,
 * its interface is in no list, nothing that comes by it is for their sockets,
 * those at wildcard addresses among them. So every search for an interface on
 * behalf of a program goes through here. Ports are numbered once for all: two
 * users cannot have the same one at wildcard addresses, as on any host.
 */
#include "sockets/socket_impl.h"

/* Who looks: for the stack, which knows no users. */
struct onlooker {
	const struct sockets *s;
	uint32_t user;
};

bool tl_sight_has(const struct sockets *s, uint32_t user, const struct ifc *ifc)
{
	return !s->config.sees || tl_ifc_config(ifc)->is_hidden ||
	       s->config.sees(s->config.ctx, user, ifc);
}

static bool sees(const void *who, const struct ifc *ifc)
{
	const struct onlooker *o = who;

	return tl_sight_has(o->s, o->user, ifc);
}

static struct onlooker onlooker_of(const struct socket *k)
{
	return (struct onlooker){ .s = k->owner, .user = k->user };
}

struct ifc *tl_sight_at(const struct sockets *s, uint32_t user, size_t i)
{
	const struct onlooker o = { .s = s, .user = user };

	return tl_ifc_at_seen(i, sees, &o);
}

struct ifc *tl_sight_of_address(const struct socket *k,
				const struct rpc_addr *a)
{
	const struct onlooker o = onlooker_of(k);

	return tl_ifc_of_address_seen(a->family, a->ip, sees, &o);
}

struct ifc *tl_sight_route(const struct socket *k, const struct rpc_addr *to)
{
	const struct onlooker o = onlooker_of(k);

	return tl_ifc_route_seen(to->family, to->ip, sees, &o);
}

struct ifc *tl_sight_first(const struct socket *k, uint8_t family)
{
	const struct onlooker o = onlooker_of(k);

	return tl_ifc_first_seen(family, sees, &o);
}

static struct ifc *if_seen(const struct socket *k, struct ifc *ifc)
{
	return ifc && tl_sight_has(k->owner, k->user, ifc) ? ifc : NULL;
}

struct ifc *tl_sight_of_number(const struct socket *k, uint8_t number)
{
	return if_seen(k, tl_ifc_of_number(number));
}

struct ifc *tl_sight_of_name(const struct socket *k, const char *name)
{
	return if_seen(k, tl_ifc_of_name(name));
}

bool tl_sight_takes_syn(void *listener, const struct ifc *ifc)
{
	const struct listen_group *g = listener;
	const struct socket *k;

	if (!g || tl_list_is_empty(&g->members))
		return true;
	/* They are one user's: share_port(). */
	k = tl_list_first(&g->members, const struct socket, listen.in_group);
	return tl_sight_has(k->owner, k->user, ifc);
}

/* As when the network is left, but for some only. */
void tl_sockets_on_sight(struct sockets *s, struct ifc *ifc)
{
	tl_list_each(at, next, &s->all) {
		struct socket *k = tl_container_of(at, struct socket, link);

		if (!tl_sight_has(s, k->user, ifc))
			tl_socket_lose_ifc(k, ifc);
	}
	tl_list_each(at, next, &s->all) {
		struct socket *k = tl_container_of(at, struct socket, link);

		if (k->ifc == ifc && !tl_sight_has(s, k->user, ifc))
			tl_socket_drop(k);
	}
}
