/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_impl.h - what the files of socket.h share among themselves
 */
#ifndef TL_SOCKETS_SOCKET_IMPL_H
#define TL_SOCKETS_SOCKET_IMPL_H

#include <assert.h>
#include <errno.h>

#include "lwip/ip_addr.h"

#include "rpc/end.h"
#include "rpc/keepline.h"
#include "sockets/chunk.h"
#include "sockets/kept.h"
#include "sockets/quota.h"
#include "sockets/resolver.h"
#include "sockets/socket.h"

struct tcp_pcb;
struct raw_pcb;
struct udp_pcb;
struct pbuf;

/* Failed connects whose errno is kept for SO_ERROR. */
#define SOCKET_ERRORS 1024
/* Received pbufs of one socket and pass. */
#define BATCH_MAX END_RUNS_MAX
/* Bytes of one socket that the stack may hold without having sent them. */
#define UNSENT_MAX (512 * 1024)
/* Datagrams likewise. */
#define PASS_DATAGRAMS 64

/* Errors of one socket that wait for MSG_ERRQUEUE. */
#define QUEUED_ERRORS_MAX 16

/* Labels of bare datagrams that are kept for the next ones. */
#define LABELS_KEPT 64

#define NO_ERRNO 0

/*
 * The life of a socket.
 *
 * IDLE		made, perhaps bound; nothing in the stack yet (TCP)
 * CONNECTING	the handshake is under way; the application's buffer is full of
 *		filler
 * OPEN		bytes flow; either direction may have ended
 * WAITING	accepted by the stack, not yet given to the listener: has no
 *		descriptor and no cookie
 * LISTENING	connections arrive
 * DRAINING	the application is gone; the stack still sends what it was
 *		given. No descriptor, not in the table
 * UDP		any UDP socket
 */
enum socket_state {
	SOCKET_IDLE,
	SOCKET_CONNECTING,
	SOCKET_OPEN,
	SOCKET_WAITING,
	SOCKET_LISTENING,
	SOCKET_DRAINING,
	SOCKET_UDP,
};

/* Options that only the service remembers. -1: not set. */
struct socket_options {
	uint8_t ttl;
	uint8_t tos;
	uint8_t mcast_ttl;
	uint8_t device; /* SO_BINDTODEVICE: an interface's number, 0: none */
	bool reuse;
	bool reuse_port;
	bool keepalive;
	int linger;
	int keep_idle_s;
	int keep_interval_s;
	int keep_count;
	int mss;
	int user_timeout_ms;
	int defer_accept_s;
	uint8_t mtu_discover; /* IP_MTU_DISCOVER */
	uint8_t mtu_discover6;
	bool dont_fragment6;
};

/* Pbufs of one pass, borrowed from a list while there are any. */
struct batch {
	struct batch *next;
	size_t n;
	struct pbuf *p[BATCH_MAX];
};

/*
 * @rx:		received, not taken by the application yet
 * @batch:	likewise, of this pass; after @rx
 * @tx:		taken from the application, not acknowledged yet; the last
 *		@tx_new bytes of it the stack has not been given
 */
struct tcp_side {
	struct tcp_pcb *pcb;
	struct ring rx;
	struct batch *batch;
	struct ring tx;
	size_t tx_new;
	size_t unsaid; /* written to the application, window not opened yet */
	size_t filler; /* to be drained once connected */
	int why; /* errno that ended the pcb; 0: in order */
	struct rpc_call *waiter;
	struct socket *listener; /* WAITING: whose backlog counts it */
	struct list waiting; /* WAITING: in the listener's queue */
	bool readable; /* the application may have written */
	bool writable; /* it may have room */
	size_t refused; /* how long it is */
	bool refusing; /* the stack holds a pbuf that we did not take */
	bool deaf; /* the application shut its reading side down */
	bool app_end; /* it will not write any more */
	bool app_gone; /* it closed, or shut both sides down */
	bool app_reset; /* and had not read all that it was given */
	bool peer_end; /* FIN received */
	bool told_end; /* and passed on */
	bool sent_end; /* FIN given to the stack */
	bool ended; /* the pcb is gone, or not ours any more */
};

/*
 * Listeners that share one address by SO_REUSEPORT, or a single one.
 *
 * @pcb:	the stack knows one listener, whose argument is the group
 * @members:	listeners, by listen.in_group; whose turn it is stands first
 */
struct listen_group {
	struct tcp_pcb *pcb;
	struct list members;
};

/*
 * @group:	NULL unless it listens
 * @queue:	sockets in state WAITING
 * @unit:	memory that one record takes in the queue, 0: not known yet
 */
struct listen_side {
	struct listen_group *group;
	struct list in_group;
	struct list queue;
	size_t n_queue;
	size_t backlog;
	size_t unit;
	uint32_t tag;
};

/**
 * struct membership - Of a multicast group on one interface
 * @includes:	only @sources are heard, else all but these
 * @sources:	@n of them, IPv4 in four bytes; NULL: there never were any, and
 *		@includes may be changed
 */
struct membership {
	struct ifc *ifc;
	struct rpc_addr group;
	bool includes;
	uint8_t (*sources)[16];
	size_t n;
};

/*
 * @list:	memberships, @n of them; NULL before the first
 * @out:	number of the interface by which multicasts leave; 0: not chosen
 * @out_address: by which it was chosen, IPv4
 * @out_is_host: they are the companion's
 * @no_loop, @no_loop6: members on this node do not get them
 * @own_only:	hear only groups of this socket's own
 */
struct group_side {
	struct membership *list;
	size_t n;
	struct rpc_addr out_address;
	uint8_t out;
	bool out_is_host;
	bool no_loop;
	bool no_loop6;
	bool own_only;
};

/* @bare: no headers; labels go along instead (rpc/label.h). */
struct udp_side {
	struct udp_pcb *pcb;
	bool bare;
	bool connected;
	bool readable;
	uint64_t dropped;
	struct datagram_buffer *held; /* the companion was full: send it next */
	size_t held_len;
	struct rpc_datagram held_as;
};

/* Peers that a closed socket remembers. */
#define CLOSED_PEERS 32

/*
 * @on:		nobody may call it
 * @sent_to:	CLOSED_PEERS of them, the oldest are forgotten; NULL before the
 *		first
 */
struct closed_side {
	bool on;
	struct rpc_addr *sent_to;
	size_t next;
};

/*
 * @on:		IP_RECVERR: it wants to hear of all errors
 * @queue:	@n of struct queued_error, the oldest first
 */
struct error_side {
	bool on;
	struct list queue;
	size_t n;
};

/*
 * @fd:		companion, -1: none; watched by @watch once it has a port
 * @readable:	it may have something for us
 * @full:	it takes no more datagrams now: the application waits
 * @only_loopback: the application is isolated from the rest of the host
 * @told:	a listener's: a record with it is under way
 * @after:	and so many others behind that one
 */
struct host_side {
	int fd;
	struct watch watch;
	bool readable;
	bool full;
	bool only_loopback;
	bool told;
	size_t after;
};

/*
 * The application's end of a socket that connects, held by us: who widens its
 * send buffer needs it. While we do, we are not told that the application
 * closes its own, so that is for a short time.
 *
 * @app:	-1: not held
 * @link:	in sockets.held or, until the end of the pass, sockets.held_new
 * @since_us:	when that was
 */
struct hold_side {
	int app;
	struct list link;
	int64_t since_us;
};

struct keep_note;

/*
 * @note:	what the keeper knows or is to be told of it; NULL: nothing
 * @wish:	was kept for it and could not be had yet, since its network is
 *		not there; the rest is zeroes. NULL: nothing
 */
struct socket {
	struct map_node by_cookie;
	struct map_node by_port;
	struct list link; /* sockets.all */
	struct list dirty;
	struct list starved;
	struct sockets *owner;
	struct watch watch; /* .fd is the service's end */
	enum socket_state state;
	uint64_t cookie;
	uint32_t uid; /* of the process that made it */
	uint32_t user; /* on whose account */
	uint32_t tag;
	bool in_table;
	bool has_port;
	bool named;
	bool gone; /* its memory is freed at the end of the pass */
	struct ifc *ifc;
	struct rpc_addr local;
	struct rpc_addr remote;
	struct socket_options opt;
	struct tcp_side tcp;
	struct listen_side listen;
	struct udp_side udp;
	struct group_side group;
	struct closed_side closed;
	struct error_side errors;
	struct host_side host;
	struct hold_side hold;
	struct resolver_side resolver;
	struct keep_note *note;
	struct kept_socket *wish;
};

/* A label, by what it spells: the header that it stands for. */
struct kept_label {
	bool is_there;
	uint8_t header[RPC_DATAGRAM_LEN];
	int fd;
};

/*
 * @line:	NULL: there is no keeper
 * @queue:	notes of what it is to be told
 * @n_notes:	of those sockets that it knows or is to be told of
 * @n_wishes:	sockets that have one
 * @n_refused:	sockets that are too many; said when there are more than @n_told
 * @is_left:	all is another worker's now
 */
struct keep_side {
	struct keepline *line;
	struct watch watch;
	struct list queue;
	size_t n_notes;
	size_t n_wishes;
	size_t n_refused;
	size_t n_told;
	bool is_left;
};

struct sockets {
	struct sockets_config config;
	struct rpc_server *server;
	struct quota quota;
	struct map by_cookie;
	struct map by_port;
	struct list all;
	struct list dead; /* memory to be freed */
	struct list dirty;
	struct list starved;
	struct list held; /* the oldest first */
	struct list held_new;
	struct raw_pcb *icmp[2]; /* IPv4's and IPv6's; NULL: not needed yet */
	struct chunk_pool rx_pool;
	struct chunk_pool tx_pool;
	struct batch *free_batches;
	struct datagram_buffer *free_datagrams;
	size_t n_held; /* by sockets whose companion is full */
	struct resolver resolver;
	struct kept_label labels[LABELS_KEPT];
	struct keep_side keep;
	struct {
		uint64_t cookie;
		int error;
		bool at_birth; /* there never was a socket */
	} errors[SOCKET_ERRORS];
	uint64_t unique;
	struct sockets_counts counts;
};

/* socket.c */
static inline bool tl_socket_is_v6(const struct socket *k)
{
	return k->tag & TAG_DOMAIN6;
}

/* For echo requests, in state SOCKET_UDP. */
static inline bool tl_socket_is_icmp(const struct socket *k)
{
	return k->tag & TAG_ICMP;
}

/* Look at it in this pass's end. */
void tl_socket_mark(struct socket *k);

/* Look at it when memory or descriptors may be had again. */
void tl_socket_starve(struct socket *k);

/* A socket in state IDLE, charged to @user; NULL if there may be no more. */
struct socket *tl_socket_make(struct sockets *s, uint32_t uid, uint32_t user,
			      uint32_t tag);

/* Take over the service's end @fd: into the table, and watched. */
TL_MUST_USE int tl_socket_adopt(struct socket *k, int fd, uint64_t cookie);

/* Give up the descriptor, the name and the port. */
void tl_socket_detach(struct socket *k);

/* The interface is not there any more, for this socket at least: memberships
 * and connections end. Those who listen on it are left to the caller. */
void tl_socket_lose_ifc(struct socket *k, struct ifc *ifc);

/* Give up everything; the memory stays until the end of the pass. */
void tl_socket_drop(struct socket *k);

/* socket_call.c: a rpc_call_fn; @ctx: the sockets. */
void tl_sockets_on_call(void *ctx, struct rpc_call *call,
			const struct rpc_request *q);

/* How many connects may follow that of @k without waiting for a reply. */
uint32_t tl_socket_credit(const struct socket *k);

/* Keep @error for SO_ERROR; 0: there is none any more. */
void tl_socket_remember(struct socket *k, int error);

/* Bind the service's end to what names it; once. */
TL_MUST_USE int tl_socket_name(struct socket *k, enum name_kind kind);

void tl_socket_random(struct sockets *s, void *out, size_t n);

/* Reply to @call with a status only. */
void tl_socket_answer(struct rpc_call *call, int error);

/* Reply with a status and the socket's addresses. */
void tl_socket_answer_names(struct rpc_call *call, const struct socket *k,
			    int error);

/* Errno of a failed call of lwIP. */
int tl_socket_errno(int err);

/* Addresses as lwIP has them. */
void tl_socket_to_ip(ip_addr_t *out, const struct rpc_addr *a);
struct rpc_addr tl_socket_from_ip(const ip_addr_t *ip, uint16_t port);
/* The address to bind a pcb to: the wildcard of the right kind if need be. */
void tl_socket_local_ip(ip_addr_t *out, const struct socket *k);
uint8_t tl_socket_ip_type(const struct socket *k);

/* What the application set natively on its end. */
void tl_socket_read_native(struct socket *k, int app);

/* Port numbers are given out apart for each; ICMP's are identifiers. */
enum ports {
	PORTS_TCP,
	PORTS_UDP,
	PORTS_ICMP,
};

/* socket_port.c */
bool tl_addr_is_any(const struct rpc_addr *a);
bool tl_addr_is_loopback(const struct rpc_addr *a);
bool tl_addr_is_multicast(const struct rpc_addr *a);
bool tl_addr_is_link_local(const struct rpc_addr *a);
bool tl_addr_is_broadcast(const struct rpc_addr *a);
/* IPv4-mapped becomes IPv4. */
void tl_addr_unmap(struct rpc_addr *a);
/* 0, or the errno for a socket that cannot have addresses of this family. */
TL_MUST_USE int tl_addr_check_family(const struct socket *k,
				     const struct rpc_addr *a);
/* Enter a socket under its local port, without asking. */
TL_MUST_USE int tl_port_join(struct socket *k);
void tl_port_leave(struct socket *k);
/* Take k->local.port, or a free one if it is 0; Linux's rules for sharing. */
TL_MUST_USE int tl_port_take(struct socket *k);
/* Walk over the sockets with this local port (and others: compare it). */
struct map_node *tl_port_first(const struct sockets *s, enum ports ports,
			       uint16_t port);
/* Who listens already where @k is about to: 0, and in @otherp one to share the
 * address with or NULL; EADDRINUSE if there is one that does not share. */
TL_MUST_USE int tl_port_find_listener(const struct socket *k,
				      struct socket **otherp);
/* Where RPC_BIND's address leads: 0, a positive status, sets k->ifc. */
TL_MUST_USE uint32_t tl_port_judge_bind(struct socket *k,
					const struct rpc_addr *a,
					uint16_t flags);
/* Where a destination is reached: 0 or a positive status; finds interface and
 * source address. */
TL_MUST_USE uint32_t tl_port_judge_dest(const struct socket *k,
					const struct rpc_addr *a,
					uint16_t flags, struct ifc **ifcp,
					struct rpc_addr *source);

/* socket_sight.c: as the functions of the stack of such names, for one user */
TL_MUST_USE bool tl_sight_has(const struct sockets *s, uint32_t user,
			      const struct ifc *ifc);
struct ifc *tl_sight_at(const struct sockets *s, uint32_t user, size_t i);
struct ifc *tl_sight_of_address(const struct socket *k,
				const struct rpc_addr *a);
struct ifc *tl_sight_route(const struct socket *k, const struct rpc_addr *to);
struct ifc *tl_sight_first(const struct socket *k, uint8_t family);
struct ifc *tl_sight_of_number(const struct socket *k, uint8_t number);
struct ifc *tl_sight_of_name(const struct socket *k, const char *name);
/* For tl_stack_on_syn(). @listener: a struct listen_group, or NULL */
bool tl_sight_takes_syn(void *listener, const struct ifc *ifc);

/* socket_option.c */
void tl_socket_setopt(struct socket *k, struct rpc_call *call,
		      const struct rpc_request *q);
void tl_socket_getopt(struct socket *k, struct rpc_call *call,
		      const struct rpc_request *q);
void tl_socket_apply_tcp(struct socket *k, struct tcp_pcb *pcb);

/* socket_tcp.c */
void tl_tcp_connect(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q);
void tl_tcp_answer_names(struct socket *k, struct rpc_call *call);
void tl_tcp_on_watch(struct socket *k, uint32_t events);
/* The end-of-pass work; true if there is more. */
bool tl_tcp_run(struct socket *k);
/* Make a WAITING socket of a connection that the stack accepted. */
struct socket *tl_tcp_accepted(struct socket *listener, struct tcp_pcb *pcb);
/* The handshake or delivery is done: @k has its descriptor. */
TL_MUST_USE int tl_tcp_open(struct socket *k);
/* Reset the connection, if there is one. */
void tl_tcp_abort(struct socket *k);
/* End it with @error: the application sees a reset. */
void tl_tcp_fail(struct socket *k, int error);
void tl_tcp_free(struct socket *k);

/* socket_hold.c */
/* Keep the application's end, which came with @call. */
void tl_hold_take(struct socket *k, struct rpc_call *call);
/* Connected: it gets its full send buffer. */
void tl_hold_widen(struct socket *k);
/* Let go of it, if it is held. */
void tl_hold_drop(struct socket *k);
/* Let go of those that are held too long. */
void tl_hold_run(struct sockets *s, int64_t now_us);

/* socket_listen.c */
void tl_listen_start(struct socket *k, struct rpc_call *call,
		     const struct rpc_request *q);
void tl_listen_on_watch(struct socket *l, uint32_t events);
bool tl_listen_run(struct socket *k);
/* Listen again, as an earlier worker did: 0 or an errno. */
TL_MUST_USE int tl_listen_resume(struct socket *k);
/* @child is not waiting any more. */
void tl_listen_forget(struct socket *listener, struct socket *child);
void tl_listen_free(struct socket *l);

/**
 * struct way - How a datagram leaves by the stack
 * @loops:	members of the group on this node get it, too
 */
struct way {
	ip_addr_t to;
	ip_addr_t source;
	struct netif *netif;
	uint8_t ttl;
	uint8_t tos;
	bool loops;
};

/* socket_udp.c */
void tl_socket_udp_bind(struct socket *k, struct rpc_call *call);
void tl_socket_udp_connect(struct socket *k, struct rpc_call *call,
			   const struct rpc_request *q);
void tl_socket_udp_disconnect(struct socket *k, struct rpc_call *call);
void tl_socket_udp_on_watch(struct socket *k, uint32_t events);
bool tl_socket_udp_run(struct socket *k);
/* Be where an earlier worker was: 0 or an errno. */
TL_MUST_USE int tl_socket_udp_resume(struct socket *k);
void tl_socket_udp_free(struct socket *k);
void tl_socket_udp_free_buffers(struct sockets *s);

/* socket_mcast.c */
/* Options about multicast: false if it is none; else 0 or an errno in @err. */
TL_MUST_USE bool tl_mcast_set(struct socket *k, const struct rpc_request *q,
			      int *err);
TL_MUST_USE bool tl_mcast_get(struct socket *k, int level, int name,
			      int32_t *value);
/* The interface by which datagrams to @group leave; NULL: none of ours. */
struct ifc *tl_mcast_ifc(const struct socket *k, const struct rpc_addr *group);
/* The interface of what is for all or for a group if nothing else was said. */
struct ifc *tl_mcast_usual(const struct socket *k, uint8_t family);
/* Is what came from @from to @to by @ifc for this socket? */
TL_MUST_USE bool tl_mcast_is_heard(const struct socket *k, struct ifc *ifc,
				   const struct rpc_addr *to,
				   const struct rpc_addr *from);

/**
 * struct wish - What an option about a group names
 * @group:	without port
 * @index:	interface as the program knows it; 0: not said
 * @own:	an address of the interface; family 0: not said
 */
struct wish {
	struct rpc_addr group;
	uint32_t index;
	struct rpc_addr own;
};

/* The interface that is meant; NULL: none of ours. */
struct ifc *tl_mcast_wanted(const struct socket *k, const struct wish *w);
/* Join, leave: 0 or an errno. */
int tl_mcast_join(struct socket *k, struct ifc *ifc,
		  const struct rpc_addr *group, bool includes);
TL_MUST_USE int tl_mcast_leave(struct socket *k, struct ifc *ifc,
			       const struct rpc_addr *group);
/* NULL if it is no member. */
struct membership *tl_mcast_membership(const struct socket *k,
				       const struct ifc *ifc,
				       const struct rpc_addr *group);
/* If @w names no interface and the companion is bound, the same for that. */
void tl_mcast_join_along(struct socket *k, const struct wish *w, int level,
			 int name, struct bytes value);

/* socket_filter.c */
/* Options about filters by source: as tl_mcast_set(). */
TL_MUST_USE bool tl_filter_set(struct socket *k, const struct rpc_request *q,
			       int *err);
/* As it is to be read; false if it is another option. @out: RPC_OPT_MAX. */
TL_MUST_USE bool tl_filter_get(struct socket *k, const struct rpc_request *q,
			       struct writer *out, int *err);
/* Does a member hear what comes from @from? */
TL_MUST_USE bool tl_filter_hears(const struct membership *m,
				 const struct rpc_addr *from);
/* Do members on this node get what it sends to @to? */
TL_MUST_USE bool tl_mcast_loops(const struct socket *k,
				const struct rpc_addr *to);
void tl_mcast_on_ifc_gone(struct socket *k, const struct ifc *ifc);
/* Join once more; it was possible once. */
void tl_mcast_resume(struct socket *k, struct ifc *ifc,
		     const struct rpc_addr *group);
void tl_mcast_free(struct socket *k);

/* A datagram for the application that came by no stack. */
void tl_socket_udp_tell(struct socket *k, const struct rpc_datagram *d,
			struct bytes payload);
/* An error of what it sent to @peer. */
void tl_socket_udp_report(struct socket *k, const struct rpc_addr *peer,
			  int error);

/* socket_errors.c */
/* A datagram of @k's did not arrive: it is told, if it wants to know. */
void tl_errors_note(struct socket *k, const struct socket_error *e);
/* A datagram to @to is too long for the way there: EMSGSIZE waits in the queue,
 * with the MTU, if it wants to know. */
void tl_errors_too_long(struct socket *k, const struct rpc_addr *to);
/* IP_RECVERR. */
void tl_errors_set(struct socket *k, int on);
/* RPC_TAKE_ERROR */
void tl_errors_call(struct socket *k, struct rpc_call *call,
		    const struct rpc_request *q);
void tl_errors_free(struct socket *k);

/* What has come from @peer, for the application; @p is borrowed. */
void tl_socket_udp_deliver(struct socket *k, const struct pbuf *p,
			   const struct rpc_addr *peer);

/* socket_icmp.c */
/* Be ready for replies: 0 or an errno. */
TL_MUST_USE int tl_icmp_open(struct socket *k);
/* Send an echo request, which gets its identifier and checksum here. @p: one
 * piece, borrowed. 0 or an errno; EINVAL: it is none. */
TL_MUST_USE int tl_icmp_send(struct socket *k, struct pbuf *p,
			     const struct way *way);
void tl_icmp_fini(struct sockets *s);

/* socket_closed.c */
/* A datagram leaves to @to: answers may come in. */
void tl_closed_note(struct socket *k, const struct rpc_addr *to);
/* May a datagram from there come in? */
TL_MUST_USE bool tl_closed_hears(const struct socket *k,
				 const struct rpc_addr *from);
void tl_closed_free(struct socket *k);

/* interfaces.c: RPC_INTERFACE, RPC_LOOKUP */
/* Lower case, without a final dot. False if it cannot be a host's name. */
TL_MUST_USE bool tl_lookup_normalise(char out[RPC_HOST_NAME_MAX + 1],
				     struct bytes name);
void tl_socket_answer_interface(const struct sockets *s, struct rpc_call *call,
				const struct rpc_request *q);
void tl_socket_answer_lookup(const struct sockets *s, struct rpc_call *call,
			     const struct rpc_request *q);
/* socket_bare.c */
/* Write a datagram and its label; an error is remembered. 0 or a negative
 * errno. */
TL_MUST_USE int tl_bare_write(struct socket *k, const struct rpc_datagram *d,
			      const struct bytes *runs, size_t n);
/* 0, or a negative errno: -EAGAIN nothing, -EPIPE the end, -EMSGSIZE cut,
 * -EBADMSG no label where one was. */
TL_MUST_USE int tl_bare_read(struct socket *k, struct rpc_datagram *d,
			     struct buffer room, size_t *n);
void tl_bare_free_labels(struct sockets *s);

/* socket_keep.c */
/* Is there a keeper, and all still ours? */
bool tl_keep_is_on(const struct sockets *s);
/* Something that the next worker has to know is new; of any socket. */
void tl_keep_note(struct socket *k);
/* The keeper knows it from an earlier worker; false: no memory. */
TL_MUST_USE bool tl_keep_note_known(struct socket *k);
/* It goes. */
void tl_keep_forget(struct socket *k);
/* What an earlier worker has had kept is of no use. */
void tl_keep_forget_key(struct sockets *s, uint64_t key);
/* Tell what was noted, as far as there is room. */
void tl_keep_flush(struct sockets *s);
TL_MUST_USE int tl_keep_open(struct sockets *s);
void tl_keep_close(struct sockets *s);

/* socket_resume.c */
/* May it not be opened yet? */
static inline bool tl_resume_waits(const struct socket *k)
{
	return k->wish &&
	       (k->wish->network || k->wish->scope || k->wish->device);
}
/* The endpoint of an earlier worker, and its key; -1 if there is none. */
int tl_resume_endpoint(struct sockets *s, uint8_t which);
void tl_resume_free(struct socket *k);

/* socket_host.c */
/* As a backlog: it listens already, as it was told. */
#define HOST_LISTENS UINT32_MAX
/**
 * tl_host_adopt() - Take over a companion
 * @fd:		consumed on success; replaces the one that @k has
 *
 * Return: 0, -EINVAL if it is no socket of @k's kind, or a negative errno.
 */
TL_MUST_USE int tl_host_adopt(struct socket *k, int fd);
/* Give it up, if there is one. */
void tl_host_drop(struct socket *k);
/* The same, but at once: the application is about to bind in its place. */
void tl_host_release(struct socket *k);
/* Set an option of the companion: 0 or an errno; ENODEV if there is none that
 * may reach the host's networks. */
int tl_host_set_option(struct socket *k, int level, int name,
		       struct bytes value);
/* Has the companion a port of its own? */
TL_MUST_USE bool tl_host_is_bound(const struct socket *k);
/* SO_BROADCAST of the companion, if there is one: 0 or an errno. */
TL_MUST_USE int tl_host_allow_broadcast(struct socket *k, bool allow);
/* Is what comes from @from on the host for the application? */
TL_MUST_USE bool tl_host_is_heard(const struct socket *k,
				  const struct rpc_addr *from);
/* May a datagram to @to, which no virtual network has, leave by it? */
TL_MUST_USE bool tl_host_takes(const struct socket *k,
			       const struct rpc_addr *to);
/* 0 or a positive errno; EAGAIN: full, tl_host_wait_writable(). */
TL_MUST_USE int tl_host_send(struct socket *k, const struct rpc_datagram *d,
			     const struct rpc_addr *to, struct bytes payload);
/* 0 or a positive errno; EAGAIN: nothing; EMSGSIZE: cut, @n is set. */
TL_MUST_USE int tl_host_receive(struct socket *k, struct rpc_datagram *d,
				struct buffer room, size_t *n);
void tl_host_wait_writable(struct socket *k);
/* Connect the companion, so that errors come from there. Return: the address
 * that the host sends from, family 0 if it has no way. */
struct rpc_addr tl_host_connect(struct socket *k, const struct rpc_addr *to);
void tl_host_disconnect(struct socket *k);
/* Begin to listen on the host too, if there is a companion: 0 or an errno. */
TL_MUST_USE int tl_host_listen(struct socket *k, uint32_t backlog);
/* Would accept(2) on the companion find a connection? */
TL_MUST_USE bool tl_host_has_connection(struct socket *k);

#endif /* TL_SOCKETS_SOCKET_IMPL_H */
