/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target.h - which of our addresses are to be mapped, and at which gateway
 *
 * Pure: told of gateways and addresses.
 */
#ifndef TL_PORTMAP_TARGET_H
#define TL_PORTMAP_TARGET_H

#include "os/gateway.h"
#include "os/ifaddrs.h"
#include "wire/endpoint.h"

#define TARGETS_MAX 8

/**
 * struct portmap_target - A local endpoint and the gateway in front of it
 * @local:	address and port; of IPv6, a global address
 * @bits:	length of the prefix of its link
 * @gateway:	port 0
 * @scope_id:	number of the interface
 */
struct portmap_target {
	struct endpoint local;
	uint8_t bits;
	struct endpoint gateway;
	uint32_t scope_id;
};

TL_MUST_USE bool tl_target_equal(const struct portmap_target *a,
				 const struct portmap_target *b);

/**
 * tl_targets_find() - Find what is worth mapping
 * @out:	room for @max
 * @gateways, @addrs: @n_gateways and @n_addrs of them
 * @bound:	local addresses that have sockets, @n_bound; ports do not matter
 * @port:	the port to be mapped
 *
 * An IPv4 address that is global has no NAT in front of it and is left out; so
 * are IPv6 addresses that are not. Of several IPv4 addresses on an interface
 * one on the gateway's link is taken.
 *
 * Return: how many were put into @out.
 */
size_t tl_targets_find(struct portmap_target *out, size_t max,
		       const struct gateway *gateways, size_t n_gateways,
		       const struct local_addr *addrs, size_t n_addrs,
		       const struct endpoint *bound, size_t n_bound,
		       uint16_t port);

#endif /* TL_PORTMAP_TARGET_H */
