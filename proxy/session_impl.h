/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_impl.h - a session's inside, for the files that are its protocols
 *
 * What a client says is looked at in the kernel's queue and taken from there
 * only when a whole message has come: a session that waits holds no buffer, and
 * what follows a message is left for the relay.
 */
#ifndef TL_PROXY_SESSION_IMPL_H
#define TL_PROXY_SESSION_IMPL_H

#include "proxy/associate.h"
#include "proxy/dial.h"
#include "proxy/listener.h"
#include "proxy/relay.h"
#include "proxy/resolve.h"
#include "proxy/session.h"
#include "proxy/socks.h"

/* The handler of a session's next message found no way on: the session is in
 * other hands, or freed. */
#define SESSION_GONE (-1)

/**
 * enum session_state - Who reads from the client
 * @SESSION_FIRST .. @SESSION_HTTP_HEAD: a handler, when a message is there
 * @SESSION_BUSY:	nobody, until something else has happened
 * @SESSION_HELD:	what comes is thrown away; its end ends the session
 * @SESSION_FAREWELL:	the same, but for a short time
 * @SESSION_RELAY:	the relay; fd, watch and deadline are not ours any more
 */
enum session_state {
	SESSION_FIRST,
	SESSION_SOCKS_GREETING,
	SESSION_SOCKS_PASSWORD,
	SESSION_SOCKS_REQUEST,
	SESSION_HTTP_HEAD,
	SESSION_BUSY,
	SESSION_HELD,
	SESSION_FAREWELL,
	SESSION_RELAY,
};

/**
 * struct session - One client
 * @has_ended:	it will not write any more
 * @dial:	until the connection stands
 * @resolve:	of the address that a BIND expects
 * @bound:	where a BIND waits, @bound_fd who came, @later tells of it
 * @peer:	whom a BIND expects; any, or none if anybody may come
 * @associate:	of a UDP ASSOCIATE
 * @head:	owned; the request for the server, of a request that is no
 *		CONNECT, with its @body
 * @is_head:	it was a HEAD
 */
struct session {
	const struct session_config *config;
	struct server_slot slot;
	struct server_deadline limit;
	struct watch watch;
	int fd;
	union place from;
	unsigned int protocols;
	enum session_state state;
	bool has_ended;
	bool is_http;
	struct dial *dial;
	struct relay *relay;
	struct resolve *resolve;
	struct listener *bound;
	struct server_task later;
	union place peer;
	int bound_fd;
	struct associate *associate;
	struct buffer head;
	struct http_body body;
	bool is_head;
};

/* Handlers: bytes to take, 0 if more must come, or SESSION_GONE. */
int tl_session_on_greeting(struct session *s, struct bytes b);
int tl_session_on_password(struct session *s, struct bytes b);
int tl_session_on_socks_request(struct session *s, struct bytes b);
int tl_session_on_http_head(struct session *s, struct bytes b);

/* What became of the connection attempt, for the client; the relay follows. */
void tl_session_on_socks_dialed(struct session *s, int fd, int err);
void tl_session_on_http_dialed(struct session *s, int fd, int err);

/* Write something short. */
void tl_session_say(struct session *s, struct bytes b);

/* Say one last thing, and end when it has arrived. Returns SESSION_GONE. */
int tl_session_farewell(struct session *s, struct bytes last);

/* Connect; tl_session_on_..._dialed() follows. 0 or a negative errno. */
TL_MUST_USE int tl_session_dial(struct session *s, const struct target *to);

/* Couple the client with @fd, consumed. NULL: the session is freed. The caller
 * starts the relay, after which the session may be freed. */
struct relay *tl_session_relay(struct session *s, int fd);

/* With a reset for whoever is still connected. */
void tl_session_free(struct session *s);

#endif /* TL_PROXY_SESSION_IMPL_H */
