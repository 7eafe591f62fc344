/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_conf.h - what the owner has set in local.conf (api.md 4.4)
 *
 * The keys that matter to this service; others are kept and ignored.
 */
#ifndef TL_SERVICE_LOCAL_CONF_H
#define TL_SERVICE_LOCAL_CONF_H

#include <jansson.h>

#include "service/home.h"
#include "wire/endpoint.h"

#define LOCAL_CONF_BIND_MAX 16
#define LOCAL_CONF_NETS_MAX 32
#define LOCAL_CONF_PREFIXES_MAX 16

/**
 * struct local_conf - Settings
 * @json:	the whole file, an object; owned
 * @primary_port: 0 any, -1 not set
 * @allow_secondary_port: bind a second port
 * @allow_loopback_paths: loopback addresses are usable (tests, demos)
 * @bind:	addresses to bind instead of all
 * @management:	networks that may use the HTTP interface
 * @blacklist:	physical networks never used
 * @skip_prefixes: of interface names; ends with NULL
 */
struct local_conf {
	json_t *json;
	int primary_port;
	int secondary_port;
	bool allow_secondary_port;
	bool allow_loopback_paths;
	struct endpoint bind[LOCAL_CONF_BIND_MAX];
	size_t n_bind;
	struct endpoint management[LOCAL_CONF_NETS_MAX];
	size_t n_management;
	struct endpoint blacklist[LOCAL_CONF_NETS_MAX];
	size_t n_blacklist;
	const char *skip_prefixes[LOCAL_CONF_PREFIXES_MAX + 1];
};

/* Reads local.conf; a missing file gives the defaults. 0, or a negative errno
 * with one line in @error. */
TL_MUST_USE int tl_local_conf_load(struct local_conf *c, const struct home *h,
				   char error[SERVICE_ERROR_SIZE]);
void tl_local_conf_fini(struct local_conf *c);

/* Is @e in one of the networks? */
bool tl_local_conf_contains(const struct endpoint *nets, size_t n,
			    const struct endpoint *e);

#endif /* TL_SERVICE_LOCAL_CONF_H */
