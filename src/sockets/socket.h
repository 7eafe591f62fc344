/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.h - applications' sockets on the user-space stack
 *
 * The service's side of proto.h: answers control calls, moves bytes between
 * applications and the stack with back-pressure both ways. All of it runs on
 * the loop's thread. A pass of the loop is:
 *
 *	tl_poll_run(), packets in, tl_stack_run(), tl_sockets_end_pass(),
 *	tl_stack_end_pass(), packets out; wait, unless tl_sockets_has_work(),
 *	at most until tl_stack_next_us()
 *
 * What applications and the network did during the pass is only noted; the work
 * is done in one go by tl_sockets_end_pass().
 */
#ifndef TL_SOCKETS_SOCKET_H
#define TL_SOCKETS_SOCKET_H

#include "os/poll.h"
#include "rpc/keepline.h"
#include "rpc/proto.h"
#include "sockets/rpc_server.h"
#include "stack/stack.h"

struct sockets;

/**
 * struct name_lookup - A question about a name or an address, and its answer
 * @name:	what is asked, or the answer: lower case, without a final dot
 * @address:	what is asked, if @name is empty
 * @user:	who asks
 * @kind:	what the answer is
 * @list:	@n addresses, at most RPC_LOOKUP_MAX
 */
struct name_lookup {
	char name[RPC_HOST_NAME_MAX + 1];
	struct rpc_addr address;
	uint32_t user;
	enum lookup_kind kind;
	struct rpc_addr list[RPC_LOOKUP_MAX];
	size_t n;
};

/* Applications' sockets of all users; a full table is ENFILE. */
#define SOCKETS_MAX 65536

/**
 * struct sockets_config - How they are made
 * @poll:	where descriptors are watched; borrowed
 * @name, @path, @owner, @is_shared, @group, @secret, @random, @close_fd, @ctx:
 *		as for struct rpc_server_config
 * @lookup:	answers at once: 0, ENOENT, or RPC_USE_HOST; NULL: always that
 * @sees:	is the network of this interface there for a user? NULL: always
 * @wait:	answers RPC_WAIT, now or later; NULL: it is refused
 * @eager_names: sockets up to which connections are named at once, others when
 *		they are asked for their name; 0: 2048
 * @resolv_conf: of the host, borrowed; NULL: no questions to its servers are
 *		looked at (resolver.h)
 * @user_sockets: sockets of one uid; 0: 16384
 * @user_calls:	control connections of one uid; 0: 1024
 * @keeper:	where listeners and UDP sockets are kept, and may come from;
 *		borrowed; NULL: they are not
 * @on_keeper_gone: it has died; may be NULL
 * @receive_limit, @send_limit: bytes kept for slow readers and not yet
 *		acknowledged; 0: 256 MiB each
 */
struct sockets_config {
	struct poll_set *poll;
	const char *name;
	const char *path;
	uint32_t owner;
	bool is_shared;
	uint32_t group;
	uint8_t secret[RPC_SECRET_LEN];
	void (*random)(void *ctx, struct buffer out);
	void (*close_fd)(void *ctx, int fd);
	uint32_t (*lookup)(void *ctx, struct name_lookup *q);
	bool (*sees)(const void *ctx, uint32_t user, const struct ifc *ifc);
	rpc_call_fn wait;
	const char *resolv_conf;
	struct keepline *keeper;
	void (*on_keeper_gone)(void *ctx);
	void *ctx;
	uint32_t eager_names;
	uint32_t user_sockets;
	uint32_t user_calls;
	size_t receive_limit;
	size_t send_limit;
};

struct sockets_counts {
	uint64_t sockets; /* now */
	uint64_t connected; /* since the start: connects that succeeded */
	uint64_t accepted;
	uint64_t failed; /* connects that failed */
	uint64_t reset; /* ended by a reset, theirs or ours */
	uint64_t bytes_in; /* to applications */
	uint64_t bytes_out; /* from applications */
	uint64_t datagrams_in;
	uint64_t datagrams_out;
	uint64_t receive_dropped; /* datagrams that no room was left for */
	uint64_t send_dropped; /* datagrams that the stack did not take */
	uint64_t malformed; /* records on UDP sockets */
	uint64_t starved; /* had to wait for descriptors or memory */
};

/**
 * tl_sockets_new() - Open for business; the stack must run
 *
 * Return: 0, or a negative errno; -EADDRINUSE if another service has the name.
 */
TL_MUST_USE int tl_sockets_new(struct sockets **sp,
			       const struct sockets_config *config);

/**
 * tl_sockets_take_over() - Go on with what an earlier worker has left
 *
 * To be called once, before the loop turns, with the networks that are known by
 * then. What is bound to an address of another waits for that; see
 * tl_sockets_on_ifc_changed().
 */
void tl_sockets_take_over(struct sockets *s);

/* An interface was made or has got other addresses. */
void tl_sockets_on_ifc_changed(struct sockets *s);

/* All is left to the next worker: what is freed from now on stays with the
 * keeper. Takes a second at most. */
void tl_sockets_leave(struct sockets *s);

/* Applications see ECONNRESET, or the end of a listener. Accepts NULL. */
void tl_sockets_free(struct sockets *s);

/**
 * tl_sockets_end_pass() - Do what the pass has brought up
 *
 * Return: true if there is more to do: begin the next pass without waiting.
 */
TL_MUST_USE bool tl_sockets_end_pass(struct sockets *s, int64_t now_us);

/* Has anything come up since? Asked after tl_stack_end_pass(), which delivers
 * what own addresses have sent each other: if so, do not wait. */
bool tl_sockets_has_work(const struct sockets *s);

/* True if another tl_poll_run() before the end of the pass would let requests
 * be served in it. */
bool tl_sockets_wants_sweep(const struct sockets *s);

/* Before tl_ifc_free(): its connections are reset, its listeners end. */
void tl_sockets_on_ifc_gone(struct sockets *s, struct ifc *ifc);

/* @sees may say another thing of @ifc than before: connections of those for
 * whom it is not there any more are reset, their listeners on it end. */
void tl_sockets_on_sight(struct sockets *s, struct ifc *ifc);

/**
 * struct socket_error - The network says that a packet of ours did not arrive
 * @udp:	UDP, else TCP
 * @icmp:	an echo request, which has no other port than @local's
 * @local, @remote: of the packet that we sent
 * @error:	ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EMSGSIZE
 * @passes:	the next one may arrive: told only to those who ask for all
 * @type, @code, @info, @ttl, @quoted: see struct ifc_error
 * @from:	who says so
 */
struct socket_error {
	bool udp;
	bool icmp;
	struct rpc_addr local;
	struct rpc_addr remote;
	int error;
	bool passes;
	uint8_t type;
	uint8_t code;
	uint32_t info;
	struct rpc_addr from;
	uint8_t ttl;
	struct bytes quoted;
};

/* Tell the socket concerned: a connection being made fails (EMSGSIZE aside), a
 * connected UDP socket gets a DATAGRAM_ERROR, and so does each with IP_RECVERR,
 * which can also take the error out of its queue. */
void tl_sockets_on_error(struct sockets *s, const struct socket_error *e);

/* The same, for what an interface was told. */
void tl_sockets_on_ifc_error(struct sockets *s, const struct ifc_error *from);

/* Walk over the users who hold something, in no particular order; NULL at the
 * end. @walk: zeroes at first; borrowed until something changes. */
const struct quota_user *tl_sockets_step_user(const struct sockets *s,
					      struct map_walk *walk);

const struct sockets_counts *tl_sockets_counts(const struct sockets *s);

/**
 * struct sockets_sizes - What there is now
 * @idle, ...:	sockets by what they do
 * @accept_queue: connections that no program has taken yet
 * @receive_chunks, @send_chunks: buffers handed out, of at most their limit
 * @datagrams_held: that programs have no room for
 */
struct sockets_sizes {
	size_t idle;
	size_t connecting;
	size_t open;
	size_t accept_queue;
	size_t listening;
	size_t draining;
	size_t udp;
	size_t receive_chunks;
	size_t receive_limit;
	size_t send_chunks;
	size_t send_limit;
	size_t datagrams_held;
};

/* Walks over all of them. */
void tl_sockets_sizes(const struct sockets *s, struct sockets_sizes *out);
const struct rpc_server_counts *tl_sockets_rpc_counts(const struct sockets *s);

#endif /* TL_SOCKETS_SOCKET_H */
