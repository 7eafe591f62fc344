/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.h - all UDP traffic with the outside, in batches
 *
 * Theory of operation
 *
 * The system call for each datagram is what costs most, so nothing here is
 * done one by one. A pass of the loop calls tl_udp_receive() for each readable
 * socket, which takes many datagrams at once (recvmmsg, UDP_GRO), and
 * tl_udp_flush() once at its end, which sends all that was queued with few
 * calls (UDP_SEGMENT, sendmmsg); what has become much leaves before that, while
 * it is still in the cache. UDP_SEGMENT wants datagrams of one size for
 * one destination: those of one destination are brought together, in order,
 * and only the last of a run may be shorter. Where the kernel or the device
 * cannot do it the same datagrams leave through plain sendmmsg.
 *
 * What the kernel does not take now (EAGAIN) waits here, at most
 * UDP_QUEUE_MAX packets a socket; then the newest are dropped and counted. The
 * loop calls tl_udp_flush() again when the socket is writable.
 *
 * A struct udp belongs to one loop. It owns its sockets. Scopes are not kept,
 * so link-local IPv6 addresses cannot be spoken to.
 */
#ifndef TL_OS_UDP_H
#define TL_OS_UDP_H

#include "base/bytes.h"
#include "base/packet.h"

#define UDP_QUEUE_MAX 512 /* packets that wait, for each socket */
#define UDP_SOCKETS_MAX 256

/**
 * struct udp_addr - IP address and port
 * @family:	4 or 6
 * @port:	host byte order
 * @ip:		network byte order; IPv4 uses the first 4 bytes, the rest is 0
 */
struct udp_addr {
	uint8_t family;
	uint16_t port;
	uint8_t ip[16];
};

struct udp;
struct udp_socket;

/**
 * struct udp_counts - What happened since tl_udp_new()
 * @received, @sent: datagrams
 * @received_bytes, @sent_bytes: their payload
 * @receive_calls, @send_calls: system calls that moved something
 * @dropped_full: packets not sent, because too many were waiting
 * @dropped_error: datagrams that the kernel refused to send
 * @gso_off:	sockets on which UDP_SEGMENT was found not to work
 */
struct udp_counts {
	uint64_t received;
	uint64_t sent;
	uint64_t received_bytes;
	uint64_t sent_bytes;
	uint64_t receive_calls;
	uint64_t send_calls;
	uint64_t dropped_full;
	uint64_t dropped_error;
	uint64_t gso_off;
};

/* Return: 0, or -ENOMEM. */
TL_MUST_USE int tl_udp_new(struct udp **udpp);

/* Closes all sockets and frees what waits. Accepts NULL. */
void tl_udp_free(struct udp *u);

const struct udp_counts *tl_udp_counts(const struct udp *u);

/**
 * tl_udp_bind() - Open a socket on a local address
 * @sockp:	the socket; owned by @u, closed with tl_udp_close()
 * @local:	address; port 0: any free one
 * @device:	interface that traffic is kept on, or NULL; ignored where the
 *		kernel does not let us
 *
 * IPv6 sockets carry IPv6 only. Datagrams larger than the MTU are fragmented by
 * the kernel, the don't-fragment bit is off. No call here ever blocks.
 *
 * Return: 0; -EADDRINUSE, -EADDRNOTAVAIL, -EAFNOSUPPORT, -ENFILE for too many
 * sockets, or another negative errno.
 */
TL_MUST_USE int tl_udp_bind(struct udp_socket **sockp, struct udp *u,
			    const struct udp_addr *local, const char *device);

/* What waits is dropped. Not from within a udp_datagram_fn. Accepts NULL. */
void tl_udp_close(struct udp_socket *s);

/* For a poll set; edge triggering is fine. Stays owned by @s. */
int tl_udp_fd(const struct udp_socket *s);

/* With the port that was chosen. */
const struct udp_addr *tl_udp_local(const struct udp_socket *s);

/* A pointer that the owner of the loop may keep with the socket; first NULL. */
void tl_udp_set_user(struct udp_socket *s, void *user);
void *tl_udp_user(const struct udp_socket *s);

/**
 * typedef udp_datagram_fn - One datagram came in
 * @from:	where from; borrowed for the call
 * @datagram:	its payload, may be empty. May be changed. Stays valid until
 *		tl_udp_receive() returns
 * @rest:	what lies in memory right behind @datagram and was received with
 *		it from the same sender: the datagrams that the next calls will
 *		hand over, each of the length of @datagram, the last maybe
 *		shorter. Empty at the end of a batch
 *
 * The next call's datagram begins at @datagram.at + @datagram.n as long as
 * @rest is not empty. So a packet whose parts arrive in order is joined in
 * place: keep the head, and move each part's data down over its own header.
 *
 * May send, may not close sockets.
 */
typedef void (*udp_datagram_fn)(void *ctx, struct udp_socket *s,
				const struct udp_addr *from,
				struct buffer datagram, struct buffer rest);

enum udp_received {
	UDP_DRAINED, /* nothing left: wait for the socket to be readable */
	UDP_MORE, /* there may be more: call again in the next pass */
};

/**
 * tl_udp_receive() - Take what has arrived, in order, up to about 1 MiB
 *
 * Return: enum udp_received, or a negative errno of a broken socket.
 */
TL_MUST_USE int tl_udp_receive(struct udp_socket *s, udp_datagram_fn fn,
			       void *ctx);

/**
 * struct udp_cuts - How a packet leaves as datagrams
 * @n:		number of datagrams, 1..PACKET_MAX_PARTS
 * @head_len:	bytes of the packet in the first one
 * @part_len:	bytes in each further one, behind its header; the last may have
 *		fewer, but not none. Ignored if @n is 1
 */
struct udp_cuts {
	unsigned int n;
	size_t head_len;
	size_t part_len;
};

/**
 * tl_udp_send() - Queue a packet; it leaves with tl_udp_flush()
 * @p:		consumed; its @frag holds the headers of datagrams 1..n-1
 *
 * Never fails: what cannot be sent is dropped and counted, as networks do.
 */
void tl_udp_send(struct udp_socket *s, const struct udp_addr *to,
		 struct packet *p, struct udp_cuts cuts);

/* Queue one datagram that is copied, to go out in order with the packets. */
void tl_udp_send_copy(struct udp_socket *s, const struct udp_addr *to,
		      struct bytes datagram);

/* Send one datagram at once, with a TTL (hop limit) of its own. For opening
 * NATs: errors do not matter. */
void tl_udp_send_ttl(struct udp_socket *s, const struct udp_addr *to,
		     struct bytes datagram, int ttl);

/* Hand all that is queued to the kernel, as far as it takes it. */
void tl_udp_flush(struct udp *u);

/* True if something waits for the socket to be writable, or for any of them.
 * To be told of that at other times, too, costs a wake-up for each batch that
 * leaves. */
bool tl_udp_is_waiting(const struct udp_socket *s);
bool tl_udp_any_waiting(const struct udp *u);

/* For tests and for the unlucky: no UDP_SEGMENT on this socket. */
void tl_udp_disable_gso(struct udp_socket *s);

#endif /* TL_OS_UDP_H */
