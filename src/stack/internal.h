/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of the stack share
 *
 * Not for users of the stack; they include stack.h.
 */
#ifndef TL_STACK_INTERNAL_H
#define TL_STACK_INTERNAL_H

#include "base/list.h"
#include "base/map.h"
#include "stack/stack.h"

#include "lwip/netif.h"
#include "lwip/pbuf.h"

#define IFC_MAX_ADDRESSES 32
#define IFC_MAX_ROUTES 128
#define IFC_MAX_JOINED 512
#define IFC_MTU_MIN 1280
#define IFC_MTU_MAX 10000

#define ETHERTYPE_IP4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IP6 0x86dd

#define PROTO_ICMP6 58
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_UDP 17
#define IP4_LEN 20
#define IP6_LEN 40

/* An IP address of either family; IPv4 in the first four bytes, rest zero. */
struct ip {
	uint8_t family;
	uint8_t at[16];
};

/**
 * struct joined - A multicast group that sockets joined
 * @count:	how many times
 */
struct joined {
	struct ip ip;
	unsigned int count;
};

/**
 * struct ifc - A virtual interface
 * @netif:	lwIP's view of it
 * @link:	in the stack's list, in order of creation
 * @link_local:	fe80::/64 with the MAC's EUI-64, always an address
 * @looped:	packets to own addresses, for the end of the pass
 * @entries:	neighbours, the one confirmed longest ago first
 */
struct ifc {
	struct netif netif;
	struct list link;
	struct ifc_config config;
	bool may_jumbo;
	uint8_t link_local[16];
	struct ifc_address addresses[IFC_MAX_ADDRESSES];
	size_t n_addresses;
	struct ifc_route routes[IFC_MAX_ROUTES];
	size_t n_routes;
	struct joined joined[IFC_MAX_JOINED];
	size_t n_joined;
	struct list looped;
	struct list entries;
	size_t n_entries;
	size_t n_asking;
};

/**
 * struct stack - The one stack of the thread
 * @lwip_started: lwIP has its random port numbers
 * @secret:	empty map whose key hashes connections, neighbours, numbers
 * @neighbours:	of all interfaces
 * @asking:	neighbours that were asked, the first to be asked again first
 * @ticked:	lwIP's clock has gone on in this pass
 * @stirred:	TCP has sent something since it last did
 * @still:	it had sent nothing from one tick to that
 * @reass_until_us: fragments may wait until then
 */
struct stack {
	bool running;
	bool lwip_started;
	struct packet_pool *pool;
	stack_random_fn random;
	struct list ifcs;
	struct map secret;
	struct map neighbours;
	struct list asking;
	size_t n_queued;
	struct drop_counts drops;
	int64_t now_us;
	int64_t next_tcp_us;
	bool ticked;
	bool stirred;
	bool still;
	bool was_late; /* for the retransmission timers */
	int64_t next_second_us;
	int64_t reass_until_us;
	uint32_t fragment_id;
};

extern TL_HIDDEN _Thread_local struct stack tl_stack;

static inline enum drop tl_stack_drop(enum drop reason)
{
	tl_stack.drops.n[reason]++;
	return reason;
}

struct ip tl_ip(uint8_t family, const uint8_t *at);
bool tl_ip_equal(const struct ip *a, const struct ip *b);
bool tl_ip_is_multicast(const struct ip *ip);

/* ifc.c */
bool tl_ifc_has(const struct ifc *ifc, const struct ip *ip);
bool tl_ifc_is_broadcast(const struct ifc *ifc, const struct ip *ip);
bool tl_ifc_has_group(const struct ifc *ifc, const struct ip *ip);

/* route.c: the neighbour to hand packets for @to to; false: no route. */
bool tl_route_next_hop(const struct ifc *ifc, const struct ip *to,
		       struct ip *next);

/* Who is being connected to through @next is told ERR_RTE, as EHOSTUNREACH. */
void tl_route_unreachable(const struct ifc *ifc, const struct ip *next);

/* output.c: lwIP's netif->output and output_ip6. */
err_t tl_output_ip4(struct netif *netif, struct pbuf *p, const ip4_addr_t *to);
err_t tl_output_ip6(struct netif *netif, struct pbuf *p, const ip6_addr_t *to);

/* rx.c */

/* Borrows the frame until the end of the pass. NULL: no memory. */
struct pbuf *tl_rx_pbuf(struct buffer frame);

/* @looped: the packet is our own. */
enum drop tl_rx_input(struct ifc *ifc, uint16_t ethertype, struct buffer frame,
		      bool looped, const uint8_t from[6]);
void tl_rx_keep(void);
void tl_rx_init(void);
void tl_rx_fini(void);

/* gro.c */

/* Does the frame continue what waits? If so it is taken, or dropped: @why. */
bool tl_gro_append(struct ifc *ifc, struct buffer frame, enum drop *why);

/* A checked packet that others may continue waits; false: give it to lwIP. */
bool tl_gro_begin(struct ifc *ifc, struct pbuf *p);

/* What waits goes to lwIP. */
void tl_gro_flush(void);

/* neighbour.c */

/**
 * tl_neighbour_send() - Send a packet to a neighbour, once its MAC is known
 * @p:		consumed
 */
void tl_neighbour_send(struct ifc *ifc, const struct ip *next,
		       uint16_t ethertype, struct packet *p);

/**
 * tl_neighbour_heard() - A neighbour told its MAC
 * @create:	make an entry if there is none and the table has room
 * @solicited:	in answer to us: it is reachable now
 * @override:	replaces another MAC
 */
void tl_neighbour_heard(struct ifc *ifc, const struct ip *ip,
			const uint8_t mac[6], bool create, bool solicited,
			bool override);
int64_t tl_neighbour_run(int64_t now_us);
void tl_neighbour_flush(struct ifc *ifc);

/* arp.c and ndp.c: ask for @ip; @mac NULL: everybody, else only there. */
void tl_arp_ask(struct ifc *ifc, const struct ip *ip, const uint8_t *mac);
void tl_ndp_ask(struct ifc *ifc, const struct ip *ip, const uint8_t *mac);
enum drop tl_arp_input(struct ifc *ifc, struct bytes frame);

/**
 * tl_ndp_input() - A solicitation or advertisement came
 * @from:	MAC of who sent the frame
 * @frame:	a complete IPv6 packet with the ICMPv6 message at its 40th byte
 */
enum drop tl_ndp_input(struct ifc *ifc, const uint8_t from[6],
		       struct bytes frame);

/* error.c: is the ICMP message one of those, and what to do with it then. */
bool tl_error_is_one4(struct bytes icmp);
bool tl_error_is_one6(struct bytes icmp);
enum drop tl_error_input4(struct ifc *ifc, struct bytes packet,
			  struct bytes icmp);
enum drop tl_error_input6(struct ifc *ifc, struct bytes packet,
			  struct bytes icmp);
/* A packet of ours found no neighbour: as if we told ourselves. */
void tl_error_unreachable(struct ifc *ifc, struct bytes packet);

/* Give a packet to the owner of the interface; consumed. */
void tl_ifc_send(struct ifc *ifc, const uint8_t dst[6], uint16_t ethertype,
		 struct packet *p);

#endif /* TL_STACK_INTERNAL_H */
