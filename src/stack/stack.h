/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack.h - the user-space TCP/IP stack and its virtual interfaces
 *
 * One stack a thread (lwIP's state is the thread's), any number of interfaces,
 * one for each joined network. Everything runs on the loop's thread, from
 * tl_stack_init() to tl_stack_fini(); on another one there is no stack. Sockets
 * are built on lwIP's raw API above; this header is what lies below it: frames
 * in, frames out, addresses, neighbours, routes and time.
 */
#ifndef TL_STACK_STACK_H
#define TL_STACK_STACK_H

#include "base/drop.h"
#include "base/packet.h"

struct ifc;
struct netif;

/**
 * struct ifc_error - The network says that a packet of ours did not arrive
 * @protocol:	6 TCP: a connection is being made; 17 UDP; 1 ICMP and 58 ICMPv6:
 *		an echo request, whose identifier is @local_port
 * @local, @remote: of the packet that we sent; IPv4 in the first four bytes
 * @error:	an errno, such as ECONNREFUSED or EHOSTUNREACH
 * @passes:	the next packet may arrive
 * @type, @code: of the ICMP message
 * @info:	the MTU, if it was too long
 * @from:	who says so
 * @ttl:	of the packet that says it
 * @quoted:	the payload as far as it was quoted, of ICMP with its header;
 *		borrowed
 */
struct ifc_error {
	uint8_t family;
	uint8_t protocol;
	uint8_t local[16];
	uint8_t remote[16];
	uint16_t local_port;
	uint16_t remote_port;
	int error;
	bool passes;
	uint8_t type;
	uint8_t code;
	uint32_t info;
	uint8_t from[16];
	uint8_t ttl;
	struct bytes quoted;
};

/*
 * A large frame is three times two datagrams of a frame of 2,800 bytes, all of
 * the same length, with all headers; where a datagram is as small as IPv6
 * allows, it is no more than the seven that a packet may have.
 */
#define IFC_JUMBO 8444 /* bytes of IP packet */

/**
 * struct ifc_ops - What an interface asks of its owner
 * @output:	send a frame. @p is the payload without the Ethernet header
 *		(IP or ARP), with PACKET_HEADROOM in front; consumed
 * @resolve:	the MAC that follows from an IPv6 address by computation
 *		(RFC4193 and 6PLANE networks), if it does
 * @groups_changed: the multicast groups of tl_ifc_groups() have changed
 * @error:	an ICMP error came; may be NULL
 */
struct ifc_ops {
	void (*output)(void *ctx, const uint8_t dst[6], const uint8_t src[6],
		       uint16_t ethertype, struct packet *p);
	bool (*resolve)(void *ctx, const uint8_t ip6[16], uint8_t mac[6]);
	void (*groups_changed)(void *ctx);
	void (*error)(void *ctx, const struct ifc_error *e);
};

/**
 * struct ifc_config - How an interface is made
 * @name:	at most 15 characters, unique, such as "zt0"
 * @mac:	Ethernet address
 * @mtu:	bytes of IP packet, 1280..10000
 * @tag:	number of the owner's, such as the network ID
 * @is_hidden:	it is in no list, no route and no search: sockets are there that
 *		its owner puts there
 */
struct ifc_config {
	char name[16];
	uint8_t mac[6];
	unsigned int mtu;
	uint64_t tag;
	bool is_hidden;
	const struct ifc_ops *ops;
	void *ctx;
};

/**
 * struct ifc_address - An address of the interface, or a route's target
 * @family:	4 or 6
 * @bits:	prefix length
 * @ip:		network byte order; IPv4 in the first four bytes
 */
struct ifc_address {
	uint8_t family;
	uint8_t bits;
	uint8_t ip[16];
};

/**
 * struct ifc_route - Where a prefix is reached
 * @target:	destination prefix
 * @via:	gateway on the interface; family 0: directly on the link
 */
struct ifc_route {
	struct ifc_address target;
	struct ifc_address via;
};

/* Multicast groups as vl2.md 9.1 counts them: MAC and ADI. */
struct ifc_group {
	uint8_t mac[6];
	uint32_t adi;
};

/* Fill @out with @n bytes nobody can guess. */
typedef void (*stack_random_fn)(void *out, size_t n);

/**
 * tl_stack_init() - Start the stack of this thread
 * @pool:	where output packets come from; borrowed
 * @random:	for sequence numbers, ports, identifiers and hash keys
 * @now_us:	any monotonic time in microseconds
 *
 * Return: 0, -EBUSY if it runs already, or -ENOMEM.
 */
TL_MUST_USE int tl_stack_init(struct packet_pool *pool, stack_random_fn random,
			      int64_t now_us);

/* All interfaces must be gone; open connections are aborted. */
void tl_stack_fini(void);

/**
 * tl_stack_run() - Tell the time and let timers fire
 *
 * To be called at the start of every pass that may touch the stack, for its
 * clock only moves here; round trip times are measured with it.
 *
 * Return: tl_stack_next_us().
 */
int64_t tl_stack_run(int64_t now_us);

/**
 * tl_stack_next_us() - When to call tl_stack_run() again at the latest
 *
 * To be asked at the end of a pass, after tl_stack_end_pass(): sockets, frames
 * and tl_ifc_*() start timers.
 *
 * Return: a time of the same clock; INT64_MAX if nothing is pending (no
 * neighbour is asked, no fragment waits, and connections wait for others).
 */
int64_t tl_stack_next_us(void);

/**
 * tl_stack_end_input() - All frames of the pass have come in
 *
 * Segments that could have been continued go on to their connections; callbacks
 * of sockets may come. What is not called for here happens in
 * tl_stack_end_pass(), too late for sockets to use the payloads where they are.
 */
void tl_stack_end_input(void);

/**
 * tl_stack_end_pass() - Copy what the stack still holds of received frames
 *
 * Payloads given to tl_ifc_input() are borrowed until this call. It must come
 * before the receive buffers are used again. Packets to own addresses are
 * delivered here, so callbacks of sockets may come.
 */
void tl_stack_end_pass(void);

/**
 * tl_ifc_new() - Make an interface, which is up at once
 *
 * It has the link-local IPv6 address of its MAC, which is not in
 * tl_ifc_set_addresses()' list.
 *
 * Return: 0, -EINVAL for an MTU out of range, -ENFILE if there are 250 already,
 * or -ENOMEM.
 */
TL_MUST_USE int tl_ifc_new(struct ifc **ifcp, const struct ifc_config *config);

/* Connections of its addresses are aborted. Accepts NULL. */
void tl_ifc_free(struct ifc *ifc);

/**
 * tl_ifc_set_addresses() - Replace all addresses, at most 32
 *
 * Connections on lost ones are aborted. The order counts: the first that fits
 * is the source of what is not bound.
 *
 * Return: 0, -EINVAL for too many or what cannot be an address of a host.
 */
TL_MUST_USE int tl_ifc_set_addresses(struct ifc *ifc,
				     const struct ifc_address *list, size_t n);

/**
 * tl_ifc_set_routes() - Replace all routes, at most 128
 *
 * Networks of addresses are implied.
 *
 * Return: 0, or -EINVAL for too many, other families or impossible lengths.
 */
TL_MUST_USE int tl_ifc_set_routes(struct ifc *ifc, const struct ifc_route *list,
				  size_t n);

void tl_ifc_set_mtu(struct ifc *ifc, unsigned int mtu);

/**
 * tl_ifc_set_jumbo() - May frames be larger than the MTU?
 * @may:	nobody gets or sees them but stacks like this one, which tell it
 *		by TCP's MSS; not so at first
 *
 * Then TCP segments to neighbours are of up to IFC_JUMBO bytes: fewer frames
 * for as many bytes. What is sent again is cut to the MTU.
 */
void tl_ifc_set_jumbo(struct ifc *ifc, bool may);

/**
 * tl_ifc_input() - A frame from the network for us
 * @payload:	without the Ethernet header; borrowed until tl_stack_end_pass(),
 *		its bytes may be changed
 *
 * Return: DROP_NONE, or why it was not used.
 */
enum drop tl_ifc_input(struct ifc *ifc, const uint8_t dst[6],
		       const uint8_t src[6], uint16_t ethertype,
		       struct buffer payload);

/**
 * tl_ifc_join() - Receive a multicast group, once more
 * @family:	4 or 6
 *
 * Return: 0, -EINVAL if @at is no multicast address, -ENOBUFS at the limit of
 * 512 groups.
 */
TL_MUST_USE int tl_ifc_join(struct ifc *ifc, uint8_t family,
			    const uint8_t at[16]);

/* Once less. Return: 0, or -EADDRNOTAVAIL if it is not joined. */
int tl_ifc_leave(struct ifc *ifc, uint8_t family, const uint8_t at[16]);

/* The groups the interface listens to: all-nodes, solicited-node and ARP groups
 * of its addresses, joined ones. At most @max are put into @out. */
size_t tl_ifc_groups(const struct ifc *ifc, struct ifc_group *out, size_t max);

/* The interface's lwIP netif, for sockets to bind to. */
struct netif *tl_ifc_netif(struct ifc *ifc);

/* As it was made; the MTU is the present one. */
const struct ifc_config *tl_ifc_config(const struct ifc *ifc);

/* 1..250; may be used again when the interface has gone. */
uint8_t tl_ifc_number(const struct ifc *ifc);

/* The addresses, its link-local one first; at most @max are put into @out.
 * Return: how many there are. */
size_t tl_ifc_addresses(const struct ifc *ifc, struct ifc_address *out,
			size_t max);

/* Addresses of the station @mac that are known of it now, at most @max; the
 * MAC of one. For names: walks all neighbours. */
size_t tl_ifc_neighbours_of(const struct ifc *ifc, const uint8_t mac[6],
			    struct ifc_address *out, size_t max);
bool tl_ifc_neighbour_mac(const struct ifc *ifc, uint8_t family,
			  const uint8_t ip[16], uint8_t mac[6]);

/* Is @ifc there for whoever looks for it? NULL in place of such a function:
 * they all are. */
typedef bool (*ifc_sees_fn)(const void *who, const struct ifc *ifc);

/* The interface that was made as the @i-th of those there are, or NULL. */
struct ifc *tl_ifc_at(size_t i);
struct ifc *tl_ifc_at_seen(size_t i, ifc_sees_fn sees, const void *who);

/* The interface of this number or name, or NULL. */
struct ifc *tl_ifc_of_number(uint8_t number);
struct ifc *tl_ifc_of_name(const char *name);

/* The interface a destination is routed through by longest prefix, or NULL if
 * no virtual network reaches it; @family 4 or 6. */
struct ifc *tl_ifc_route(uint8_t family, const uint8_t ip[16]);
struct ifc *tl_ifc_route_seen(uint8_t family, const uint8_t ip[16],
			      ifc_sees_fn sees, const void *who);

/* The one that what is for all or for a group leaves by if nothing else says
 * which: the first with an address of @family, or NULL. */
struct ifc *tl_ifc_first(uint8_t family);
struct ifc *tl_ifc_first_seen(uint8_t family, ifc_sees_fn sees,
			      const void *who);

/* The interface that has this very address, or NULL. */
struct ifc *tl_ifc_of_address(uint8_t family, const uint8_t ip[16]);
struct ifc *tl_ifc_of_address_seen(uint8_t family, const uint8_t ip[16],
				   ifc_sees_fn sees, const void *who);

/* The interface of an lwIP netif (as of a pcb's netif_idx). */
struct ifc *tl_ifc_of_netif(struct netif *netif);

/* Source address towards @ip on @ifc; false if there is none of the family. */
bool tl_ifc_source(const struct ifc *ifc, uint8_t family, const uint8_t ip[16],
		   uint8_t out[16]);

/**
 * tl_stack_on_syn() - Say which connections listeners take
 * @takes:	false: there is no listener, for what came by @ifc. @listener is
 *		the argument of the listening pcb, which is not one of a hidden
 *		interface. NULL: they take all
 */
void tl_stack_on_syn(bool (*takes)(void *listener, const struct ifc *ifc));

/* Frames the stack itself did not use, by reason. */
const struct drop_counts *tl_stack_drops(void);

/* Bytes that this thread's stack has of the heap, and may have at most. */
size_t tl_stack_memory(size_t *limit);

/* Small blocks that are kept for the next segments go back to the heap; part of
 * tl_stack_fini(). */
void tl_stack_memory_trim(void);

#endif /* TL_STACK_STACK_H */
