/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_impl.h - what the files of the service know of each other
 *
 * service.c: the loop and its passes; wires.c: UDP sockets; natmap.c: the port
 * that gateways map; host.c: what the engine asks of its host; lan.c: networks
 * as interfaces of the stack; names.c: hosts' names; waiters.c: who waits for
 * the node or a network; eport.c: networks as devices of a kernel; control.c:
 * the controller and its store; peers.c: peers on disk; settings.c: local.conf
 * while running; awake.c: after sleep, and without roots; api.c: HTTP requests;
 * diag.h: looking inside; health.c: is all well?; share.c: several users;
 * guest.c: for the application that the service runs in; moons.c: moons.d;
 * collision.c: when somebody else has our address; lan_discovery.c: neighbours
 * on the wire; relay.c, relay_conn.c: a TCP relay; tcp_tunnel.c: the way
 * through one.
 */
#ifndef TL_SERVICE_SERVICE_IMPL_H
#define TL_SERVICE_SERVICE_IMPL_H

#include <uv.h>

#include "controller/controller.h"
#include "os/poll.h"
#include "os/udp.h"
#include "os/worker.h"
#include "service/diag.h"
#include "service/dnsd.h"
#include "service/home.h"
#include "service/http_server.h"
#include "service/local_conf.h"
#include "service/relay_line.h"
#include "service/eport.h"
#include "service/service.h"
#include "service/spin.h"
#include "service/users.h"
#include "sockets/socket.h"
#include "stack/stack.h"
#include "vl2/vl2.h"

#define WIRES_MAX 128
#define PACKETS_KEEP 1024
#define PACKETS_LIMIT 16384
#define ENDPOINT_NAME_SIZE 64
#define VALIDATIONS_MAX 32

/**
 * struct wire - A bound UDP socket
 * @socket:	NULL: the slot is free
 * @id:		number the engine knows it by; never used again
 * @more:	the last pass did not drain it
 */
struct wire {
	struct service *s;
	struct udp_socket *socket;
	struct watch watch;
	int id;
	bool more;
	bool is_wanted;
	uint64_t received_in_pass;
	const uint8_t *batch_end;
	const uint8_t *batch_at;
};

/**
 * struct settings - local.conf while it may change
 * @fd:		the home folder's watch, or -1
 * @error:	why the file as it is was not taken; empty if it was
 * @pending:	written by us, but not in effect yet; owned, may be NULL
 */
struct settings {
	int fd;
	struct watch watch;
	uv_timer_t timer;
	uv_async_t request;
	char error[SERVICE_ERROR_SIZE];
	json_t *pending;
};

/**
 * struct awake - See awake.c
 * @fd:		readable when the wall clock jumps, or -1
 * @due_ms:	when the next pass is due at the latest, by tl_clock_ms()
 * @asleep_ms:	tl_clock_asleep_ms() when it was looked at last
 * @rotate_ms:	not before may the second port change again
 * @pause_ms:	that has been waited for; 0: roots answer
 */
struct awake {
	int fd;
	struct watch watch;
	int64_t due_ms;
	int64_t asleep_ms;
	int64_t rotate_ms;
	int64_t pause_ms;
};

/**
 * struct turn - See loop.c
 * @watch:	of libuv's own set, in ours
 * @is_uv_ready: libuv has something to do
 * @is_ended:	the loop is to end
 * @due_ms:	when the next pass is due, by tl_clock_ms()
 * @uv_due_ms:	likewise a timer of libuv's
 */
struct turn {
	struct watch watch;
	bool is_uv_ready;
	bool is_ended;
	int64_t due_ms;
	int64_t uv_due_ms;
	struct spin spin;
};

struct service {
	uv_loop_t loop;
	struct turn turn;
	uv_async_t stop;
	uv_async_t poke;
	uv_timer_t refresh;
	uv_timer_t beat;
	uv_timer_t relay_timer;
	uv_timer_t tunnel_timer;
	bool is_loop_up;
	struct home home;
	struct local_conf conf;
	struct settings settings;
	struct awake awake;
	uint16_t port;
	uint16_t second_port;
	uint16_t third_port; /* the one that is mapped; 0: there is none */
	char endpoint[ENDPOINT_NAME_SIZE];
	uint32_t owner; /* uid */
	bool is_shared; /* with @group */
	uint32_t group;
	int64_t wall_offset_ms;
	int64_t since_ms; /* by tl_clock_ms() */

	struct poll_set *poll;
	struct worker *worker;
	struct packet_pool packets;
	struct udp *udp;
	struct wire wires[WIRES_MAX];
	int next_wire_id;
	bool has_too_many; /* addresses */
	struct endpoint unbound; /* the last that could not be */
	bool is_congested; /* a wire waits to be writable */
	size_t next_wire; /* in low-bandwidth mode */
	int ifaddrs_fd;
	struct watch ifaddrs_watch;
	struct natmap *natmap;

	struct node *node;
	struct vl2 *vl2;
	struct peers *peers;
	struct discovery *discovery;
	struct relay_lines relay_lines;
	struct relay *relay;
	struct tcp_tunnel *tunnel;
	bool is_stack_up;
	struct sockets *sockets;
	struct list waiters;
	struct list eports;
	struct dnsd *dnsd;
	struct diag diag;
	struct http_server *http;
	struct controller *controller;
	struct store store;
	struct store_writer *store_writer;
	struct list held_replies; /* for control.c */
	bool has_store;
	int64_t next_engine_ms;
	bool is_in_pass;
	int64_t pass_ms; /* when it began, by tl_clock_ms() */
	bool is_borrowing; /* received frames lie in receive buffers */
	uint64_t n_passes;
	unsigned int next_port_number;

	struct service_options options; /* its functions; no strings */
	bool has_planet_of_options;
	bool is_without_http;
	uint64_t config_requests; /* of others, to our controller */
	bool is_changed;
	bool was_online;
	int64_t peers_looked_ms;
	bool is_identity_lost;
	int64_t collision_ms; /* the newest; by tl_clock_ms() */
	char lost_address[ADDRESS_TEXT_SIZE]; /* in it; empty: none was */
};

/* The protocol's time: of the wall when the service started, steady since. */
int64_t tl_service_now(const struct service *s);

/* The wall clock may have been set forward. */
void tl_service_follow_wall(struct service *s);

/* Serve HTTP where the settings say now. 0, or a negative errno with a line in
 * @error; then it is not served at all. */
TL_MUST_USE int tl_service_move_http(struct service *s,
				     char error[SERVICE_ERROR_SIZE]);

/* Something was given to the engine from outside a pass: run one soon. */
void tl_service_wake(struct service *s);

/* The home has another identity: the engine starts anew with it, networks are
 * joined again. Return: 0, or a negative errno with a line in @error; then the
 * old engine goes on, or there is no controller. */
TL_MUST_USE int tl_service_renew_engine(struct service *s,
					char error[SERVICE_ERROR_SIZE]);

/* Pass on what was received, so that receive buffers can be used again. True if
 * applications have more to be done. */
bool tl_service_settle(struct service *s);

/* guest.c */
void tl_service_on_poke(uv_async_t *handle);
/* Calls @on_change if anything did. */
void tl_service_tell(struct service *s);

/* wires.c */
TL_MUST_USE int tl_wires_open(struct service *s, int port,
			      char error[SERVICE_ERROR_SIZE]);
void tl_wires_close(struct service *s);
/* Bind to addresses that are new, close those of lost ones. */
void tl_wires_refresh(struct service *s);
/* Another primary or second port, as the settings say now. 0, or a negative
 * errno with a line in @error; then it stays as it was. */
TL_MUST_USE int tl_wires_move(struct service *s,
			      char error[SERVICE_ERROR_SIZE]);
TL_MUST_USE int tl_wires_move_second(struct service *s,
				     char error[SERVICE_ERROR_SIZE]);
/* Another second port, any. */
void tl_wires_rotate(struct service *s);
/* Take what sockets have that were not drained. True if any still is not. */
bool tl_wires_drain(struct service *s);
/* Send what is queued; what the kernel does not take goes with a later one. */
void tl_wires_flush(struct service *s);
struct udp_addr tl_wires_addr(const struct endpoint *e);
size_t tl_wires_endpoints(const struct service *s, struct endpoint *out,
			  size_t max);

/* The port that gateways are to map, bound by now. 0: none is free. */
uint16_t tl_wires_third_port(struct service *s);

/* natmap.c; all accept that it was never opened. */
void tl_natmap_open(struct service *s);
/* Takes back what was mapped: at most 100 ms. */
void tl_natmap_close(struct service *s);
/* Interfaces have changed: look at them soon. */
void tl_natmap_look(struct service *s);
size_t tl_natmap_endpoints(const struct service *s, struct endpoint *out,
			   size_t max);
json_t *tl_natmap_json(const struct service *s);

/* settings.c */
TL_MUST_USE int tl_settings_open(struct service *s,
				 char error[SERVICE_ERROR_SIZE]);
/* Accepts that it was never opened. */
void tl_settings_close(struct service *s);
/* Tell the engine what is set. */
void tl_settings_apply(struct service *s);
/* Put the members of @change into "settings" of local.conf, if that is right
 * then; they take effect a moment later. 0, or a negative errno with one line
 * in @error. */
TL_MUST_USE int tl_settings_merge(struct service *s, json_t *change,
				  char error[SERVICE_ERROR_SIZE]);
/* local.conf as it is, or is about to be; borrowed. */
json_t *tl_settings_json(const struct service *s);

/* service.c: take what is ready, work it off, pass on what came of it. */
void tl_service_pass(struct service *s);

/* loop.c */
TL_MUST_USE int tl_loop_open(struct service *s, char error[SERVICE_ERROR_SIZE]);
/* Waits for the helpers' jobs that have begun. */
void tl_loop_close(struct service *s);
/* Until tl_service_stop(). */
void tl_loop_run(struct service *s);
/* The next pass is due in @wait_ms. */
void tl_loop_plan(struct service *s, int64_t wait_ms);

/* awake.c */
void tl_awake_open(struct service *s);
/* Accepts that it was never opened. */
void tl_awake_close(struct service *s);
void tl_awake_begin_pass(struct service *s);
/* @wait_ms: until the next one is due */
void tl_awake_end_pass(struct service *s, int64_t wait_ms);
/* At the end of a pass: are there still roots that answer? */
void tl_awake_notice(struct service *s);

/* host.c */
extern const struct node_host tl_host_node;
extern const struct vl2_host tl_host_vl2;

/* lan.c */
void tl_lan_changed(struct service *s, struct network *net);
void tl_lan_frame(struct service *s, struct network *net, struct mac source,
		  struct mac dest, uint16_t ethertype, struct buffer payload);
void tl_lan_free(struct service *s, struct network *net);
/* A frame passes: count it, show it to those who look at them (capture.h). */
void tl_lan_look(const struct network *net, struct mac source, struct mac dest,
		 uint16_t ethertype, struct bytes payload, bool is_outbound);
/* Frames that programs here were given, and that they have sent. */
struct lan_counts {
	uint64_t received;
	uint64_t sent;
};
struct lan_counts tl_lan_counts(const struct network *net);
/* Our addresses that are in use, without those of a network that is not ready.
 * Return: how many there are. */
size_t tl_lan_addresses(const struct network *net, struct endpoint *out,
			size_t max);
/* Is @e inside a virtual network of ours? Then it is no way to a peer. */
bool tl_lan_is_virtual(const struct service *s, const struct endpoint *e);
const char *tl_lan_name(const struct network *net);
/* Are its frames those of a device? */
bool tl_lan_has_port(const struct network *net);
/* Addresses of the station @mac that are known now, at most @max; the MAC of an
 * address. For names: walks all neighbours. */
size_t tl_lan_neighbours_of(const struct network *net, struct mac mac,
			    struct ifc_address *out, size_t max);
TL_MUST_USE bool tl_lan_neighbour_mac(const struct network *net, uint8_t family,
				      const uint8_t ip[16], struct mac *out);
/* NULL before the first configuration, and for networks with a device. */
struct ifc *tl_lan_ifc(const struct network *net);
/* The node that an IPv6 address of a network of ours spells, if it does. */
TL_MUST_USE bool tl_lan_node_in_address(const struct network *net,
					const uint8_t ip[16],
					struct address *out);
/* And if it needs no asking for, by vl2.md 2.5: the node, and its MAC. */
TL_MUST_USE bool tl_lan_resolves(const struct network *net,
				 const uint8_t ip[16], struct address *nodep,
				 struct mac *macp);
/* 0; -EEXIST; -ENOBUFS: too many; or the errno of what remembers it, without
 * which it is not joined. */
TL_MUST_USE int tl_lan_join(struct service *s, struct network_id id);
TL_MUST_USE int tl_lan_leave(struct service *s, struct network_id id);
/* Networks that the home remembers. */
void tl_lan_restore(struct service *s);

/* Which addresses and routes of a network are applied, api.md 2.4; and for
 * whom. */
struct lan_settings {
	bool allow_managed;
	bool allow_global;
	bool allow_default;
	bool allow_dns;
	bool allow_trace;
	struct users users;
};
struct lan_settings tl_lan_settings(const struct network *net);
/* 0, or the negative errno of what keeps them; then the old ones stay. */
TL_MUST_USE int tl_lan_set(struct service *s, struct network *net,
			   const struct lan_settings *settings);

/* May its DNS servers be asked? */
TL_MUST_USE bool tl_lan_allows_dns(const struct network *net);
/* Is the network there for this user? */
TL_MUST_USE bool tl_lan_is_for(const struct network *net, uint32_t user);

/* share.c */
/* Who may use sockets, as the options say. @group: or NULL */
TL_MUST_USE int tl_share_open(struct service *s, const char *group,
			      struct sockets_config *c,
			      char error[SERVICE_ERROR_SIZE]);
/* What struct sockets_config's sees is to do; and for a network. */
bool tl_share_sees(const void *ctx, uint32_t user, const struct ifc *ifc);
TL_MUST_USE bool tl_share_has(const struct service *s,
			      const struct network *net, uint32_t user);

/* names.c: what struct sockets_config's lookup is to do */
uint32_t tl_names_lookup(void *ctx, struct name_lookup *l);
/* The same, as those see it who have the ports' networks and no others. */
uint32_t tl_names_lookup_ports(void *ctx, struct name_lookup *l);
/* All name servers of the ports' networks that may be asked, at most @max.
 * Return: how many. */
size_t tl_names_servers(void *ctx, struct rpc_addr *out, size_t max);

/* waiters.c */
/* Before there are sockets. */
void tl_waiters_init(struct service *s);
/* What struct sockets_config's wait is to do. */
void tl_waiters_call(void *ctx, struct rpc_call *call,
		     const struct rpc_request *q);
/* Once a pass: answer those for whom it is so. */
void tl_waiters_notice(struct service *s);

/* control.c */
TL_MUST_USE int tl_control_open(struct service *s,
				char error[SERVICE_ERROR_SIZE]);
void tl_control_close(struct service *s);
bool tl_control_request(struct service *s, const struct rx *rx,
			struct network_id net, struct bytes metadata);
/* A reply of the controller's, consumed, for when it may be given. */
void tl_control_reply(struct service *s, struct controller_reply *from,
		      struct http_reply *reply);
bool tl_control_own_request(struct service *s, struct network_id net,
			    struct bytes metadata);

/* peers.c */
TL_MUST_USE int tl_peers_open(struct service *s,
			      char error[SERVICE_ERROR_SIZE]);
/* The loop begins to turn: read and greet those that are kept. */
void tl_peers_start(struct service *s);
/* At the end of a pass: have written what is new, if anything is. */
void tl_peers_notice(struct service *s);
/* While the node is there, and when the worker has done its last; both accept
 * that it was never opened. */
void tl_peers_close(struct service *s);
void tl_peers_free(struct service *s);

/* moons.c */
/* Those that the home remembers, once there is a node. */
void tl_moons_load(struct service *s);
/* A moon was accepted: keep it. */
void tl_moons_save(struct service *s, const struct world *moon);
TL_MUST_USE bool tl_moons_find(const struct service *s, uint64_t id,
			       struct node_moon *out);
/* By its file, else by the seed. Return: 0; -ENOENT if there is neither (seed
 * 0); as tl_node_orbit() and tl_node_add_moon(); an error of its file. */
TL_MUST_USE int tl_moons_orbit(struct service *s, uint64_t id,
			       struct address seed);
void tl_moons_deorbit(struct service *s, uint64_t id);

/* collision.c */
/* A root says so. */
void tl_collision_told(struct service *s);
/* At the end of a pass: have another identity, if that was said. */
void tl_collision_notice(struct service *s);

/* lan_discovery.c */
/* When the engine is there; without it if it cannot be. */
void tl_discovery_open(struct service *s);
void tl_discovery_close(struct service *s);
/* Interfaces or addresses have changed. */
void tl_discovery_refresh(struct service *s);
/* What struct node_host's beacon is to do. */
void tl_discovery_beacon(void *ctx, struct beacon *b);

/* api.c */
void tl_api_handle(void *ctx, const struct http_request *q,
		   struct http_reply *reply);
bool tl_api_allows(void *ctx, const struct udp_addr *from);

#endif /* TL_SERVICE_SERVICE_IMPL_H */
