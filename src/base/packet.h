/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet.h - pooled buffers that move down the path by being consumed
 *
 * A packet owns PACKET_SIZE bytes. The message starts at @head with room in
 * front of it, so that every layer can put its header before what it was given.
 * A packet that was made must be given back with tl_packet_free() or handed to
 * a function that says it consumes it. The pool belongs to one loop; packets
 * come from it and return to it, and nothing is allocated once it is warm.
 */
#ifndef TL_BASE_PACKET_H
#define TL_BASE_PACKET_H

#include "base/bytes.h"
#include "base/list.h"

/* The longest packet of VL1 (vl1.md 2.2) and room in front. */
#define PACKET_SIZE 10240
#define PACKET_HEADROOM 64

/* Datagrams that one packet may leave as, and the header of each but the first
 * (vl1.md 2.6). */
#define PACKET_MAX_PARTS 7
#define PACKET_PART_HEADER_LEN 16

/**
 * struct packet - One message on its way out
 * @link:	for queues; free for whoever holds the packet
 * @pool:	where it returns to
 * @head:	offset of the first byte of the message in @data
 * @n:		length of the message in bytes
 * @when_ms:	for queues: when it was put there
 * @frag:	headers of the datagrams after the first, when it leaves in
 * parts
 */
struct packet {
	struct list link;
	struct packet_pool *pool;
	uint32_t head;
	uint32_t n;
	int64_t when_ms;
	uint8_t frag[PACKET_MAX_PARTS - 1][PACKET_PART_HEADER_LEN];
	uint8_t data[PACKET_SIZE];
};

/**
 * struct packet_pool - Packets of one loop
 * @free:	packets not in use
 * @n_free:	their number; more than @keep are given back to the heap
 * @n_used:	packets handed out
 * @limit:	no more than this are handed out at once
 */
struct packet_pool {
	struct list free;
	size_t n_free;
	size_t n_used;
	size_t keep;
	size_t limit;
};

void tl_packet_pool_init(struct packet_pool *pool, size_t keep, size_t limit);

/* All packets must be back. */
void tl_packet_pool_fini(struct packet_pool *pool);

/**
 * tl_packet_new() - Take an empty packet, with PACKET_HEADROOM in front
 *
 * Return: the packet, owned by the caller; NULL at the limit or out of memory.
 */
TL_MUST_USE struct packet *tl_packet_new(struct packet_pool *pool);

/* Accepts NULL. */
void tl_packet_free(struct packet *p);

static inline struct buffer tl_packet_buffer(struct packet *p)
{
	return tl_buffer(p->data + p->head, p->n);
}

static inline struct bytes tl_packet_bytes(const struct packet *p)
{
	return tl_bytes(p->data + p->head, p->n);
}

/* All of the room from the head on, to be filled by a writer. */
static inline struct buffer tl_packet_room(struct packet *p)
{
	return tl_buffer(p->data + p->head, PACKET_SIZE - p->head);
}

/* Put @n bytes in front; NULL if there is no room left. */
uint8_t *tl_packet_push(struct packet *p, size_t n);

/* Add bytes at the end; false if they do not fit. */
TL_MUST_USE bool tl_packet_append(struct packet *p, struct bytes b);

#endif /* TL_BASE_PACKET_H */
