/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.c - all of them: their beginning and end, and what a pass does
 */
#include "sockets/socket_impl.h"

#include <string.h>
#include <unistd.h>

#include "lwip/prot/ip.h"

#include "base/alloc.h"
#include "base/log.h"

#define DEFAULT_USER_SOCKETS 16384
#define DEFAULT_USER_CALLS 1024
/* The kernel has 256 chains for all names there are and walks one to bind,
 * which takes 8 us at 20,000 names. */
#define DEFAULT_EAGER_NAMES 2048
#define DEFAULT_BYTES ((size_t)256 << 20)
/* Chunks kept for the next burst: 4 MiB. */
#define KEEP_CHUNKS 256

static void free_dead(struct sockets *s)
{
	struct socket *k;

	while ((k = tl_list_first(&s->dead, struct socket, link))) {
		tl_list_remove(&k->link);
		tl_free(k);
	}
}

static void init_parts(struct sockets *s)
{
	struct sockets_config *c = &s->config;
	const uint32_t limits[QUOTA_KINDS] = {
		[QUOTA_SOCKETS] = c->user_sockets ? c->user_sockets
						  : DEFAULT_USER_SOCKETS,
		[QUOTA_CONTROL] = c->user_calls ? c->user_calls
						: DEFAULT_USER_CALLS,
	};
	size_t rx = c->receive_limit ? c->receive_limit : DEFAULT_BYTES;
	size_t tx = c->send_limit ? c->send_limit : DEFAULT_BYTES;
	uint64_t key[2];

	if (!c->eager_names)
		c->eager_names = DEFAULT_EAGER_NAMES;
	tl_socket_random(s, key, sizeof(key));
	tl_map_init(&s->by_cookie, key);
	tl_map_init(&s->by_port, key);
	tl_quota_init(&s->quota, key, limits);
	tl_socket_random(s, &s->unique, sizeof(s->unique));
	tl_list_init(&s->all);
	tl_list_init(&s->dead);
	tl_list_init(&s->dirty);
	tl_list_init(&s->starved);
	tl_list_init(&s->held);
	tl_list_init(&s->held_new);
	tl_chunk_pool_init(&s->rx_pool, KEEP_CHUNKS, rx / CHUNK_SIZE);
	tl_chunk_pool_init(&s->tx_pool, KEEP_CHUNKS, tx / CHUNK_SIZE);
}

/* So that programs wait for the next worker instead of being turned away. */
static int keep_endpoints(struct sockets *s)
{
	struct kept_socket kept = { .kind = KEPT_ENDPOINT };
	uint8_t room[8];
	uint64_t key;
	uint8_t i;
	int err = 0;
	int fd;

	for (i = 0; i < RPC_LISTENERS && s->keep.line && !err; i++) {
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		fd = tl_rpc_server_fd(s->server, i);
		if (fd < 0)
			continue;
		kept.endpoint = i;
		tl_kept_build(&w, &kept);
		err = tl_end_cookie(fd, &key);
		if (!err)
			err = tl_keepline_keep(s->keep.line, key,
					       tl_writer_bytes(&w), &fd, 1);
	}
	return err;
}

int tl_sockets_new(struct sockets **sp, const struct sockets_config *config)
{
	struct sockets *s = tl_alloc_zeroed(sizeof(*s));
	struct rpc_server_config rpc = {
		.name = config->name,
		.path = config->path,
		.owner = config->owner,
		.is_shared = config->is_shared,
		.group = config->group,
		.random = config->random,
		.close_fd = config->close_fd,
		.ctx = config->ctx,
		.poll = config->poll,
	};
	uint8_t i;
	int err;

	if (!s)
		return -ENOMEM;
	s->config = *config;
	init_parts(s);
	tl_resolver_init(s, config->resolv_conf);
	memcpy(rpc.secret, config->secret, sizeof(rpc.secret));
	tl_wipe(s->config.secret, sizeof(s->config.secret));
	rpc.quota = &s->quota;
	rpc.on_call = tl_sockets_on_call;
	rpc.on_call_ctx = s;
	tl_stack_on_syn(tl_sight_takes_syn);
	err = tl_keep_open(s);
	for (i = 0; i < RPC_LISTENERS; i++)
		rpc.kept[i] = err ? -1 : tl_resume_endpoint(s, i);
	if (!err)
		err = tl_rpc_server_new(&s->server, &rpc);
	if (!err)
		err = keep_endpoints(s);
	tl_wipe(rpc.secret, sizeof(rpc.secret));
	if (err) {
		tl_sockets_free(s);
		return err;
	}
	*sp = s;
	return 0;
}

void tl_sockets_free(struct sockets *s)
{
	struct socket *k;
	struct batch *b;

	if (!s)
		return;
	/* Calls that wait for a reply go first: they point into sockets. */
	tl_rpc_server_free(s->server);
	tl_stack_on_syn(NULL);
	while ((k = tl_list_first(&s->all, struct socket, link))) {
		tl_tcp_abort(k);
		tl_socket_drop(k);
	}
	free_dead(s);
	while ((b = s->free_batches)) {
		s->free_batches = b->next;
		tl_free(b);
	}
	tl_resolver_fini(s);
	tl_keep_close(s);
	tl_icmp_fini(s);
	tl_socket_udp_free_buffers(s);
	tl_bare_free_labels(s);
	tl_chunk_pool_fini(&s->rx_pool);
	tl_chunk_pool_fini(&s->tx_pool);
	tl_map_fini(&s->by_cookie);
	tl_map_fini(&s->by_port);
	tl_quota_fini(&s->quota);
	tl_free(s);
}

static bool run(struct socket *k)
{
	if (k->state == SOCKET_UDP)
		return tl_socket_udp_run(k);
	if (k->state == SOCKET_LISTENING)
		return tl_listen_run(k);
	return tl_tcp_run(k);
}

static void feed_starved(struct sockets *s)
{
	struct list *at = s->starved.next;
	struct list *next;

	for (; at != &s->starved; at = next) {
		struct socket *k = tl_container_of(at, struct socket, starved);

		next = at->next;
		tl_list_remove(&k->starved);
		tl_socket_mark(k);
	}
}

/* Those that are marked during the round have theirs in the next one, so that
 * no socket holds the loop. */
static void run_round(struct sockets *s)
{
	struct list round;
	struct socket *k;

	tl_list_init(&round);
	if (!tl_list_is_empty(&s->dirty)) {
		tl_list_insert_after(&s->dirty, &round);
		tl_list_remove(&s->dirty);
	}
	while ((k = tl_list_first(&round, struct socket, dirty))) {
		tl_list_remove(&k->dirty);
		if (run(k))
			tl_socket_mark(k);
	}
}

bool tl_sockets_end_pass(struct sockets *s, int64_t now_us)
{
	bool more;

	tl_stack_end_input();
	tl_hold_run(s, now_us);
	feed_starved(s);
	run_round(s);
	more = tl_rpc_server_end_pass(s->server);
	more = more || !tl_list_is_empty(&s->dirty);
	free_dead(s);
	if (!tl_list_is_empty(&s->keep.queue))
		tl_keep_flush(s);
	return more;
}

bool tl_sockets_wants_sweep(const struct sockets *s)
{
	return tl_rpc_server_has_fresh(s->server);
}

bool tl_sockets_has_work(const struct sockets *s)
{
	return !tl_list_is_empty(&s->dirty);
}

void tl_socket_lose_ifc(struct socket *k, struct ifc *ifc)
{
	tl_mcast_on_ifc_gone(k, ifc);
	if (k->ifc != ifc || k->state == SOCKET_LISTENING)
		return;
	if (k->state == SOCKET_UDP)
		tl_socket_drop(k);
	else if (k->state != SOCKET_IDLE)
		tl_tcp_fail(k, ENETDOWN);
	k->ifc = NULL;
}

void tl_sockets_on_ifc_gone(struct sockets *s, struct ifc *ifc)
{
	tl_list_each(at, next, &s->all) {
		struct socket *k = tl_container_of(at, struct socket, link);

		tl_socket_lose_ifc(k, ifc);
	}
	/* What waited at these has gone above: they drop nobody else. */
	tl_list_each(at, next, &s->all) {
		struct socket *k = tl_container_of(at, struct socket, link);

		if (k->ifc == ifc)
			tl_socket_drop(k);
	}
}

static bool same_ip(const struct rpc_addr *a, const struct rpc_addr *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* Did this socket send the packet? */
static bool concerns(const struct socket *k, const struct socket_error *e)
{
	if (k->local.port != e->local.port || tl_socket_is_icmp(k) != e->icmp)
		return false;
	if (k->state != SOCKET_UDP || k->udp.connected)
		return same_ip(&k->remote, &e->remote) &&
		       (e->icmp || k->remote.port == e->remote.port);
	/* Who sends to many hears of them only if it asks for that. */
	return k->errors.on &&
	       (tl_addr_is_any(&k->local) || same_ip(&k->local, &e->local));
}

static enum ports ports_of(const struct socket_error *e)
{
	if (e->icmp)
		return PORTS_ICMP;
	return e->udp ? PORTS_UDP : PORTS_TCP;
}

void tl_sockets_on_error(struct sockets *s, const struct socket_error *e)
{
	struct map_node *n = tl_port_first(s, ports_of(e), e->local.port);
	struct map_node *next;

	tl_ask_on_error(s, e);
	for (; n; n = next) {
		struct socket *k = tl_container_of(n, struct socket, by_port);

		next = tl_map_next(n);
		if (!concerns(k, e))
			continue;
		if (k->state == SOCKET_UDP)
			tl_errors_note(k, e);
		else if (k->state == SOCKET_CONNECTING && e->error != EMSGSIZE)
			tl_tcp_fail(k, e->error);
	}
}

void tl_sockets_on_ifc_error(struct sockets *s, const struct ifc_error *from)
{
	struct socket_error e = {
		.udp = from->protocol == IP_PROTO_UDP,
		.icmp = from->protocol != IP_PROTO_UDP &&
			from->protocol != IP_PROTO_TCP,
		.local = { .family = from->family, .port = from->local_port },
		.remote = { .family = from->family, .port = from->remote_port },
		.error = from->error,
		.passes = from->passes,
		.type = from->type,
		.code = from->code,
		.info = from->info,
		.from = { .family = from->family },
		.ttl = from->ttl,
		.quoted = from->quoted,
	};

	memcpy(e.from.ip, from->from, sizeof(e.from.ip));
	memcpy(e.local.ip, from->local, sizeof(e.local.ip));
	memcpy(e.remote.ip, from->remote, sizeof(e.remote.ip));
	tl_sockets_on_error(s, &e);
}

const struct quota_user *tl_sockets_step_user(const struct sockets *s,
					      struct map_walk *walk)
{
	return tl_quota_step(&s->quota, walk);
}

const struct sockets_counts *tl_sockets_counts(const struct sockets *s)
{
	return &s->counts;
}

const struct rpc_server_counts *tl_sockets_rpc_counts(const struct sockets *s)
{
	return tl_rpc_server_counts(s->server);
}
