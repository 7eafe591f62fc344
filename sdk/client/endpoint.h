/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - where the service is and what proves that one may use it
 *
 * Static memory of the process, set once: by zt_use_service() or from the
 * environment, before threads start.
 */
#ifndef TL_SDK_CLIENT_ENDPOINT_H
#define TL_SDK_CLIENT_ENDPOINT_H

#include <sys/types.h>

#include "rpc/proto.h"
#include "sdk/client/policy.h"

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
 * @listen:	where wildcard addresses are
 */
struct service_endpoint {
	char name[ENDPOINT_NAME_MAX];
	size_t name_len;
	uid_t uid;
	uint8_t token[RPC_TOKEN_LEN];
	bool isolate;
	enum listen_sides listen;
};

/* The rules of this session; empty if there are none. */
const struct policy *tl_policy(void);

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
 * tl_endpoint_set() - Use the service of this name
 * @name:	abstract name without the NUL, 1..ENDPOINT_NAME_MAX bytes
 * @token:	RPC_TOKEN_LEN bytes, or NULL
 *
 * Return: 0, or -EINVAL.
 */
TL_MUST_USE int tl_endpoint_set(const char *name, uid_t uid,
				const uint8_t *token);

/* Forget it, if it is the one of this name. */
void tl_endpoint_clear(const char *name);

/* The one in use; NULL if none was set. */
const struct service_endpoint *tl_endpoint(void);

/**
 * tl_endpoint_open() - Connect a control channel to the service
 * @for_long:	it is put above the numbers that programs count on
 *
 * Return: a descriptor, close-on-exec, owned by the caller; -ENETDOWN if
 * nobody, or somebody else, is there; -EMFILE or -ENFILE when there are no
 * descriptors left.
 */
TL_MUST_USE int tl_endpoint_open(bool for_long);

#endif /* TL_SDK_CLIENT_ENDPOINT_H */
