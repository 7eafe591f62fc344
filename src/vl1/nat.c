/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nat.c - see nat.h
 *
 * A NAT that gives each remote endpoint another port of ours shows when two of
 * them report different ports of one local socket. Many count these ports up,
 * and then the one that the next remote endpoint will see is known before it is
 * made: it is the newest that was reported, plus a step for each mapping that
 * we have opened since. Other hosts behind the same NAT count, too, so some
 * more are told; and what fails is tried again with every push.
 */
#include "vl1/nat.h"

#include "vl1/node_impl.h"

/* Reports of datagrams that were sent together come in any order. */
#define LOCAL_MAX 64
#define TOGETHER_MS 2000
#define TOGETHER_PORTS 64

static bool counts(const struct surface_entry *e)
{
	return e->when_ms && e->seen.family == 4;
}

/* Does anybody see us under an address that is our own? */
static bool sees_local(const struct node *n)
{
	struct endpoint own[LOCAL_MAX];
	size_t count = 0;
	unsigned int i;
	size_t j;

	if (n->host->local_endpoints)
		count = n->host->local_endpoints(n->host_ctx, own, LOCAL_MAX);
	for (i = 0; i < SURFACE_MAX; i++) {
		for (j = 0; counts(&n->surface[i]) && j < count; j++) {
			if (tl_endpoint_equal(&own[j], &n->surface[i].seen))
				return true;
		}
	}
	return false;
}

/* Two reports of one socket: by the ports, is it the same mapping? */
static bool differ(const struct surface_entry *a, const struct surface_entry *b)
{
	return a->socket == b->socket && a->scope == b->scope &&
	       !tl_endpoint_equal(&a->reporter_at, &b->reporter_at) &&
	       tl_endpoint_same_ip(&a->seen, &b->seen) &&
	       a->seen.port != b->seen.port;
}

/* What entry @i says beside all before it. */
static void compare_with(const struct node *n, unsigned int i,
			 bool *has_different, unsigned int *step)
{
	const struct surface_entry *a = &n->surface[i];
	unsigned int j;

	for (j = 0; j < i; j++) {
		const struct surface_entry *b = &n->surface[j];
		unsigned int high = TL_MAX(a->seen.port, b->seen.port);
		unsigned int low = TL_MIN(a->seen.port, b->seen.port);

		if (!counts(b) || !tl_endpoint_same_ip(&a->seen, &b->seen) ||
		    high == low)
			continue;
		*has_different |= differ(a, b);
		*step = TL_MIN(*step, high - low);
	}
}

void tl_nat_look(const struct node *n, struct nat_view *out)
{
	bool has_different = false;
	unsigned int step = UINT16_MAX;
	unsigned int n_reports = 0;
	unsigned int i;

	*out = (struct nat_view){ .kind = NAT_NONE,
				  .socket = n->nat.socket,
				  .newest = n->nat.newest };
	if (sees_local(n))
		return;
	for (i = 0; i < SURFACE_MAX; i++) {
		if (!counts(&n->surface[i]))
			continue;
		n_reports++;
		compare_with(n, i, &has_different, &step);
	}
	if (!has_different) {
		out->kind = n_reports > 1 ? NAT_STABLE : NAT_UNKNOWN;
		return;
	}
	out->kind = step <= NAT_STEP_MAX ? NAT_COUNTING : NAT_SCATTERED;
	out->step = (uint16_t)step;
}

/* False if that port cannot be one. */
static bool port_after(const struct nat_view *v, int mappings,
		       struct endpoint *out)
{
	int port = v->newest.port + mappings * v->step;

	*out = v->newest;
	out->port = (uint16_t)port;
	return port >= 1024 && port <= UINT16_MAX;
}

size_t tl_nat_predict(const struct node *n, const struct nat_view *v,
		      struct endpoint *out)
{
	int opened = (int)n->nat.n_opened;
	size_t count = 0;
	int i;

	if (v->kind != NAT_COUNTING)
		return 0;
	for (i = 1; i <= NAT_PREDICTIONS; i++)
		count += port_after(v, opened + i, &out[count]);
	for (i = 0; i < TL_MIN(opened, NAT_PREDICTIONS_BACK); i++)
		count += port_after(v, opened - i, &out[count]);
	return count;
}

void tl_nat_opened(struct node *n)
{
	n->nat.n_opened = TL_MIN(n->nat.n_opened + 1, UINT16_MAX);
}

void tl_nat_seen(struct node *n, int socket, const struct endpoint *at)
{
	int behind = n->nat.newest.port - at->port;

	if (at->family != 4)
		return;
	if (n->now - n->nat.when_ms < TOGETHER_MS && behind > 0 &&
	    behind < TOGETHER_PORTS)
		return;
	n->nat.newest = *at;
	n->nat.socket = socket;
	n->nat.n_opened = 0;
	n->nat.when_ms = n->now;
}
