/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/path.h"

#include <string.h>

#include "base/alloc.h"

#define SCORE_AGE_MAX_MS 140000
/* Above what a path has that is alive: 8 x 65535. */
#define SCORE_TUNNEL 600000

void tl_path_init(struct path *p, int socket, const struct endpoint *remote)
{
	*p = (struct path){
		.socket = socket,
		.remote = *remote,
		.scope = tl_endpoint_scope(remote),
		.latency_ms = PATH_LATENCY_UNKNOWN,
	};
}

static uint64_t hash_of(const struct map *paths, int socket,
			const struct endpoint *remote)
{
	uint8_t key[4 + 1 + 2 + 16];

	tl_store_be32(key, (uint32_t)socket);
	key[4] = remote->family;
	tl_store_be16(key + 5, remote->port);
	memcpy(key + 7, remote->ip, 16);
	return tl_map_hash(paths, TL_BYTES_OF(key));
}

static bool is_to(struct map_node *n, int socket, const struct endpoint *remote)
{
	const struct path *p = tl_container_of(n, struct path, node);

	return p->socket == socket && tl_endpoint_equal(&p->remote, remote);
}

struct path *tl_path_find(const struct map *paths, int socket,
			  const struct endpoint *remote)
{
	struct map_node *n = tl_map_last(paths);

	if (n && is_to(n, socket, remote))
		return tl_container_of(n, struct path, node);
	n = tl_map_first(paths, hash_of(paths, socket, remote));
	while (n && !is_to(n, socket, remote))
		n = tl_map_next(n);
	if (!n)
		return NULL;
	tl_map_found(paths, n);
	return tl_container_of(n, struct path, node);
}

struct path *tl_path_intern(struct map *paths, const struct path *like)
{
	struct path *p;

	p = tl_path_find(paths, like->socket, &like->remote);
	if (p)
		return p;
	if (paths->count >= PATH_TABLE_MAX)
		return NULL;
	p = tl_alloc(sizeof(*p));
	if (!p)
		return NULL;
	*p = *like;
	p->refs = 0;
	if (tl_map_insert(paths, &p->node,
			  hash_of(paths, p->socket, &p->remote))) {
		tl_free(p);
		return NULL;
	}
	p->interned = true;
	return p;
}

void tl_path_free(struct map *paths, struct path *p)
{
	tl_assert(p->refs == 0 && p->interned);
	tl_map_remove(paths, &p->node);
	tl_free(p);
}

void tl_path_heard(struct path *p, int64_t now)
{
	p->last_in_ms = now;
	p->waiting_since_ms = 0;
	p->n_probes = 0;
}

void tl_path_sent(struct path *p, int64_t now)
{
	p->last_out_ms = now;
	if (!p->waiting_since_ms)
		p->waiting_since_ms = now;
}

void tl_path_measured(struct path *p, int64_t rtt_ms)
{
	int rtt;

	if (rtt_ms < 0)
		return;
	rtt = (int)TL_MIN(rtt_ms, PATH_LATENCY_UNKNOWN - 1);
	if (p->latency_ms == PATH_LATENCY_UNKNOWN)
		p->latency_ms = rtt;
	else
		p->latency_ms = (p->latency_ms + rtt) / 2;
}

int64_t tl_path_score(const struct path *p, int priority, int64_t now)
{
	int64_t age = TL_MIN(now - p->last_in_ms, SCORE_AGE_MAX_MS);
	int64_t base = p->latency_ms;

	if (age >= PATH_ALIVE_MS)
		base += PATH_LATENCY_UNKNOWN + age;
	base = base * (8 - (int)p->scope) / priority;
	return tl_path_is_tunnel(p) ? base + SCORE_TUNNEL : base;
}
