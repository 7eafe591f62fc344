/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A controller under any sequence of API requests, requests for configurations
 * and restarts. Input: steps, each one byte of what to do, one byte of length
 * for a path (0: a usual one), two of length for a body, and both.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/controller.h"
#include "controller/store_memory.h"
#include "wire/config_chunk.h"
#include "wire/netconf.h"

#define MAX_STEPS 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const methods[] = { "GET", "POST", "PUT", "DELETE" };

static const char *const paths[] = {
	"/controller/network/1e80fd6eb40000a1",
	"/controller/network/1e80fd6eb40000a1/member/cc85670443",
	"/controller/network/1e80fd6eb40000a1/member",
	"/controller/network",
	"/controller/network/1e80fd6eb4______",
	"/unstable/controller/network",
	"/unstable/controller/network/1e80fd6eb40000a1/member",
	"/controller/network/1e80fd6eb40000a1/member/2b1d354bb9",
};

/**
 * struct world - A controller and what was last sent
 */
struct world {
	struct identity self;
	struct identity member;
	struct store_memory *memory;
	struct controller *c;
	uint32_t random;
	uint8_t dict[NETCONF_DICT_MAX];
};

/* What is issued must be what a member can read. */
static void on_config(void *ctx, struct network_id network, struct address to,
		      uint64_t packet_id, struct bytes payload)
{
	struct world *w = ctx;
	struct reader r = tl_reader(payload);
	struct config_chunk chunk;
	struct netconf *conf;

	(void)network;
	(void)packet_id;
	tl_read_config_chunk(&r, 0, &chunk);
	tl_assert(tl_reader_done(&r));
	memcpy(w->dict + chunk.offset, chunk.data.at, chunk.data.n);
	if (chunk.offset + chunk.data.n < chunk.total)
		return;
	tl_assert(tl_netconf_parse(&conf, tl_bytes(w->dict, chunk.total)) == 0);
	tl_assert(tl_address_equal(conf->issued_to, to));
	tl_netconf_free(conf);
}

static void on_error(void *ctx, struct network_id network, struct address to,
		     uint64_t packet_id, enum error_code code)
{
	(void)ctx;
	(void)network;
	(void)to;
	(void)code;
	tl_assert(packet_id != 0);
}

static void on_credentials(void *ctx, struct network_id network,
			   struct address to, struct bytes payload)
{
	(void)ctx;
	(void)network;
	(void)to;
	tl_assert(payload.n > 0);
}

static void not_random(void *ctx, void *out, size_t n)
{
	struct world *w = ctx;
	uint8_t *p = out;

	while (n-- > 0) {
		w->random = w->random * 1664525u + 1013904223u;
		*p++ = (uint8_t)(w->random >> 24);
	}
}

static void start(struct world *w, int64_t now)
{
	struct store store = tl_store_memory_ops(w->memory);
	struct controller_host host = {
		.ctx = w,
		.send_config = on_config,
		.send_error = on_error,
		.send_credentials = on_credentials,
		.random = not_random,
	};

	tl_controller_free(w->c);
	w->c = NULL;
	tl_assert(tl_controller_new(&w->c, &w->self, &host, &store, now) == 0);
}

static void ask(struct world *w, struct bytes metadata, int64_t now)
{
	struct controller_request q = {
		.network = { 0x1e80fd6eb40000a1 },
		.packet_id = 1,
		.requester = &w->member,
		.metadata = metadata,
	};

	tl_controller_on_request(w->c, &q, now);
}

static void http(struct world *w, uint8_t what, struct bytes path,
		 struct bytes body, int64_t now)
{
	struct controller_reply reply;
	char text[256];

	if (path.n)
		memcpy(text, path.at, path.n);
	text[path.n] = '\0';
	tl_controller_http(w->c, methods[what & 3],
			   path.n ? text : paths[what >> 2 & 7], body, now,
			   &reply);
	tl_assert(reply.status == 200 || reply.status == 400 ||
		  reply.status == 404 || reply.status == 500 ||
		  reply.status == 503);
	tl_assert(reply.status != 200 || reply.text);
	tl_free(reply.text);
}

static void step(struct world *w, struct reader *r, int64_t *now)
{
	uint8_t what = tl_read_u8(r);
	size_t path_len = tl_read_u8(r);
	size_t body_len = tl_read_be16(r);
	struct bytes path = tl_read_slice(r, TL_MIN(path_len, r->rest.n));
	struct bytes body = tl_read_slice(r, TL_MIN(body_len, r->rest.n));

	*now += (int64_t)(what & 0x1f) * 100;
	if ((what & 0xc0) == 0xc0)
		start(w, *now);
	else if (what & 0x80)
		ask(w, body, *now);
	else
		http(w, what, path, body, *now);
	if (what & 0x20)
		tl_controller_tick(w->c, *now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = tl_reader(tl_bytes(data, size));
	struct world *w = calloc(1, sizeof(*w));
	int64_t now = 1700000000000;
	int i;

	if (!w)
		return 0;
	w->self.addr.v = 0x1e80fd6eb4;
	w->self.has_priv = true;
	memset(w->self.priv, 7, sizeof(w->self.priv));
	w->member.addr.v = 0xcc85670443;
	memset(w->member.pub, 9, sizeof(w->member.pub));
	if (tl_store_memory_new(&w->memory)) {
		free(w);
		return 0;
	}
	start(w, now);
	for (i = 0; i < MAX_STEPS && r.rest.n > 0; i++)
		step(w, &r, &now);
	/* What is stored can be read again. */
	start(w, now);
	tl_controller_free(w->c);
	tl_store_memory_free(w->memory);
	free(w);
	return 0;
}
