/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local.h - what the owner of a node has set for it
 *
 * How IP networks are to be treated, and how much may be said while there is
 * nothing to say. A value that is copied into the node; it may be replaced at
 * any time. Which addresses are never used is not here: the host answers that
 * (may_use in node.h), and is asked again about all paths.
 */
#ifndef TL_VL1_LOCAL_H
#define TL_VL1_LOCAL_H

#include "wire/endpoint.h"

struct node;

#define LOCAL_NETS_MAX 32

/**
 * struct local_net - What is known of an IP network
 * @net:	its port is the length of the prefix
 * @trusted_path: nonzero: nodes in it that have set the same speak to us
 *		without cryptography (vl1.md 2.11); 0: not so
 * @mtu:	largest UDP payload, MTU_MIN..MTU_MAX; 0: the default
 */
struct local_net {
	struct endpoint net;
	uint64_t trusted_path;
	size_t mtu;
};

/**
 * struct node_local - Settings
 * @nets:	of several that contain an address the one with the longest
 *		prefix applies
 * @is_low_bandwidth: longer timers (vl1.md 7.17)
 * @allow_loopback: as in struct node_config
 */
struct node_local {
	struct local_net nets[LOCAL_NETS_MAX];
	size_t n_nets;
	bool is_low_bandwidth;
	bool allow_loopback;
};

/* From now on; paths that may no longer be used are forgotten. */
void tl_node_set_local(struct node *n, const struct node_local *l, int64_t now);

bool tl_node_is_low_bandwidth(const struct node *n);

/* 0 if @remote is in no trusted network. */
uint64_t tl_local_trusted_path(const struct node *n,
			       const struct endpoint *remote);

#endif /* TL_VL1_LOCAL_H */
