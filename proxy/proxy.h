/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proxy.h - `tapless proxy` and `tapless forward`, without their command lines
 *
 * Both are ordinary clients of a running service, which the caller has named
 * (tl_endpoint_set()), and run until they are told to end by signals.
 */
#ifndef TL_PROXY_PROXY_H
#define TL_PROXY_PROXY_H

#include "proxy/session.h"
#include "proxy/spec.h"

#define PROXY_ERROR_SIZE 512
#define PROXY_DOORS_MAX 16
#define FORWARDS_MAX 64

/**
 * struct proxy_door - One listener of the proxy
 * @protocols:	SESSION_SOCKS, SESSION_HTTP or both
 */
struct proxy_door {
	struct spec_listen at;
	unsigned int protocols;
};

/**
 * struct proxy_options - What the command line said; borrowed
 * @user, @password: whom to let in; NULL: everybody
 * @isolate:	refuse what is in no virtual network
 */
struct proxy_options {
	struct server_limits limits;
	struct proxy_door doors[PROXY_DOORS_MAX];
	size_t n_doors;
	const char *user;
	const char *password;
	bool isolate;
};

struct forward_options {
	struct server_limits limits;
	struct spec_forward forwards[FORWARDS_MAX];
	size_t n_forwards;
};

/* A server that others than this host reach lets nobody in without a name:
 * false if a door is not on loopback and there is no user. */
TL_MUST_USE bool tl_proxy_is_safe(const struct proxy_options *o);

/* Run to the end. 0, or a negative errno and @error, PROXY_ERROR_SIZE bytes:
 * one line without end that says what could not be done. Says on standard error
 * where it listens once it does. */
TL_MUST_USE int tl_proxy_run(const struct proxy_options *o, char *error);
TL_MUST_USE int tl_forward_run(const struct forward_options *o, char *error);

#endif /* TL_PROXY_PROXY_H */
