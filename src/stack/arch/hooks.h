/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hooks.h - where lwIP asks us: routes, addresses, sequence numbers
 */
#ifndef TL_STACK_ARCH_HOOKS_H
#define TL_STACK_ARCH_HOOKS_H

#include "lwip/ip_addr.h"

struct netif;
struct pbuf;
struct tcp_hdr;
struct tcp_pcb;

/* The interface towards @dest; @src may be NULL or any. */
struct netif *tl_lwip_route4(const ip4_addr_t *src, const ip4_addr_t *dest);
struct netif *tl_lwip_route6(const ip6_addr_t *src, const ip6_addr_t *dest);

/* Nonzero if @dest is an address or group of @netif (patches/). */
int tl_lwip_accept4(struct netif *netif, const ip4_addr_t *dest);
int tl_lwip_accept6(struct netif *netif, const ip6_addr_t *dest);

/* Nonzero if the listener @pcb takes a segment that came for it; else that was
 * refused, as where nobody listens. */
int tl_lwip_takes(const struct tcp_pcb *pcb, const struct tcp_hdr *hdr,
		  const struct pbuf *p);

/* How large a segment to and from @dest may be without being cut to the MTU; 0:
 * it is cut. */
u16_t tl_lwip_jumbo_mss(const struct netif *netif, const ip_addr_t *dest);

/* How many frames out of order a connection may keep. */
u16_t tl_lwip_ooseq_limit(void);

/* Keyed hash of a connection's addresses. */
uint32_t tl_lwip_hash(const ip_addr_t *local_ip, uint16_t local_port,
		      const ip_addr_t *remote_ip, uint16_t remote_port);

/* Initial sequence number of a connection, RFC 6528. */
uint32_t tl_lwip_isn(const ip_addr_t *local_ip, uint16_t local_port,
		     const ip_addr_t *remote_ip, uint16_t remote_port);

#endif /* TL_STACK_ARCH_HOOKS_H */
