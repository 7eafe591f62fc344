/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept.h - what the next worker has to know to go on with a socket
 *
 * The blob that goes to the keeper with a socket's descriptors: written by one
 * worker, read by the next, which may be of another version. One of a version
 * that is not ours is refused, not guessed. Interfaces are named by their
 * networks' IDs, since numbers are given anew.
 */
#ifndef TL_SOCKETS_KEPT_H
#define TL_SOCKETS_KEPT_H

#include "rpc/keep.h"
#include "rpc/proto.h"

#define KEPT_VERSION 2
/* Memberships of one socket: net.ipv4.igmp_max_memberships. */
#define KEPT_GROUPS_MAX 20
/* Records under way to a listener; a default send buffer holds 278. */
#define KEPT_BACKLOG_MAX 256
/* As a device: one that has gone, and no other shall take its place. */
#define KEPT_NO_NETWORK UINT64_MAX

enum kept_kind {
	KEPT_ENDPOINT = 1, /* where programs call the service */
	KEPT_LISTENER,
	KEPT_UDP,
};

enum kept_flags {
	KEPT_CONNECTED = 0x0001, /* UDP */
	KEPT_CLOSED = 0x0002, /* nobody may call it */
	KEPT_ONLY_LOOPBACK = 0x0004, /* its companion */
	KEPT_NO_LOOP = 0x0008,
	KEPT_NO_LOOP6 = 0x0010,
	KEPT_OWN_ONLY = 0x0020,
	KEPT_OUT_IS_HOST = 0x0040,
	KEPT_REUSE = 0x0080,
	KEPT_REUSE_PORT = 0x0100,
	KEPT_KEEPALIVE = 0x0200,
	KEPT_RECVERR = 0x0400,
	KEPT_NO_RESOLVER = 0x0800,
	KEPT_DONT_FRAGMENT6 = 0x1000,
	KEPT_TO_SERVER = 0x2000, /* connected to a name server of the host */
	KEPT_FLAGS_ALL = 0x3fff,
};

/* A multicast group on a network. */
struct kept_group {
	uint64_t network;
	struct rpc_addr group;
};

/**
 * struct kept_socket - The content of a blob
 * @endpoint:	KEPT_ENDPOINT: which of them; all below is of the others
 * @uid:	of the process that made it
 * @user:	on whose account it is
 * @tag:	enum tag_bits
 * @local:	with a port
 * @remote:	if KEPT_CONNECTED
 * @network:	of its own address, 0: not bound to one
 * @scope:	of the remote address, or of a link-local one, 0: none
 * @device:	SO_BINDTODEVICE, 0: none
 * @linger, @keep_idle_s and so on: as in struct socket_options
 * @backlog:	KEPT_LISTENER: 1..KEPT_BACKLOG_MAX
 * @out:	by which multicasts leave, 0: not chosen
 * @out_address: by which it was chosen
 */
struct kept_socket {
	uint8_t kind;
	uint8_t endpoint;
	uint32_t uid;
	uint32_t user;
	uint32_t tag;
	uint32_t flags;
	struct rpc_addr local;
	struct rpc_addr remote;
	uint64_t network;
	uint64_t scope;
	uint64_t device;
	uint8_t ttl;
	uint8_t tos;
	uint8_t mcast_ttl;
	int32_t linger;
	int32_t keep_idle_s;
	int32_t keep_interval_s;
	int32_t keep_count;
	int32_t mss;
	int32_t user_timeout_ms;
	int32_t defer_accept_s;
	uint8_t mtu_discover;
	uint8_t mtu_discover6;
	uint16_t backlog;
	uint64_t out;
	struct rpc_addr out_address;
	size_t n_groups;
	struct kept_group groups[KEPT_GROUPS_MAX];
};

/* Fails @w if it does not fit; it does in KEEP_BLOB_MAX. */
void tl_kept_build(struct writer *w, const struct kept_socket *k);

/**
 * tl_kept_parse() - Read a blob
 * @out:	written only on success
 *
 * Return: 0; -EPROTONOSUPPORT if it is of another version; -EBADMSG if it is
 * malformed, or says what cannot be.
 */
TL_MUST_USE int tl_kept_parse(struct kept_socket *out, struct bytes blob);

#endif /* TL_SOCKETS_KEPT_H */
