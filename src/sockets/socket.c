/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/socket_impl.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lwip/err.h"
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
/* A client may take so much of what is left without being told each time. */
#define CREDIT_PART 16
/* Names are unguessable enough that a few tries find a free one. */
#define NAME_TRIES 4

void tl_socket_random(struct sockets *s, void *out, size_t n)
{
	s->config.random(s->config.ctx, tl_buffer(out, n));
}

void tl_socket_mark(struct socket *k)
{
	if (k->gone)
		return;
	tl_list_remove(&k->dirty);
	tl_list_append(&k->owner->dirty, &k->dirty);
}

void tl_socket_starve(struct socket *k)
{
	k->owner->counts.starved++;
	tl_list_remove(&k->starved);
	tl_list_append(&k->owner->starved, &k->starved);
}

void tl_socket_answer(struct rpc_call *call, int error)
{
	struct rpc_reply reply = { .status = (uint32_t)error };

	tl_rpc_reply(call, &reply);
}

void tl_socket_answer_names(struct rpc_call *call, const struct socket *k,
			    int error)
{
	struct rpc_reply reply = { .status = (uint32_t)error,
				   .local = k->local,
				   .remote = k->remote };

	tl_rpc_reply(call, &reply);
}

int tl_socket_errno(int err)
{
	switch (err) {
	case ERR_OK:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
		return ENOBUFS;
	case ERR_RTE:
		return ENETUNREACH;
	case ERR_USE:
		return EADDRINUSE;
	case ERR_ISCONN:
		return EISCONN;
	case ERR_RST:
		return ECONNRESET;
	case ERR_ABRT:
		return ECONNABORTED;
	default:
		return EINVAL;
	}
}

void tl_socket_to_ip(ip_addr_t *out, const struct rpc_addr *a)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 6) {
		memcpy(ip_2_ip6(out)->addr, a->ip, 16);
		if (tl_addr_is_link_local(a))
			ip6_addr_set_zone(ip_2_ip6(out), a->ifc);
		IP_SET_TYPE(out, IPADDR_TYPE_V6);
	} else {
		memcpy(&ip_2_ip4(out)->addr, a->ip, 4);
		IP_SET_TYPE(out, IPADDR_TYPE_V4);
	}
}

struct rpc_addr tl_socket_from_ip(const ip_addr_t *ip, uint16_t port)
{
	struct rpc_addr a = { .port = port };

	if (IP_IS_V6_VAL(*ip)) {
		a.family = 6;
		memcpy(a.ip, ip_2_ip6(ip)->addr, 16);
		if (tl_addr_is_link_local(&a))
			a.ifc = ip6_addr_zone(ip_2_ip6(ip));
	} else {
		a.family = 4;
		memcpy(a.ip, &ip_2_ip4(ip)->addr, 4);
	}
	return a;
}

uint8_t tl_socket_ip_type(const struct socket *k)
{
	if (!tl_socket_is_v6(k))
		return IPADDR_TYPE_V4;
	return k->tag & TAG_V6ONLY ? IPADDR_TYPE_V6 : IPADDR_TYPE_ANY;
}

void tl_socket_local_ip(ip_addr_t *out, const struct socket *k)
{
	if (k->local.family != 0 && !tl_addr_is_any(&k->local)) {
		tl_socket_to_ip(out, &k->local);
		return;
	}
	memset(out, 0, sizeof(*out));
	/* 0.0.0.0 on a socket of AF_INET6 takes IPv4 only. */
	if (k->local.family == 4)
		IP_SET_TYPE(out, IPADDR_TYPE_V4);
	else
		IP_SET_TYPE(out, tl_socket_ip_type(k));
}

void tl_socket_read_native(struct socket *k, int app)
{
	k->opt.reuse = tl_end_option(app, SOL_SOCKET, SO_REUSEADDR, 0);
	k->opt.keepalive = tl_end_option(app, SOL_SOCKET, SO_KEEPALIVE, 0);
	k->opt.linger = tl_end_linger(app);
}

static void remember(struct sockets *s, uint64_t cookie, int error,
		     bool at_birth)
{
	size_t i = cookie % SOCKET_ERRORS;

	s->errors[i].cookie = cookie;
	s->errors[i].error = error;
	s->errors[i].at_birth = at_birth;
}

void tl_socket_remember(struct socket *k, int error)
{
	size_t i = k->cookie % SOCKET_ERRORS;

	/* None is news only where there was one. */
	if (!k->in_table || (!error && k->owner->errors[i].cookie != k->cookie))
		return;
	remember(k->owner, k->cookie, error, false);
}

int tl_socket_name(struct socket *k, enum name_kind kind)
{
	struct rpc_name name = { .kind = kind,
				 .local = k->local,
				 .remote = k->remote };
	int tries;
	int err = 0;

	for (tries = 0; !k->named && tries < NAME_TRIES; tries++) {
		name.unique = k->owner->unique++;
		err = tl_end_bind(k->watch.fd, &name);
		if (!err)
			k->named = true;
		else if (err != -EADDRINUSE)
			break;
		else
			tl_socket_random(k->owner, &k->owner->unique,
					 sizeof(k->owner->unique));
	}
	return err;
}

static void on_watch(void *ctx, uint32_t events)
{
	struct socket *k = ctx;

	if (k->state == SOCKET_UDP)
		tl_socket_udp_on_watch(k, events);
	else if (k->state == SOCKET_LISTENING)
		tl_listen_on_watch(k, events);
	else
		tl_tcp_on_watch(k, events);
}

struct socket *tl_socket_make(struct sockets *s, uint32_t uid, uint32_t user,
			      uint32_t tag)
{
	struct socket *k;

	if (s->counts.sockets >= SOCKETS_MAX ||
	    !tl_quota_take(&s->quota, user, QUOTA_SOCKETS))
		return NULL;
	k = tl_alloc_zeroed(sizeof(*k));
	if (!k) {
		tl_quota_give(&s->quota, user, QUOTA_SOCKETS);
		return NULL;
	}
	s->counts.sockets++;
	k->owner = s;
	k->uid = uid;
	k->user = user;
	k->tag = tag;
	k->watch = (struct watch){ .fd = -1, .fn = on_watch, .ctx = k };
	k->opt = (struct socket_options){ .ttl = 64,
					  .mcast_ttl = 1,
					  .linger = -1,
					  .mtu_discover = IP_PMTUDISC_WANT,
					  .mtu_discover6 = IPV6_PMTUDISC_WANT,
					  .keep_idle_s = 7200,
					  .keep_interval_s = 75,
					  .keep_count = 9 };
	k->hold.app = -1;
	tl_list_init(&k->hold.link);
	k->host.fd = -1;
	k->host.watch.fd = -1;
	tl_list_init(&k->dirty);
	tl_list_init(&k->starved);
	tl_list_init(&k->tcp.waiting);
	tl_list_init(&k->listen.queue);
	tl_list_init(&k->listen.in_group);
	tl_list_init(&k->errors.queue);
	tl_ring_init(&k->tcp.rx, tl_quota_counter(&s->quota, user, 0));
	tl_ring_init(&k->tcp.tx, tl_quota_counter(&s->quota, user, 1));
	tl_list_append(&s->all, &k->link);
	if (tag & TAG_DGRAM)
		k->state = SOCKET_UDP;
	k->udp.bare = (tag & TAG_DGRAM) && (tag & TAG_BARE);
	return k;
}

int tl_socket_adopt(struct socket *k, int fd, uint64_t cookie)
{
	struct sockets *s = k->owner;
	int on = 1;
	int err;

	/* An urgent byte must not stop the stream, it is read as any other. */
	if (!(k->tag & TAG_DGRAM))
		(void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	err = tl_map_insert(&s->by_cookie, &k->by_cookie,
			    tl_map_hash_u64(&s->by_cookie, cookie));
	if (err)
		return err;
	err = tl_poll_add(s->config.poll, &k->watch, fd,
			  k->state == SOCKET_UDP ? WATCH_IN : 0);
	if (err) {
		tl_map_remove(&s->by_cookie, &k->by_cookie);
		return err;
	}
	k->in_table = true;
	k->cookie = cookie;
	return 0;
}

void tl_socket_detach(struct socket *k)
{
	struct sockets *s = k->owner;
	int fd = k->watch.fd;

	if (k->in_table)
		tl_map_remove(&s->by_cookie, &k->by_cookie);
	k->in_table = false;
	tl_port_leave(k);
	if (fd < 0)
		return;
	tl_poll_del(s->config.poll, &k->watch);
	close(fd);
}

void tl_socket_drop(struct socket *k)
{
	struct sockets *s = k->owner;

	if (k->gone)
		return;
	tl_keep_forget(k);
	tl_resume_free(k);
	tl_tcp_free(k);
	tl_listen_free(k);
	tl_socket_udp_free(k);
	tl_mcast_free(k);
	tl_closed_free(k);
	tl_resolver_forget(k);
	tl_errors_free(k);
	tl_host_drop(k);
	tl_hold_drop(k);
	tl_socket_detach(k);
	tl_list_remove(&k->dirty);
	tl_list_remove(&k->starved);
	tl_list_remove(&k->link);
	tl_list_append(&s->dead, &k->link);
	k->gone = true;
	tl_quota_give(&s->quota, k->user, QUOTA_SOCKETS);
	s->counts.sockets--;
}

static void free_dead(struct sockets *s)
{
	struct socket *k;

	while ((k = tl_list_first(&s->dead, struct socket, link))) {
		tl_list_remove(&k->link);
		tl_free(k);
	}
}

static struct socket *find(const struct sockets *s, uint64_t cookie)
{
	struct map_node *n = tl_map_first(
		&s->by_cookie, tl_map_hash_u64(&s->by_cookie, cookie));

	for (; n; n = tl_map_next(n)) {
		struct socket *k = tl_container_of(n, struct socket, by_cookie);

		if (k->cookie == cookie)
			return k;
	}
	return NULL;
}

static bool is_valid_tag(uint32_t tag)
{
	if ((tag & TAG_MAGIC_MASK) != TAG_MAGIC)
		return false;
	return !(tag & TAG_ICMP) || (tag & TAG_DGRAM);
}

/* The companion that came as descriptor @i of @call, if one did. */
static int adopt_companion(struct socket *k, struct rpc_call *call, size_t i)
{
	int err;

	if (call->n_fds <= i)
		return 0;
	err = tl_host_adopt(k, call->fds[i]);
	if (!err)
		call->fds[i] = -1;
	return err;
}

/* Why tl_socket_make() has made none. */
static int why_none(struct sockets *s, uint32_t uid)
{
	if (s->counts.sockets >= SOCKETS_MAX)
		return -ENFILE;
	if (!tl_quota_take(&s->quota, uid, QUOTA_SOCKETS))
		return -EMFILE;
	tl_quota_give(&s->quota, uid, QUOTA_SOCKETS);
	return -ENOMEM;
}

static int make_known(struct sockets *s, struct rpc_call *call,
		      const struct rpc_request *q, uint64_t cookie)
{
	struct socket *k;
	int err;

	/* The same pair twice: the first one has it. */
	if (find(s, cookie))
		return -EINVAL;
	k = tl_socket_make(s, call->uid, call->user, q->tag);
	if (!k)
		return why_none(s, call->user);
	k->host.only_loopback = q->flags & RPC_FLAG_ISOLATE;
	k->closed.on = q->flags & RPC_FLAG_CLOSED;
	k->resolver.off = q->flags & RPC_FLAG_NO_RESOLVER;
	err = tl_socket_adopt(k, call->fds[0], cookie);
	if (!err) {
		call->fds[0] = -1;
		err = adopt_companion(k, call, 2);
	}
	if (err)
		tl_socket_drop(k);
	return err;
}

/* Who did not wait may be polling it by now, and would see the nonce. */
static int check_ends(struct sockets *s, const struct rpc_call *call,
		      const struct rpc_request *q)
{
	int type = q->tag & TAG_DGRAM ? SOCK_SEQPACKET : SOCK_STREAM;
	uint64_t nonce;

	if (q->flags & RPC_FLAG_QUIET)
		return tl_end_check(call->fds[0], call->fds[1], type);
	tl_socket_random(s, &nonce, sizeof(nonce));
	return tl_end_verify(call->fds[0], call->fds[1], type, nonce);
}

static int make_checked(struct sockets *s, struct rpc_call *call,
			const struct rpc_request *q)
{
	uint64_t cookie;
	int err = check_ends(s, call, q);

	if (!err)
		err = tl_end_cookie(call->fds[1], &cookie);
	if (err)
		return err;
	/* The application holds it too. */
	close(call->fds[1]);
	call->fds[1] = -1;
	call->known_fds = call->n_fds == 2;
	err = make_known(s, call, q, cookie);
	if (err)
		remember(s, cookie, -err, true);
	return err;
}

/* How much a client may ask for without waiting, after what came as descriptor
 * @fd: a part of what there is left of everything. The lowest number
 * that is free says roughly how many descriptors there are. */
static uint32_t credit_of(const struct sockets *s, uint32_t user, int fd)
{
	uint32_t left = tl_quota_left(&s->quota, user, QUOTA_SOCKETS);
	struct rlimit files;
	size_t in_use = TL_MAX((size_t)fd, s->counts.sockets);

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur <= in_use)
		return 0;
	left = (uint32_t)TL_MIN(left, files.rlim_cur - in_use);
	left = (uint32_t)TL_MIN(left, SOCKETS_MAX - s->counts.sockets);
	return left / CREDIT_PART;
}

uint32_t tl_socket_credit(const struct socket *k)
{
	return credit_of(k->owner, k->user, k->watch.fd);
}

static void on_socket(struct sockets *s, struct rpc_call *call,
		      const struct rpc_request *q)
{
	struct rpc_reply reply = { 0 };
	int fd = call->fds[0];
	int err;

	if (!call->may_create)
		err = -EPERM;
	else if (!is_valid_tag(q->tag))
		err = -EPROTONOSUPPORT;
	else
		err = make_checked(s, call, q);
	reply.status = (uint32_t)-err;
	if (!err && !(q->flags & RPC_FLAG_QUIET))
		reply.value = credit_of(s, call->user, fd);
	tl_rpc_reply(call, &reply);
}

/* A socket whose connect failed is gone; what is left of it is its error. */
static void on_error_of(struct sockets *s, struct rpc_call *call,
			uint64_t cookie)
{
	size_t i = cookie % SOCKET_ERRORS;
	struct rpc_reply reply = { 0 };

	if (s->errors[i].cookie == cookie) {
		reply.value = (uint32_t)s->errors[i].error;
		s->errors[i].cookie = 0;
	}
	tl_rpc_reply(call, &reply);
}

/* What was wrong with a socket that there never was. */
static int birth_error(const struct sockets *s, uint64_t cookie)
{
	size_t i = cookie % SOCKET_ERRORS;

	if (s->errors[i].cookie == cookie && s->errors[i].at_birth)
		return s->errors[i].error;
	return EBADF;
}

static void on_bind(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q)
{
	struct rpc_addr a = q->addr;
	uint32_t status;
	int err;

	if (k->has_port ||
	    (k->state != SOCKET_IDLE && k->state != SOCKET_UDP)) {
		tl_socket_answer(call, EINVAL);
		return;
	}
	tl_addr_unmap(&a);
	status = tl_port_judge_bind(k, &a, q->flags);
	if (status) {
		tl_socket_answer(call, (int)status);
		return;
	}
	tl_socket_read_native(k, call->fds[0]);
	if (q->flags & RPC_FLAG_OPEN)
		k->closed.on = false;
	k->local = a;
	err = tl_port_take(k);
	if (!err) {
		err = adopt_companion(k, call, 1);
		if (err)
			tl_port_leave(k);
	}
	if (err) {
		k->local = (struct rpc_addr){ 0 };
		tl_socket_answer(call, -err);
		return;
	}
	if (k->state == SOCKET_UDP)
		tl_socket_udp_bind(k, call);
	else
		tl_socket_answer_names(call, k, 0);
}

static void on_known(struct socket *k, struct rpc_call *call,
		     const struct rpc_request *q)
{
	const uint32_t fixed = TAG_DOMAIN6 | TAG_DGRAM | TAG_ICMP;
	bool tell_keeper;

	k->tag = (k->tag & fixed) | ((q->tag ? q->tag : k->tag) & ~fixed);
	/* Only then something may be new; the socket may be gone afterwards,
	 * but not its memory. */
	tell_keeper = q->op != RPC_NAMES && q->op != RPC_GETOPT;
	switch (q->op) {
	case RPC_BIND:
		on_bind(k, call, q);
		break;
	case RPC_LISTEN:
		tl_listen_start(k, call, q);
		break;
	case RPC_CONNECT:
		if (k->state == SOCKET_UDP)
			tl_socket_udp_connect(k, call, q);
		else
			tl_tcp_connect(k, call, q);
		break;
	case RPC_DISCONNECT:
		tl_socket_udp_disconnect(k, call);
		break;
	case RPC_TAKE_ERROR:
		tl_errors_call(k, call, q);
		break;
	case RPC_SETOPT:
		tl_socket_setopt(k, call, q);
		break;
	case RPC_GETOPT:
		tl_socket_getopt(k, call, q);
		break;
	default:
		if (k->state == SOCKET_UDP)
			tl_socket_answer_names(call, k, 0);
		else
			tl_tcp_answer_names(k, call);
		break;
	}
	if (tell_keeper)
		tl_keep_note(k);
}

/* Requests that concern no socket that there is already. */
static bool is_about_none(uint16_t op)
{
	return op == RPC_SOCKET || op == RPC_INTERFACE || op == RPC_LOOKUP ||
	       op == RPC_WAIT;
}

static void on_wait(struct sockets *s, struct rpc_call *call,
		    const struct rpc_request *q)
{
	if (!call->may_create)
		tl_socket_answer(call, EPERM);
	else if (!s->config.wait)
		tl_socket_answer(call, EOPNOTSUPP);
	else
		s->config.wait(s->config.ctx, call, q);
}

static void on_call_about_none(struct sockets *s, struct rpc_call *call,
			       const struct rpc_request *q)
{
	if (q->op == RPC_SOCKET)
		on_socket(s, call, q);
	else if (q->op == RPC_INTERFACE)
		tl_socket_answer_interface(s, call, q);
	else if (q->op == RPC_WAIT)
		on_wait(s, call, q);
	else
		tl_socket_answer_lookup(s, call, q);
}

static void on_call(void *ctx, struct rpc_call *call,
		    const struct rpc_request *q)
{
	struct sockets *s = ctx;
	struct socket *k;
	uint64_t cookie;

	if (is_about_none(q->op)) {
		on_call_about_none(s, call, q);
		return;
	}
	if (tl_end_cookie(call->fds[0], &cookie)) {
		tl_socket_answer(call, ENOTSOCK);
		return;
	}
	k = find(s, cookie);
	call->known_fds = call->n_fds == 1 &&
			  (k || tl_end_is_unix(call->fds[0]));
	if (q->op == RPC_ERROR)
		on_error_of(s, call, cookie);
	else if (k)
		on_known(k, call, q);
	else
		tl_socket_answer(call, birth_error(s, cookie));
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
	rpc.on_call = on_call;
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
