/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_answer.h - what the virtual networks' names are to those who send DNS
 *
 * Joins questions (dns_message.h) to the service's names, for whoever takes
 * them in: the sockets' resolver (resolver.h), and a server at a kernel's
 * socket (service/dnsd.h).
 */
#ifndef TL_SOCKETS_DNS_ANSWER_H
#define TL_SOCKETS_DNS_ANSWER_H

#include "sockets/dns_message.h"
#include "sockets/socket.h"

/* As struct sockets_config's lookup. */
typedef uint32_t (*dns_lookup_fn)(void *ctx, struct name_lookup *l);

/**
 * tl_dns_look_up() - Whose question is it?
 * @l:		with its user set; the answer
 * @lookup:	NULL: nobody's
 *
 * Return: 0, with the kind in @l; ENOENT: there is no such name or address of
 * ours; RPC_USE_HOST: it is somebody else's.
 */
TL_MUST_USE uint32_t tl_dns_look_up(struct name_lookup *l,
				    const struct dns_question *q,
				    dns_lookup_fn lookup, void *ctx);

/* The reply that a kind other than LOOKUP_SERVERS is; it borrows from @l. */
struct dns_reply tl_dns_reply_of(const struct name_lookup *l);

#endif /* TL_SOCKETS_DNS_ANSWER_H */
