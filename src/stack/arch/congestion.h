/* SPDX-License-Identifier: Apache-2.0 */
/*
 * congestion.h - how much a long path carries, for lwIP's congestion control
 *
 * Theory of operation: a loss says nothing by itself. On Wi-Fi, on mobile
 * networks and across oceans packets are lost while the path has room, and a
 * window that is cut for each of them carries a few Mbit/s however fast the
 * path is. So each round trip is measured: how long it took and how much was
 * delivered in it. The best of the last rounds times the shortest one is what
 * the path holds without a queue (its bandwidth-delay product, as in BBR), and
 * a loss cuts the window no further than to that, nor further than RFC 9438
 * does. If a round took no longer than the shortest, there is no queue, and the
 * window grows by an eighth; else as RFC 5681 says. A round that lost much was
 * not chance: it holds this growth back for a while, and what has lost still
 * more has the plain cut.
 *
 * Rounds shorter than CONGESTION_LONG_US are left to the plain rules: they grow
 * fast enough, and our clock is read once a pass only.
 */
#ifndef TL_STACK_ARCH_CONGESTION_H
#define TL_STACK_ARCH_CONGESTION_H

#include <stdint.h>

struct tcp_pcb;

#define CONGESTION_LONG_US 5000
#define CONGESTION_ROUNDS 8 /* a power of two */
#define CONGESTION_LOSSY_ROUNDS 32

/**
 * struct congestion - A connection's path; all zero: nothing is known
 * @began_us:	when the round began; 0: none is under way
 * @end:	it is over when this sequence number has arrived
 * @delivered:	bytes that had arrived at its beginning, as sequence numbers
 * @lost:	bytes found to be lost in it
 * @shortest_us: of all rounds; 0: none is over
 * @last_us:	how long the last one took, and
 * @last_bytes:	what was delivered in it
 * @rates:	bytes per ms of the last rounds, 0: no such round yet
 * @n_rounds:	their number, as index into @rates
 * @n_hold:	rounds until the window may grow by what they show
 * @n_lossy:	rounds until nothing was lost for long
 * @base:	what chance takes, of 256 bytes delivered
 * @held_lost:	bytes lost in those that were measured since a cut, and
 * @held_bytes:	what was delivered in them
 * @n_cuts:	how often the window was cut, by modulus
 * @has_lost:	the last round lost far more than chance explains
 * @was_full:	some round did, or had a queue
 */
struct congestion {
	int64_t began_us;
	uint32_t end;
	uint32_t delivered;
	uint32_t lost;
	uint32_t shortest_us;
	uint32_t last_us;
	uint32_t last_bytes;
	uint32_t rates[CONGESTION_ROUNDS];
	uint32_t held_lost;
	uint32_t held_bytes;
	uint8_t n_rounds;
	uint8_t n_hold;
	uint8_t n_lossy;
	uint8_t base;
	uint8_t has_lost : 1;
	uint8_t was_full : 1;
	uint8_t n_cuts : 4;
};

/**
 * tl_congestion_on_ack() - An acknowledgement was handled
 * @sacked:	bytes beyond the acknowledged ones that the peer has
 * @highest:	sequence number behind the highest of them; the acknowledged
 *		number if there are none
 *
 * May widen the congestion window.
 */
void tl_congestion_on_ack(struct tcp_pcb *pcb, uint32_t sacked,
			  uint32_t highest);

/* The window that fast recovery goes on with, in bytes: two segments at least,
 * and no more than is used now. */
uint32_t tl_congestion_cut(struct tcp_pcb *pcb);

/* So many bytes are found to be lost. */
static inline void tl_congestion_lost(struct congestion *c, uint32_t n)
{
	c->lost += n;
	c->n_lossy = CONGESTION_LOSSY_ROUNDS;
}

/* The path may be another one: after a timeout. */
static inline void tl_congestion_forget(struct congestion *c)
{
	*c = (struct congestion){ 0 };
}

#endif /* TL_STACK_ARCH_CONGESTION_H */
