/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local_conf.h - what the owner has set in local.conf (vl1.md 11.3, api.md 4.4)
 *
 * A file is taken as a whole or not at all: what cannot be meant so is an error
 * that names file, line, key and remedy. Keys that nobody knows, and those of
 * the reference that do nothing here, are warned of, once each, and kept.
 */
#ifndef TL_SERVICE_LOCAL_CONF_H
#define TL_SERVICE_LOCAL_CONF_H

#include <jansson.h>

#include "service/home.h"
#include "vl1/local.h"
#include "wire/endpoint.h"

#define LOCAL_CONF_BIND_MAX 16
#define LOCAL_CONF_NETS_MAX 32
#define LOCAL_CONF_PREFIXES_MAX 16
#define LOCAL_CONF_PEERS_MAX 1024
#define LOCAL_CONF_OF_PEER_MAX 16
#define LOCAL_CONF_NAME_SIZE 256
#define LOCAL_CONF_OWN_PREFIXES 3 /* zt, tun, tap */

/* A list of endpoints or networks. */
struct local_list {
	struct endpoint e[LOCAL_CONF_OF_PEER_MAX];
	size_t n;
};

/**
 * struct local_peer - What is set for one node
 * @try_at:	where to look for it while there is no path
 * @blacklist:	networks not to be used for it
 */
struct local_peer {
	struct address address;
	struct local_list try_at;
	struct local_list blacklist;
};

/**
 * struct local_conf - Settings
 * @json:	the whole file, an object; owned
 * @primary_port: 0 any, -1 not set
 * @secondary_port, @tertiary_port: 0 any
 * @allow_secondary_port: bind a second port
 * @allow_lan_discovery: look for neighbours by multicast
 * @allow_loopback_paths: loopback addresses are usable (tests, demos)
 * @tcp_relay:	relay over TCP, nil if not set or not an address
 * @tcp_relay_name: its host's name instead; then only @tcp_relay's port is set
 * @busy_poll_us: see spin.h; 0..SPIN_LIMIT_US
 * @bind:	addresses to bind instead of all
 * @management:	networks that may use the HTTP interface
 * @tls_certificate, @tls_key: files, in the home unless absolute; "" if not set
 * @tls_port:	0 if not set
 * @blacklist:	physical networks never used
 * @nets:	physical networks with a trusted path or an MTU
 * @peers:	owned
 * @skip_prefixes: of interface names; ends with NULL
 */
struct local_conf {
	json_t *json;
	int primary_port;
	int secondary_port;
	int tertiary_port;
	bool allow_secondary_port;
	bool allow_lan_discovery;
	bool allow_loopback_paths;
	bool port_mapping_enabled;
	bool allow_tcp_relay;
	bool force_tcp_relay;
	bool is_low_bandwidth;
	int busy_poll_us;
	struct endpoint tcp_relay;
	char tcp_relay_name[LOCAL_CONF_NAME_SIZE];
	struct endpoint bind[LOCAL_CONF_BIND_MAX];
	size_t n_bind;
	struct endpoint management[LOCAL_CONF_NETS_MAX];
	size_t n_management;
	char tls_certificate[LOCAL_CONF_NAME_SIZE];
	char tls_key[LOCAL_CONF_NAME_SIZE];
	int tls_port;
	struct endpoint blacklist[LOCAL_CONF_NETS_MAX];
	size_t n_blacklist;
	struct local_net nets[LOCAL_CONF_NETS_MAX];
	size_t n_nets;
	struct local_peer *peers;
	size_t n_peers;
	const char *skip_prefixes[LOCAL_CONF_PREFIXES_MAX +
				  LOCAL_CONF_OWN_PREFIXES + 1];
};

/* Reads local.conf; a missing file gives the defaults. 0, or a negative errno
 * with one line in @error; then there is nothing to be freed. */
TL_MUST_USE int tl_local_conf_load(struct local_conf *c, const struct home *h,
				   char error[SERVICE_ERROR_SIZE]);

/**
 * tl_local_conf_parse() - Take a text
 * @file:	its name, for errors
 *
 * Return: 0, -EINVAL or -ENOMEM with one line in @error.
 */
TL_MUST_USE int tl_local_conf_parse(struct local_conf *c, struct bytes text,
				    const char *file,
				    char error[SERVICE_ERROR_SIZE]);

void tl_local_conf_fini(struct local_conf *c);

/* Is @e in one of the networks? */
bool tl_local_conf_contains(const struct endpoint *nets, size_t n,
			    const struct endpoint *e);

/* What is set for this node, or NULL. */
const struct local_peer *tl_local_conf_peer(const struct local_conf *c,
					    struct address who);

#endif /* TL_SERVICE_LOCAL_CONF_H */
