/* SPDX-License-Identifier: Apache-2.0 */
/*
 * relay_line.h - a connection between a TCP relay and its client
 *
 * The same at both ends: messages come out of it one by one, datagrams are
 * copied into it and leave together at the end of the loop's pass. What a peer
 * does not take is dropped, as a network does: at most RELAY_LINE_QUEUE bytes
 * wait here, and as many in the kernel. Nothing blocks, nothing is allocated
 * for a datagram.
 */
#ifndef TL_SERVICE_RELAY_LINE_H
#define TL_SERVICE_RELAY_LINE_H

#include "base/list.h"
#include "os/poll.h"
#include "wire/tcp_relay.h"

#define RELAY_LINE_QUEUE 65536
#define RELAY_LINE_SPARE 64

/**
 * struct relay_lines - All of a loop
 * @dirty:	those with something to be flushed
 * @spare:	queues that nobody uses
 */
struct relay_lines {
	struct poll_set *poll;
	struct list dirty;
	uint8_t *spare[RELAY_LINE_SPARE];
	unsigned int n_spare;
};

/**
 * struct relay_line_owner - Whose it is
 * @opened:	the connection stands; may be NULL for one that was accepted
 * @settle:	the reader's bytes are going to be written over; may be NULL
 * @message:	one came in; false: the line is of no more use, end it. May
 *		send, may not close
 * @ended:	by the other side or by a failure, a negative errno; -EPROTO:
 *		what came is no such stream. Must close it
 */
struct relay_line_owner {
	void (*opened)(void *ctx);
	void (*settle)(void *ctx);
	bool (*message)(void *ctx, struct tcp_relay_message *m);
	void (*ended)(void *ctx, int err);
};

/**
 * struct relay_line - One connection, in its owner's storage
 * @out:	what waits, from @out_begin to @out_end; NULL if nothing
 * @fd:		-1: closed
 */
struct relay_line {
	struct list link;
	struct relay_lines *all;
	const struct relay_line_owner *owner;
	void *ctx;
	struct watch watch;
	int fd;
	bool is_connecting;
	uint8_t *out;
	size_t out_begin;
	size_t out_end;
	struct tcp_relay_reader reader;
};

void tl_relay_lines_init(struct relay_lines *all, struct poll_set *poll);
/* All lines must be closed. Accepts that it was never initialised. */
void tl_relay_lines_fini(struct relay_lines *all);

/* At the end of a pass: what was queued leaves, as far as the kernel takes it.
 * Lines may end. */
void tl_relay_lines_flush(struct relay_lines *all);

/**
 * tl_relay_line_open() - Begin with a connected or connecting socket
 * @fd:		does not block; consumed, also on failure
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_relay_line_open(struct relay_line *l,
				   struct relay_lines *all, int fd,
				   bool is_connecting,
				   const struct relay_line_owner *owner,
				   void *ctx);

/* Closes the socket, frees what waits. May be called twice. */
void tl_relay_line_close(struct relay_line *l);

/**
 * tl_relay_line_send() - Queue a datagram, which is copied
 * @at:		its address
 * @head, @rest: one behind the other
 *
 * Return: false if it was dropped, because too much waits.
 */
bool tl_relay_line_send(struct relay_line *l, const struct endpoint *at,
			struct bytes head, struct bytes rest);

/* Queue bytes as they are. Return: likewise. */
bool tl_relay_line_write(struct relay_line *l, struct bytes b);

#endif /* TL_SERVICE_RELAY_LINE_H */
