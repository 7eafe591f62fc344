/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/arch/congestion.h"

#include <string.h>

#include "stack/internal.h"

#include "lwip/priv/tcp_priv.h"

/* Of what was delivered in a round, this share may be lost by chance; and with
 * that one the window is cut as if nothing were known. */
#define CHANCE_SHARE 16
#define HEAVY_SHARE 8
/* After a cut for what seemed too much, the window is held. The first rounds
 * still find what was lost before; the next ones tell what chance takes. */
#define HOLD_ROUNDS 8
#define HOLD_MEASURES 6
#define HOLD_JUDGES 4
/* One in so many losses cuts plainly, lest a queue that others made before us
 * is taken for the path's length for ever. */
#define PLAIN_CUTS 4
/* What chance may take, of 256 delivered. */
#define BASE_MAX 42
/* So many segments may always be. */
#define CHANCE_SEGMENTS 5

/* A round so much longer than the shortest has waited in a queue. */
#define QUEUE_SHARE 4
/* The window grows by this part of it, and until the path was full once by that
 * one: a loss by chance has ended slow start. */
#define GROWTH_SHARE 8
#define START_SHARE 2

static bool is_known(const struct congestion *c)
{
	return c->shortest_us >= CONGESTION_LONG_US;
}

static uint32_t best_rate(const struct congestion *c)
{
	uint32_t best = 0;
	unsigned int i;

	for (i = 0; i < CONGESTION_ROUNDS; i++)
		best = TL_MAX(best, c->rates[i]);
	return best;
}

/* What is under way is what the peer's window and ours allow: its largest one,
 * as it is small for a moment when much has arrived behind a hole. */
static uint32_t window(const struct tcp_pcb *pcb)
{
	return TL_MIN(pcb->cwnd, pcb->snd_wnd_max);
}

/* It is over when something has arrived that was sent from now on. */
static void begin_round(struct tcp_pcb *pcb, uint32_t arrived)
{
	struct congestion *c = &pcb->path;

	c->began_us = tl_stack.now_us;
	c->end = pcb->snd_nxt + 1;
	c->delivered = arrived;
	c->lost = 0;
}

static bool has_queue(const struct congestion *c, uint32_t us)
{
	return us > c->shortest_us + c->shortest_us / QUEUE_SHARE;
}

/* Neither is a timeout being repaired, nor does the window grow by itself. */
static bool may_grow(const struct tcp_pcb *pcb)
{
	return !pcb->path.n_hold && !(pcb->flags & TF_RTO) &&
	       pcb->cwnd < TCP_SND_BUF &&
	       (pcb->cwnd >= pcb->ssthresh || (pcb->flags & TF_INFR));
}

/* What was known is not true any more, and a recovery under way has too much
 * under way. */
static void shrink(struct tcp_pcb *pcb, uint32_t rate)
{
	struct congestion *c = &pcb->path;
	uint64_t held = (uint64_t)rate * c->shortest_us / 1000;
	uint32_t least = TL_MAX(pcb->cwnd / 2, 2U * pcb->mss);

	memset(c->rates, 0, sizeof(c->rates));
	c->rates[0] = rate;
	if (!(pcb->flags & TF_INFR) || held >= pcb->cwnd)
		return;
	pcb->cwnd = TL_MAX((uint32_t)held, least);
	pcb->ssthresh = pcb->cwnd;
}

static void grow(struct tcp_pcb *pcb)
{
	unsigned int share = pcb->path.was_full ? GROWTH_SHARE : START_SHARE;

	pcb->cwnd =
		TL_MIN(pcb->cwnd + pcb->cwnd / share, (uint32_t)TCP_SND_BUF);
	/* where recovery ends */
	if (pcb->flags & TF_INFR)
		pcb->ssthresh = pcb->cwnd;
}

/* In bytes per ms, of this round and the one before: what a hole held back is
 * counted in the round that fills it. */
static uint32_t rate_of(struct congestion *c, uint32_t us, uint32_t bytes)
{
	uint64_t both_us = (uint64_t)us + c->last_us;
	uint64_t both_bytes = (uint64_t)bytes + c->last_bytes;

	c->last_us = us;
	c->last_bytes = bytes;
	return (uint32_t)(both_bytes * 1000 / both_us);
}

static uint32_t share_of(uint32_t lost, uint32_t bytes)
{
	return (uint32_t)TL_MIN((uint64_t)lost * 256 / TL_MAX(bytes, 1U), 256U);
}

/* Less was sent, and as much of it was lost: then chance takes it, and not what
 * we send too much. */
static void judge(struct congestion *c)
{
	uint32_t share = share_of(c->held_lost, c->held_bytes);
	bool is_chance = share >= c->base + 128U / CHANCE_SHARE;

	c->base = (uint8_t)TL_MIN(share, (uint32_t)BASE_MAX);
	if (is_chance)
		c->n_hold = 0;
	else
		c->was_full = 1;
}

static void hold(struct congestion *c, uint32_t bytes, bool queue)
{
	c->n_hold--;
	if (c->n_hold >= HOLD_MEASURES || c->n_hold < HOLD_JUDGES)
		return;
	c->held_lost += queue ? 0 : c->lost;
	c->held_bytes += bytes;
	if (c->n_hold == HOLD_JUDGES)
		judge(c);
}

/* The window is cut to what has arrived of it, and held. */
static void back_off(struct tcp_pcb *pcb, uint32_t bytes)
{
	struct congestion *c = &pcb->path;
	uint64_t left = (uint64_t)pcb->cwnd * bytes / (bytes + c->lost);

	c->n_hold = HOLD_ROUNDS;
	c->held_lost = 0;
	c->held_bytes = 0;
	if (!is_known(c) || c->has_lost || (pcb->flags & TF_RTO))
		return;
	pcb->cwnd = TL_MAX((uint32_t)left, 2U * pcb->mss);
	pcb->ssthresh = TL_MIN(pcb->ssthresh, pcb->cwnd);
}

static void note_losses(struct tcp_pcb *pcb, uint32_t bytes, bool queue)
{
	struct congestion *c = &pcb->path;
	uint32_t chance = (uint32_t)((uint64_t)bytes * c->base * 3 / 512);
	uint32_t least = CHANCE_SEGMENTS * (uint32_t)pcb->mss;
	uint32_t share = share_of(c->lost, bytes);
	bool is_chance = c->lost <=
			 chance + TL_MAX(bytes / CHANCE_SHARE, least);

	c->has_lost = !is_chance && c->lost > chance + bytes / HEAVY_SHARE;
	if (c->n_hold)
		hold(c, bytes, queue);
	else if (share < c->base / 2U && chance > least)
		c->base = (uint8_t)(c->base - (c->base / 4 + 1));
	if (!is_chance && c->n_hold < HOLD_JUDGES)
		back_off(pcb, bytes);
}

/* What the round that has ended says of the window. */
static void adapt(struct tcp_pcb *pcb, bool queue, uint32_t bytes)
{
	struct congestion *c = &pcb->path;

	if (c->has_lost) {
		shrink(pcb, c->rates[(uint8_t)(c->n_rounds - 1) %
				     CONGESTION_ROUNDS]);
		return;
	}
	/* A pause of the application's says nothing; slow start has doubled
	 * the window meanwhile. */
	if (bytes < window(pcb) / 4)
		return;
	if (queue)
		c->was_full = 1;
	/* as in RFC 9406: slow start would go on until much is lost */
	if (queue && !(pcb->flags & (TF_INFR | TF_RTO)))
		pcb->ssthresh = TL_MIN(pcb->ssthresh, pcb->cwnd);
	if (bytes >= window(pcb) / 2 && !queue && may_grow(pcb))
		grow(pcb);
}

static void end_round(struct tcp_pcb *pcb, uint32_t arrived)
{
	struct congestion *c = &pcb->path;
	uint32_t us = (uint32_t)TL_MIN(tl_stack.now_us - c->began_us,
				       (int64_t)UINT32_MAX);
	uint32_t bytes = arrived - c->delivered;
	uint32_t trip_us;
	bool queue;

	/* Fewer bytes than before: what was SACKed is to be sent again. */
	if (us == 0 || (int32_t)bytes <= 0)
		return;
	/* A round is longer where something else had to be sent again before
	 * what ends it. */
	trip_us = pcb->rack_rtt ? TL_MIN(us, pcb->rack_rtt) : us;
	if (!c->shortest_us || trip_us < c->shortest_us)
		c->shortest_us = trip_us;
	c->rates[c->n_rounds++ % CONGESTION_ROUNDS] = rate_of(c, us, bytes);
	queue = has_queue(c, trip_us);
	note_losses(pcb, bytes, queue);
	if (c->n_lossy)
		c->n_lossy--;
	if (is_known(c))
		adapt(pcb, queue, bytes);
}

void tl_congestion_on_ack(struct tcp_pcb *pcb, uint32_t sacked,
			  uint32_t highest)
{
	struct congestion *c = &pcb->path;
	uint32_t arrived = pcb->lastack + sacked;

	if (c->began_us && (int32_t)(highest - c->end) < 0)
		return;
	if (c->began_us)
		end_round(pcb, arrived);
	begin_round(pcb, arrived);
}

uint32_t tl_congestion_cut(struct tcp_pcb *pcb)
{
	struct congestion *c = &pcb->path;
	uint32_t now = window(pcb);
	uint32_t cut = TL_MAX(now / 10 * 7, 2U * pcb->mss);
	uint64_t held;

	if (!is_known(c) || c->has_lost)
		return cut;
	if (!c->was_full)
		return now;
	if (++c->n_cuts % PLAIN_CUTS == 0)
		return cut;
	held = (uint64_t)best_rate(c) * c->shortest_us / 1000;
	if (c->base)
		held += held * c->base / 256 + held / GROWTH_SHARE;
	return (uint32_t)TL_MAX((uint64_t)cut, TL_MIN(held, (uint64_t)now));
}
