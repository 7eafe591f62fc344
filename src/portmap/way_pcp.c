/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way_pcp.c - PCP MAP (RFC 6887) with one gateway
 *
 * Unlike the RFC, which waits 3 s before it repeats a request, this begins with
 * the 250 ms of NAT-PMP (RFC 6886 3.1): the gateway is on the same link, and
 * other protocols wait for a silent one. The external port is liked to be the
 * local one; the server gives another if that is taken.
 */
#include "portmap/way.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "os/dgram.h"
#include "os/file.h"
#include "os/random.h"
#include "portmap/pcp.h"

#define FIRST_WAIT_MS 250
#define TRIES 4

/**
 * struct state - One mapping
 * @tries:	requests sent without an answer; 0: none is waited for
 * @next_ms:	when to repeat the request or give up
 */
struct state {
	int fd;
	struct pcp_map map;
	unsigned int tries;
	int64_t next_ms;
	const char *why;
};

static struct udp_addr address(const struct endpoint *e, uint16_t port)
{
	struct udp_addr a = { .family = e->family, .port = port };

	memcpy(a.ip, e->ip, sizeof(a.ip));
	return a;
}

static int pcp_open(void **statep, const struct way_request *q)
{
	struct udp_addr local = address(&q->local, 0);
	struct udp_addr server = address(&q->gateway, PCP_SERVER_PORT);
	struct state *s = tl_alloc_zeroed(sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = tl_dgram_connect(&local, &server, q->scope_id);
	if (s->fd < 0) {
		int err = s->fd;

		tl_free(s);
		return err;
	}
	tl_random(NULL, s->map.nonce, sizeof(s->map.nonce));
	s->map.local = q->local;
	s->map.external.port = q->local.port;
	s->why = "no answer";
	*statep = s;
	return 0;
}

static int pcp_fd(const void *state)
{
	const struct state *s = state;

	return s->fd;
}

static void send_request(struct state *s, int64_t now)
{
	uint8_t room[PCP_MAP_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_pcp_map(&w, &s->map);
	tl_dgram_send(s->fd, tl_writer_bytes(&w));
	s->next_ms = now + (FIRST_WAIT_MS << s->tries);
	s->tries++;
}

static void pcp_ask(void *state, int64_t now)
{
	struct state *s = state;

	s->map.lifetime_s = WAY_LIFETIME_S;
	s->tries = 0;
	send_request(s, now);
}

static void pcp_release(void *state, int64_t now)
{
	struct state *s = state;

	s->map.lifetime_s = 0;
	s->tries = 0;
	send_request(s, now);
}

static enum way_turn fail(struct state *s, const char *why)
{
	s->tries = 0;
	s->why = why;
	return WAY_FAILED;
}

static enum way_turn granted(struct state *s, const struct pcp_reply *reply,
			     struct way_grant *out)
{
	s->tries = 0;
	if (!s->map.lifetime_s)
		return WAY_RELEASED;
	/* The same is asked for when it is renewed. */
	s->map.external = reply->map.external;
	out->external = reply->map.external;
	out->lifetime_s = TL_MIN(reply->map.lifetime_s, WAY_LIFETIME_S);
	out->has_epoch = true;
	out->epoch_s = reply->epoch_s;
	return WAY_GRANTED;
}

static enum way_turn take(struct state *s, struct bytes datagram,
			  struct way_grant *out)
{
	struct reader r = tl_reader(datagram);
	struct pcp_reply reply = tl_read_pcp_reply(&r);

	if (!tl_reader_ok(&r))
		return WAY_WAITING;
	switch (tl_pcp_answer(&reply, &s->map)) {
	case PCP_STRANGE:
		break;
	case PCP_OTHER_VERSION:
	case PCP_REFUSED:
		return fail(s, tl_pcp_why(&reply));
	case PCP_GRANTED:
		return granted(s, &reply, out);
	}
	return WAY_WAITING;
}

static enum way_turn pcp_turn(void *state, struct way_grant *out, int64_t now)
{
	uint8_t room[PCP_MESSAGE_MAX + 1];
	enum way_turn turn = WAY_WAITING;
	struct state *s = state;
	int n;

	while ((n = tl_dgram_receive(s->fd, TL_BUFFER_OF(room), NULL)) !=
	       -EAGAIN) {
		/* What the last request but one is answered counts no more. */
		if (n >= 0 && s->tries)
			turn = take(s, tl_bytes(room, (size_t)n), out);
		else if (n < 0)
			return s->tries ? fail(s, "it is not there")
					: WAY_WAITING;
	}
	if (turn != WAY_WAITING || !s->tries || now < s->next_ms)
		return turn;
	if (s->tries == TRIES)
		return fail(s, "no answer");
	send_request(s, now);
	return WAY_WAITING;
}

static int64_t pcp_next(const void *state)
{
	const struct state *s = state;

	return s->tries ? s->next_ms : WAY_NEVER;
}

static const char *pcp_why(const void *state)
{
	const struct state *s = state;

	return s->why;
}

static void pcp_close(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	tl_fd_close(&s->fd);
	tl_free(s);
}

const struct way tl_way_pcp = {
	.name = "PCP",
	.does_ip6 = true,
	.head_start_ms = 0,
	.open = pcp_open,
	.fd = pcp_fd,
	.ask = pcp_ask,
	.turn = pcp_turn,
	.next = pcp_next,
	.why = pcp_why,
	.release = pcp_release,
	.close = pcp_close,
};
