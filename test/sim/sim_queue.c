/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_queue.h"

#include "harness.h"

static bool is_before(const struct queue_slot *a, const struct queue_slot *b)
{
	if (a->when_ms != b->when_ms)
		return a->when_ms < b->when_ms;
	return a->order < b->order;
}

void sim_queue_push(struct sim_queue *q, struct event *e, int64_t when_ms)
{
	struct queue_slot new = { when_ms, q->order++, e };
	size_t i = q->n++;

	if (q->n > q->room) {
		q->room = q->room ? q->room * 2 : 256;
		q->slots = realloc(q->slots, q->room * sizeof(*q->slots));
		CHECK(q->slots);
	}
	for (; i && is_before(&new, &q->slots[(i - 1) / 2]); i = (i - 1) / 2)
		q->slots[i] = q->slots[(i - 1) / 2];
	q->slots[i] = new;
}

int64_t sim_queue_next(const struct sim_queue *q)
{
	return q->n ? q->slots[0].when_ms : INT64_MAX;
}

struct event *sim_queue_pop(struct sim_queue *q)
{
	struct event *top = q->slots[0].event;
	struct queue_slot last = q->slots[--q->n];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= q->n)
			break;
		if (child + 1 < q->n &&
		    is_before(&q->slots[child + 1], &q->slots[child]))
			child++;
		if (!is_before(&q->slots[child], &last))
			break;
		q->slots[i] = q->slots[child];
		i = child;
	}
	q->slots[i] = last;
	return top;
}

void sim_queue_fini(struct sim_queue *q)
{
	while (q->n)
		free(sim_queue_pop(q));
	free(q->slots);
}
