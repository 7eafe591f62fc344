/* SPDX-License-Identifier: Apache-2.0 */
#include "service/capture_headers.h"

#include <string.h>

#include "stack/checksum.h"

#define PROTOCOL_UDP 17
#define TTL 64
#define UDP_LEN 8
#define IP4_LEN 20
#define IP6_LEN 40

static void ip4_header(uint8_t *out, const struct udp_addr *from,
		       const struct udp_addr *to, size_t udp_len)
{
	memset(out, 0, IP4_LEN);
	out[0] = 0x45;
	tl_store_be16(out + 2, (uint16_t)(IP4_LEN + udp_len));
	out[8] = TTL;
	out[9] = PROTOCOL_UDP;
	memcpy(out + 12, from->ip, 4);
	memcpy(out + 16, to->ip, 4);
	tl_store_be16(out + 10, tl_checksum_of(tl_bytes(out, IP4_LEN)));
}

static void ip6_header(uint8_t *out, const struct udp_addr *from,
		       const struct udp_addr *to, size_t udp_len)
{
	memset(out, 0, IP6_LEN);
	out[0] = 0x60;
	tl_store_be16(out + 4, (uint16_t)udp_len);
	out[6] = PROTOCOL_UDP;
	out[7] = TTL;
	memcpy(out + 8, from->ip, 16);
	memcpy(out + 24, to->ip, 16);
}

struct bytes tl_capture_headers(struct buffer payload,
				const struct udp_addr *from,
				const struct udp_addr *to)
{
	size_t ip_len = from->family == 4 ? IP4_LEN : IP6_LEN;
	size_t udp_len = UDP_LEN + payload.n;
	uint8_t *udp = payload.at - UDP_LEN;
	uint8_t *ip = udp - ip_len;
	struct bytes whole = tl_bytes(ip, ip_len + udp_len);
	uint16_t check;

	if (from->family == 4)
		ip4_header(ip, from, to, udp_len);
	else
		ip6_header(ip, from, to, udp_len);
	tl_store_be16(udp, from->port);
	tl_store_be16(udp + 2, to->port);
	tl_store_be16(udp + 4, (uint16_t)udp_len);
	tl_store_be16(udp + 6, 0);
	check = tl_checksum_transport(whole, ip_len, PROTOCOL_UDP);
	/* Zero would mean that there is none (RFC 768). */
	tl_store_be16(udp + 6, check ? check : 0xffff);
	return whole;
}
