/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/rpc_server.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/siphash.h"
#include "base/list.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "rpc/end.h"
#include "rpc/fdpass.h"
#include "rpc/peer.h"

/* Connections of one listener and pass. */
#define ACCEPTS_MAX 64

struct listener {
	struct rpc_server *server;
	struct watch watch;
};

/*
 * @fresh:	connections that were not looked at yet
 * @again:	connections wait that could not be accepted, for want of
 *		descriptors or because others were served first
 * @is_left:	the path is another process's
 */
struct rpc_server {
	struct rpc_server_config config;
	struct listener listeners[RPC_LISTENERS];
	struct list connections;
	struct list fresh;
	size_t n_connections;
	bool again;
	bool is_left;
	struct rpc_server_counts counts;
};

/*
 * @is_entitled: owner or member
 * @born:	tl_poll_sweeps() when it was accepted
 * @busy:	a call is with its handler or waits for its reply
 * @only:	its request is the only one: closed after the reply
 * @quiet:	which nobody waits for
 * @pinned:	whoever did that frees it, if it is @dead by then
 * @watched:	in the poll set; not before its first request is seen to be late
 */
struct connection {
	struct list link;
	struct rpc_server *server;
	struct watch watch;
	uint32_t uid;
	bool is_entitled;
	uint64_t born;
	bool busy;
	bool only;
	bool quiet;
	bool pinned;
	bool dead;
	bool watched;
	struct rpc_call call;
};

static void close_foreign(struct rpc_server *server, int fd)
{
	if (server->config.close_fd)
		server->config.close_fd(server->config.ctx, fd);
	else
		close(fd);
}

/* Close what the handler left of the descriptors. The reply comes after that: a
 * program that closes its own, and takes the number again, must find none of
 * its registrations with epoll alive. */
static void drop_fds(struct rpc_server *server, struct rpc_call *call)
{
	size_t i;

	for (i = 0; i < call->n_fds; i++) {
		if (call->fds[i] < 0)
			continue;
		if (call->known_fds)
			close(call->fds[i]);
		else
			close_foreign(server, call->fds[i]);
	}
	call->n_fds = 0;
}

static void connection_close(struct connection *c)
{
	struct rpc_server *server = c->server;
	int fd = c->watch.fd;

	if (fd < 0)
		return;
	if (c->watched)
		tl_poll_del(server->config.poll, &c->watch);
	c->watch.fd = -1;
	close(fd);
	tl_quota_give(server->config.quota, c->uid, QUOTA_CONTROL);
	server->n_connections--;
	tl_list_remove(&c->link);
}

static void connection_free(struct connection *c)
{
	connection_close(c);
	if (c->pinned) {
		c->dead = true;
		return;
	}
	if (c->busy && c->call.gone)
		c->call.gone(c->call.waiter);
	tl_free(c);
}

/* False if it is gone. */
static bool connection_unpin(struct connection *c)
{
	bool dead = c->dead;

	c->pinned = false;
	if (dead)
		connection_free(c);
	return !dead;
}

/* With a word before it: tokens of an earlier kind had no uid. */
static void token_sum(const struct rpc_server *server, const uint8_t first[8],
		      uint8_t sum[8])
{
	uint8_t text[12] = { 'u', 's', 'e', 'r' };
	uint8_t mac[SHA384_LEN];

	memcpy(text + 4, first, 8);
	tl_hmac_sha384(mac, TL_BYTES_OF(server->config.secret),
		       TL_BYTES_OF(text));
	memcpy(sum, mac, 8);
}

void tl_rpc_server_token(struct rpc_server *server, uint32_t user,
			 uint8_t token[RPC_TOKEN_LEN])
{
	tl_store_be32(token, user);
	server->config.random(server->config.ctx, tl_buffer(token + 4, 4));
	token_sum(server, token, token + 8);
}

static bool has_token(const struct rpc_server *server,
		      const struct rpc_request *q)
{
	uint8_t sum[8];

	token_sum(server, q->token, sum);
	return tl_equal_ct(sum, q->token + 8, sizeof(sum));
}

static bool all_zero(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i])
			return false;
	}
	return true;
}

/* What proto.h says of each; companions may be missing. */
static bool has_its_fds(uint16_t op, size_t n)
{
	switch (op) {
	case RPC_HELLO:
	case RPC_SESSION:
	case RPC_INTERFACE:
	case RPC_LOOKUP:
	case RPC_PROVE:
	case RPC_WAIT:
		return n == 0;
	case RPC_SOCKET:
		return n == 2 || n == 3;
	case RPC_BIND:
		return n == 1 || n == 2;
	default:
		return n == 1;
	}
}

static void on_session(struct connection *c)
{
	uint8_t token[RPC_TOKEN_LEN];
	struct rpc_reply reply = { .status = EPERM };

	if (c->is_entitled) {
		tl_rpc_server_token(c->server, c->uid, token);
		reply = (struct rpc_reply){ .opt = TL_BYTES_OF(token) };
	}
	tl_rpc_reply(&c->call, &reply);
}

/* The client knows the token and has not told it: show that we know it too. */
static void on_prove(struct connection *c, const struct rpc_request *q)
{
	uint8_t token[RPC_TOKEN_LEN];
	struct rpc_reply reply = { .status = EINVAL };
	uint8_t proof[8];

	if (q->opt.n == RPC_NONCE_LEN) {
		memcpy(token, q->token, sizeof(token));
		token_sum(c->server, token, token + 8);
		tl_store_be64(proof, tl_siphash_24(token, q->opt));
		tl_wipe(token, sizeof(token));
		reply = (struct rpc_reply){ .opt = TL_BYTES_OF(proof) };
	}
	tl_rpc_reply(&c->call, &reply);
}

static void dispatch(struct connection *c, const struct rpc_request *q)
{
	struct rpc_server *server = c->server;
	struct rpc_reply hello = { .value = RPC_VERSION };

	server->counts.requests++;
	if (q->op == RPC_HELLO)
		tl_rpc_reply(&c->call, &hello);
	else if (q->op == RPC_SESSION)
		on_session(c);
	else if (q->op == RPC_PROVE)
		on_prove(c, q);
	else
		server->config.on_call(server->config.on_call_ctx, &c->call, q);
}

/* Does the request's token give a right, and whose? */
static bool token_counts(const struct connection *c,
			 const struct rpc_request *q, uint32_t *user)
{
	const struct rpc_server_config *config = &c->server->config;

	if (!has_token(c->server, q))
		return false;
	*user = tl_load_be32(q->token);
	if (*user == config->owner)
		return true;
	return config->is_shared && (c->uid != *user || c->is_entitled);
}

/* False if it was no request and the connection is to be closed. */
static bool handle(struct connection *c, struct bytes record, struct fdpass *in)
{
	struct rpc_server *server = c->server;
	struct reader r = tl_reader(record);
	struct rpc_request q;
	bool given, right;

	tl_rpc_read_request(&r, &q);
	c->call = (struct rpc_call){ .uid = c->uid,
				     .user = c->uid,
				     .n_fds = in->n_fds };
	memcpy(c->call.fds, in->fds, sizeof(in->fds));
	if (!tl_reader_done(&r) || !has_its_fds(q.op, in->n_fds)) {
		drop_fds(server, &c->call);
		server->counts.malformed++;
		return false;
	}
	given = q.op != RPC_PROVE && !all_zero(q.token, sizeof(q.token));
	right = given && token_counts(c, &q, &c->call.user);
	c->call.may_create = right || (!given && c->is_entitled);
	c->busy = true;
	c->only = q.flags & RPC_FLAG_ONLY;
	c->quiet = c->only && (q.flags & RPC_FLAG_QUIET);
	dispatch(c, &q);
	drop_fds(server, &c->call);
	if (given && !right)
		server->counts.refused++;
	return right || !given;
}

/* Its descriptors could not be taken, so what it wants is not known: with us it
 * is the system that has none left. */
static void refuse_starved(struct connection *c)
{
	struct rpc_reply reply = { .status = ENFILE };

	c->server->counts.refused++;
	c->call = (struct rpc_call){ .uid = c->uid, .user = c->uid };
	c->busy = true;
	tl_rpc_reply(&c->call, &reply);
}

/* One request, if there is one. False when there is nothing more to read or
 * the connection is to be freed. */
static bool serve_one(struct connection *c)
{
	uint8_t room[RPC_REQUEST_MAX];
	struct fdpass in;
	int err;

	err = tl_fdpass_recv(c->watch.fd, &in, TL_BUFFER_OF(room),
			     MSG_DONTWAIT);
	if (err == -EAGAIN || err == -EINTR)
		return false;
	if (err == -EMFILE || err == -ENFILE) {
		refuse_starved(c);
		return !c->dead;
	}
	if (err == -EPROTO)
		c->server->counts.malformed++;
	if (err || (in.n == 0 && in.n_fds == 0) ||
	    !handle(c, tl_bytes(room, in.n), &in) || (c->only && !c->busy))
		connection_free(c);
	return !c->dead && !c->busy;
}

/* What there is to read. False if the connection is gone. */
static bool serve(struct connection *c)
{
	c->pinned = true;
	while (serve_one(c))
		;
	return connection_unpin(c);
}

static void on_connection(void *ctx, uint32_t events)
{
	struct connection *c = ctx;

	if (!c->busy)
		(void)serve(c);
	/* Only its going away matters until the reply. */
	else if (events & (WATCH_HUP | WATCH_ERR | WATCH_RDHUP))
		connection_free(c);
}

void tl_rpc_reply(struct rpc_call *call, const struct rpc_reply *reply)
{
	struct connection *c = tl_container_of(call, struct connection, call);
	uint8_t room[RPC_REPLY_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	int err;

	tl_assert(c->busy);
	c->busy = false;
	call->gone = NULL;
	drop_fds(c->server, call);
	tl_rpc_write_reply(&w, reply);
	tl_assert(tl_writer_ok(&w));
	if (c->watch.fd < 0)
		return;
	err = c->quiet ? 0
		       : tl_fdpass_send(c->watch.fd, tl_writer_bytes(&w), NULL,
					0, MSG_DONTWAIT);
	/* Who does not read its replies, or has gone, gets no more of them. */
	if (err || (c->only && !c->pinned))
		connection_free(c);
	else if (!c->pinned)
		tl_poll_mod(c->server->config.poll, &c->watch, WATCH_IN);
}

static struct connection *make_connection(struct rpc_server *server, int fd)
{
	const struct rpc_server_config *config = &server->config;
	struct connection *c;
	bool is_member = false;
	uint32_t uid = 0;

	if (tl_peer_of(fd, &uid, config->is_shared ? &config->group : NULL,
		       &is_member) ||
	    server->n_connections >= RPC_CONNECTIONS_MAX ||
	    !tl_quota_take(server->config.quota, uid, QUOTA_CONTROL)) {
		server->counts.refused++;
		return NULL;
	}
	c = tl_alloc_zeroed(sizeof(*c));
	if (!c) {
		tl_quota_give(server->config.quota, uid, QUOTA_CONTROL);
		return NULL;
	}
	c->server = server;
	c->uid = uid;
	c->is_entitled = uid == config->owner || is_member ||
			 (config->is_shared && uid == 0);
	c->born = tl_poll_sweeps(server->config.poll);
	c->watch = (struct watch){ .fd = fd, .fn = on_connection, .ctx = c };
	tl_list_append(&server->fresh, &c->link);
	server->n_connections++;
	return c;
}

/* Most have sent their request by now, and are served and closed without having
 * been in the poll set. */
static void connection_begin(struct connection *c)
{
	struct rpc_server *server = c->server;

	tl_list_remove(&c->link);
	tl_list_append(&server->connections, &c->link);
	if (!serve(c))
		return;
	if (tl_poll_add(server->config.poll, &c->watch, c->watch.fd, WATCH_IN))
		connection_free(c);
	else
		c->watched = true;
}

static void on_listener(void *ctx, TL_UNUSED uint32_t events)
{
	struct listener *l = ctx;
	int fd;
	int i;

	for (i = 0; i < ACCEPTS_MAX; i++) {
		fd = accept4(l->watch.fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			if (!make_connection(l->server, fd))
				close(fd);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		/* Everything but "none left" is a shortage that passes. */
		if (errno != EAGAIN)
			l->server->again = true;
		return;
	}
	l->server->again = true;
}

/*
 * A program that has closed a socket, or written to it, and then asks for
 * something expects the first to be done. Both are events to us, and the second
 * may be seen before the first: so all that happened before is waited for.
 */
static bool is_ripe(const struct connection *c)
{
	return tl_poll_sweeps(c->server->config.poll) >= c->born + 2;
}

bool tl_rpc_server_has_fresh(const struct rpc_server *server)
{
	return !tl_list_is_empty(&server->fresh);
}

bool tl_rpc_server_end_pass(struct rpc_server *server)
{
	struct connection *c;
	size_t i;

	while ((c = tl_list_first(&server->fresh, struct connection, link)) &&
	       is_ripe(c))
		connection_begin(c);
	if (server->again) {
		server->again = false;
		for (i = 0; i < RPC_LISTENERS; i++) {
			if (server->listeners[i].watch.fd >= 0)
				on_listener(&server->listeners[i], WATCH_IN);
		}
	}
	return tl_rpc_server_has_fresh(server);
}

/* Does it listen there? */
static bool is_there(int fd, const struct sockaddr_un *sa, socklen_t len)
{
	struct sockaddr_un own = { 0 };
	socklen_t own_len = sizeof(own);

	return tl_end_option(fd, SOL_SOCKET, SO_DOMAIN, -1) == AF_UNIX &&
	       tl_end_option(fd, SOL_SOCKET, SO_TYPE, -1) == SOCK_SEQPACKET &&
	       tl_end_option(fd, SOL_SOCKET, SO_ACCEPTCONN, 0) == 1 &&
	       getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 &&
	       own_len >= len && memcmp(&own, sa, len) == 0;
}

/* The kept one of this place, if it is what it should be; -1 if not. */
static int take_kept(struct rpc_server *server, size_t which,
		     const struct sockaddr_un *sa, socklen_t len)
{
	int fd = server->config.kept[which];

	server->config.kept[which] = -1;
	if (fd >= 0 && !is_there(fd, sa, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int make_listening(int *fdp, const struct sockaddr_un *sa, socklen_t len)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	int err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)sa, len) == 0 &&
	    listen(fd, SOMAXCONN) == 0) {
		*fdp = fd;
		return 0;
	}
	err = -errno;
	close(fd);
	return err;
}

/* Consumes @fd; -1: make one. */
static int open_listener(struct rpc_server *server, struct listener *l, int fd,
			 const struct sockaddr_un *sa, socklen_t len)
{
	int err = fd < 0 ? make_listening(&fd, sa, len) : 0;

	if (err)
		return err;
	l->watch.fn = on_listener;
	l->watch.ctx = l;
	err = tl_poll_add(server->config.poll, &l->watch, fd, WATCH_IN);
	if (err)
		close(fd);
	return err;
}

static int open_name(struct rpc_server *server)
{
	struct sockaddr_un sa;
	socklen_t len =
		tl_fdpass_abstract(&sa, tl_bytes_from_str(server->config.name));

	if (!len)
		return -ENAMETOOLONG;
	return open_listener(server, &server->listeners[0],
			     take_kept(server, 0, &sa, len), &sa, len);
}

static int open_path(struct rpc_server *server)
{
	struct sockaddr_un sa;
	struct stat st;
	socklen_t len;
	int err;
	int fd;

	len = tl_fdpass_name(&sa, tl_bytes_from_str(server->config.path));
	if (!len)
		return -ENAMETOOLONG;
	fd = take_kept(server, 1, &sa, len);
	/* Who holds the name holds the path: what lies there is stale. */
	if (fd < 0 && lstat(server->config.path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		(void)unlink(server->config.path);
	err = open_listener(server, &server->listeners[1], fd, &sa, len);
	if (!err && chmod(server->config.path, 0666))
		err = -errno;
	return err;
}

static void close_kept(const int kept[RPC_LISTENERS])
{
	size_t i;

	for (i = 0; i < RPC_LISTENERS; i++) {
		if (kept[i] >= 0)
			close(kept[i]);
	}
}

int tl_rpc_server_new(struct rpc_server **serverp,
		      const struct rpc_server_config *config)
{
	struct rpc_server *server = tl_alloc_zeroed(sizeof(*server));
	size_t i;
	int err;

	if (!server) {
		close_kept(config->kept);
		return -ENOMEM;
	}
	server->config = *config;
	tl_list_init(&server->connections);
	tl_list_init(&server->fresh);
	for (i = 0; i < RPC_LISTENERS; i++) {
		server->listeners[i].server = server;
		server->listeners[i].watch.fd = -1;
	}
	err = open_name(server);
	if (!err && config->path)
		err = open_path(server);
	close_kept(server->config.kept);
	if (err) {
		tl_rpc_server_free(server);
		return err;
	}
	*serverp = server;
	return 0;
}

void tl_rpc_server_free(struct rpc_server *server)
{
	struct connection *c;
	size_t i;
	int fd;

	if (!server)
		return;
	while ((c = tl_list_first(&server->connections, struct connection,
				  link)))
		connection_free(c);
	while ((c = tl_list_first(&server->fresh, struct connection, link)))
		connection_free(c);
	for (i = 0; i < RPC_LISTENERS; i++) {
		fd = server->listeners[i].watch.fd;
		if (fd < 0)
			continue;
		tl_poll_del(server->config.poll, &server->listeners[i].watch);
		close(fd);
		if (i == 1 && !server->is_left)
			(void)unlink(server->config.path);
	}
	tl_wipe(server->config.secret, sizeof(server->config.secret));
	tl_free(server);
}

const struct rpc_server_counts *
tl_rpc_server_counts(const struct rpc_server *server)
{
	return &server->counts;
}

int tl_rpc_server_fd(const struct rpc_server *server, size_t which)
{
	return server->listeners[which].watch.fd;
}

void tl_rpc_server_leave(struct rpc_server *server)
{
	server->is_left = true;
}
