/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto.h - what programs and the service say to each other over AF_UNIX
 *
 * Theory of operation
 *
 * An application's socket is one end of an AF_UNIX socket pair whose other end
 * the service holds: SOCK_STREAM for TCP, SOCK_SEQPACKET for UDP. The client
 * makes the pair and passes both ends with RPC_SOCKET: the service keeps one,
 * takes the SO_COOKIE of the other as the socket's name, and closes it. (A
 * socket that the service had accepted from a listening endpoint could not be
 * bound to a name later, which "connected names" need: EINVAL, measured on Linux
 * 6.18.)
 *
 * Control calls are one request and one reply on a short-lived SOCK_SEQPACKET
 * connection to the service's abstract endpoint. Requests about a socket carry
 * the application's end as SCM_RIGHTS: whoever holds it may operate on it.
 * RPC_SOCKET needs the owner's uid (SO_PEERCRED), a group that the service is
 * shared with (SO_PEERGROUPS) or a session token.
 *
 * Three things about a socket can be learned without asking the service, by
 * system calls that sandboxes allow:
 *
 * - the tag, in the app end's SO_INCOMING_CPU (a number that AF_UNIX stores and
 *   never uses): that it is ours, its domain and type, and options that only
 *   the client needs to remember (see enum tag_bits). Kept by dup, fork, exec;
 * - the bound name: after bind the client binds the app end to an abstract name
 *   that spells the local address (getsockname(2));
 * - the connected name: when established or listening the service binds its own
 *   end to a name that spells both addresses (getpeername(2)). See name.h.
 *
 * Life of a TCP socket's stream, seen from the app end:
 *  birth	the client sets SO_SNDBUF to RPC_SNDBUF_BORN, writes one filler
 *		byte
 *  connect	the client writes filler until EAGAIN; poll reports "writable"
 *		only when the service, connected, has set SO_SNDBUF to
 *		RPC_SNDBUF and drained all filler but one byte
 *  data	the service always leaves the last byte of the stream unread, so
 *		that closing its end early gives the application ECONNRESET
 *  listen	each incoming connection is one struct rpc_accept with the new
 *		app end as SCM_RIGHTS; the listener is readable when accept
 *		succeeds
 *
 * A UDP socket's records are a struct rpc_datagram header and the payload, in
 * both directions. An empty record never occurs, so read() == 0 is the end.
 * Unless it is bare (TAG_BARE): then records are payloads, and what the header
 * says goes along as a label (label.h) or, from a program, not at all if it is
 * for the connected peer. Asynchronous errors do not come as records; RPC_ERROR
 * tells the last one.
 *
 * A socket that is on both sides, the virtual network's and the host's, has a
 * companion: a socket of the host that the client makes and passes along. A UDP
 * socket is born with one, and what it sends to no virtual network leaves by
 * it; a socket whose wildcard address is to be bound on both sides gets one
 * with RPC_BIND, bound already. A listener's companion comes down its stream,
 * in a record of kind ACCEPT_HOST, when the client is to accept(2) from it.
 *
 * Both sides are built together but need not be of one word size: records have
 * fixed layouts, big-endian, built and parsed by the functions below.
 */
#ifndef TL_RPC_PROTO_H
#define TL_RPC_PROTO_H

#include "base/reader.h"
#include "base/writer.h"

#define RPC_VERSION 1
/* The app end's SO_SNDBUF of a stream until it is connected: the least that the
 * kernel takes, since filling it has a price for every connection. */
#define RPC_SNDBUF_BORN 2304
/* And from then on, which the kernel doubles. A stream is
 * writable while at most a quarter of that is in use, and the byte that stays
 * unread holds its whole buffer: up to 37,120 bytes after write, some 65,800
 * after sendfile or splice. Below 131,600 a program that sends files would wait
 * for ever; 212,992 is the most that an ordinary user may set (measured on
 * Linux 6.18). */
#define RPC_SNDBUF 212992
#define RPC_TOKEN_LEN 16
#define RPC_NONCE_LEN 16
#define RPC_MAX_FDS 3
#define RPC_OPT_MAX 1152 /* longest option value: filter.h */
#define RPC_REQUEST_MAX 1408
#define RPC_REPLY_MAX 1408
#define RPC_ADDR_LEN 20
#define RPC_ACCEPT_LEN 48
#define RPC_DATAGRAM_LEN 48
#define RPC_DATAGRAM_MAX 65507 /* payload */
/* A virtual interface of number n (1..250) has this index and n. The kernel
 * counts its own from 1. */
#define RPC_IFINDEX_BASE 0x7a740000
#define RPC_IFNAME_LEN 16 /* as IFNAMSIZ */
#define RPC_INTERFACE_LEN 39 /* without addresses */
#define RPC_PREFIX_LEN 18
#define RPC_PREFIXES_MAX 12 /* of an interface, in one reply */
#define RPC_LOOKUP_MAX 12
#define RPC_HOST_NAME_MAX 253 /* RFC 1035 2.3.4, as text */

/* The environment that `tapless run` hands to a program. */
#define RPC_ENV_SERVICE "TAPLESS_SERVICE" /* abstract name, without the NUL */
#define RPC_ENV_UID "TAPLESS_UID" /* the service's uid, decimal */
#define RPC_ENV_TOKEN "TAPLESS_TOKEN" /* 32 hexadecimal digits */
#define RPC_ENV_ISOLATE "TAPLESS_ISOLATE" /* "1": nothing goes to the host */
#define RPC_ENV_RULES "TAPLESS_RULES" /* see sdk/client/policy.h */
#define RPC_ENV_LISTEN "TAPLESS_LISTEN" /* virtual, host, both: wildcards */
#define RPC_ENV_DNS "TAPLESS_DNS" /* "off": questions are not looked at */

enum rpc_op {
	RPC_HELLO = 1, /* version check and status of the service; no fd */
	RPC_SESSION, /* owner and members: make a session token; no fd */
	/* fds: service end, app end, perhaps a companion. Replies with how many
	 * more the client may make without waiting, as value; what is wrong
	 * with those is the reply to the next request about them. */
	RPC_SOCKET,
	RPC_BIND, /* fds: app end, perhaps a companion; address */
	RPC_LISTEN, /* fd: app end; value = backlog */
	/* fd: app end, which may be kept a while; address. Replies with both
	 * addresses, and with EINPROGRESS as value how many more the client may
	 * ask for without waiting, to this IP address; those fail as if the
	 * other side had refused. */
	RPC_CONNECT,
	RPC_NAMES, /* fd: app end; replies with both addresses */
	RPC_ERROR, /* fd: app end; replies with and clears SO_ERROR */
	RPC_SETOPT, /* fd: app end; level, name, value bytes */
	RPC_GETOPT, /* fd: app end; level, name; replies with value bytes */
	RPC_DISCONNECT, /* fd: app end; connect to AF_UNSPEC, UDP only */
	/* No fd; value: which, from 0; name: its first address that is wanted.
	 * Replies with a struct rpc_interface as value bytes, or ENODEV. */
	RPC_INTERFACE,
	/* No fd; value bytes: a host's name. Replies with enum lookup_kind and
	 * up to RPC_LOOKUP_MAX addresses, RPC_USE_HOST for names that are none
	 * of the virtual networks', or ENOENT. Without name: address; replies
	 * with its name, RPC_USE_HOST for the host's addresses, or ENOENT. */
	RPC_LOOKUP,
	/* No fd; token: its first half, then zeroes; value bytes: RPC_NONCE_LEN
	 * of the client's. Replies with tl_siphash_24() of these under the
	 * whole token, big-endian: only the service that gave it knows. */
	RPC_PROVE,
	/* No fd; value bytes: a network's ID, or none: the node; value: enum
	 * wait_how. Replies, perhaps much later, with enum wait_state. */
	RPC_WAIT,
	/* fd: app end; value: enum error_call. Takes the oldest error out of
	 * the queue that IP_RECVERR asked for, and replies with a struct
	 * rpc_queued_error as value bytes, or EAGAIN; or puts one in. */
	RPC_TAKE_ERROR,
	RPC_OP_COUNT
};

/* What a reply's status means besides 0 and positive errno values. */
enum rpc_status {
	RPC_OK = 0,
	/* Not for a virtual network: the client uses a socket of the host. */
	RPC_USE_HOST = 10000,
};

#define RPC_FLAG_NONBLOCK 0x0001 /* CONNECT: do not wait for the result */
/* BIND, CONNECT: never answer RPC_USE_HOST; SOCKET: the companion is for
 * loopback only. */
#define RPC_FLAG_ISOLATE 0x0002
/* SOCKET: nobody may call it; BIND: but here everybody may. */
#define RPC_FLAG_CLOSED 0x0004
#define RPC_FLAG_OPEN 0x0008
/* Any: there will be no other request on this connection. */
#define RPC_FLAG_ONLY 0x0010
/* Any, with RPC_FLAG_ONLY: nobody waits for the reply. */
#define RPC_FLAG_QUIET 0x0020
/* SOCKET: what it asks name servers is not looked at. */
#define RPC_FLAG_NO_RESOLVER 0x0040

/* Options of our own: what a program learns by ioctl(2). */
#define RPC_LEVEL_OWN (-1)
enum own_option {
	/* Bytes written that the peer has not acknowledged (SIOCOUTQ), and
	 * those that were not sent yet (SIOCOUTQNSD); read only, int32_t. */
	OWN_OUTQ = 1,
	OWN_OUTQ_UNSENT = 2,
};

/* Bits of the tag in SO_INCOMING_CPU. */
enum tag_bits {
	TAG_MAGIC_MASK = 0x7e000000,
	TAG_MAGIC = 0x5a000000,
	TAG_ENDPOINT = 0x01800000, /* which of the client's services, 0..3 */
	TAG_DOMAIN6 = 0x00000001, /* AF_INET6, else AF_INET */
	TAG_DGRAM = 0x00000002, /* SOCK_DGRAM, else SOCK_STREAM */
	TAG_ICMP = 0x00000004, /* SOCK_DGRAM with IPPROTO_ICMP or ICMPV6 */
	TAG_V6ONLY = 0x00000008, /* IPV6_V6ONLY */
	TAG_NODELAY = 0x00000010, /* TCP_NODELAY: remembered hint */
	TAG_CORK = 0x00000020, /* TCP_CORK: remembered hint */
	TAG_QUICKACK = 0x00000040, /* TCP_QUICKACK: remembered hint */
	TAG_BOUND = 0x00000080, /* bind was called */
	TAG_LISTENING = 0x00000100, /* SO_ACCEPTCONN */
	TAG_CONNECTING = 0x00000200, /* connect was called */
	TAG_RENAMED = 0x00000400, /* UDP connected again: names are stale */
	TAG_PKTINFO = 0x00000800, /* IP_PKTINFO or IPV6_RECVPKTINFO */
	TAG_RECVTTL = 0x00001000, /* IP_RECVTTL or IPV6_RECVHOPLIMIT */
	TAG_RECVTOS = 0x00002000, /* IP_RECVTOS or IPV6_RECVTCLASS */
	TAG_RECVERR = 0x00004000, /* IP_RECVERR or IPV6_RECVERR */
	TAG_COMPANION = 0x00008000, /* the service has a companion of it */
	TAG_BARE = 0x00200000, /* UDP without headers, from its birth on */
};

/**
 * struct rpc_addr - A transport address
 * @family:	4 or 6; 0: none
 * @ifc:	the number of a virtual interface, 0: none is named. Told with
 *		link-local IPv6 addresses and of what datagrams arrive by; heard
 *		where a link-local address or a group is meant
 * @port:	host byte order
 * @ip:		network byte order; IPv4 in the first four bytes. IPv4-mapped
 *		IPv6 addresses are sent as IPv4
 */
struct rpc_addr {
	uint8_t family;
	uint8_t ifc;
	uint16_t port;
	uint8_t ip[16];
};

/**
 * struct rpc_request - A control call
 * @op:		enum rpc_op
 * @flags:	RPC_FLAG_...
 * @token:	session token, zeroes if the uid is to do
 * @tag:	RPC_SOCKET: the tag of the new socket; later its current value
 * @value:	backlog, filler count
 * @addr:	address to bind or connect to
 * @level, @name: of an option
 * @opt:	option value, at most RPC_OPT_MAX bytes; borrowed
 */
struct rpc_request {
	uint16_t op;
	uint16_t flags;
	uint8_t token[RPC_TOKEN_LEN];
	uint32_t tag;
	uint32_t value;
	struct rpc_addr addr;
	int32_t level;
	int32_t name;
	struct bytes opt;
};

/**
 * struct rpc_reply - Its result
 * @status:	0, a positive errno, or RPC_USE_HOST
 * @value:	RPC_ERROR: the socket's error; RPC_HELLO: RPC_VERSION;
 *		RPC_SOCKET: how many more without a reply
 * @local, @remote: RPC_BIND, RPC_CONNECT, RPC_NAMES: addresses now known
 * @opt:	option value, or session token; borrowed from the record
 */
struct rpc_reply {
	uint32_t status;
	uint32_t value;
	struct rpc_addr local;
	struct rpc_addr remote;
	struct bytes opt;
};

/* What the addresses of a reply to RPC_LOOKUP are (its value). */
enum lookup_kind {
	LOOKUP_ADDRESSES = 1, /* the host's */
	LOOKUP_SERVERS = 2, /* of DNS servers that know: ask them */
	LOOKUP_NAME = 3, /* none: the value bytes are a name */
};

enum error_call {
	ERROR_TAKE = 0,
	ERROR_TOO_LONG = 1, /* what was to go to the address; EMSGSIZE */
};

/* How long a reply to RPC_WAIT may take. */
enum wait_how {
	WAIT_UNTIL =
		0, /* until the network has an address, the node is online */
	WAIT_NOT = 1, /* no time */
};

/* What a reply to it says. */
enum wait_state {
	WAIT_WAITING,
	WAIT_READY,
	WAIT_DENIED,
	WAIT_NOT_FOUND,
	WAIT_NOT_JOINED,
};

/* An address of an interface, with the length of its network's prefix. */
struct rpc_prefix {
	uint8_t family;
	uint8_t bits;
	uint8_t ip[16];
};

/**
 * struct rpc_interface - A virtual interface
 * @name:	with a NUL
 * @number:	1..250
 * @network:	ID of its network
 * @n_total:	how many addresses it has; its link-local one comes first
 * @n:		how many of them follow
 */
struct rpc_interface {
	char name[RPC_IFNAME_LEN];
	uint8_t number;
	uint8_t mac[6];
	uint32_t mtu;
	uint64_t network;
	uint8_t n_total;
	uint8_t n;
	struct rpc_prefix prefixes[RPC_PREFIXES_MAX];
};

enum accept_kind {
	ACCEPT_VIRTUAL = 0, /* its descriptor is the connection */
	ACCEPT_HOST = 1, /* the companion: accept(2) from it; no addresses */
};

/* One incoming connection on a listener's stream. */
struct rpc_accept {
	uint32_t kind; /* enum accept_kind */
	struct rpc_addr local;
	struct rpc_addr remote;
};

/* On which side a datagram is to leave. */
enum datagram_side {
	DATAGRAM_BY_ROUTE = 0, /* the virtual one, if it has the destination */
	DATAGRAM_TO_HOST = 1,
	DATAGRAM_TO_VIRTUAL = 2,
};

enum datagram_kind {
	DATAGRAM_DATA = 0,
	DATAGRAM_ERROR = 1, /* asynchronous error; payload: what was sent */
};

/**
 * struct rpc_datagram - What precedes the payload of a UDP record
 * @kind:	enum datagram_kind
 * @side:	enum datagram_side; towards the service
 * @ttl, @tos:	0 towards the service: the socket's own
 * @error:	DATAGRAM_ERROR: an errno
 * @index:	DATAGRAM_DATA: the host's interface, by its kernel index, that
 *		it came or is to leave by; 0: not the host, or not said
 * @peer:	the other side: destination or origin; none towards the service
 *		means the connected peer
 * @local:	our side: source to use, or the address it was sent to
 */
struct rpc_datagram {
	uint8_t kind;
	uint8_t ttl;
	uint8_t tos;
	uint8_t side;
	uint32_t error;
	uint32_t index;
	struct rpc_addr peer;
	struct rpc_addr local;
};

#define RPC_QUEUED_ERROR_LEN 52 /* without payload */
#define RPC_QUEUED_PAYLOAD_MAX 204

/**
 * struct rpc_queued_error - What recvmsg(2) tells with MSG_ERRQUEUE
 * @error, @origin, @type, @code, @info: as struct sock_extended_err
 * @ttl:	of the packet that says so
 * @offender:	who says so; none: we ourselves
 * @dest:	where the datagram was to go
 * @payload:	of it, as far as it was quoted; borrowed
 */
struct rpc_queued_error {
	uint32_t error;
	uint32_t info;
	uint8_t origin;
	uint8_t type;
	uint8_t code;
	uint8_t ttl;
	struct rpc_addr offender;
	struct rpc_addr dest;
	struct bytes payload;
};

/* Builders fail @w when it is too small, parsers fail @r when malformed; both
 * treat out-of-range families, ops and lengths as malformed. */
void tl_rpc_write_addr(struct writer *w, const struct rpc_addr *a);
struct rpc_addr tl_rpc_read_addr(struct reader *r);
void tl_rpc_write_request(struct writer *w, const struct rpc_request *q);
void tl_rpc_read_request(struct reader *r, struct rpc_request *q);
void tl_rpc_write_reply(struct writer *w, const struct rpc_reply *p);
void tl_rpc_read_reply(struct reader *r, struct rpc_reply *p);
void tl_rpc_write_accept(struct writer *w, const struct rpc_accept *a);
void tl_rpc_read_accept(struct reader *r, struct rpc_accept *a);
void tl_rpc_write_datagram(struct writer *w, const struct rpc_datagram *d);
void tl_rpc_read_datagram(struct reader *r, struct rpc_datagram *d);

void tl_rpc_write_queued_error(struct writer *w,
			       const struct rpc_queued_error *e);
void tl_rpc_read_queued_error(struct reader *r, struct rpc_queued_error *e);
void tl_rpc_write_interface(struct writer *w, const struct rpc_interface *i);
void tl_rpc_read_interface(struct reader *r, struct rpc_interface *i);

#endif /* TL_RPC_PROTO_H */
