/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_ask.h - questions to the name servers of networks
 *
 * Theory of operation: servers are tried in turn, each try for a limited time
 * and with an ID of its own, which cannot be guessed; the question is the
 * asker's, byte by byte. An answer that was cut is asked for again over TCP,
 * and told as far as the asker has room. How a server is reached is the
 * business of those who ask: sockets of our own stack (resolver_ask.c), or a
 * kernel's (service/dnsd_ask.c). Their ports must not be guessable either.
 *
 * A question is part of a larger object of its asker's. It belongs to the
 * thread of its poll set.
 */
#ifndef TL_SOCKETS_DNS_ASK_H
#define TL_SOCKETS_DNS_ASK_H

#include "base/list.h"
#include "os/alarm.h"
#include "sockets/dns_frame.h"
#include "sockets/dns_message.h"

#define DNS_PORT 53
/* The longest question. */
#define DNS_QUESTION_MAX 1024

struct dns_ask;

/**
 * struct dns_ask_ops - How servers are reached, and askers told
 * @try_udp:	send tl_dns_ask_question() to @server; answers are given to
 *		tl_dns_ask_heard(); false: it cannot be sent
 * @try_tcp:	connect, send tl_dns_ask_stream(), give what comes to
 *		tl_dns_ask_stream_heard(); false: it cannot begin
 * @end_try:	close what these have opened, in whatever state
 * @tell:	an answer for the asker; must not end any question
 * @end:	it is over: let go of what it belongs to
 */
struct dns_ask_ops {
	bool (*try_udp)(struct dns_ask *a, const struct rpc_addr *server);
	bool (*try_tcp)(struct dns_ask *a, const struct rpc_addr *server);
	void (*end_try)(struct dns_ask *a);
	void (*tell)(struct dns_ask *a, struct bytes message);
	void (*end)(struct dns_ask *a);
};

/**
 * struct dns_asks - Those under way
 * @list:	by dns_ask.link, @n of them, of at most @max
 * @alarm:	for the first whose try has taken long enough
 */
struct dns_asks {
	const struct dns_ask_ops *ops;
	struct list list;
	size_t n;
	size_t max;
	struct alarm alarm;
};

/**
 * struct dns_ask - A question under way
 * @id:		of this try
 * @list:	@n servers; @tries were made so far
 * @until_us:	when this try is over
 * @frame:	what came by TCP
 * @message:	the question, @len bytes behind two for TCP's length
 */
struct dns_ask {
	struct list link;
	struct dns_asks *all;
	struct dns_question q;
	uint16_t id;
	struct rpc_addr list[RPC_LOOKUP_MAX];
	size_t n;
	size_t tries;
	int64_t until_us;
	struct dns_frame frame;
	size_t len;
	uint8_t message[DNS_FRAME_HEAD + DNS_QUESTION_MAX];
};

/* @poll: borrowed until tl_dns_asks_fini(), @ops for ever. */
void tl_dns_asks_init(struct dns_asks *all, const struct dns_ask_ops *ops,
		      struct poll_set *poll, size_t max);
/* All questions must be over. */
void tl_dns_asks_fini(struct dns_asks *all);

/* Can one more be asked? False also without memory for that. */
TL_MUST_USE bool tl_dns_asks_have_room(struct dns_asks *all);

/**
 * tl_dns_ask_start() - Ask; whatever comes of it is told later, or at once
 * @a:		zeroed; there must be room for it. May be gone when this returns
 * @message:	of which @q was read, at most DNS_QUESTION_MAX bytes
 * @list:	@n servers, at least one; copied, as all else
 */
void tl_dns_ask_start(struct dns_ask *a, struct dns_asks *all,
		      const struct dns_question *q, struct bytes message,
		      const struct rpc_addr *list, size_t n);

/* The asker has gone: nothing is told. @a is ended. */
void tl_dns_ask_drop(struct dns_ask *a);

/*
 * What happens to a try. @a may be gone afterwards, and so may the try.
 */

/* It has failed: the next server's turn. */
void tl_dns_ask_fail(struct dns_ask *a);
/* A datagram from the server; changed. @is_longer: than @answer is. */
void tl_dns_ask_heard(struct dns_ask *a, struct buffer answer, bool is_longer);
/* Bytes of a connection. True: @a waits for more of them. */
TL_MUST_USE bool tl_dns_ask_stream_heard(struct dns_ask *a, struct bytes from);

/* The server of this try. */
const struct rpc_addr *tl_dns_ask_server(const struct dns_ask *a);
/* The question as a datagram, and with its length in front; borrowed. */
struct bytes tl_dns_ask_question(const struct dns_ask *a);
struct bytes tl_dns_ask_stream(const struct dns_ask *a);

#endif /* TL_SOCKETS_DNS_ASK_H */
