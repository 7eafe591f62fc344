/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - a node with all that belongs to it, in one event loop
 *
 * Joins the engine, the user-space stack, applications' sockets, the controller
 * and the HTTP interface, and does their I/O. One thread runs it. As a daemon
 * that is the process; inside an application it is a thread of its own.
 */
#ifndef TL_SERVICE_SERVICE_H
#define TL_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "service/port.h"

struct keepline;
struct service;
struct watch;

#define SERVICE_ERROR_SIZE 512
/* Of all users: SOCKETS_MAX of sockets/socket.h. */
#define SERVICE_SOCKETS_MAX 65536
#define PEER_LOOK_MS 1000
#define PEER_LOST_MS 300000

/* How packets for another node travel. */
enum service_way {
	SERVICE_WAY_NONE, /* it has not been heard from yet */
	SERVICE_WAY_DIRECT,
	SERVICE_WAY_RELAYED, /* through a root */
	SERVICE_WAY_LOST, /* nor for PEER_LOST_MS */
};

/**
 * struct service_options - How it is started; strings are copied
 * @home:	folder of identity, networks and settings; made if missing
 * @port:	primary UDP and TCP port; 0: any; negative: the home's, or 9993
 * @no_controller: answer no requests for configurations
 * @no_http:	no HTTP interface
 * @share_group: members of this group, by name or number, may use sockets;
 *		NULL: nobody but the owner may
 * @user_sockets: sockets of one user; 0: as many as is usual
 * @planet:	in place of the home's, which is left alone; copied
 * @is_guest:	in somebody else's process: its limits are left alone
 * @on_change:	the node went online or offline, or a network's status or
 *		addresses changed; may be NULL
 * @on_poke:	answers tl_service_poke(); may be NULL
 * @on_peer:	the way to a peer is another one than the last time; looked at
 *		once in PEER_LOOK_MS while there is traffic; may be NULL
 * @on_beat:	called every @beat_ms by the loop, which turns then
 * @on_keeper_gone: @keeper's other end has closed
 * @ctx:	for these, which are called on the loop's thread
 * @keeper:	holds sockets for the next service of this home, and those of
 *		the last one; borrowed until tl_service_free(); NULL: none
 * @ports:	networks get devices of this maker's, not interfaces of our own
 *		stack, all or @port_network only; NULL: none does
 * @relay:	be a TCP relay at "[ADDRESS/]PORT" (relay.h); NULL: be none
 * @relay_allow_private: send to private networks and to this host, too
 * @relay_max:	connections in all; 0: 1024
 * @relay_max_per_source: and of one /24 or /64; 0: 64
 */
struct service_options {
	const char *home;
	int port;
	bool no_controller;
	bool no_http;
	const char *share_group;
	uint32_t user_sockets;
	struct bytes planet;
	bool is_guest;
	void (*on_change)(void *ctx);
	void (*on_poke)(void *ctx);
	void (*on_peer)(void *ctx, uint64_t peer, enum service_way way);
	void (*on_beat)(void *ctx);
	unsigned int beat_ms;
	void (*on_keeper_gone)(void *ctx);
	void *ctx;
	struct keepline *keeper;
	const struct port_host *ports;
	void *ports_ctx;
	uint64_t port_network;
	const char *relay;
	bool relay_allow_private;
	uint32_t relay_max;
	uint32_t relay_max_per_source;
};

/**
 * tl_service_new() - Start: take the home, bind sockets
 * @error:	on failure one line: what, why, what to do
 *
 * Return: 0, or a negative errno.
 */
TL_MUST_USE int tl_service_new(struct service **sp,
			       const struct service_options *options,
			       char error[SERVICE_ERROR_SIZE]);

/* Run until tl_service_stop(). */
void tl_service_run(struct service *s);

/* From any thread that has the same descriptors as the loop's, or from a signal
 * handler. The same goes for tl_service_poke(): have @on_poke called soon. */
void tl_service_stop(struct service *s);
/* Likewise: read local.conf anew, though it may not have changed. */
void tl_service_reload(struct service *s);
void tl_service_poke(struct service *s);

/* After tl_service_run() has returned, with a keeper: sockets stay with it, for
 * the next service. */
void tl_service_leave_to_next(struct service *s);

/* After tl_service_run() has returned. Accepts NULL. */
void tl_service_free(struct service *s);

/* The abstract name that applications connect to, without the NUL. */
const char *tl_service_endpoint(const struct service *s);

/* The HTTP interface's and primary UDP port. */
uint16_t tl_service_port(const struct service *s);

/*
 * For in-process use, on the thread that runs the service.
 */

/* 0; -EEXIST or -ENOENT; another negative errno. */
TL_MUST_USE int tl_service_join(struct service *s, uint64_t network);
TL_MUST_USE int tl_service_leave(struct service *s, uint64_t network);

/* The node's 40-bit address. */
uint64_t tl_service_node_id(const struct service *s);

/* Is a root reached, or are we one? */
bool tl_service_is_online(const struct service *s);

#define SERVICE_ADDRESSES_MAX 32
#define SERVICE_NETWORKS_MAX 256

enum service_network_state {
	SERVICE_NETWORK_WAITING, /* no answer, or no address yet */
	SERVICE_NETWORK_READY, /* configured, with an address */
	SERVICE_NETWORK_DENIED,
	SERVICE_NETWORK_NOT_FOUND, /* its controller does not know it */
};

/* @family is 4 or 6. */
struct service_address {
	uint8_t family;
	uint8_t ip[16];
};

/**
 * struct service_network - What a joined network has come to
 * @addresses:	in use on our side, @n_addresses of them
 */
struct service_network {
	enum service_network_state state;
	size_t n_addresses;
	struct service_address addresses[SERVICE_ADDRESSES_MAX];
};

/* Return: 0, or -ENOENT if it is not joined. */
TL_MUST_USE int tl_service_network(const struct service *s,
				   struct service_network *out,
				   uint64_t network);

/* IDs of the joined networks, ascending. Return: how many there are. */
size_t tl_service_networks(const struct service *s, uint64_t *out, size_t max);

/**
 * struct service_stats - Counted since the start, or as it is now
 * @bytes_in, @bytes_out: payload of UDP with the outside
 * @packets_in, @packets_out: its datagrams
 * @drops:	packets and frames not used, for whatever reason
 * @sockets:	of applications, now
 * @peers:	heard from within PEER_LOST_MS, roots included; of them
 *		@peers_direct and @peers_relayed
 */
struct service_stats {
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t packets_in;
	uint64_t packets_out;
	uint64_t drops;
	uint64_t sockets;
	uint64_t peers;
	uint64_t peers_direct;
	uint64_t peers_relayed;
};

void tl_service_stats(const struct service *s, struct service_stats *out);

#define SERVICE_WHY_SIZE 160

/**
 * struct service_health - Does it do what it is there for?
 * @is_ok:	online, and all networks that were joined are configured
 * @networks_up, @networks: how many of them are; how many there are
 * @uptime_s:	since it was started, by whatever worker
 * @restarts:	of the worker
 * @last_status: how the last one ended, as wait(2) has it; 0: in order
 * @why:	what is not as it should be, in words; empty if nothing is
 */
struct service_health {
	bool is_ok;
	bool is_online;
	size_t networks_up;
	size_t networks;
	int64_t uptime_s;
	uint32_t restarts;
	uint32_t last_status;
	char why[SERVICE_WHY_SIZE];
};

void tl_service_health(const struct service *s, struct service_health *out);

/* Of the networks joined, the one at place @i; 0 at the end. */
uint64_t tl_service_network_at(const struct service *s, size_t i);

/* The device of a network, such as "zt0"; empty before there is one. */
const char *tl_service_device(const struct service *s, uint64_t network);

/**
 * tl_service_serve_names() - Answer questions of those who use the ports
 * @udp_fd:	bound beside the devices; does not block; consumed, also after a
 *		failure
 * @tcp_fd:	listening; likewise
 *
 * For a service with ports, once. Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_service_serve_names(struct service *s, int udp_fd,
				       int tcp_fd);

/* Ports listen to other groups than before: ask for them. */
void tl_service_groups_changed(struct service *s);

/**
 * tl_service_watch() - Have a descriptor watched in the service's loop
 * @w:		with its fn and ctx set; borrowed until tl_service_unwatch()
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_service_watch(struct service *s, struct watch *w, int fd);
void tl_service_unwatch(struct service *s, struct watch *w);

#endif /* TL_SERVICE_SERVICE_H */
