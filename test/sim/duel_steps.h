/* SPDX-License-Identifier: Apache-2.0 */
/*
 * duel_steps.h - bytes that decide what happens in a duel
 *
 * A step is three bytes: what, and two arguments. The first byte of the input
 * says how the two get to know each other. In the end the enemy goes, and what
 * the two then say to each other must arrive.
 */
#ifndef TL_TEST_SIM_DUEL_STEPS_H
#define TL_TEST_SIM_DUEL_STEPS_H

#include "test/sim/duel.h"

enum duel_step {
	DUEL_DELIVER, /* the a'th datagram, as it was sent */
	DUEL_DELIVER_ALL, /* and what is sent because of it, a times */
	DUEL_LOSE, /* the a'th */
	DUEL_TWICE, /* the a'th, b % 4 copies more */
	DUEL_REPLAY, /* the a'th of the past ones */
	DUEL_REPLAY_AWRY, /* the same from another place */
	DUEL_TRUNCATE, /* the a'th: to b bytes, or by b */
	DUEL_FLIP, /* one bit of the a'th */
	DUEL_HEADER, /* one byte of the a'th's header */
	DUEL_AWRY, /* the a'th: other socket, source or receiver */
	DUEL_SPLICE, /* the head of the a'th, the tail of a past one */
	DUEL_RAW, /* a bytes of the input */
	DUEL_FRAME,
	DUEL_GROUP,
	DUEL_WAIT, /* a ms */
	DUEL_WAIT_LONG, /* a / 4 s */
	DUEL_REBIND,
	DUEL_RESTART,
	DUEL_BEACON, /* of the other: a less than 8: as it is */
	DUEL_STEPS
};

static inline struct endpoint duel_elsewhere(unsigned int b)
{
	static const uint8_t ips[][4] = { { 10, 0, 0, 1 },  { 10, 0, 0, 2 },
					  { 10, 0, 0, 66 }, { 8, 8, 8, 8 },
					  { 127, 0, 0, 1 }, { 169, 254, 1, 1 },
					  { 224, 0, 0, 1 }, { 0, 0, 0, 0 } };
	static const uint16_t ports[] = { 9993, 9994, 0, 5 };

	return tl_endpoint_ip4(ips[b & 7], ports[b >> 3 & 3]);
}

/* @d from another place, to another socket, or back to who sent it. */
static inline void duel_misdeliver(struct duel *w,
				   const struct duel_datagram *d,
				   unsigned int b)
{
	struct endpoint from = b & 0x80 ? d->source : duel_elsewhere(b);
	unsigned int to = b & 0x40 ? d->from : d->to;

	duel_give(&w->side[to], (int)(b >> 5 & 1), &from,
		  tl_bytes(d->data, d->n));
}

static inline void duel_deliver_all(struct duel *w, unsigned int rounds)
{
	while (rounds--) {
		size_t todo = w->n_wire;

		while (todo-- && w->n_wire) {
			struct duel_datagram d = duel_take(w, 0);

			duel_deliver(w, &d);
		}
	}
}

static inline void duel_splice(struct duel *w, struct duel_datagram *d,
			       unsigned int b)
{
	const struct duel_datagram *old = w->past[b % DUEL_WIRE];
	size_t cut = b % 64;

	if (!old->n || cut >= old->n || cut >= d->n)
		return;
	memcpy(d->data + cut, old->data + cut, old->n - cut);
	d->n = old->n;
	duel_deliver(w, d);
}

/* Steps that concern a datagram on the wire. */
static inline void duel_tamper(struct duel *w, enum duel_step what,
			       unsigned int a, unsigned int b)
{
	struct duel_datagram d = duel_take(w, a % w->n_wire);
	unsigned int copies = what == DUEL_TWICE ? b % 4 + 1 : 0;

	switch (what) {
	case DUEL_LOSE:
		return;
	case DUEL_TRUNCATE:
		d.n = b & 1 ? d.n - TL_MIN(d.n, (size_t)b) : TL_MIN(d.n, b);
		break;
	case DUEL_FLIP:
		d.data[(a << 8 | b) / 8 % d.n] ^= (uint8_t)(1u << b % 8);
		break;
	case DUEL_HEADER:
		d.data[b % TL_MIN(d.n, (size_t)PACKET_AT_PAYLOAD)] =
			(uint8_t)(a >> 1);
		break;
	case DUEL_AWRY:
		duel_misdeliver(w, &d, b);
		return;
	case DUEL_SPLICE:
		duel_splice(w, &d, b);
		return;
	default:
		break;
	}
	do {
		duel_deliver(w, &d);
	} while (copies--);
}

static inline void duel_replay(struct duel *w, enum duel_step what,
			       unsigned int a, unsigned int b)
{
	struct duel_datagram d = *w->past[a % DUEL_WIRE];

	if (what == DUEL_REPLAY)
		duel_deliver(w, &d);
	else
		duel_misdeliver(w, &d, b);
}

static inline void duel_take_step(struct duel *w, enum duel_step what,
				  unsigned int a, unsigned int b,
				  struct reader *r)
{
	struct duelist *d = &w->side[b & 1];
	struct endpoint from = duel_elsewhere(b >> 1);

	switch (what) {
	case DUEL_DELIVER_ALL:
		duel_deliver_all(w, a % 8);
		break;
	case DUEL_REPLAY:
	case DUEL_REPLAY_AWRY:
		duel_replay(w, what, a, b);
		break;
	case DUEL_RAW:
		duel_give(d, (int)(b >> 6 & 1), &from,
			  tl_read_slice(r, TL_MIN((size_t)a, r->rest.n)));
		break;
	case DUEL_FRAME:
	case DUEL_GROUP:
		duel_frame(d, (size_t)a * 11, what == DUEL_GROUP);
		break;
	case DUEL_WAIT:
		duel_wait(w, a);
		break;
	case DUEL_WAIT_LONG:
		duel_wait(w, (int64_t)a * 250);
		break;
	case DUEL_REBIND:
		tl_node_on_rebind(d->node, w->now);
		break;
	case DUEL_BEACON:
		duel_give_beacon(d, (int)(b >> 6 & 1), &from,
				 a < 8 ? SIZE_MAX : (size_t)a * 4 + b % 4);
		break;
	case DUEL_RESTART:
		duel_death(d);
		duel_birth(d);
		break;
	default:
		if (w->n_wire)
			duel_tamper(w, what, a, b);
		break;
	}
}

/* What @d says is heard, if not at once: a path that has died is found out by
 * what it should have carried. */
static inline void duel_converse(struct duelist *d)
{
	unsigned int got = duel_other(d)->n_got;
	int attempts;

	for (attempts = 0; attempts < 10; attempts++) {
		duel_frame(d, 1000, false);
		duel_peace(d->duel, 500);
		if (duel_other(d)->n_got > got)
			return;
	}
	FAIL("they do not find each other again");
}

/* They are as good to each other as if nothing had happened. */
static inline void duel_settle(struct duel *w)
{
	unsigned int i;

	/* A wire that is full would lose the introduction; what it causes to
	 * be sent must not push it out, either. */
	duel_peace(w, 2000);
	for (i = 0; i < DUEL_NODES && !w->is_rooted; i++) {
		duel_introduce(&w->side[i]);
		duel_peace(w, 1000);
	}
	duel_peace(w, DUEL_IDLE_MS);
	for (i = 0; i < DUEL_NODES; i++)
		duel_converse(&w->side[i]);
}

/* A duel as @in says. */
static inline void duel_run(struct bytes in)
{
	struct reader r = tl_reader(in);
	unsigned int n_restarts = 0;
	static struct duel w;

	duel_start(&w, tl_read_u8(&r) & 1);
	while (r.rest.n >= 3) {
		enum duel_step what =
			(enum duel_step)(tl_read_u8(&r) % DUEL_STEPS);
		unsigned int a = tl_read_u8(&r);
		unsigned int b = tl_read_u8(&r);

		if (what == DUEL_RESTART && n_restarts++ > 4)
			continue;
		duel_take_step(&w, what, a, b, &r);
	}
	duel_settle(&w);
	duel_end(&w);
}

#endif /* TL_TEST_SIM_DUEL_STEPS_H */
