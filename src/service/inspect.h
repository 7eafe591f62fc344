/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect.h - all that a node knows of a network or a peer, as a copy
 *
 * For in-process use, on the thread that runs the service. The copies are
 * large: not for a stack.
 */
#ifndef TL_SERVICE_INSPECT_H
#define TL_SERVICE_INSPECT_H

#include "service/service.h"
#include "wire/netconf.h"

#define VIEW_GROUPS_MAX 1024
#define VIEW_PATHS_MAX 64

/**
 * struct network_view - A joined network
 * @state:	as tl_service_network() tells it
 * @is_configured: the controller has said yes, perhaps without an address
 * @addresses:	in use on our side; port: length of the prefix
 * @groups:	multicast groups that we are in
 */
struct network_view {
	enum service_network_state state;
	bool is_configured;
	struct mac mac;
	char name[NETCONF_NAME_SIZE];
	bool is_public;
	bool is_bridge;
	bool has_broadcast;
	unsigned int mtu;
	uint64_t revision;
	size_t n_addresses;
	struct endpoint addresses[NETCONF_MAX_ADDRESSES];
	size_t n_routes;
	struct route routes[NETCONF_MAX_ROUTES];
	size_t n_groups;
	struct group groups[VIEW_GROUPS_MAX];
};

/* 0, or -ENOENT if it is not joined. */
TL_MUST_USE int tl_inspect_network(const struct service *s,
				   struct network_view *out, uint64_t network);

/* A path in use. Times are ms since 1970, 0: never. */
struct path_view {
	struct endpoint remote;
	int64_t last_in_ms;
	int64_t last_out_ms;
	bool is_preferred;
};

/**
 * struct peer_view - Another node
 * @major, @minor, @revision: its version, -1: not known
 * @latency_ms:	-1: not known
 */
struct peer_view {
	bool is_root;
	int major;
	int minor;
	int revision;
	int latency_ms;
	size_t n_paths;
	struct path_view paths[VIEW_PATHS_MAX];
};

/* 0, or -ENOENT if it is not known. */
TL_MUST_USE int tl_inspect_peer(const struct service *s, struct peer_view *out,
				uint64_t peer);

/* The node's own, the private key included; for the caller to wipe. */
void tl_inspect_identity(const struct service *s, struct identity *out);

#endif /* TL_SERVICE_INSPECT_H */
