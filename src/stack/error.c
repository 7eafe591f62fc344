/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error.c - ICMP messages that say why a packet of ours did not arrive
 *
 * lwIP ignores them. They quote the packet's header and its first eight bytes,
 * so ports, and TCP's sequence number: it must be that of a SYN we sent, or
 * anybody could end connections being made. As on Linux, a connection being
 * made fails for every reason, and UDP is told those only that will stay.
 */
#include "stack/internal.h"

#include <errno.h>
#include <string.h>

#include "lwip/priv/tcp_priv.h"

#define ICMP_LEN 8
#define QUOTED_LEN 8 /* of the message behind the quoted header */
#define ICMP4_UNREACHABLE 3
#define ICMP6_UNREACHABLE 1

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

static enum drop tell(struct ifc *ifc, struct reason why, const struct ip *from,
		      const struct ip *to, uint8_t protocol,
		      const uint8_t *message)
{
	struct ifc_error e = {
		.family = from->family,
		.protocol = protocol,
		.local_port = tl_load_be16(message),
		.remote_port = tl_load_be16(message + 2),
		.error = why.error,
	};

	if (!why.error || !tl_ifc_has(ifc, from))
		return DROP_UNEXPECTED;
	if (protocol == PROTO_TCP &&
	    !is_own_syn(ifc, &e, from, to, tl_load_be32(message + 4)))
		return DROP_UNEXPECTED;
	if (protocol == PROTO_UDP && !why.stays)
		return DROP_NONE;
	if (protocol != PROTO_TCP && protocol != PROTO_UDP)
		return DROP_UNSUPPORTED;
	memcpy(e.local, from->at, sizeof(e.local));
	memcpy(e.remote, to->at, sizeof(e.remote));
	if (ifc->config.ops->error)
		ifc->config.ops->error(ifc->config.ctx, &e);
	return DROP_NONE;
}

enum drop tl_error_input4(struct ifc *ifc, struct bytes icmp)
{
	struct bytes quoted = tl_bytes_skip(icmp, ICMP_LEN);
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
	from = tl_ip(4, quoted.at + 12);
	to = tl_ip(4, quoted.at + 16);
	return tell(ifc, reason4(icmp.at[1]), &from, &to, quoted.at[9],
		    quoted.at + head);
}

enum drop tl_error_input6(struct ifc *ifc, struct bytes icmp)
{
	struct bytes quoted = tl_bytes_skip(icmp, ICMP_LEN);
	struct ip from;
	struct ip to;

	if (quoted.n < IP6_LEN + QUOTED_LEN || quoted.at[0] >> 4 != 6)
		return DROP_BAD_FRAME;
	from = tl_ip(6, quoted.at + 8);
	to = tl_ip(6, quoted.at + 24);
	return tell(ifc, reason6(icmp.at[1]), &from, &to, quoted.at[6],
		    quoted.at + IP6_LEN);
}

bool tl_error_is_one4(struct bytes icmp)
{
	return icmp.n >= ICMP_LEN && icmp.at[0] == ICMP4_UNREACHABLE;
}

bool tl_error_is_one6(struct bytes icmp)
{
	return icmp.n >= ICMP_LEN && icmp.at[0] == ICMP6_UNREACHABLE;
}
