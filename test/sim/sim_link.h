/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_link.h - one direction of a wire: what it does to datagrams
 *
 * A pure machine: the time and the generator are handed to it, and it says
 * when each copy of a datagram comes out at the other end, if it does.
 */
#ifndef TL_TEST_SIM_LINK_H
#define TL_TEST_SIM_LINK_H

#include <stddef.h>

#include "sim_random.h"

#define SIM_IP_OVERHEAD 28 /* IPv4 and UDP headers */

/**
 * struct link_config - How good a wire is; all zeroes: perfect
 * @delay_ms:	added to each datagram
 * @jitter_ms:	up to as much again, below this, for each by itself
 * @loss_permille: how many get lost
 * @reorder_permille: how many are held back for @reorder_ms
 * @duplicate_permille: how many come twice
 * @bytes_per_s: rate; 0: no limit
 * @queue_bytes: what may wait for the rate; more is lost
 * @mtu:	longest datagram with its IP and UDP headers, longer ones
 *		vanish without a word (a black hole); 0: no limit
 */
struct link_config {
	int64_t delay_ms;
	int64_t jitter_ms;
	unsigned int loss_permille;
	unsigned int reorder_permille;
	int64_t reorder_ms;
	unsigned int duplicate_permille;
	uint64_t bytes_per_s;
	size_t queue_bytes;
	size_t mtu;
};

/**
 * struct sim_link - A wire in use
 * @busy_us:	until when it is busy with what it was given, in microseconds
 */
struct sim_link {
	struct link_config config;
	int64_t busy_us;
	uint64_t n_lost;
	uint64_t n_full;
	uint64_t n_too_long;
};

/**
 * sim_link_pass() - Send a datagram of @n bytes of payload
 * @delays:	of each copy that comes through, in milliseconds
 *
 * Return: how many copies come through, 0 to 2.
 */
unsigned int sim_link_pass(struct sim_link *l, size_t n, int64_t now,
			   struct sim_random *r, int64_t delays[2]);

#endif /* TL_TEST_SIM_LINK_H */
