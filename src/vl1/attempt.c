/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/attempt.h"

#include <string.h>

#include "base/alloc.h"
#include "vl1/node_impl.h"

/* Long enough for a push to come by a relay and be answered. */
#define ANSWER_MS 600
#define RENDEZVOUS_TTL 2

/* A NAT may have forgotten by then what we have opened. */
#define MAPPING_MS 30000

/* Introductions without success after which the peer's NAT is thought to have
 * given it another port for us, and the next ones are tried, too. */
#define SPRAY_AFTER 2
#define SPRAY_PORTS 6

struct attempt *tl_attempt_of(struct peer *peer)
{
	if (peer->attempt)
		return peer->attempt;
	peer->attempt = tl_alloc_zeroed(sizeof(*peer->attempt));
	if (!peer->attempt)
		return NULL;
	peer->attempt->peer = peer;
	tl_list_init(&peer->attempt->due);
	return peer->attempt;
}

void tl_attempt_free(struct attempt *a)
{
	if (!a)
		return;
	tl_list_remove(&a->due);
	tl_free(a);
}

static struct told_endpoint *find(struct told_endpoint *list, size_t n_list,
				  const struct endpoint *at)
{
	size_t i;

	for (i = 0; i < n_list; i++) {
		if (tl_endpoint_equal(&list[i].at, at))
			return &list[i];
	}
	return NULL;
}

/* Another one, which pushes out the oldest if there is no room. */
static void add(struct attempt *a, const struct endpoint *at,
		enum trial_kind how)
{
	if (find(a->told, a->n_told, at))
		return;
	if (a->n_told == ATTEMPT_TOLD_MAX) {
		memmove(a->told, a->told + 1,
			sizeof(a->told) - sizeof(a->told[0]));
		a->n_told--;
	}
	a->told[a->n_told++] = (struct told_endpoint){ .at = *at, .how = how };
}

/* What a peer tells is all there is, in its order. */
static void replace(struct attempt *a, const struct endpoint *list,
		    size_t n_list, int64_t now)
{
	bool is_recent = now - a->probed_ms < MAPPING_MS;
	struct told_endpoint old[ATTEMPT_TOLD_MAX];
	unsigned int n_old = a->n_told;
	const struct told_endpoint *same;
	size_t i;

	memcpy(old, a->told, sizeof(old));
	a->n_told = 0;
	for (i = 0; i < n_list && a->n_told < ATTEMPT_TOLD_MAX; i++) {
		same = find(old, n_old, &list[i]);
		add(a, &list[i], TRIAL_PUSHED);
		a->told[a->n_told - 1].is_opened = is_recent && same &&
						   same->is_opened;
	}
}

/* Counts from the last time that there was a direct path. */
static void begin(struct attempt *a, int64_t now)
{
	if (!tl_peer_best_path(a->peer, PATHS_USABLE, now))
		return;
	a->n_rendezvous = 0;
	a->n_probes = 0;
	a->n_told = 0;
}

/* Behind a NAT that counts, each datagram to a new endpoint takes a port, so
 * that only one of our sockets may send. */
static bool takes_port(const struct nat_view *nat, const struct endpoint *at)
{
	return nat->kind == NAT_COUNTING && at->family == 4 &&
	       tl_endpoint_scope(at) == tl_endpoint_scope(&nat->newest);
}

static void probe(struct node *n, struct attempt *a, const struct nat_view *nat,
		  int socket, struct told_endpoint *t)
{
	if (takes_port(nat, &t->at)) {
		socket = nat->socket;
		if (!t->is_opened)
			tl_nat_opened(n);
	}
	t->is_opened = true;
	a->n_probes++;
	a->probed_ms = n->now;
	tl_probe_note(n, a->peer, t->how, &t->at);
	tl_greet_contact(n, a->peer, socket, &t->at, false);
}

static void probe_all(struct node *n, struct attempt *a)
{
	struct nat_view nat;
	unsigned int i;

	tl_list_remove(&a->due);
	tl_nat_look(n, &nat);
	for (i = 0; i < a->n_told; i++)
		probe(n, a, &nat, PATH_SOCKET_ANY, &a->told[i]);
}

/* The ports that come after one that a root saw. */
static void spray(struct node *n, struct peer *peer, int socket,
		  const struct endpoint *at)
{
	struct endpoint next = *at;
	unsigned int i;

	for (i = 1; i <= SPRAY_PORTS && at->port + i <= UINT16_MAX; i++) {
		next.port = (uint16_t)(at->port + i);
		tl_greet_contact(n, peer, socket, &next, false);
	}
}

/* Opens our NAT; its hops end before the other side's. */
static void open_nat(struct node *n, int socket, const struct endpoint *at)
{
	uint8_t junk[OPENER_LEN];

	tl_node_random_bytes(n, junk, sizeof(junk));
	n->host->send_raw(n->host_ctx, socket, at, TL_BYTES_OF(junk),
			  RENDEZVOUS_TTL);
}

static void contact(struct node *n, const struct rx *rx, struct attempt *a,
		    const struct nat_view *nat, const struct endpoint *at)
{
	int socket = rx->path->socket;

	if (takes_port(nat, at))
		socket = nat->socket;
	else if (rx->path->remote.family != at->family ||
		 tl_path_is_tunnel(rx->path))
		socket = PATH_SOCKET_ANY;
	open_nat(n, socket, at);
	probe(n, a, nat, socket, find(a->told, a->n_told, at));
	if (a->n_rendezvous > SPRAY_AFTER && at->family == 4 &&
	    nat->kind <= NAT_STABLE)
		spray(n, a->peer, socket, at);
}

void tl_attempt_introduced(struct node *n, const struct rx *rx,
			   struct peer *peer, const struct endpoint *at)
{
	struct attempt *a = tl_attempt_of(peer);
	struct nat_view nat;

	if (!a)
		return;
	begin(a, n->now);
	add(a, at, TRIAL_INTRODUCED);
	a->n_rendezvous++;
	a->rendezvous_ms = n->now;
	tl_nat_look(n, &nat);
	if (!takes_port(&nat, at) || tl_list_is_empty(&n->attempts))
		contact(n, rx, a, &nat, at);
	else if (tl_list_is_empty(&a->due))
		tl_attempt_soon(n, peer);
}

void tl_attempt_told(struct node *n, struct peer *peer,
		     const struct endpoint *list, size_t n_list,
		     enum nat_kind nat)
{
	struct attempt *a = tl_attempt_of(peer);

	if (!a)
		return;
	begin(a, n->now);
	a->their_nat = nat;
	a->told_ms = n->now;
	if (!n_list)
		return;
	replace(a, list, n_list, n->now);
	probe_all(n, a);
}

void tl_attempt_soon(struct node *n, struct peer *peer)
{
	struct attempt *a = tl_attempt_of(peer);

	if (!a)
		return;
	tl_list_remove(&a->due);
	a->due_ms = n->now + ANSWER_MS;
	tl_list_append(&n->attempts, &a->due);
}

int64_t tl_attempt_run(struct node *n)
{
	struct attempt *a;

	/* All wait equally long, so they are in order. */
	while ((a = tl_list_first(&n->attempts, struct attempt, due))) {
		if (a->due_ms > n->now)
			return a->due_ms;
		probe_all(n, a);
	}
	return INT64_MAX;
}
