/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller.h - decides who is a member of which network (vl2.md 14)
 *
 * Answers requests for configurations, changes networks and members as its API
 * is told, and pushes what changed. It does no I/O: it is handed requests and
 * `now`, hands payloads to its host and rows to its store.
 *
 * Theory of operation: networks and members live in memory; the store holds the
 * same as JSON rows. A change is told to nobody, and no request that made one
 * is answered, before the store has it durable; a change that cannot be stored
 * is taken back (batch.h). Members that must hear of a change are put on a
 * list; tl_controller_tick() works it off in small portions, because each
 * configuration costs several signatures. Changes of one member soon after each
 * other become one configuration, and so do revocations one message, since
 * receivers drop what comes within a second of the last.
 *
 * Time: `now` is wall-clock time in ms. Timestamps that are issued never go
 * back, not even over a restart with a wrong clock: members would refuse them.
 */
#ifndef TL_CONTROLLER_CONTROLLER_H
#define TL_CONTROLLER_CONTROLLER_H

#include "controller/store.h"
#include "wire/endpoint.h"
#include "wire/header.h"
#include "wire/identity.h"

#define CONTROLLER_MAX_NETWORKS 65536
/* Strangers that asked for a private network and were not admitted yet are
 * listed for approval; further ones are refused without a trace. */
#define CONTROLLER_MAX_PENDING 4096 /* in one network */
#define CONTROLLER_MAX_MEMBERS 1000000 /* in one network */
#define CONTROLLER_REQUEST_GATE_MS 1000
#define CONTROLLER_ONLINE_MS 120000
#define CONTROLLER_SELDOM_MS 7680000 /* twice a low-bandwidth node's pause */
#define CONTROLLER_RECENT_MS 180000
#define CONTROLLER_PUSHES_A_TICK 16
/* Between two configurations, and two messages of credentials, to one member:
 * receivers look at one a second. */
#define CONTROLLER_PACE_MS 1100
/* How often a push that is not acknowledged goes again. */
#define CONTROLLER_RESENDS 3
#define CONTROLLER_BODY_MAX (4u << 20) /* bytes of an HTTP request */

struct controller;

/**
 * struct controller_host - What a controller needs from its node
 * @send_config: send a chunk to @to: as OK(NETWORK_CONFIG_REQUEST) in reply to
 *		@packet_id if that is not 0, else as NETWORK_CONFIG; @chunk is
 *		the payload from the network ID on
 * @send_error:	refuse the request @packet_id
 * @send_credentials: send a payload of NETWORK_CREDENTIALS
 * @random:	secret random bytes
 * @is_reached:	is this node heard from, though it may not have asked for a
 *		configuration for long? May be NULL: cannot be told
 * @hears_taken: tl_controller_taken() is called when a member says so; else
 *		each push is sent once
 * @committed:	all batches up to @batch are durable, or, with @err, none since
 *		the last call was stored; may be NULL. Only with a store that
 *		has @commit
 *
 * Slices are borrowed until the function returns. None of these may call back
 * into the controller. @to may be the controller's own node.
 */
struct controller_host {
	void *ctx;
	void (*send_config)(void *ctx, struct network_id network,
			    struct address to, uint64_t packet_id,
			    struct bytes chunk);
	void (*send_error)(void *ctx, struct network_id network,
			   struct address to, uint64_t packet_id,
			   enum error_code code);
	void (*send_credentials)(void *ctx, struct network_id network,
				 struct address to, struct bytes payload);
	random_fn random;
	bool hears_taken;
	bool (*is_reached)(void *ctx, struct address node);
	void (*committed)(void *ctx, uint64_t batch, int err);
};

/**
 * struct controller_request - NETWORK_CONFIG_REQUEST as it came in
 * @from:	physical address, NULL if it was relayed
 * @packet_id:	not 0
 * @requester:	verified by VL1
 * @metadata:	dictionary, possibly empty
 */
struct controller_request {
	struct network_id network;
	const struct endpoint *from;
	uint64_t packet_id;
	const struct identity *requester;
	struct bytes metadata;
};

/**
 * tl_controller_new() - Make a controller and read all it has stored
 * @self:	its identity, with private key; copied
 * @host:	copied
 * @store:	copied; must outlive the controller
 *
 * Rows that cannot be understood are logged, kept in the store and ignored.
 *
 * Return: 0, -ENOMEM, or what the store failed with.
 */
TL_MUST_USE int tl_controller_new(struct controller **cp,
				  const struct identity *self,
				  const struct controller_host *host,
				  const struct store *store, int64_t now);

/* Accepts NULL. Does not close the store. */
void tl_controller_free(struct controller *c);

/**
 * tl_controller_on_request() - Answer a member
 *
 * Ignores networks of other controllers and what comes too fast. If the store
 * fails nothing is sent: the member asks again.
 */
void tl_controller_on_request(struct controller *c,
			      const struct controller_request *q, int64_t now);

/* @member says that it has put together what was pushed to it as this update.
 * Return: whether that was so. */
bool tl_controller_taken(struct controller *c, struct network_id network,
			 struct address member, uint64_t update_id);

/**
 * tl_controller_tick() - Work off pushes
 *
 * Return: when to be called again, INT64_MAX if there is nothing to do until
 * the next call of another function.
 */
int64_t tl_controller_tick(struct controller *c, int64_t now);

/* When tl_controller_tick() is due; changes with every other call. */
int64_t tl_controller_next_ms(const struct controller *c);

/* Was this node sent a configuration of the network within the last
 * CONTROLLER_RECENT_MS? (vl2.md 9.3, 9.4) */
bool tl_controller_is_recent(const struct controller *c,
			     struct network_id network, struct address node,
			     int64_t now);

/**
 * struct controller_reply - Answer of the HTTP API
 * @status:	200, 400, 404, 500 or 503
 * @text:	JSON, zero-terminated, to be freed with tl_free(); NULL for an
 *		empty body
 * @batch:	0, or: it may be given only when the host has been told that
 *		this batch is durable
 */
struct controller_reply {
	int status;
	char *text;
	uint64_t batch;
};

/* What @reply becomes if its batch could not be stored. */
void tl_controller_reply_fail(struct controller_reply *reply, int err);

/**
 * tl_controller_committed() - The store has ended what its commit() began
 * @err:	0, or why it failed
 *
 * Sends what waited for it, and begins the next.
 */
void tl_controller_committed(struct controller *c, int err, int64_t now);

/* Is @path one of the controller's? Others are not for the function below. */
bool tl_controller_has_path(const char *path);

/**
 * tl_controller_http() - Answer an authenticated request (api.md 3)
 * @method:	"GET", "HEAD", "POST", "PUT" or "DELETE"
 * @path:	decoded; a query may follow: "limit=N" and "after=ID", with '&'
 *		between, give one page of a list of networks or members, which
 *		is in the order of their IDs or addresses
 * @body:	as received; at most CONTROLLER_BODY_MAX bytes are looked at
 */
void tl_controller_http(struct controller *c, const char *method,
			const char *path, struct bytes body, int64_t now,
			struct controller_reply *reply);

/* How many networks it serves, and how many members these have. */
void tl_controller_sizes(const struct controller *c, size_t *networks,
			 size_t *members);

/* Configurations that are to be sent: changes, and answers that wait for the
 * store. */
size_t tl_controller_waiting(const struct controller *c);

/**
 * struct controller_counts - What was changed since the start
 * @networks:	networks made, changed or deleted
 * @members:	members, likewise
 * @authorized, @deauthorized: members that were, by whomever; a member that is
 *		deleted while authorized counts
 *
 * What the store then failed to write has been counted.
 */
struct controller_counts {
	uint64_t networks;
	uint64_t members;
	uint64_t authorized;
	uint64_t deauthorized;
};

const struct controller_counts *
tl_controller_counts(const struct controller *c);

#endif /* TL_CONTROLLER_CONTROLLER_H */
