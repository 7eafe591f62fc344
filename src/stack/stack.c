/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack.c - beginning, end, time and randomness of the stack
 *
 * Theory of operation: lwIP wants tcp_tmr() every TCP_TMR_INTERVAL while there
 * is any connection. Here its clock, tcp_ticks, stands for the real time: while
 * a connection needs ticks they are given one by one; while all of them wait
 * for others, none is given and the clock is set forward when one is needed.
 * Keep-alive and TIME_WAIT count in whole seconds, so that an idle node wakes
 * once a second at most.
 */
#include "stack/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "lwip/init.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/priv/tcp_priv.h"
#include "stack/arch/hooks.h"

#define TICK_US (TCP_TMR_INTERVAL * (int64_t)1000)
#define SECOND_US ((int64_t)1000000)
#define CATCH_UP_TICKS 8
#define LATE_US 5000
#define LOOP_ROUNDS 64

_Thread_local struct stack tl_stack;
_Thread_local struct stack_clock tl_stack_clock = { .due_us = INT64_MAX };

uint32_t tl_lwip_random(void)
{
	uint32_t v;

	tl_stack.random(&v, sizeof(v));
	return v;
}

void tl_lwip_log(const char *format, ...)
{
	char line[200];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	tl_dbg("lwip: %s", line);
}

uint32_t tl_lwip_hash(const ip_addr_t *local_ip, uint16_t local_port,
		      const ip_addr_t *remote_ip, uint16_t remote_port)
{
	uint8_t key[38] = { 0 };
	size_t n = IP_IS_V6(local_ip) ? 16 : 4;

	memcpy(key, ip_2_ip6(local_ip)->addr, n);
	memcpy(key + 16, ip_2_ip6(remote_ip)->addr, n);
	tl_store_be16(key + 32, local_port);
	tl_store_be16(key + 34, remote_port);
	key[36] = (uint8_t)n;
	return (uint32_t)tl_map_hash(&tl_stack.secret, TL_BYTES_OF(key));
}

uint32_t tl_lwip_isn(const ip_addr_t *local_ip, uint16_t local_port,
		     const ip_addr_t *remote_ip, uint16_t remote_port)
{
	uint8_t key[5] = { 'i' };
	uint32_t hash;

	/* Hashed twice, so that nothing tells the hash table's value. */
	tl_store_be32(key + 1, tl_lwip_hash(local_ip, local_port, remote_ip,
					    remote_port));
	hash = (uint32_t)tl_map_hash(&tl_stack.secret, TL_BYTES_OF(key));
	return hash + (uint32_t)(tl_stack.now_us / 4);
}

/* lwIP says so with each new connection; tl_stack_next_us() looks itself. */
void tcp_timer_needed(void)
{
}

int tl_stack_init(struct packet_pool *pool, stack_random_fn random,
		  int64_t now_us)
{
	bool lwip_started = tl_stack.lwip_started;
	uint64_t key[2];

	if (tl_stack.running)
		return -EBUSY;
	if (tcp_hash_new() != ERR_OK)
		return -ENOMEM;
	tl_stack = (struct stack){ .running = true, .pool = pool };
	tl_stack.random = random;
	tl_stack.now_us = now_us;
	tl_stack_clock.now_us = now_us;
	tl_stack_clock.due_us = INT64_MAX;
	tl_stack.next_tcp_us = now_us + TICK_US;
	tl_stack.next_second_us = now_us + SECOND_US;
	tl_stack.reass_until_us = INT64_MIN;
	tl_list_init(&tl_stack.ifcs);
	tl_list_init(&tl_stack.asking);
	random(key, sizeof(key));
	tl_map_init(&tl_stack.secret, key);
	random(key, sizeof(key));
	tl_map_init(&tl_stack.neighbours, key);
	random(&tl_stack.fragment_id, sizeof(tl_stack.fragment_id));
	tl_rx_init();
	if (!lwip_started)
		lwip_init();
	tl_stack.lwip_started = true;
	return 0;
}

/* Fragments that wait are dropped when they are too old. */
static void flush_reassembly(void)
{
	int i;

	for (i = 0; i <= IP_REASS_MAXAGE; i++) {
		ip_reass_tmr();
		ip6_reass_tmr();
	}
}

void tl_stack_fini(void)
{
	if (!tl_stack.running)
		return;
	tl_assert(tl_list_is_empty(&tl_stack.ifcs));
	while (tcp_active_pcbs)
		tcp_abort(tcp_active_pcbs);
	while (tcp_tw_pcbs)
		tcp_abort(tcp_tw_pcbs);
	flush_reassembly();
	tl_rx_fini();
	tl_map_fini(&tl_stack.neighbours);
	tcp_hash_free();
	tl_stack_memory_trim();
	tl_stack.running = false;
}

/* Something of this connection happens by the clock, and soon. */
static bool needs_ticks(const struct tcp_pcb *pcb)
{
	if (pcb->state != ESTABLISHED && pcb->state != CLOSE_WAIT &&
	    pcb->state != FIN_WAIT_2)
		return true;
	if (pcb->flags & (TF_ACK_DELAY | TF_ACK_NOW | TF_CLOSEPEND))
		return true;
	return pcb->unacked || pcb->unsent || pcb->ooseq || pcb->refused_data ||
	       pcb->persist_backoff || (pcb->pollinterval && pcb->poll);
}

static bool needs_seconds(const struct tcp_pcb *pcb)
{
	return ip_get_option(pcb, SOF_KEEPALIVE) || pcb->state == FIN_WAIT_2;
}

/* Microseconds until lwIP's clock must go on; INT64_MAX: it may stand. All
 * connections are looked at when a tick was due and none has sent anything
 * since the one before, which is enough to let the clock stand. Where there are
 * thousands, that is not to be done in vain. A pass without a tick may have
 * started anything: then the next one will tell. */
static int64_t tcp_period(void)
{
	int64_t period = tcp_tw_pcbs ? SECOND_US : INT64_MAX;
	const struct tcp_pcb *pcb;

	if (!(tl_stack.ticked && tl_stack.still) && tcp_active_pcbs)
		return TICK_US;
	for (pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
		if (needs_ticks(pcb))
			return TICK_US;
		if (needs_seconds(pcb))
			period = SECOND_US;
	}
	return period;
}

/*
 * Give the ticks that are due. A long time without any, asleep or because none
 * was needed, is not made up tick by tick: timers would all fire at once.
 */
static void run_tcp(int64_t now_us)
{
	int64_t due = (now_us - tl_stack.next_tcp_us) / TICK_US + 1;
	int64_t skipped;

	tl_stack.ticked = now_us >= tl_stack.next_tcp_us;
	if (!tl_stack.ticked)
		return;
	tl_stack.next_tcp_us += due * TICK_US;
	tl_stack.still = !tl_stack.stirred;
	tl_stack.stirred = false;
	if (due > CATCH_UP_TICKS) {
		skipped = due - CATCH_UP_TICKS;
		tcp_ticks +=
			(u32_t)(skipped * TCP_TMR_INTERVAL / TCP_SLOW_INTERVAL);
		due = CATCH_UP_TICKS;
	}
	if (!tcp_active_pcbs && !tcp_tw_pcbs) {
		tcp_ticks += (u32_t)due / 2;
		return;
	}
	for (; due > 0; due--)
		tcp_tmr();
}

/*
 * Whoever comes much too late, as the loop was busy or the machine asleep, may
 * find that what he waits for has come: it is looked at before the timers are.
 */
static void run_rexmit(void)
{
	int64_t late_us = tl_stack.now_us - tl_stack_clock.due_us;

	if (tl_stack_clock.due_us > tl_stack.now_us)
		return;
	if (late_us > LATE_US && !tl_stack.was_late) {
		tl_stack.was_late = true;
		tl_stack_clock.due_us = tl_stack.now_us;
		return;
	}
	tl_stack.was_late = false;
	tcp_rexmit_tmr();
}

static void run_reassembly(int64_t now_us)
{
	if (now_us < tl_stack.next_second_us)
		return;
	tl_stack.next_second_us = now_us + SECOND_US;
	if (tl_stack.reass_until_us < now_us - SECOND_US)
		return;
	ip_reass_tmr();
	ip6_reass_tmr();
}

int64_t tl_stack_run(int64_t now_us)
{
	if (now_us > tl_stack.now_us)
		tl_stack.now_us = now_us;
	tl_stack_clock.now_us = tl_stack.now_us;
	run_rexmit();
	run_tcp(tl_stack.now_us);
	run_reassembly(tl_stack.now_us);
	(void)tl_neighbour_run(tl_stack.now_us);
	return tl_stack_next_us();
}

static bool has_looped(void)
{
	struct ifc *ifc;

	tl_list_each(it, next, &tl_stack.ifcs) {
		ifc = tl_container_of(it, struct ifc, link);
		if (!tl_list_is_empty(&ifc->looped))
			return true;
	}
	return false;
}

int64_t tl_stack_next_us(void)
{
	int64_t next_us =
		TL_MIN(tl_neighbour_run(INT64_MIN), tl_stack_clock.due_us);
	int64_t period = tcp_period();

	if (has_looped())
		return tl_stack.now_us;
	if (period == TICK_US)
		next_us = TL_MIN(next_us, tl_stack.next_tcp_us);
	else if (period == SECOND_US)
		next_us = TL_MIN(next_us, tl_stack.now_us + SECOND_US);
	if (tl_stack.reass_until_us > tl_stack.now_us)
		next_us = TL_MIN(next_us, tl_stack.next_second_us);
	return next_us;
}

/* Deliver what the interface has sent to itself so far. */
static void deliver_looped(struct ifc *ifc)
{
	struct list delivered;
	struct list queue;
	struct packet *p;
	uint16_t type;

	tl_list_init(&delivered);
	tl_list_init(&queue);
	while ((p = tl_list_first(&ifc->looped, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_list_append(&queue, &p->link);
	}
	while ((p = tl_list_first(&queue, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_list_append(&delivered, &p->link);
		type = p->data[p->head] >> 4 == 4 ? ETHERTYPE_IP4
						  : ETHERTYPE_IP6;
		tl_stack_drop(tl_rx_input(ifc, type, tl_packet_buffer(p), true,
					  ifc->config.mac));
	}
	tl_rx_keep();
	while ((p = tl_list_first(&delivered, struct packet, link))) {
		tl_list_remove(&p->link);
		tl_packet_free(p);
	}
}

void tl_stack_end_input(void)
{
	tl_gro_flush();
}

void tl_stack_end_pass(void)
{
	int round;

	tl_gro_flush();
	tl_rx_keep();
	tcp_due_output();
	for (round = 0; round < LOOP_ROUNDS && has_looped(); round++) {
		tl_list_each(it, next, &tl_stack.ifcs)
			deliver_looped(tl_container_of(it, struct ifc, link));
		tcp_due_output();
	}
}

const struct drop_counts *tl_stack_drops(void)
{
	return &tl_stack.drops;
}
