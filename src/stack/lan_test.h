/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lan_test.h - two interfaces on one wire, in virtual time, for tests
 *
 * Both belong to the one stack of the thread: 10.0.1.1 and fd00::1 on the
 * first, 10.0.1.2 and fd00::2 on the second. Frames wait on the wire until
 * lan_pass(), which delivers them from heap blocks of exactly their size that
 * are freed when the pass has ended, so that a sanitizer sees whatever outlives
 * it. Loss and reordering come from a seeded generator.
 */
#ifndef TL_STACK_LAN_TEST_H
#define TL_STACK_LAN_TEST_H

#include "base/alloc.h"
#include "harness.h"
#include "stack/stack.h"

#include "lwip/tcp.h"
#include "lwip/udp.h"

#define LAN_MAX_FRAMES 8192

struct lan_frame {
	uint8_t dst[6];
	uint8_t src[6];
	uint16_t type;
	struct packet *p;
};

static struct lan {
	struct packet_pool pool;
	struct ifc *ifc[2];
	struct lan_frame frames[LAN_MAX_FRAMES];
	size_t n_frames;
	int64_t now_us;
	unsigned int loss_percent;
	unsigned int reorder_percent;
	size_t rate; /* frames that arrive in a pass; 0: all */
	size_t queue; /* and those that wait for the next one; the rest is
		       * lost */
	size_t overflowed;
	uint64_t seed;
	size_t sent;
	size_t longest;
	size_t groups_changed;
	bool computed_mac;
	size_t n_errors;
	struct ifc_error error; /* the newest */
	uint8_t quoted[1500];
	/* Sees each frame as it is sent; may be NULL. */
	void (*watch)(const struct lan_frame *f);
	/* Is this frame to be lost? May be NULL. */
	bool (*loses)(const struct lan_frame *f);
} lan;

static const uint8_t lan_mac[2][6] TL_UNUSED = { { 2, 0, 0, 0, 0, 1 },
						 { 2, 0, 0, 0, 0, 2 } };

static TL_UNUSED uint32_t lan_random(void)
{
	lan.seed = lan.seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(lan.seed >> 33);
}

static TL_UNUSED void lan_fill(void *out, size_t n)
{
	uint8_t *at = out;

	while (n--)
		*at++ = (uint8_t)lan_random();
}

static TL_UNUSED void lan_output(void *ctx, const uint8_t dst[6],
				 const uint8_t src[6], uint16_t type,
				 struct packet *p)
{
	struct lan_frame f = { .type = type, .p = p };

	(void)ctx;
	memcpy(f.dst, dst, 6);
	memcpy(f.src, src, 6);
	lan.sent++;
	lan.longest = TL_MAX(lan.longest, (size_t)p->n);
	if (lan.watch)
		lan.watch(&f);
	CHECK(lan.n_frames < LAN_MAX_FRAMES);
	lan.frames[lan.n_frames++] = f;
}

static TL_UNUSED bool lan_resolve(void *ctx, const uint8_t ip[16],
				  uint8_t mac[6])
{
	(void)ctx;
	if (!lan.computed_mac || ip[0] != 0xfd)
		return false;
	memcpy(mac, lan_mac[0], 6);
	mac[5] = ip[15];
	return true;
}

static TL_UNUSED void lan_groups_changed(void *ctx)
{
	(void)ctx;
	lan.groups_changed++;
}

static TL_UNUSED void lan_error(void *ctx, const struct ifc_error *e)
{
	(void)ctx;
	lan.n_errors++;
	lan.error = *e;
	lan.error.quoted = TL_BYTES_OF(lan.quoted);
	lan.error.quoted.n = TL_MIN(e->quoted.n, sizeof(lan.quoted));
	if (lan.error.quoted.n > 0)
		memcpy(lan.quoted, e->quoted.at, lan.error.quoted.n);
}

static TL_UNUSED struct ifc_address lan_address(uint8_t family, uint8_t bits,
						uint8_t last)
{
	struct ifc_address a = { .family = family, .bits = bits };
	static const uint8_t ip4[4] = { 10, 0, 1, 0 };
	static const uint8_t ip6[2] = { 0xfd, 0 };

	memcpy(a.ip, family == 4 ? ip4 : ip6, family == 4 ? 4 : 2);
	a.ip[family == 4 ? 3 : 15] = last;
	return a;
}

static TL_UNUSED void lan_start(unsigned int mtu)
{
	static const struct ifc_ops ops = { .output = lan_output,
					    .resolve = lan_resolve,
					    .groups_changed =
						    lan_groups_changed,
					    .error = lan_error };
	struct ifc_config config = { .mtu = mtu, .ops = &ops };
	struct ifc_address list[2];
	uint8_t i;

	lan.seed = 1;
	lan.now_us = 1000000;
	tl_packet_pool_init(&lan.pool, 256, 8192);
	CHECK_EQ(tl_stack_init(&lan.pool, lan_fill, lan.now_us), 0);
	for (i = 0; i < 2; i++) {
		snprintf(config.name, sizeof(config.name), "zt%d", i);
		memcpy(config.mac, lan_mac[i], 6);
		config.tag = i;
		CHECK_EQ(tl_ifc_new(&lan.ifc[i], &config), 0);
		list[0] = lan_address(4, 24, (uint8_t)(i + 1));
		list[1] = lan_address(6, 64, (uint8_t)(i + 1));
		CHECK_EQ(tl_ifc_set_addresses(lan.ifc[i], list, 2), 0);
	}
}

static TL_UNUSED void lan_free_frames(void)
{
	while (lan.n_frames)
		tl_packet_free(lan.frames[--lan.n_frames].p);
}

static TL_UNUSED void lan_stop(void)
{
	lan_free_frames();
	lan.watch = NULL;
	lan.loses = NULL;
	tl_ifc_free(lan.ifc[0]);
	tl_ifc_free(lan.ifc[1]);
	lan_free_frames();
	tl_stack_fini();
	CHECK_EQ(lan.pool.n_used, 0);
	tl_packet_pool_fini(&lan.pool);
}

/* One frame from outside; freed after the pass. */
static TL_UNUSED enum drop lan_input(struct ifc *ifc, const uint8_t dst[6],
				     const uint8_t src[6], uint16_t type,
				     struct bytes payload)
{
	uint8_t *copy = tl_alloc(payload.n);
	enum drop drop;

	CHECK(copy);
	if (payload.n)
		memcpy(copy, payload.at, payload.n);
	drop = tl_ifc_input(ifc, dst, src, type, tl_buffer(copy, payload.n));
	tl_stack_end_pass();
	tl_free(copy);
	return drop;
}

static TL_UNUSED void lan_reorder(struct lan_frame *frames, size_t n)
{
	struct lan_frame f;
	size_t i;

	for (i = 0; i + 1 < n; i++) {
		if (lan_random() % 100 >= lan.reorder_percent)
			continue;
		f = frames[i];
		frames[i] = frames[i + 1];
		frames[i + 1] = f;
	}
}

/* Of @n frames those that do not arrive now wait, or are lost. Return: how many
 * do. */
static TL_UNUSED size_t lan_hold_back(const struct lan_frame *frames, size_t n)
{
	size_t now = lan.rate ? TL_MIN(n, lan.rate) : n;
	size_t i;

	for (i = now; i < n; i++) {
		if (lan.n_frames < lan.queue) {
			lan.frames[lan.n_frames++] = frames[i];
			continue;
		}
		lan.overflowed++;
		tl_packet_free(frames[i].p);
	}
	return now;
}

/* Deliver what is on the wire, then let @us go by. */
static TL_UNUSED void lan_pass(int64_t us)
{
	static struct lan_frame frames[LAN_MAX_FRAMES];
	static uint8_t *copies[LAN_MAX_FRAMES];
	struct lan_frame *f;
	size_t i;
	size_t n;
	int to;

	(void)tl_stack_run(lan.now_us);
	n = lan.n_frames;
	memcpy(frames, lan.frames, n * sizeof(*frames));
	lan.n_frames = 0;
	n = lan_hold_back(frames, n);
	lan_reorder(frames, n);
	for (i = 0; i < n; i++) {
		f = &frames[i];
		copies[i] = NULL;
		to = !memcmp(f->src, lan_mac[0], 6);
		if (lan_random() % 100 >= lan.loss_percent &&
		    !(lan.loses && lan.loses(f))) {
			copies[i] = tl_alloc(f->p->n);
			CHECK(copies[i]);
			memcpy(copies[i], f->p->data + f->p->head, f->p->n);
			(void)tl_ifc_input(lan.ifc[to], f->dst, f->src, f->type,
					   tl_buffer(copies[i], f->p->n));
		}
		tl_packet_free(f->p);
	}
	tl_stack_end_pass();
	for (i = 0; i < n; i++)
		tl_free(copies[i]);
	lan.now_us += us;
}

/* Let everything on the wire arrive and be answered; no timer fires. */
static TL_UNUSED void lan_settle(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		lan_pass(0);
		if (!lan.n_frames && tl_stack_next_us() > lan.now_us)
			return;
	}
	FAIL("the wire never falls silent");
}

static TL_UNUSED ip_addr_t lan_ip(uint8_t family, uint8_t last)
{
	struct ifc_address a = lan_address(family, 0, last);
	ip_addr_t ip = { 0 };

	memcpy(ip_2_ip6(&ip)->addr, a.ip, 16);
	IP_SET_TYPE_VAL(ip, family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6);
	return ip;
}

#endif /* TL_STACK_LAN_TEST_H */
