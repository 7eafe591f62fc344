/* SPDX-License-Identifier: Apache-2.0 */
/*
 * way_natpmp.c - NAT-PMP (RFC 6886) with one gateway, by libnatpmp
 *
 * Two questions, one after the other: for the gateway's external address, then
 * for the mapping. The library writes and parses. It does not look how long an
 * answer is, so it is called only when the first one that waits has been looked
 * at here; and therefore questions are repeated here too (RFC 6886 3.1).
 */
#include "portmap/way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <natpmp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"

#define PATIENCE_MS 4000
#define FIRST_REPEAT_MS 250
#define OPCODE_ADDRESS 128
#define OPCODE_MAP 129
#define ERROR_LEN 8
#define ADDRESS_LEN 12
#define MAPPING_LEN 16

enum step {
	STEP_IDLE,
	STEP_ADDRESS,
	STEP_MAPPING,
	STEP_RELEASE,
};

/**
 * struct state - One mapping
 * @wish:	external port that is liked best
 * @repeat_ms:	how long the last question waits for its answer
 * @next_ms:	when it is repeated
 * @end_ms:	when to give up what is waited for
 */
struct state {
	natpmp_t gateway;
	enum step step;
	uint16_t port;
	uint16_t wish;
	struct endpoint external;
	int64_t repeat_ms;
	int64_t next_ms;
	int64_t end_ms;
	const char *why;
};

/* The gateway takes the source of a request for what it is to map. */
static bool is_from(int fd, const struct endpoint *local)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);

	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       memcmp(&sa.sin_addr, local->ip, 4) == 0;
}

static int natpmp_open(void **statep, const struct way_request *q)
{
	struct state *s = tl_alloc_zeroed(sizeof(*s));
	in_addr_t gateway;

	if (!s)
		return -ENOMEM;
	memcpy(&gateway, q->gateway.ip, sizeof(gateway));
	if (initnatpmp(&s->gateway, 1, gateway) < 0) {
		tl_free(s);
		return -EIO;
	}
	(void)fcntl(s->gateway.s, F_SETFD, FD_CLOEXEC);
	if (!is_from(s->gateway.s, &q->local)) {
		closenatpmp(&s->gateway);
		tl_free(s);
		return -EADDRNOTAVAIL;
	}
	s->port = q->local.port;
	s->wish = q->local.port;
	s->why = "no answer";
	*statep = s;
	return 0;
}

static int natpmp_fd(const void *state)
{
	const struct state *s = state;

	return s->gateway.s;
}

static void send_question(struct state *s, int64_t now)
{
	if (s->step == STEP_ADDRESS)
		(void)sendpublicaddressrequest(&s->gateway);
	else if (s->step == STEP_MAPPING)
		(void)sendnewportmappingrequest(&s->gateway,
						NATPMP_PROTOCOL_UDP, s->port,
						s->wish, WAY_LIFETIME_S);
	else
		(void)sendnewportmappingrequest(
			&s->gateway, NATPMP_PROTOCOL_UDP, s->port, 0, 0);
	s->next_ms = TL_MIN(now + s->repeat_ms, s->end_ms);
	s->repeat_ms *= 2;
}

static void start(struct state *s, enum step step, int64_t now)
{
	s->step = step;
	s->repeat_ms = FIRST_REPEAT_MS;
	send_question(s, now);
}

static void natpmp_ask(void *state, int64_t now)
{
	struct state *s = state;

	s->end_ms = now + PATIENCE_MS;
	start(s, STEP_ADDRESS, now);
}

static void natpmp_release(void *state, int64_t now)
{
	struct state *s = state;

	s->end_ms = now + PATIENCE_MS;
	start(s, STEP_RELEASE, now);
}

static const char *words(int error)
{
	switch (error) {
	case NATPMP_ERR_NOGATEWAYSUPPORT:
		return "it is not there";
	case NATPMP_ERR_UNSUPPORTEDVERSION:
		return "it speaks another version";
	case NATPMP_ERR_UNSUPPORTEDOPCODE:
		return "it maps no ports";
	case NATPMP_ERR_NOTAUTHORIZED:
		return "it does not allow this";
	case NATPMP_ERR_NETWORKFAILURE:
		return "it has no connection itself";
	case NATPMP_ERR_OUTOFRESOURCES:
		return "it is out of resources";
	default:
		return "an error it did not explain";
	}
}

static enum way_turn fail(struct state *s, const char *why)
{
	s->step = STEP_IDLE;
	s->why = why;
	return WAY_FAILED;
}

static enum way_turn take_address(struct state *s, const natpmpresp_t *reply,
				  int64_t now)
{
	uint8_t ip[4];

	memcpy(ip, &reply->pnu.publicaddress.addr, sizeof(ip));
	s->external = tl_endpoint_ip4(ip, 0);
	if (tl_endpoint_scope(&s->external) == IP_SCOPE_NONE)
		return fail(s, "it has no connection itself");
	start(s, STEP_MAPPING, now);
	return WAY_WAITING;
}

static enum way_turn take_mapping(struct state *s, const natpmpresp_t *reply,
				  struct way_grant *out)
{
	uint32_t lifetime_s = reply->pnu.newportmapping.lifetime;

	if (s->step == STEP_RELEASE) {
		s->step = STEP_IDLE;
		return WAY_RELEASED;
	}
	s->external.port = reply->pnu.newportmapping.mappedpublicport;
	if (!s->external.port || !lifetime_s)
		return fail(s, "it granted what nobody can use");
	s->step = STEP_IDLE;
	s->wish = s->external.port;
	*out = (struct way_grant){
		.external = s->external,
		.lifetime_s = TL_MIN(lifetime_s, WAY_LIFETIME_S),
		.has_epoch = true,
		.epoch_s = reply->epoch,
	};
	return WAY_GRANTED;
}

/* Is it an answer to what was asked, and can the library read it? It does not
 * look behind an error. */
static bool is_answer(const struct state *s, const uint8_t *at, size_t n)
{
	uint8_t opcode = s->step == STEP_ADDRESS ? OPCODE_ADDRESS : OPCODE_MAP;

	if (n < ERROR_LEN)
		return false;
	if (at[0])
		return true; /* of another version */
	if (at[1] != opcode)
		return false;
	if (at[2] || at[3])
		return true;
	if (s->step == STEP_ADDRESS)
		return n >= ADDRESS_LEN;
	return n >= MAPPING_LEN && tl_load_be16(at + 8) == s->port;
}

/* Throw away what is none. 1: the next can be read; 0: there is nothing;
 * -ECONNREFUSED: nobody listens. */
static int drop_others(const struct state *s)
{
	uint8_t room[MAPPING_LEN];
	ssize_t n;

	while ((n = recv(s->gateway.s, room, sizeof(room), MSG_PEEK)) >= 0) {
		if (is_answer(s, room, (size_t)n))
			return 1;
		(void)!recv(s->gateway.s, room, sizeof(room), 0);
	}
	return errno == ECONNREFUSED ? -ECONNREFUSED : 0;
}

static enum way_turn take_answer(struct state *s, struct way_grant *out,
				 int64_t now)
{
	natpmpresp_t reply;
	int r = readnatpmpresponseorretry(&s->gateway, &reply);

	if (r == NATPMP_ERR_WRONGPACKETSOURCE || r == NATPMP_TRYAGAIN)
		return WAY_WAITING;
	if (r < 0)
		return fail(s, words(r));
	if (s->step == STEP_ADDRESS)
		return take_address(s, &reply, now);
	return take_mapping(s, &reply, out);
}

static enum way_turn natpmp_turn(void *state, struct way_grant *out,
				 int64_t now)
{
	struct state *s = state;
	enum way_turn turn = WAY_WAITING;
	int r = 0;

	while (s->step != STEP_IDLE && turn == WAY_WAITING &&
	       (r = drop_others(s)) > 0)
		turn = take_answer(s, out, now);
	if (s->step == STEP_IDLE)
		return turn;
	if (r < 0)
		return fail(s, words(NATPMP_ERR_NOGATEWAYSUPPORT));
	if (now >= s->end_ms)
		return fail(s, "no answer");
	if (now >= s->next_ms)
		send_question(s, now);
	return WAY_WAITING;
}

static int64_t natpmp_next(const void *state)
{
	const struct state *s = state;

	return s->step == STEP_IDLE ? WAY_NEVER : s->next_ms;
}

static const char *natpmp_why(const void *state)
{
	const struct state *s = state;

	return s->why;
}

static void natpmp_close(void *state)
{
	struct state *s = state;

	if (!s)
		return;
	closenatpmp(&s->gateway);
	tl_free(s);
}

const struct way tl_way_natpmp = {
	.name = "NAT-PMP",
	.head_start_ms = 250,
	.open = natpmp_open,
	.fd = natpmp_fd,
	.ask = natpmp_ask,
	.turn = natpmp_turn,
	.next = natpmp_next,
	.why = natpmp_why,
	.release = natpmp_release,
	.close = natpmp_close,
};
