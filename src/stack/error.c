/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - ICMP messages that say why a packet of ours did not arrive
 *
 * lwIP ignores them. They quote the packet's header and its first eight bytes,
 * so ports, and TCP's sequence number: it must be that of a SYN we sent, or
 * anybody could end connections being made. As on Linux, a connection being
 * made fails for every reason; whether others are told those that may pass is
 * up to their sockets.
 */
#include "stack/internal.h"

#include <errno.h>
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#define ICMP_LEN 8
#define QUOTED_LEN 8 /* of the message behind the quoted header */
#define ICMP4_UNREACHABLE 3
#define ICMP4_ECHO 8
#define ICMP4_TIME_EXCEEDED 11
#define ICMP4_NO_HOST 1
#define ICMP6_UNREACHABLE 1
#define ICMP6_TOO_BIG 2
#define ICMP6_TIME_EXCEEDED 3
#define ICMP6_ECHO 128
#define ICMP6_NO_ADDRESS 3

struct reason {
	int error;
	bool stays;
};

static struct reason reason4(uint8_t code)
{
	static const struct reason table[] = {
		{ ENETUNREACH, false },	 { EHOSTUNREACH, false },
		{ ENOPROTOOPT, true },	 { ECONNREFUSED, true },
		{ EMSGSIZE, false },	 { EOPNOTSUPP, false },
		{ ENETUNREACH, true },	 { EHOSTDOWN, true },
		{ ENONET, true },	 { ENETUNREACH, true },
		{ EHOSTUNREACH, true },	 { ENETUNREACH, false },
		{ EHOSTUNREACH, false }, { EHOSTUNREACH, true },
		{ EHOSTUNREACH, true },	 { EHOSTUNREACH, true },
	};

	return code < TL_ARRAY_SIZE(table) ? table[code] : (struct reason){ 0 };
}

static struct reason reason6(uint8_t code)
{
	static const struct reason table[] = {
		{ ENETUNREACH, false },	 { EACCES, true },
		{ EHOSTUNREACH, false }, { EHOSTUNREACH, false },
		{ ECONNREFUSED, true },	 { EACCES, true },
		{ EACCES, true },
	};

	return code < TL_ARRAY_SIZE(table) ? table[code] : (struct reason){ 0 };
}

static void put_ip(ip_addr_t *out, const struct ip *ip)
{
	*out = (ip_addr_t){ 0 };
	memcpy(ip_2_ip6(out)->addr, ip->at, 16);
	IP_SET_TYPE(out, ip->family == 4 ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6);
}

/* Does a connection being made wait for the answer to this SYN? */
static bool is_own_syn(const struct ifc *ifc, const struct ifc_error *e,
		       const struct ip *local, const struct ip *remote,
		       uint32_t seq)
{
	const struct tcp_pcb *pcb;
	ip_addr_t here;
	ip_addr_t there;

	put_ip(&here, local);
	put_ip(&there, remote);
	pcb = tcp_hash_first(&here, e->local_port, &there, e->remote_port);
	for (; pcb; pcb = pcb->hash_next) {
		if (pcb->state == SYN_SENT && pcb->lastack == seq &&
		    pcb->local_port == e->local_port &&
		    pcb->remote_port == e->remote_port &&
		    pcb->netif_idx == netif_get_index(&ifc->netif))
			return true;
	}
	return false;
}

/**
 * struct said - What an ICMP message says
 * @why:	error 0: nothing that we understand
 * @type, @code, @info: see struct ifc_error
 * @from, @ttl:	who says so, and what remained of the packet's life
 */
struct said {
	struct reason why;
	uint8_t type;
	uint8_t code;
	uint32_t info;
	struct ip from;
	uint8_t ttl;
};

static bool is_echo(uint8_t protocol, const uint8_t *message)
{
	return protocol == PROTO_ICMP ? message[0] == ICMP4_ECHO
				      : message[0] == ICMP6_ECHO;
}

/* @quoted: what is behind the quoted IP header, at least QUOTED_LEN bytes. */
static void read_message(struct ifc_error *e, struct bytes quoted)
{
	if (e->protocol == PROTO_TCP || e->protocol == PROTO_UDP) {
		e->local_port = tl_load_be16(quoted.at);
		e->remote_port = tl_load_be16(quoted.at + 2);
		e->quoted = tl_bytes_skip(quoted, QUOTED_LEN);
	} else {
		e->local_port = tl_load_be16(quoted.at + 4);
		e->quoted = quoted;
	}
}

static enum drop tell(struct ifc *ifc, const struct said *said,
		      const struct ip *from, const struct ip *to,
		      uint8_t protocol, struct bytes quoted)
{
	struct ifc_error e = {
		.family = from->family,
		.protocol = protocol,
		.error = said->why.error,
		.passes = !said->why.stays,
		.type = said->type,
		.code = said->code,
		.info = said->info,
		.ttl = said->ttl,
	};

	if (!said->why.error || !tl_ifc_has(ifc, from))
		return DROP_UNEXPECTED;
	read_message(&e, quoted);
	if (protocol == PROTO_TCP &&
	    !is_own_syn(ifc, &e, from, to, tl_load_be32(quoted.at + 4)))
		return DROP_UNEXPECTED;
	if (protocol != PROTO_TCP && protocol != PROTO_UDP &&
	    !is_echo(protocol, quoted.at))
		return DROP_UNSUPPORTED;
	memcpy(e.local, from->at, sizeof(e.local));
	memcpy(e.remote, to->at, sizeof(e.remote));
	memcpy(e.from, said->from.at, sizeof(e.from));
	if (ifc->config.ops->error)
		ifc->config.ops->error(ifc->config.ctx, &e);
	return DROP_NONE;
}

/* The packet @quoted of ours, or its beginning. */
static enum drop tell_of4(struct ifc *ifc, const struct said *said,
			  struct bytes quoted)
{
	struct ip from;
	struct ip to;
	size_t head;

	if (quoted.n < IP4_LEN || quoted.at[0] >> 4 != 4)
		return DROP_BAD_FRAME;
	head = (quoted.at[0] & 15U) * 4U;
	if (head < IP4_LEN || quoted.n < head + QUOTED_LEN)
		return DROP_BAD_FRAME;
	/* Only a first fragment has ports. */
	if (tl_load_be16(quoted.at + 6) & 0x1fff)
		return DROP_UNSUPPORTED;
	if (quoted.at[9] == PROTO_ICMP6)
		return DROP_UNSUPPORTED;
	from = tl_ip(4, quoted.at + 12);
	to = tl_ip(4, quoted.at + 16);
	return tell(ifc, said, &from, &to, quoted.at[9],
		    tl_bytes_skip(quoted, head));
}

static enum drop tell_of6(struct ifc *ifc, const struct said *said,
			  struct bytes quoted)
{
	struct ip from;
	struct ip to;

	if (quoted.n < IP6_LEN + QUOTED_LEN || quoted.at[0] >> 4 != 6)
		return DROP_BAD_FRAME;
	if (quoted.at[6] == PROTO_ICMP)
		return DROP_UNSUPPORTED;
	from = tl_ip(6, quoted.at + 8);
	to = tl_ip(6, quoted.at + 24);
	return tell(ifc, said, &from, &to, quoted.at[6],
		    tl_bytes_skip(quoted, IP6_LEN));
}

enum drop tl_error_input4(struct ifc *ifc, struct bytes packet,
			  struct bytes icmp)
{
	struct said said = { .type = icmp.at[0], .code = icmp.at[1] };

	said.from = tl_ip(4, packet.at + 12);
	said.ttl = packet.at[8];
	if (said.type == ICMP4_UNREACHABLE)
		said.why = reason4(said.code);
	else
		said.why = (struct reason){ EHOSTUNREACH, false };
	if (said.why.error == EMSGSIZE)
		said.info = tl_load_be16(icmp.at + 6);
	return tell_of4(ifc, &said, tl_bytes_skip(icmp, ICMP_LEN));
}

enum drop tl_error_input6(struct ifc *ifc, struct bytes packet,
			  struct bytes icmp)
{
	struct said said = { .type = icmp.at[0], .code = icmp.at[1] };

	said.from = tl_ip(6, packet.at + 8);
	said.ttl = packet.at[7];
	if (said.type == ICMP6_UNREACHABLE)
		said.why = reason6(said.code);
	else if (said.type == ICMP6_TOO_BIG)
		said.why = (struct reason){ EMSGSIZE, false };
	else
		said.why = (struct reason){ EHOSTUNREACH, false };
	if (said.type == ICMP6_TOO_BIG)
		said.info = tl_load_be32(icmp.at + 4);
	return tell_of6(ifc, &said, tl_bytes_skip(icmp, ICMP_LEN));
}

void tl_error_unreachable(struct ifc *ifc, struct bytes packet)
{
	struct said said = { .why = { EHOSTUNREACH, false }, .ttl = 64 };
	bool is_ip4 = packet.n >= IP4_LEN && packet.at[0] >> 4 == 4;

	/* Of TCP tl_route_unreachable() tells. */
	if (packet.n < IP4_LEN || (!is_ip4 && packet.n < IP6_LEN) ||
	    packet.at[is_ip4 ? 9 : 6] == PROTO_TCP)
		return;
	said.from = is_ip4 ? tl_ip(4, packet.at + 12) : tl_ip(6, packet.at + 8);
	said.type = is_ip4 ? ICMP4_UNREACHABLE : ICMP6_UNREACHABLE;
	said.code = is_ip4 ? ICMP4_NO_HOST : ICMP6_NO_ADDRESS;
	if (is_ip4)
		(void)tell_of4(ifc, &said, packet);
	else
		(void)tell_of6(ifc, &said, packet);
}

bool tl_error_is_one4(struct bytes icmp)
{
	return icmp.n >= ICMP_LEN && (icmp.at[0] == ICMP4_UNREACHABLE ||
				      icmp.at[0] == ICMP4_TIME_EXCEEDED);
}

bool tl_error_is_one6(struct bytes icmp)
{
	return icmp.n >= ICMP_LEN && icmp.at[0] >= ICMP6_UNREACHABLE &&
	       icmp.at[0] <= ICMP6_TIME_EXCEEDED;
}
