/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assign.h - which IP addresses a member gets (vl2.md 14.6)
 *
 * An ip_set remembers the addresses that members of one network hold; it owns
 * its entries. Assigning is a decision only: the caller stores the changed
 * member and then updates the set.
 */
#ifndef TL_CONTROLLER_ASSIGN_H
#define TL_CONTROLLER_ASSIGN_H

#include "base/map.h"
#include "controller/member_object.h"
#include "controller/network_object.h"

#define ASSIGN_MAX_TRIALS_V4 65536
#define ASSIGN_MAX_TRIALS_V6 1000

struct ip_set {
	struct map map;
};

void tl_ip_set_init(struct ip_set *s, const uint64_t key[2]);
void tl_ip_set_fini(struct ip_set *s);

/* An address may be in it several times. 0 or -ENOMEM. */
TL_MUST_USE int tl_ip_set_add(struct ip_set *s, const struct endpoint *ip);

/* Once less; not there is no mistake. */
void tl_ip_set_remove(struct ip_set *s, const struct endpoint *ip);

bool tl_ip_set_has(const struct ip_set *s, const struct endpoint *ip);

/**
 * struct assignment - What goes into a configuration
 * @ips:	with the prefix length of their network
 * @is_derived:	one of them follows from the member's address
 */
struct assignment {
	struct endpoint ips[NETCONF_MAX_ADDRESSES];
	size_t n;
	bool is_derived;
};

/**
 * tl_assign() - Find a member's addresses
 * @member:	addresses taken from a pool are appended to it
 * @taken:	of all members, this one included
 *
 * Return: 0 (also if a pool is exhausted) or -ENOMEM.
 */
TL_MUST_USE int tl_assign(struct assignment *out, struct member_object *member,
			  const struct network_object *network,
			  const struct ip_set *taken, random_fn random,
			  void *ctx);

#endif /* TL_CONTROLLER_ASSIGN_H */
