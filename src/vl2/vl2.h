/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl2.h - the virtual networks of one node
 *
 * Sits on a VL1 node as its upper layer and is as pure: packets and frames and
 * the time go in, frames and packets come out. Owns the joined networks and the
 * multicast group table; the latter is kept for networks that are not joined
 * too, by roots and controllers (vl2.md 9.8).
 */
#ifndef TL_VL2_VL2_H
#define TL_VL2_VL2_H

#include "vl1/node.h"
#include "wire/auth_data.h"
#include "wire/netconf.h"

struct vl2;
struct network;

#define NETWORK_GROUPS_MAX 1024
#define NETWORKS_MAX 256

/* Names in the JSON interface: see tl_network_status_name(). */
enum network_status {
	NETWORK_REQUESTING,
	NETWORK_OK,
	NETWORK_ACCESS_DENIED,
	NETWORK_NOT_FOUND,
	NETWORK_PORT_ERROR,
	NETWORK_AUTHENTICATION_REQUIRED,
};

struct vl2_host {
	/* A frame for the local port; @payload may be changed and is borrowed
	 * until tl_node_end_pass(). */
	void (*frame)(void *ctx, struct network *net, struct mac source,
		      struct mac dest, uint16_t ethertype,
		      struct buffer payload);

	/* Configuration or status of a network has changed. */
	void (*changed)(void *ctx, struct network *net);

	/* Keep a configuration over restarts; @dict is what tl_vl2_join()
	 * takes. NULL: do not. */
	void (*save)(void *ctx, struct network_id id, struct bytes dict);

	/**
	 * @config_request: somebody wants a configuration from our controller
	 * @metadata: dictionary; borrowed
	 * Return: false if this node has no controller. NULL: false.
	 */
	bool (*config_request)(void *ctx, const struct rx *rx,
			       struct network_id net, struct bytes metadata);

	/* Did our controller configure this member within 180 s? NULL: no. */
	bool (*recently_authorized)(void *ctx, struct network_id net,
				    struct address member);

	/* Somebody has put together a configuration that our controller pushed
	 * to it. Return: whether it did push that one. NULL: no. */
	bool (*config_taken)(void *ctx, struct network_id net,
			     struct address member, uint64_t update_id);

	/* Somebody reports on a network (wire/trace.h); anybody can. @dict is
	 * borrowed. NULL: never mind. */
	void (*traced)(void *ctx, struct address from, struct bytes dict);

	/* A network of our own controller wants its configuration, which
	 * arrives by tl_vl2_on_own_chunk(). NULL or false: no controller. */
	bool (*own_config)(void *ctx, struct network_id net,
			   struct bytes metadata);
};

/* For struct node_config; its context is the struct vl2. */
extern const struct node_upper tl_vl2_upper;

/* Return: 0 or -ENOMEM. */
TL_MUST_USE int tl_vl2_new(struct vl2 **vl2p, const struct vl2_host *host,
			   void *ctx);
void tl_vl2_free(struct vl2 *v);

/* Once, after the node was made; it must outlive @v's use. */
void tl_vl2_attach(struct vl2 *v, struct node *node, int64_t now);

/**
 * tl_vl2_join() - Join a network
 * @cached:	configuration kept by @save, or empty
 *
 * Return: 0, -EEXIST if joined already, -ENOBUFS at NETWORKS_MAX, -ENOMEM.
 */
TL_MUST_USE int tl_vl2_join(struct vl2 *v, struct network_id id,
			    struct bytes cached, int64_t now);

/* Return: 0, or -ENOENT if not joined. */
TL_MUST_USE int tl_vl2_leave(struct vl2 *v, struct network_id id);

struct network *tl_vl2_find(const struct vl2 *v, struct network_id id);

/* Ascending by ID; NULL at the end. */
struct network *tl_vl2_at(const struct vl2 *v, size_t i);

/* A chunk of a configuration, or credentials, from our own controller: the same
 * payloads that it sends to others, which it cannot send to itself. */
void tl_vl2_on_own_chunk(struct vl2 *v, struct network_id id,
			 struct bytes chunk, int64_t now);
void tl_vl2_on_own_credentials(struct vl2 *v, struct bytes payload,
			       int64_t now);

/* Our own controller refused: ERROR_OBJ_NOT_FOUND, _NETWORK_ACCESS_DENIED. */
void tl_vl2_on_refusal(struct vl2 *v, struct network_id id,
		       enum error_code why);

/* Return: when to call again at the latest. */
int64_t tl_vl2_run(struct vl2 *v, int64_t now);

struct network_id tl_network_id(const struct network *net);
struct mac tl_network_mac(const struct network *net);
enum network_status tl_network_status(const struct network *net);
const char *tl_network_status_name(enum network_status s);

/* What the controller says of the login that it wants; NULL if the status is
 * not NETWORK_AUTHENTICATION_REQUIRED. */
const struct auth_data *tl_network_auth(const struct network *net);

/* NULL before the first one; replaced, not changed, by a new one. */
const struct netconf *tl_network_config(const struct network *net);

/* Are we an active bridge of it? */
bool tl_network_is_bridge(const struct network *net);

/* For the owner's use. */
void tl_network_set_context(struct network *net, void *ctx);
void *tl_network_context(const struct network *net);

/**
 * tl_network_output() - Send a frame from the local port (vl2.md 8.1)
 * @p:		payload without Ethernet header, with PACKET_HEADROOM; consumed
 */
void tl_network_output(struct network *net, struct mac source, struct mac dest,
		       uint16_t ethertype, struct packet *p, int64_t now);

/* Replace the groups the local port listens to; new ones are announced. */
void tl_network_set_groups(struct network *net, const struct group *list,
			   size_t n, int64_t now);
size_t tl_network_groups(const struct network *net, struct group *out,
			 size_t max);
size_t tl_network_n_groups(const struct network *net);

/* How often the rules refused a frame, since it was joined; of a multicast that
 * goes out, for each recipient. */
uint64_t tl_network_refused(const struct network *net, bool is_outbound);

/* May the configuration name an observer that is told of frames (vl2.md 13)?
 * It may at first. */
void tl_network_allow_trace(struct network *net, bool is_allowed);

#endif /* TL_VL2_VL2_H */
