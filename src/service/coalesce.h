/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coalesce.h - TCP segments that follow each other become one frame
 *
 * What a network card's receive offload does for a kernel: its work is by the
 * packet, so one of 64 KiB costs little more than one of the MTU. Segments are
 * collected while a pass of the loop lasts, and not copied: the payloads that
 * were added are borrowed until tl_coalesce_flush(). The order inside of a
 * connection stays; nothing else is held back.
 */
#ifndef TL_SERVICE_COALESCE_H
#define TL_SERVICE_COALESCE_H

#include "os/vnet.h"

#define COALESCE_RUNS 8 /* connections that are collected at once */
#define COALESCE_PARTS 32 /* segments of one frame */
#define COALESCE_HEAD_MAX (VNET_LEN + 14 + 40 + 60)

/* A frame is complete; @parts begin with a struct vnet, borrowed. */
typedef void (*coalesce_fn)(void *ctx, const struct bytes *parts, size_t n);

/**
 * struct coalesce_run - Segments of one connection that follow each other
 * @head:	vnet, Ethernet, IP and TCP headers of the first one
 * @head_len:	of all of them; 0: the run is free
 * @ip_len:	of the IP header
 * @parts:	@head, then payloads of segments
 * @size:	bytes of the first segment's payload; no other is longer
 * @total:	bytes of all
 * @next_seq:	what the next one has to begin with
 */
struct coalesce_run {
	uint8_t head[COALESCE_HEAD_MAX];
	size_t head_len;
	size_t ip_len;
	struct bytes parts[COALESCE_PARTS + 1];
	size_t n_parts;
	size_t size;
	size_t total;
	uint32_t next_seq;
};

struct coalescer {
	coalesce_fn emit;
	void *ctx;
	struct coalesce_run runs[COALESCE_RUNS];
	unsigned int next_victim;
};

void tl_coalesce_init(struct coalescer *c, coalesce_fn emit, void *ctx);

/**
 * tl_coalesce_add() - A frame for the kernel
 * @ethernet:	its header, 14 bytes; copied
 * @payload:	behind it; borrowed until tl_coalesce_flush()
 *
 * What is no plain segment of TCP with data is emitted at once, behind what
 * came of its connection before.
 */
void tl_coalesce_add(struct coalescer *c, const uint8_t ethernet[14],
		     struct bytes payload);

/* Emit all that is held back. */
void tl_coalesce_flush(struct coalescer *c);

#endif /* TL_SERVICE_COALESCE_H */
