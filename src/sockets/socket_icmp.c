/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_icmp.c - echo requests from sockets of SOCK_DGRAM and IPPROTO_ICMP
 *
 * As Linux has them (net.ipv4.ping_group_range): what is sent is an echo
 * request whose identifier becomes the socket's port and whose checksum is
 * made here; what comes are the replies with this identifier, with their ICMP
 * header and without the IP header. The stack has one raw pcb a family, which
 * looks at all ICMP packets and takes the replies that somebody waits for.
 */
#include "sockets/socket_impl.h"

#include <string.h>

#include "lwip/icmp.h"
#include "lwip/icmp6.h"
#include "lwip/ip.h"
#include "lwip/pbuf.h"
#include "lwip/raw.h"

#include "stack/checksum.h"

#define ECHO_LEN 8

static bool is_reply(bool v6, const uint8_t head[ECHO_LEN])
{
	return head[0] == (v6 ? ICMP6_TYPE_EREP : ICMP_ER) && head[1] == 0;
}

static bool is_request(bool v6, const uint8_t *head)
{
	return head[0] == (v6 ? ICMP6_TYPE_EREQ : ICMP_ECHO) && head[1] == 0;
}

/* The socket that has this identifier, if @from is who it talks to. */
static struct socket *find(const struct sockets *s, bool v6, uint16_t id,
			   const struct rpc_addr *from)
{
	struct map_node *n;

	for (n = tl_port_first(s, PORTS_ICMP, id); n; n = tl_map_next(n)) {
		struct socket *k = tl_container_of(n, struct socket, by_port);

		if (!tl_socket_is_icmp(k) || k->local.port != id ||
		    tl_socket_is_v6(k) != v6)
			continue;
		if (!k->udp.connected ||
		    memcmp(k->remote.ip, from->ip, sizeof(from->ip)) == 0)
			return k;
	}
	return NULL;
}

/* @p begins with the IP header. Eaten only if somebody waits for it. */
static u8_t on_packet(void *arg, TL_UNUSED struct raw_pcb *pcb, struct pbuf *p,
		      const ip_addr_t *addr)
{
	struct sockets *s = arg;
	bool v6 = ip_current_is_v6();
	size_t skip = ip_current_header_tot_len();
	struct rpc_addr from = tl_socket_from_ip(addr, 0);
	uint8_t head[ECHO_LEN];
	struct socket *k;

	if (pbuf_copy_partial(p, head, sizeof(head), (u16_t)skip) !=
		    sizeof(head) ||
	    !is_reply(v6, head))
		return 0;
	k = find(s, v6, tl_load_be16(head + 4), &from);
	if (!k || pbuf_remove_header(p, skip))
		return 0;
	tl_socket_udp_deliver(k, p, &from);
	pbuf_free(p);
	return 1;
}

static struct raw_pcb *new_pcb(struct sockets *s, bool v6)
{
	struct raw_pcb *pcb =
		raw_new_ip_type(v6 ? IPADDR_TYPE_V6 : IPADDR_TYPE_V4,
				v6 ? IP6_NEXTH_ICMP6 : IP_PROTO_ICMP);

	if (!pcb)
		return NULL;
	if (v6) {
		pcb->chksum_reqd = 1;
		pcb->chksum_offset = 2;
	}
	raw_recv(pcb, on_packet, s);
	return pcb;
}

int tl_icmp_open(struct socket *k)
{
	bool v6 = tl_socket_is_v6(k);
	struct raw_pcb **pcbp = &k->owner->icmp[v6];

	if (!*pcbp)
		*pcbp = new_pcb(k->owner, v6);
	return *pcbp ? 0 : ENOBUFS;
}

int tl_icmp_send(struct socket *k, struct pbuf *p, const struct way *way)
{
	bool v6 = tl_socket_is_v6(k);
	struct raw_pcb *pcb = k->owner->icmp[v6];
	uint8_t *at = p->payload;
	err_t sent;

	if (p->len < ECHO_LEN || !is_request(v6, at))
		return EINVAL;
	memset(at + 2, 0, 2);
	tl_store_be16(at + 4, k->local.port);
	if (!v6)
		tl_store_be16(at + 2, tl_checksum_of(tl_bytes(at, p->len)));
	pcb->ttl = way->ttl;
	pcb->tos = way->tos;
	raw_set_multicast_ttl(pcb, way->ttl);
	raw_clear_flags(pcb, RAW_FLAGS_MULTICAST_LOOP);
	if (way->loops)
		raw_set_flags(pcb, RAW_FLAGS_MULTICAST_LOOP);
	sent = raw_sendto_if_src(pcb, p, &way->to, way->netif, &way->source);
	return sent == ERR_RTE ? EHOSTUNREACH : tl_socket_errno(sent);
}

void tl_icmp_fini(struct sockets *s)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		if (s->icmp[i])
			raw_remove(s->icmp[i]);
		s->icmp[i] = NULL;
	}
}
