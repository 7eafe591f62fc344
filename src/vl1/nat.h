/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nat.h - what kind of address translation is in front of us
 *
 * Concluded from what others say our address is (surface.c), without a packet
 * of its own. RFC 4787 tells mapping (which port we get) from filtering (who
 * may answer to it); only mapping can be seen from here, and only it decides
 * what we tell others. The kinds go to peers in PUSH_DIRECT_PATHS.
 */
#ifndef TL_VL1_NAT_H
#define TL_VL1_NAT_H

#include <stddef.h>
#include <stdint.h>

#include "wire/endpoint.h"

struct node;

/* Ports that are told of a mapping that is going to be made. */
#define NAT_PREDICTIONS 6
/* And of those that may have been made already. */
#define NAT_PREDICTIONS_BACK 2
/* The widest step between the ports of two mappings that we take for one. */
#define NAT_STEP_MAX 8

/* Numbers are sent; a kind that is not known here reads as NAT_UNKNOWN. */
enum nat_kind {
	NAT_UNKNOWN, /* too few have told, or there is no IPv4 */
	NAT_NONE, /* others see an address that is our own */
	NAT_STABLE, /* everybody sees the same port (endpoint-independent) */
	NAT_COUNTING, /* a port for each remote endpoint, one after another */
	NAT_SCATTERED, /* a port for each remote endpoint, any */
	NAT_KINDS
};

/**
 * struct nat_view - How a NAT translates us now
 * @socket:	the local socket whose mappings are predicted
 * @newest:	the mapping made last
 * @step:	from a mapping's port to the next one's, NAT_COUNTING only
 */
struct nat_view {
	enum nat_kind kind;
	int socket;
	struct endpoint newest;
	uint16_t step;
};

void tl_nat_look(const struct node *n, struct nat_view *out);

/**
 * tl_nat_predict() - Under which addresses the next mappings will be seen
 * @out:	room for NAT_PREDICTIONS + NAT_PREDICTIONS_BACK; the next one
 *		first
 *
 * Return: how many; 0 unless @v is NAT_COUNTING.
 */
size_t tl_nat_predict(const struct node *n, const struct nat_view *v,
		      struct endpoint *out);

/* A datagram goes from @v's socket to an endpoint for the first time. */
void tl_nat_opened(struct node *n);

/* Somebody sees a mapping of ours that was not known. */
void tl_nat_seen(struct node *n, int socket, const struct endpoint *at);

#endif /* TL_VL1_NAT_H */
