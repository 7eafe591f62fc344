/* SPDX-License-Identifier: Apache-2.0 */
#include "stack/arch/congestion.h"

#include <string.h>

#include "stack/internal.h"

#include "lwip/priv/tcp_priv.h"

/* Of what was delivered in a round, this share may be lost by chance; and with
 * that one the window is cut as if nothing were known. */
#define CHANCE_SHARE 16
#define HEAVY_SHARE 8
#define HOLD_ROUNDS 8
/* So many segments may always be. */
#define CHANCE_SEGMENTS 3

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

/* What is under way is what the peer's window and ours allow. */
static uint32_t window(const struct tcp_pcb *pcb)
{
	return TL_MIN(pcb->cwnd, pcb->snd_wnd);
}

/* It is over when something has arrived that was sent from now on. */
static void begin_round(struct tcp_pcb *pcb, uint32_t arrived)
{
	struct congestion *c = &pcb->path;

	c->began_us = tl_stack.now_us;
	c->end = pcb->snd_nxt + 1;
	c->delivered = arrived;
	c->resent = 0;
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

static void note_losses(struct tcp_pcb *pcb, uint32_t bytes)
{
	struct congestion *c = &pcb->path;
	bool is_chance = c->resent <= bytes / CHANCE_SHARE ||
			 c->resent <= CHANCE_SEGMENTS * (uint32_t)pcb->mss;

	c->has_lost = !is_chance && c->resent > bytes / HEAVY_SHARE;
	if (c->n_hold)
		c->n_hold--;
	if (is_chance)
		return;
	c->n_hold = HOLD_ROUNDS;
	c->was_full = 1;
}

/* What the round that has ended says of the window. */
static void adapt(struct tcp_pcb *pcb, uint32_t us, uint32_t bytes)
{
	struct congestion *c = &pcb->path;

	if (c->has_lost) {
		shrink(pcb, c->rates[(c->n_rounds - 1) % CONGESTION_ROUNDS]);
		return;
	}
	/* A pause of the application's says nothing; slow start has doubled
	 * the window meanwhile. */
	if (bytes < window(pcb) / 4)
		return;
	if (has_queue(c, us))
		c->was_full = 1;
	/* as in RFC 9406: slow start would go on until much is lost */
	if (has_queue(c, us) && !(pcb->flags & (TF_INFR | TF_RTO)))
		pcb->ssthresh = TL_MIN(pcb->ssthresh, pcb->cwnd);
	if (bytes >= window(pcb) / 2 && !has_queue(c, us) && may_grow(pcb))
		grow(pcb);
}

static void end_round(struct tcp_pcb *pcb, uint32_t arrived)
{
	struct congestion *c = &pcb->path;
	uint32_t us = (uint32_t)TL_MIN(tl_stack.now_us - c->began_us,
				       (int64_t)UINT32_MAX);
	uint32_t bytes = arrived - c->delivered;

	/* Fewer bytes than before: what was SACKed is to be sent again. */
	if (us == 0 || (int32_t)bytes <= 0)
		return;
	if (!c->shortest_us || us < c->shortest_us)
		c->shortest_us = us;
	c->rates[c->n_rounds++ % CONGESTION_ROUNDS] = rate_of(c, us, bytes);
	note_losses(pcb, bytes);
	if (is_known(c))
		adapt(pcb, us, bytes);
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

uint32_t tl_congestion_cut(const struct tcp_pcb *pcb)
{
	const struct congestion *c = &pcb->path;
	uint32_t now = window(pcb);
	uint32_t cut = TL_MAX(now / 10 * 7, 2U * pcb->mss);
	uint64_t held;

	if (!is_known(c) || c->has_lost)
		return cut;
	held = (uint64_t)best_rate(c) * c->shortest_us / 1000;
	return (uint32_t)TL_MAX((uint64_t)cut, TL_MIN(held, (uint64_t)now));
}
