/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tapless.h - a LAN inside an application: sockets on a virtual network
 *
 * The sockets are real file descriptors. read, write, send, recv, poll, select,
 * epoll, dup, fork, sendfile, SCM_RIGHTS and close work on the TCP ones as on
 * any other, so they go into any event loop. Only what concerns addresses and
 * options has to be called here. UDP sockets also send and receive here, since
 * each datagram needs its address: zt_sendto(), zt_recvfrom(), zt_sendmsg(),
 * zt_recvmsg(); poll and close are the kernel's again.
 *
 * Two ways to a network:
 *
 *   daemon mode	zt_use_service() names a running `tapless service`;
 *		under `tapless run` not even that is needed
 *   in-process	zt_start() runs a node as a thread of this application;
 *		zt_node_start() runs further ones
 *
 * The functions shaped like socket calls return -1 and set errno, with Linux's
 * own meanings; ENETDOWN says that the service cannot be reached. The others
 * return an enum zt_err. All functions may be called from any thread, and the
 * socket-shaped ones from signal handlers too. Nothing here prints or exits.
 *
 * Errors that every socket-shaped function can report, besides its own:
 *   EBADF	the descriptor is not open
 *   ENOTSOCK	it is none of this library's sockets
 *   EFAULT	a pointer that must not be NULL is
 *   ENETDOWN	the service is not running, or somebody else is at its name
 */
#ifndef TAPLESS_TAPLESS_H
#define TAPLESS_TAPLESS_H

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ZT_API __attribute__((visibility("default")))
#else
#define ZT_API
#endif

/* Results of the functions that are not shaped like socket calls. The numbers
 * never change and none is used twice. */
enum zt_err {
	ZT_OK = 0,
	ZT_ERR_ARGUMENT = -1, /* an argument is out of its range */
	ZT_ERR_MEMORY = -2, /* out of memory or descriptors */
	ZT_ERR_STATE = -3, /* not now: started already, or not started */
	ZT_ERR_TIMEOUT = -4, /* the time given is over */
	ZT_ERR_SERVICE = -5, /* the service cannot be reached */
	ZT_ERR_PERMISSION = -6, /* the service or the system says no */
	ZT_ERR_HOME_IN_USE = -7, /* another process runs on this home */
	ZT_ERR_HOME =
		-8, /* the home cannot be read, or holds what is not ours */
	ZT_ERR_PORT_IN_USE = -9, /* the UDP port is taken */
	ZT_ERR_NOT_FOUND = -10, /* no such network, or no such service */
	ZT_ERR_DENIED = -11, /* the controller refuses this node */
	ZT_ERR_SYSTEM = -12, /* the system failed otherwise; errno says how */
};

/**
 * zt_strerror() - What an enum zt_err means, in a short English phrase
 *
 * Return: static text, never NULL.
 */
ZT_API const char *zt_strerror(enum zt_err err);

/**
 * zt_version() - The library's version
 *
 * Return: static text such as "1.2.3".
 */
ZT_API const char *zt_version(void);

/**
 * zt_use_service() - Daemon mode: make sockets at a running service
 * @where:	the service's home folder (a path, with a '/'), or the name of
 *		its endpoint as `tapless run` hands it to programs
 *
 * Call it before any socket is made and before threads start. The service takes
 * the default node's place: sockets are made there by all threads but those
 * that use another one (zt_node_use()).
 *
 * Only a service of this user is believed, or of the owner of the home folder;
 * under `tapless run` also the one that the environment names. Without this
 * call the first socket takes the service from the environment
 * (TAPLESS_SERVICE).
 *
 * Return: ZT_OK; ZT_ERR_ARGUMENT for a malformed name; ZT_ERR_NOT_FOUND if the
 * folder names no running service; ZT_ERR_SERVICE if nobody of the right user
 * answers there.
 */
ZT_API enum zt_err zt_use_service(const char *where);

/**
 * zt_socket() - Make a socket on the virtual networks
 * @domain:	AF_INET or AF_INET6; the latter is dual-stack unless IPV6_V6ONLY
 * @type:	SOCK_STREAM or SOCK_DGRAM, with SOCK_NONBLOCK and SOCK_CLOEXEC
 * @protocol:	0, IPPROTO_TCP or IPPROTO_UDP as fits
 *
 * Return: a descriptor owned by the caller; EAFNOSUPPORT, EPROTONOSUPPORT or
 * EINVAL for other kinds, EMFILE, ENFILE, EPERM if the service does not let
 * this user in, ENOBUFS at the service's quota.
 */
ZT_API int zt_socket(int domain, int type, int protocol);

/**
 * zt_connect() - Connect, or say whom a UDP socket talks to
 *
 * As connect(2): a blocking socket waits for the handshake, at most
 * SO_SNDTIMEO; a non-blocking one gives EINPROGRESS and becomes writable when
 * it is decided.
 *
 * Return: 0; EINPROGRESS, EALREADY, EISCONN, ECONNREFUSED, ETIMEDOUT, EINTR,
 * EHOSTUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL; ENETUNREACH for addresses
 * in no virtual network, the host's own included.
 */
ZT_API int zt_connect(int fd, const struct sockaddr *addr, socklen_t len);

/**
 * zt_bind() - Choose the local address
 *
 * Return: 0; EADDRINUSE; EINVAL if it is bound already; EADDRNOTAVAIL for an
 * address of no virtual network, 127.0.0.1 included; EAFNOSUPPORT.
 */
ZT_API int zt_bind(int fd, const struct sockaddr *addr, socklen_t len);

/**
 * zt_listen() - Wait for connections
 * @backlog:	how many may wait unaccepted
 *
 * Return: 0; EADDRINUSE, EINVAL if it is connected, EOPNOTSUPP for UDP.
 */
ZT_API int zt_listen(int fd, int backlog);

/**
 * zt_accept() - Take the next connection
 * @addr, @len:	the other side's address, as accept(2); may be NULL
 *
 * Return: a descriptor owned by the caller; EAGAIN, EINTR, EMFILE, EOPNOTSUPP;
 * EINVAL if it does not listen, also once the service has died.
 */
ZT_API int zt_accept(int fd, struct sockaddr *addr, socklen_t *len);

/* zt_accept() with SOCK_NONBLOCK and SOCK_CLOEXEC in @flags. */
ZT_API int zt_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);

/* close(2), for symmetry: both will do. */
ZT_API int zt_close(int fd);

/**
 * zt_setsockopt() - Set an option, as setsockopt(2)
 *
 * Return: 0; ENOPROTOOPT, EOPNOTSUPP, EPERM or EINVAL for what is not
 * supported. Options that are mere hints are accepted without effect.
 */
ZT_API int zt_setsockopt(int fd, int level, int name, const void *value,
			 socklen_t len);

/* getsockopt(2). SO_DOMAIN, SO_TYPE, SO_PROTOCOL and SO_ERROR answer as for the
 * TCP or UDP socket that this is. Same errors as zt_setsockopt(). */
ZT_API int zt_getsockopt(int fd, int level, int name, void *value,
			 socklen_t *len);

/* getsockname(2) and getpeername(2); ENOTCONN for the latter. */
ZT_API int zt_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
ZT_API int zt_getpeername(int fd, struct sockaddr *addr, socklen_t *len);

/* shutdown(2); ENOTCONN. On TCP sockets shutdown(2) itself does as well. */
ZT_API int zt_shutdown(int fd, int how);

/**
 * zt_sendmsg() - Send, with a destination or control data
 *
 * On TCP sockets this is sendmsg(2). On UDP sockets one datagram of at most
 * 65507 bytes; IP_PKTINFO, IP_TTL, IP_TOS and their IPv6 twins are taken as
 * control data.
 *
 * Return: bytes sent; EMSGSIZE, EDESTADDRREQ, EAGAIN, EINTR, ENETUNREACH for
 * the host's addresses; ECONNREFUSED and the like for datagrams sent before.
 */
ZT_API ssize_t zt_sendmsg(int fd, const struct msghdr *message, int flags);
ZT_API ssize_t zt_sendto(int fd, const void *at, size_t n, int flags,
			 const struct sockaddr *addr, socklen_t len);

/* recvmsg(2) and recvfrom(2), with MSG_PEEK, MSG_TRUNC and MSG_DONTWAIT; on UDP
 * sockets one datagram. EAGAIN, EINTR, errors of datagrams sent before. */
ZT_API ssize_t zt_recvmsg(int fd, struct msghdr *message, int flags);
ZT_API ssize_t zt_recvfrom(int fd, void *at, size_t n, int flags,
			   struct sockaddr *addr, socklen_t *len);

/**
 * zt_getaddrinfo() - Addresses for a name of the virtual networks
 * @node:	<node>.zt or <node>.<network>.zt with the node's ten and the
 *		network's sixteen hexadecimal digits, a name that a network's
 *		DNS servers know (where the owner allows it), or a numeric
 *		address; NULL: as getaddrinfo(3)
 * @service:	port, or a name of the host's list of services; may be NULL
 * @hints:	as getaddrinfo(3); AI_ADDRCONFIG, which is about the host's
 *		interfaces, is without effect; NULL: none
 * @res:	the list, owned by the caller; to be freed with
 *		zt_freeaddrinfo(), not with freeaddrinfo(3)
 *
 * The host's resolver is never asked. The DNS servers are asked over the
 * virtual network, so this may wait for seconds. Not for signal handlers.
 *
 * Return: 0, or EAI_... for gai_strerror(3): EAI_NONAME for other names, and
 * if there is no such host or nothing fits the hints; EAI_AGAIN if no DNS
 * server answers or the service cannot be reached; EAI_ADDRFAMILY for a numeric
 * address of another family; EAI_BADFLAGS, EAI_FAMILY,
 * EAI_SERVICE, EAI_SOCKTYPE; EAI_MEMORY; EAI_SYSTEM with errno.
 */
ZT_API int zt_getaddrinfo(const char *node, const char *service,
			  const struct addrinfo *hints, struct addrinfo **res);

/* Accepts NULL. */
ZT_API void zt_freeaddrinfo(struct addrinfo *res);

/*
 * In-process mode: the service as a thread of this application.
 *
 *	struct zt_options *o = zt_options_new();
 *
 *	if (!o || zt_options_set_home(o, "/var/lib/game/node") != ZT_OK ||
 *	    zt_start(o) != ZT_OK)
 *		...
 *	zt_options_free(o);
 *	zt_join(0x8056c2e21c000001);
 *	if (zt_wait_online(30000) == ZT_OK)
 *		fd = zt_socket(AF_INET, SOCK_STREAM, 0);
 *
 * zt_start() runs one node, the default one; see zt_node_start() for more. Its
 * threads block all signals and have a descriptor table of their own (Linux
 * 5.9): the application may fork, and may close what it does not know. A child
 * made by fork() goes on with the sockets it inherits and may make new ones at
 * its parent's node, but zt_start(), zt_stop() and what follows them here are
 * ZT_ERR_STATE there, until it executes another program.
 *
 * The limits of the process are left alone: each TCP or UDP socket here costs a
 * descriptor on either side, counted apart, so RLIMIT_NOFILE is to exceed the
 * number of sockets by about 100. libuv, which the service uses, keeps two
 * descriptors of the process, just below 1024.
 */
struct zt_options;

/* Options with their defaults, owned by the caller; NULL when out of memory. */
ZT_API struct zt_options *zt_options_new(void);

/* Accepts NULL. The options may be freed as soon as zt_start() has returned. */
ZT_API void zt_options_free(struct zt_options *options);

/* Where identity, networks and the planet are kept; made if it is missing.
 * NULL, the default: a new identity each time, in a folder under $TMPDIR or
 * /tmp that only this user may enter; zt_stop() removes it. Copied. */
ZT_API enum zt_err zt_options_set_home(struct zt_options *options,
				       const char *path);

/* The identity of a node without a home, as `tapless id generate` writes it,
 * the private key included. Copied; the copy is erased by zt_options_free().
 * With a home of its own zt_start() is ZT_ERR_ARGUMENT. NULL, the default: a
 * new one. ZT_ERR_ARGUMENT if it is no identity with its private key. */
ZT_API enum zt_err zt_options_set_identity(struct zt_options *options,
					   const char *text);

/* UDP port, 1..65535; 0, the default, lets the system choose. */
ZT_API enum zt_err zt_options_set_port(struct zt_options *options,
				       unsigned int port);

/* A planet file's @n bytes instead of that of the home, which is left as it is.
 * Copied. ZT_ERR_ARGUMENT if they are no planet. */
ZT_API enum zt_err zt_options_set_planet(struct zt_options *options,
					 const void *at, size_t n);

/* Be a controller of networks, and serve the HTTP interface on 127.0.0.1 and
 * ::1 that `tapless` subcommands with -D use, at the TCP port that has the
 * number of the UDP port. Off by default. */
ZT_API enum zt_err zt_options_set_api(struct zt_options *options, int on);

/* Called with one line of text for each message, on a thread of its own that
 * has the application's descriptors; it must not call this library. NULL, the
 * default, silences. @level: 0 error .. 4 trace. */
ZT_API enum zt_err zt_options_set_log(struct zt_options *options, int max_level,
				      void (*sink)(void *ctx, int level,
						   const char *line),
				      void *ctx);

/**
 * zt_start() - Run a node in this process
 * @options:	borrowed for the call; NULL: all defaults
 *
 * Returns when the node runs; being online comes later, see zt_wait_online().
 *
 * Sockets are made at this node afterwards, whatever zt_use_service() or the
 * environment said; so not while another thread makes one.
 *
 * Return: ZT_OK; ZT_ERR_STATE if one runs already; ZT_ERR_ARGUMENT if @options
 * has both home and identity; ZT_ERR_HOME,
 * ZT_ERR_HOME_IN_USE, ZT_ERR_PORT_IN_USE, ZT_ERR_MEMORY; ZT_ERR_PERMISSION for
 * a port below 1024; ZT_ERR_SYSTEM. The log says more.
 */
ZT_API enum zt_err zt_start(const struct zt_options *options);

/**
 * zt_stop() - End the node and its thread
 *
 * Open sockets see their connections end; they are still to be closed by the
 * caller. Who waits in zt_wait_online() or zt_wait_network() gets ZT_ERR_STATE.
 * The node may be started again. Not while another thread makes a socket.
 *
 * Return: ZT_OK, or ZT_ERR_STATE if none runs.
 */
ZT_API enum zt_err zt_stop(void);

/*
 * Further nodes, each with a home, an identity and networks of its own. They
 * are strangers to each other: what they exchange goes over the network, even
 * between two of them.
 *
 *	struct zt_node *other;
 *
 *	if (zt_start(o) != ZT_OK || zt_node_start(&other, p) != ZT_OK)
 *		...
 *	zt_node_use(other);
 *	fd = zt_socket(AF_INET, SOCK_STREAM, 0);
 *	zt_node_use(NULL);
 *
 * A socket belongs to the node that made it, and calls that name one need not
 * care. All others are about the node that the calling thread uses, the default
 * one at first: zt_socket(), zt_getaddrinfo(), and what follows here, from
 * zt_node_id() to zt_stat().
 */
struct zt_node;

/* So many at the same time: the default one, whether it runs or not, and the
 * others. */
#define ZT_NODES_MAX 4

/**
 * zt_node_start() - Run a further node in this process
 * @node:	set to the node, which is the library's; valid until
 *		zt_node_stop()
 * @options:	as zt_start(); two nodes cannot have one home or one port
 *
 * The default node need not run. No thread uses the new one yet, see
 * zt_node_use(); other threads may make sockets meanwhile.
 *
 * Return: as zt_start(); ZT_ERR_STATE if ZT_NODES_MAX - 1 further ones run, or
 * in a child of fork(); ZT_ERR_ARGUMENT if @node is NULL. @node is left alone
 * unless ZT_OK.
 */
ZT_API enum zt_err zt_node_start(struct zt_node **node,
				 const struct zt_options *options);

/**
 * zt_node_stop() - End a further node and its threads
 *
 * As zt_stop(); the other nodes go on. A thread that uses it uses none from
 * then on: its calls fail with ENETDOWN, EAI_AGAIN or ZT_ERR_STATE until it
 * calls zt_node_use().
 *
 * Return: ZT_OK; ZT_ERR_STATE if it does not run, or in a child of fork();
 * ZT_ERR_ARGUMENT if it is none of zt_node_start().
 */
ZT_API enum zt_err zt_node_stop(struct zt_node *node);

/**
 * zt_node_use() - Which node this thread's calls are about
 * @node:	from zt_node_start(); NULL: the default one, that of zt_start(),
 *		zt_use_service() or the environment
 *
 * For the calling thread, and no others, those that it starts included. In a
 * child of fork() it still says where sockets are made.
 *
 * Return: ZT_OK; ZT_ERR_STATE if it does not run; ZT_ERR_ARGUMENT if it is none
 * of zt_node_start(); ZT_ERR_MEMORY. What was used before is used on unless
 * ZT_OK.
 */
ZT_API enum zt_err zt_node_use(struct zt_node *node);

/* The node's 40-bit address; 0 if it does not run. */
ZT_API uint64_t zt_node_id(void);

/* Join or leave a network by its 64-bit ID. Takes effect at once; configuration
 * arrives later. Joining twice is no failure. ZT_ERR_STATE if no node runs,
 * ZT_ERR_ARGUMENT for an ID of 0, ZT_ERR_NOT_FOUND when leaving what was not
 * joined, ZT_ERR_MEMORY. */
ZT_API enum zt_err zt_join(uint64_t network_id);
ZT_API enum zt_err zt_leave(uint64_t network_id);

/**
 * zt_wait_online() - Wait until the node reaches a root
 * @timeout_ms:	milliseconds; 0 only looks, negative waits for ever
 *
 * Return: ZT_OK, ZT_ERR_TIMEOUT, or ZT_ERR_STATE if no node runs or it ends.
 */
ZT_API enum zt_err zt_wait_online(int timeout_ms);

/**
 * zt_wait_network() - Wait until a network is configured and has an address
 * @timeout_ms:	as for zt_wait_online()
 *
 * A refusal does not end the wait, since the node may yet be admitted.
 *
 * Return: ZT_OK; ZT_ERR_NOT_FOUND at once if it has not been joined;
 * ZT_ERR_STATE. When the time is over, ZT_ERR_TIMEOUT, or what the controller
 * said last: ZT_ERR_DENIED if it refuses this node, ZT_ERR_NOT_FOUND if it does
 * not know the network.
 */
ZT_API enum zt_err zt_wait_network(uint64_t network_id, int timeout_ms);

/**
 * zt_wait_address() - Wait until a network has given an address of a family
 * @family:	AF_INET or AF_INET6
 * @timeout_ms:	as for zt_wait_online()
 *
 * Return: as zt_wait_network(); ZT_ERR_TIMEOUT also if the network is ready but
 * gives no address of this family; ZT_ERR_ARGUMENT.
 */
ZT_API enum zt_err zt_wait_address(uint64_t network_id, int family,
				   int timeout_ms);

/**
 * zt_address() - The node's address in a network
 * @family:	AF_INET or AF_INET6
 * @addr, @len:	as getsockname(2); the port is 0
 *
 * Return: ZT_OK; ZT_ERR_NOT_FOUND if it has none of this family; ZT_ERR_STATE.
 */
ZT_API enum zt_err zt_address(uint64_t network_id, int family,
			      struct sockaddr *addr, socklen_t *len);

/**
 * zt_networks() - The networks that the node has joined
 * @list:	their IDs, ascending, as many as there is room for
 * @n:		room in @list; set to how many there are, which may be more
 *
 * Return: ZT_OK; ZT_ERR_STATE; ZT_ERR_ARGUMENT if @n is NULL, or @list is and
 * *@n is not 0.
 */
ZT_API enum zt_err zt_networks(uint64_t *list, size_t *n);

/* What a joined network has come to. The numbers never change. */
enum zt_network_status {
	ZT_NETWORK_NONE = 0, /* not joined, or no node runs */
	ZT_NETWORK_WAITING = 1, /* no answer, or no address yet */
	ZT_NETWORK_READY = 2, /* configured, with an address */
	ZT_NETWORK_DENIED = 3, /* the controller refuses this node */
	ZT_NETWORK_NOT_FOUND = 4, /* the controller does not know the network */
};

/* As it is now; does not wait. */
ZT_API enum zt_network_status zt_network_status(uint64_t network_id);

/* A short English phrase: static text, never NULL. */
ZT_API const char *zt_network_status_name(enum zt_network_status status);

/*
 * Events of a node in this process; each has its own. Nothing calls the
 * application back: a descriptor is readable while an event waits, and
 * whichever thread likes takes it. With one descriptor for the events and one
 * for each socket, all of it goes into the event loop that the application has.
 *
 *	while (zt_next_event(event) == ZT_OK)
 *		if (zt_event_kind(event) == ZT_EVENT_NETWORK_UP)
 *			...
 *
 * Events wait from zt_start() on, 512 at most. When more would wait they are
 * all replaced by one ZT_EVENT_OVERFLOW: some were lost, so look at everything
 * that matters again. The events after it are again complete.
 */
struct zt_event;

/* The numbers never change; kinds that an application does not know may be
 * added and are to be passed over. */
enum zt_event_kind {
	ZT_EVENT_NONE = 0, /* of a struct zt_event that holds none yet */
	ZT_EVENT_OVERFLOW = 1, /* events were lost */
	ZT_EVENT_ONLINE = 2, /* a root is reached */
	ZT_EVENT_OFFLINE = 3, /* no root is, after it was */
	ZT_EVENT_NETWORK_UP = 10, /* configured, with an address */
	ZT_EVENT_NETWORK_DOWN = 11, /* no more; it is asked for again */
	ZT_EVENT_NETWORK_DENIED = 12, /* the controller refuses this node */
	ZT_EVENT_NETWORK_NOT_FOUND = 13, /* it does not know the network */
	ZT_EVENT_NETWORK_REMOVED = 14, /* the node has left it */
	ZT_EVENT_ADDRESS_ADDED = 20, /* the node's, in a network */
	ZT_EVENT_ADDRESS_REMOVED = 21,
	ZT_EVENT_PEER_DIRECT = 30, /* packets travel without a relay */
	ZT_EVENT_PEER_RELAYED = 31, /* they go through a root */
	ZT_EVENT_PEER_LOST = 32, /* it has not been heard for five minutes */
};

/* A short English phrase: static text, never NULL. */
ZT_API const char *zt_event_kind_name(enum zt_event_kind kind);

/**
 * zt_event_fd() - A descriptor that is readable while an event waits
 *
 * For poll, select, epoll and the like only: what it holds is nobody's to read.
 * It is the library's and the same each time, until zt_stop(), when it reads
 * as ended before it is closed. An application that has closed it gets a new
 * one. Not inherited by what the process executes.
 *
 * Return: the descriptor, or -1: ENETDOWN if no node runs, also in a child of
 * fork(); EMFILE, ENFILE, ENOMEM.
 */
ZT_API int zt_event_fd(void);

/* Room for an event, owned by the caller; NULL when out of memory. */
ZT_API struct zt_event *zt_event_new(void);

/* Accepts NULL. */
ZT_API void zt_event_free(struct zt_event *event);

/**
 * zt_next_event() - Take the next event; does not wait
 * @event:	from zt_event_new(); what it held before is replaced
 *
 * Return: ZT_OK; ZT_ERR_TIMEOUT if none waits; ZT_ERR_STATE if no node runs;
 * ZT_ERR_ARGUMENT for NULL. @event is left alone unless ZT_OK.
 */
ZT_API enum zt_err zt_next_event(struct zt_event *event);

ZT_API enum zt_event_kind zt_event_kind(const struct zt_event *event);

/* The network's ID, of ZT_EVENT_NETWORK_... and ZT_EVENT_ADDRESS_...; the
 * peer's 40-bit address, of ZT_EVENT_PEER_.... 0 of others. */
ZT_API uint64_t zt_event_network(const struct zt_event *event);
ZT_API uint64_t zt_event_peer(const struct zt_event *event);

/**
 * zt_event_address() - The address, of ZT_EVENT_ADDRESS_...
 * @addr, @len:	as getsockname(2); the port is 0
 *
 * Return: ZT_OK; ZT_ERR_NOT_FOUND of other events; ZT_ERR_ARGUMENT.
 */
ZT_API enum zt_err zt_event_address(const struct zt_event *event,
				    struct sockaddr *addr, socklen_t *len);

/* What zt_stat() tells. Counts are of the time since zt_start(). The numbers
 * never change. */
enum zt_stat_id {
	ZT_STAT_BYTES_IN = 1, /* payload of the node's own UDP packets */
	ZT_STAT_BYTES_OUT = 2,
	ZT_STAT_PACKETS_IN = 3, /* these packets */
	ZT_STAT_PACKETS_OUT = 4,
	ZT_STAT_DROPS = 5, /* packets and frames not used, for any reason */
	ZT_STAT_SOCKETS = 6, /* sockets of applications, now */
	ZT_STAT_PEERS = 7, /* nodes heard within five minutes, roots too */
	ZT_STAT_PEERS_DIRECT = 8, /* those of them with a path */
	ZT_STAT_PEERS_RELAYED = 9, /* those without */
};

/* Return: ZT_OK; ZT_ERR_STATE if no node runs; ZT_ERR_ARGUMENT for a number
 * that is not listed, or NULL. */
ZT_API enum zt_err zt_stat(enum zt_stat_id which, uint64_t *value);

#ifdef __cplusplus
}
#endif

#endif /* TAPLESS_TAPLESS_H */
