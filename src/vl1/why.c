/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/why.h"

#include <stdarg.h>
#include <stdio.h>

#include "vl1/node_impl.h"

#define IDLE_MS 30000
#define SPAN_TEXT_SIZE 24

static void say(struct why *w, enum why_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct why *w, enum why_state state, const char *format, ...)
{
	va_list args;

	w->state = state;
	va_start(args, format);
	vsnprintf(w->text, sizeof(w->text), format, args);
	va_end(args);
}

/* "12 s", "4 min", "3 h", "2 days". */
static const char *span(char out[SPAN_TEXT_SIZE], int64_t ms)
{
	long long s = ms > 0 ? ms / 1000 : 0;

	if (s < 120)
		snprintf(out, SPAN_TEXT_SIZE, "%lld s", s);
	else if (s < 7200)
		snprintf(out, SPAN_TEXT_SIZE, "%lld min", s / 60);
	else if (s < 172800)
		snprintf(out, SPAN_TEXT_SIZE, "%lld h", s / 3600);
	else
		snprintf(out, SPAN_TEXT_SIZE, "%lld days", s / 86400);
	return out;
}

static void say_direct(struct why *w, const struct path *path, int64_t now)
{
	char where[ENDPOINT_TEXT_SIZE];
	char age[SPAN_TEXT_SIZE];

	tl_endpoint_print(where, &path->remote);
	if (tl_path_is_tunnel(path)) {
		say(w, WHY_TUNNEL,
		    "%s, through a TCP relay, as no way by UDP answers: is "
		    "UDP blocked here?",
		    where);
		return;
	}
	if (!tl_path_is_alive(path, now))
		say(w, WHY_DIRECT, "%s, last heard %s ago", where,
		    span(age, now - path->last_in_ms));
	else if (path->latency_ms == PATH_LATENCY_UNKNOWN)
		say(w, WHY_DIRECT, "%s answers", where);
	else
		say(w, WHY_DIRECT, "%s answers in %d ms", where,
		    path->latency_ms);
}

static void say_of_root(struct why *w, const struct peer *peer, int64_t now)
{
	char age[SPAN_TEXT_SIZE];

	if (peer->last_receive_ms)
		say(w, WHY_UNREACHABLE,
		    "root, silent for %s; it is tried every 5 s",
		    span(age, now - peer->last_receive_ms));
	else
		say(w, WHY_UNREACHABLE,
		    "root, has never answered; it is tried every 5 s: is UDP "
		    "blocked on the way?");
}

static bool is_symmetric(enum nat_kind kind)
{
	return kind == NAT_COUNTING || kind == NAT_SCATTERED;
}

/* The two NATs explain it. */
static const char *nats(enum nat_kind ours, enum nat_kind theirs)
{
	if (is_symmetric(ours) && is_symmetric(theirs))
		return ours == NAT_SCATTERED || theirs == NAT_SCATTERED
			       ? "its NAT is symmetric and ours too, with "
				 "ports that cannot be foreseen"
			       : "its NAT is symmetric and ours too; the next "
				 "ports of both are being tried";
	if (ours == NAT_SCATTERED)
		return "our NAT is symmetric, with ports that cannot be "
		       "foreseen, and its NAT lets in none that it does not "
		       "know";
	if (theirs == NAT_SCATTERED)
		return "its NAT is symmetric, with ports that cannot be "
		       "foreseen, and ours lets in none that it does not know";
	return NULL;
}

/* A direct path that was there and has gone silent. */
static const struct path *lost_path(const struct peer *peer)
{
	const struct path *newest = NULL;
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path *p = peer->slots[i].path;

		if (!newest || p->last_in_ms > newest->last_in_ms)
			newest = p;
	}
	return newest;
}

static void say_attempt(struct why *w, const struct node *n,
			const struct peer *peer, const char *root, int64_t now)
{
	const struct attempt *a = peer->attempt;
	char age[SPAN_TEXT_SIZE];
	struct nat_view nat;
	const char *both;

	tl_nat_look(n, &nat);
	both = nats(nat.kind, a->their_nat);
	span(age, now - a->probed_ms);
	if (both)
		say(w, WHY_RELAYED, "by %s: %s; last try %s ago", root, both,
		    age);
	else
		say(w, WHY_RELAYED,
		    "by %s: none of its %u addresses answers, last tried %s "
		    "ago: does a firewall stop UDP?",
		    root, a->n_told, age);
}

static void say_relayed(struct why *w, const struct node *n,
			const struct peer *peer, const struct peer *relay,
			int64_t now)
{
	const struct path *lost = lost_path(peer);
	char root[ADDRESS_TEXT_SIZE];
	char where[ENDPOINT_TEXT_SIZE];
	char age[SPAN_TEXT_SIZE];

	tl_address_print(root, relay->id.addr);
	if (lost)
		say(w, WHY_RELAYED,
		    "by %s: %s is silent for %s; it is tried every 5 s", root,
		    tl_endpoint_print(where, &lost->remote),
		    span(age, now - lost->last_in_ms));
	else if (peer->attempt && peer->attempt->n_probes)
		say_attempt(w, n, peer, root, now);
	else if (!tl_peer_is_trusted(peer, now))
		say(w, WHY_RELAYED,
		    "by %s: it is in no network of ours yet, so it is not "
		    "told where we are",
		    root);
	else
		say(w, WHY_RELAYED,
		    "by %s: nobody has said yet where else it is", root);
}

static bool is_idle(const struct peer *peer, int64_t now)
{
	return now - TL_MAX(peer->last_receive_ms, peer->last_sent_ms) >
	       IDLE_MS;
}

void tl_node_why(const struct node *n, const struct peer *peer, int64_t now,
		 struct why *out)
{
	const struct path *path = tl_peer_best_path(peer, PATHS_USABLE, now);
	const struct peer *relay = tl_node_best_upstream(n, now);

	if (path)
		say_direct(out, path, now);
	else if (peer->is_upstream)
		say_of_root(out, peer, now);
	else if (!relay || !tl_peer_best_path(relay, PATHS_USABLE, now))
		say(out, WHY_UNREACHABLE,
		    "no direct path, and no root answers that could relay");
	else if (is_idle(peer, now))
		say(out, WHY_IDLE,
		    "nothing to say lately; a path is made when there is");
	else
		say_relayed(out, n, peer, relay, now);
}

const char *tl_why_state_name(enum why_state state)
{
	static const char *const names[] = {
		[WHY_DIRECT] = "direct",	   [WHY_TUNNEL] = "tcp-relay",
		[WHY_RELAYED] = "relayed",	   [WHY_IDLE] = "idle",
		[WHY_UNREACHABLE] = "unreachable",
	};

	return names[state];
}

const char *tl_nat_name(enum nat_kind kind)
{
	static const char *const names[NAT_KINDS] = {
		[NAT_UNKNOWN] = "unknown",  [NAT_NONE] = "none",
		[NAT_STABLE] = "stable",    [NAT_COUNTING] = "sequential",
		[NAT_SCATTERED] = "random",
	};

	return names[kind];
}
