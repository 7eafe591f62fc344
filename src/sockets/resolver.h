/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver.h - names of the virtual networks for those who send DNS themselves
 *
 * Theory of operation
 *
 * Static programs, Go, c-ares and musl under the launcher build questions of
 * their own and send them to the name servers of resolv.conf(5). Their sockets
 * are ours, so questions are looked at where they leave (resolver.c):
 *
 * - one for a name or address of the virtual networks is answered here, from
 *   whatever server was asked;
 * - one in the domain of a network is asked of that network's servers, over the
 *   virtual network (resolver_ask.c);
 * - all others go on as they were sent, by the socket's companion: in the
 *   program's network namespace, with its rights, and not at all if it is
 *   isolated.
 *
 * So nothing has to be set up, and nothing else changes. Beside that there is a
 * server at addresses of our own, RESOLVER_IP4 and RESOLVER_IP6, for programs
 * whose servers are not the host's, and for people who ask with dig(1). It is
 * no address of any network: what is sent to it never becomes a packet, so
 * nobody on a network can ask it. What is not ours goes on from there to the
 * host's servers.
 *
 * It speaks TCP too (resolver_tcp.c): connections are the stack's, so for them
 * the addresses are on an interface that leads nowhere, is in no list
 * and takes nothing from others. Names of the host are refused over TCP, since
 * there is no socket of the application's to carry them on.
 *
 * IPv4's is link-local (RFC 3927): it is never routed, so no program's peer has
 * it, and other systems put their resolvers there too. IPv6's is an address of
 * a prefix drawn by lot (RFC 4193 3.2), which differs from those that members
 * compute in its ninth byte.
 *
 * Refused: a server of the host that a program is pointed to, which other
 * users of the host could ask too; writing a resolv.conf, which needs rights
 * and outlives the program; forwarding by the service, which may be in another
 * network namespace than the program and does not know who may ask.
 */
#ifndef TL_SOCKETS_RESOLVER_H
#define TL_SOCKETS_RESOLVER_H

#include "base/list.h"
#include "os/nameservers.h"
#include "sockets/dns_ask.h"

#define RESOLVER_IP4                                                           \
	{                                                                      \
		169, 254, 53, 53                                               \
	}
#define RESOLVER_IP6                                                           \
	{                                                                      \
		0xfd, 0x53, 0x9e, 0x1b, 0x6a, 0xc4, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
			0x53                                                   \
	}

/* Connections to our own address. */
#define RESOLVER_STREAMS_MAX 256
/* Questions under way to the servers of networks, in all and of one socket. */
#define RESOLVER_ASKS_MAX 256
#define RESOLVER_SOCKET_ASKS_MAX 32
/* Questions passed on to a server of the host whose answers are awaited. */
#define RESOLVER_PASSED_MAX 16

struct socket;
struct sockets;
struct socket_error;
struct dns_stream;
struct ifc;
struct tcp_pcb;

/* A question that was passed on: its answer is told as from whom was asked. */
struct passed_question {
	uint16_t id;
	struct rpc_addr server;
	struct rpc_addr as;
};

/**
 * struct resolver_side - What a socket has to do with it
 * @off:	its datagrams are not looked at
 * @connected:	to a server of the host, or to ours: then no packet of a virtual
 *		network is for it
 * @passed:	RESOLVER_PASSED_MAX, the oldest is forgotten; NULL before the
 *		first
 * @turn:	which server of the host has the next question
 * @n_asks:	under way
 * @stream:	TCP: the other end of its connection to our own address
 */
struct resolver_side {
	bool off;
	bool connected;
	struct passed_question *passed;
	size_t next_passed;
	size_t turn;
	size_t n_asks;
	struct dns_stream *stream;
};

/**
 * struct resolver - What all have in common
 * @hosts:	servers of the host
 * @asks:	questions under way to the servers of networks
 * @ifc:	where our own addresses are for TCP, with @listeners; NULL
 *		before somebody has connected
 * @streams:	@n_streams connections
 */
struct resolver {
	struct nameservers hosts;
	struct dns_asks asks;
	struct ifc *ifc;
	struct tcp_pcb *listeners[2];
	struct list streams;
	size_t n_streams;
};

/* @path: the host's resolv.conf, borrowed; NULL: nobody's questions are looked
 * at but those to our own addresses. */
void tl_resolver_init(struct sockets *s, const char *path);
/* All sockets must be gone. */
void tl_resolver_fini(struct sockets *s);

/* Is this one of our own addresses? */
TL_MUST_USE bool tl_resolver_is_own(const struct rpc_addr *to);

/* Are @k's questions to @to looked at? */
TL_MUST_USE bool tl_resolver_minds(struct socket *k, const struct rpc_addr *to);

/**
 * tl_resolver_takes() - A datagram of the application's, before it leaves
 * @d:		where it goes: that may become a server of the host
 *
 * Return: true if nothing is to leave, since it is answered, or will be.
 */
TL_MUST_USE bool tl_resolver_takes(struct socket *k, struct rpc_datagram *d,
				   struct bytes payload);

/* A datagram of the host's, before it is told: @d's peer may change. */
void tl_resolver_receives(struct socket *k, struct rpc_datagram *d,
			  struct bytes payload);

/* connect(2) to an address that is minded and in no virtual network: 0 or an
 * errno. */
TL_MUST_USE int tl_resolver_connect(struct socket *k,
				    const struct rpc_addr *to);
/* And away from it, if it was connected so. */
void tl_resolver_disconnect(struct socket *k);

/* Its questions are nobody's any more. */
void tl_resolver_forget(struct socket *k);

/* A message that has come by TCP, from @k to the address @to of ours. */
void tl_resolver_hears(struct socket *k, const struct rpc_addr *to,
		       struct bytes message);

/* resolver_tcp.c */
/* The interface on which our own addresses take connections; NULL: out of
 * memory. */
struct ifc *tl_resolver_ifc(struct sockets *s);
/* Send a message, or end the connection if that cannot be. */
void tl_stream_tell(struct dns_stream *st, struct bytes message);
/* Its application has gone. */
void tl_stream_forget(struct dns_stream *st);
void tl_stream_fini(struct sockets *s);

/* Tell the application that @message came from @from. */
void tl_resolver_tell(struct socket *k, const struct rpc_addr *from,
		      struct bytes message);

/* resolver_ask.c */
void tl_asks_init(struct sockets *s);
/**
 * tl_ask_start() - Ask the servers of a network; the answer is told later
 * @from:	from whom the application expects it
 * @list:	@n addresses of servers
 *
 * Return: false if too many are under way, or memory is short.
 */
TL_MUST_USE bool tl_ask_start(struct socket *k, const struct rpc_addr *from,
			      const struct dns_question *q,
			      struct bytes message, const struct rpc_addr *list,
			      size_t n);
/* A packet of a question did not arrive: the next server's turn. */
void tl_ask_on_error(struct sockets *s, const struct socket_error *e);

#endif /* TL_SOCKETS_RESOLVER_H */
