/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_link.h"

/* Microseconds until @n bytes are out; negative: the queue is full. */
static int64_t take_turn(struct sim_link *l, size_t n, int64_t now_us)
{
	uint64_t rate = l->config.bytes_per_s;
	int64_t start = l->busy_us > now_us ? l->busy_us : now_us;
	uint64_t waiting;

	if (!rate)
		return 0;
	waiting = (uint64_t)(start - now_us) * rate / 1000000;
	if (waiting + n > l->config.queue_bytes)
		return -1;
	l->busy_us = start + (int64_t)(n * 1000000 / rate);
	return l->busy_us - now_us;
}

static int64_t draw_delay(const struct link_config *c, struct sim_random *r)
{
	int64_t delay = c->delay_ms;

	if (c->jitter_ms)
		delay += (int64_t)sim_draw_below(r, (uint64_t)c->jitter_ms);
	if (sim_happens(r, c->reorder_permille))
		delay += c->reorder_ms;
	return delay;
}

unsigned int sim_link_pass(struct sim_link *l, size_t n, int64_t now,
			   struct sim_random *r, int64_t delays[2])
{
	const struct link_config *c = &l->config;
	size_t on_wire = n + SIM_IP_OVERHEAD;
	int64_t turn_us;
	unsigned int copies;
	unsigned int i;

	if (c->mtu && on_wire > c->mtu) {
		l->n_too_long++;
		return 0;
	}
	turn_us = take_turn(l, on_wire, now * 1000);
	if (turn_us < 0) {
		l->n_full++;
		return 0;
	}
	if (sim_happens(r, c->loss_permille)) {
		l->n_lost++;
		return 0;
	}
	copies = sim_happens(r, c->duplicate_permille) ? 2 : 1;
	for (i = 0; i < copies; i++)
		delays[i] = turn_us / 1000 + draw_delay(c, r);
	return copies;
}
