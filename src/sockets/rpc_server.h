/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpc_server.h - control connections of programs
 *
 * Listens on an abstract SOCK_SEQPACKET name and, if wanted, on a path. Reads
 * one request at a time from each connection, says who sent it and whether it
 * may make sockets, and hands it on. A connection that sends what is no request
 * is closed and counted. RPC_HELLO and RPC_SESSION are answered here.
 *
 * Theory of operation: a session token is a uid, 4 random bytes and the first 8
 * of their HMAC-SHA-384 with a secret, so nothing is stored for it and it lasts
 * as long as the secret does. 64 bits cannot be guessed over a socket, and
 * whoever guesses wrong is disconnected.
 *
 * Three kinds of users: the owner, members (of the group that the service is
 * shared with, and root if there is one) and strangers, who hold descriptors at
 * most. What a process is, is asked of the kernel for each connection: so
 * somebody who has left the group is refused when a process of his that does
 * not have it any more connects, with a token as without. A process that has
 * become another user is believed the token alone; only root can make such, or
 * who has been given other numbers (subuid).
 */
#ifndef TL_SOCKETS_RPC_SERVER_H
#define TL_SOCKETS_RPC_SERVER_H

#include "os/poll.h"
#include "rpc/proto.h"
#include "sockets/quota.h"

#define RPC_SECRET_LEN 32
/* Control connections of everybody at once. */
#define RPC_CONNECTIONS_MAX 4096

/* Where programs call: the abstract name, and the path. */
#define RPC_LISTENERS 2

struct rpc_server;

/**
 * struct rpc_call - A request under way
 * @uid:	who sent it, by the kernel
 * @user:	on whose account: the user of its session, who may have started
 *		programs that became others; without a token @uid
 * @may_create:	owner, member or a valid token
 * @n_fds, @fds: what came with it; the server closes those that are not -1 with
 *		the reply, or when the handler has returned
 * @known_fds:	set by the handler: they are sockets of ours, closing cannot
 *		block
 * @gone, @waiter: set by a handler that replies later: called when the program
 *		has gone away meanwhile; there is no call any more then
 */
struct rpc_call {
	uint32_t uid;
	uint32_t user;
	bool may_create;
	size_t n_fds;
	int fds[RPC_MAX_FDS];
	bool known_fds;
	void (*gone)(void *waiter);
	void *waiter;
};

/* Replies now with tl_rpc_reply(), or sets @call's waiter and replies later. */
typedef void (*rpc_call_fn)(void *ctx, struct rpc_call *call,
			    const struct rpc_request *q);

/**
 * struct rpc_server_config - How a server is made
 * @name:	abstract name, without the NUL
 * @path:	also listen here, NULL: not; an old socket there is replaced
 * @owner:	uid that may make sockets and sessions
 * @is_shared:	so may members of the group @group, and root
 * @kept:	sockets that listen there already; consumed. -1: none; one that
 *		is something else is closed and made anew
 * @secret:	of the session tokens
 * @random:	fills a buffer with unguessable bytes
 * @close_fd:	closes a descriptor of a stranger, elsewhere: it may block;
 *		NULL: close(2)
 */
struct rpc_server_config {
	const char *name;
	const char *path;
	uint32_t owner;
	bool is_shared;
	uint32_t group;
	int kept[RPC_LISTENERS];
	uint8_t secret[RPC_SECRET_LEN];
	void (*random)(void *ctx, struct buffer out);
	void (*close_fd)(void *ctx, int fd);
	void *ctx;
	struct poll_set *poll;
	struct quota *quota;
	rpc_call_fn on_call;
	void *on_call_ctx;
};

struct rpc_server_counts {
	uint64_t requests;
	uint64_t malformed;
	uint64_t refused;
};

/**
 * tl_rpc_server_new() - Listen
 *
 * Return: 0, or a negative errno; -EADDRINUSE if the name is taken.
 */
TL_MUST_USE int tl_rpc_server_new(struct rpc_server **serverp,
				  const struct rpc_server_config *config);

/* Closes all connections; waiters are told. Accepts NULL. */
void tl_rpc_server_free(struct rpc_server *server);

/* True if connections have been accepted and not been looked at yet. */
bool tl_rpc_server_has_fresh(const struct rpc_server *server);

/* The socket that listens at the name (0) or the path (1); -1 if none does. */
int tl_rpc_server_fd(const struct rpc_server *server, size_t which);

/* Another process goes on with the sockets: leave the path where it is. */
void tl_rpc_server_leave(struct rpc_server *server);

/* Once a pass: serve connections that are new, accept what had to wait. True if
 * there is more to be done at once. */
TL_MUST_USE bool tl_rpc_server_end_pass(struct rpc_server *server);

/* Ends the call and closes what is left of its descriptors; @call is gone
 * afterwards. */
void tl_rpc_reply(struct rpc_call *call, const struct rpc_reply *reply);

/* Make a token of @user's, as RPC_SESSION does. */
void tl_rpc_server_token(struct rpc_server *server, uint32_t user,
			 uint8_t token[RPC_TOKEN_LEN]);

const struct rpc_server_counts *
tl_rpc_server_counts(const struct rpc_server *server);

#endif /* TL_SOCKETS_RPC_SERVER_H */
