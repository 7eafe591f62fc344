/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - where the service is and what proves that one may use it
 *
 * Static memory of the process. There is one, number 0, set once: by
 * zt_use_service() or from the environment, before threads start. Only an
 * application that runs several nodes has more of them, a number for each node;
 * a socket's tag tells which is its own, and whoever makes one is told by a
 * function that the library sets.
 */
#ifndef TL_SDK_CLIENT_ENDPOINT_H
#define TL_SDK_CLIENT_ENDPOINT_H

#include <sys/types.h>

#include "rpc/proto.h"
#include "sdk/client/policy.h"

#define ENDPOINTS_MAX 4 /* as many as the tag can tell */
#define ENDPOINT_NAME_MAX 100 /* abstract name, without the leading NUL */

/* Where a socket listens that is bound to a wildcard address. */
enum listen_sides {
	LISTEN_VIRTUAL, /* on the virtual networks */
	LISTEN_HOST, /* on the host: it is the host's socket */
	LISTEN_BOTH, /* on both, with a companion */
};

/**
 * struct service_endpoint - A service
 * @name:	its abstract name, @name_len bytes without the leading NUL
 * @uid:	who must be listening there; anyone can take a name
 * @token:	session token, zeroes if our uid is to do
 * @isolate:	nothing may go to the host
 * @dns_off:	the service does not look at questions to name servers
 * @listen:	where wildcard addresses are
 */
struct service_endpoint {
	char name[ENDPOINT_NAME_MAX];
	size_t name_len;
	uid_t uid;
	uint8_t token[RPC_TOKEN_LEN];
	bool isolate;
	bool dns_off;
	enum listen_sides listen;
};

/* Tells the number of the service that this thread uses; ENDPOINTS_MAX: none.
 * May be called in signal handlers. */
typedef unsigned int (*endpoint_choose_fn)(void);

/* From now on calls that name no socket are about the one that @fn tells,
 * instead of the first. Any number of times, from any thread. */
void tl_endpoint_choose_by(endpoint_choose_fn fn);

/* What calls of this thread that name no socket are about. */
unsigned int tl_endpoint_used(void);

/* The rules of this session; empty if there are none. */
const struct policy *tl_policy_at(unsigned int number);

/* "virtual", "host" or "both"; false if @text is neither. */
TL_MUST_USE bool tl_listen_sides_parse(enum listen_sides *out,
				       const char *text);

/**
 * tl_endpoint_from_env() - Take the service from TAPLESS_SERVICE and the others
 *
 * Without TAPLESS_UID the service is expected to be our own user's.
 *
 * Return: 0; -ENOENT if there is none; -EINVAL if a variable is malformed.
 */
TL_MUST_USE int tl_endpoint_from_env(void);

/**
 * tl_endpoint_set_at() - Use the service of this name
 * @number:	below ENDPOINTS_MAX
 * @name:	abstract name without the NUL, 1..ENDPOINT_NAME_MAX bytes
 * @token:	RPC_TOKEN_LEN bytes, or NULL
 *
 * Return: 0, or -EINVAL.
 */
TL_MUST_USE int tl_endpoint_set_at(unsigned int number, const char *name,
				   uid_t uid, const uint8_t *token);

/* The first one. */
TL_MUST_USE int tl_endpoint_set(const char *name, uid_t uid,
				const uint8_t *token);

/* Forget it, if it is the one of this name. */
void tl_endpoint_clear(unsigned int number, const char *name);

/* The one of a number, or in use by this thread; NULL if it was not set. */
const struct service_endpoint *tl_endpoint_at(unsigned int number);
const struct service_endpoint *tl_endpoint(void);

/* Is there one in use? The first is looked for in the environment if it was not
 * set. */
TL_MUST_USE bool tl_endpoint_find(void);

/**
 * tl_endpoint_open_at() - Connect a control channel to the service
 * @number:	which; any
 * @for_long:	it is put above the numbers that programs count on
 *
 * Return: a descriptor, close-on-exec, owned by the caller; -ENETDOWN if
 * nobody, or somebody else, is there; -EMFILE or -ENFILE when there are no
 * descriptors left.
 */
TL_MUST_USE int tl_endpoint_open_at(unsigned int number, bool for_long);

/* To the one in use. */
TL_MUST_USE int tl_endpoint_open(bool for_long);

#endif /* TL_SDK_CLIENT_ENDPOINT_H */
