/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsd_impl.h - what the two files of the name server know of each other
 */
#ifndef TL_SERVICE_DNSD_IMPL_H
#define TL_SERVICE_DNSD_IMPL_H

#include <netinet/in.h>

#include "service/dnsd.h"
#include "sockets/dns_ask.h"

/**
 * struct dnsd - The server
 * @streams:	@n_streams connections, the one silent longest first
 */
struct dnsd {
	struct dnsd_config config;
	int udp_fd;
	int tcp_fd;
	struct watch on_udp;
	struct watch on_tcp;
	struct list streams;
	size_t n_streams;
	struct dns_asks asks;
};

/**
 * struct dnsd_asker - Who has asked
 * @stream:	by this connection; NULL: by a datagram from @from
 */
struct dnsd_asker {
	struct dnsd_stream *stream;
	struct sockaddr_in from;
};

/* dnsd.c */
void tl_dnsd_tell(struct dnsd *d, const struct dnsd_asker *to,
		  struct bytes message);

/* dnsd_ask.c */
void tl_dnsd_asks_init(struct dnsd *d);

/**
 * tl_dnsd_ask() - Ask servers; the answer is told later
 * @list:	@n of them, at least one
 *
 * Return: false if too many are under way, or memory is short.
 */
TL_MUST_USE bool tl_dnsd_ask(struct dnsd *d, const struct dnsd_asker *who,
			     const struct dns_question *q, struct bytes message,
			     const struct rpc_addr *list, size_t n);

/* Drop the questions of a connection; NULL: all there are. */
void tl_dnsd_forget(struct dnsd *d, const struct dnsd_stream *stream);

#endif /* TL_SERVICE_DNSD_IMPL_H */
