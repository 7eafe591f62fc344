/* SPDX-License-Identifier: Apache-2.0 */
/* probe_frame.c - the frame that was wished for */
#include <string.h>

#include "base/hex.h"
#include "rules/probe_impl.h"

#define ETHERNET_HEADER_LEN 14
#define DEFAULT_PAYLOAD 46 /* the least of Ethernet */
#define DATA_LEN 8 /* behind the headers */

static const char *from_digits(struct rule_probe *out, struct bytes digits)
{
	uint8_t header[ETHERNET_HEADER_LEN];
	size_t n = digits.n / 2;

	if (n < ETHERNET_HEADER_LEN ||
	    n - ETHERNET_HEADER_LEN > PROBE_PAYLOAD_MAX)
		return "--frame has 14 to 10014 bytes, an Ethernet header "
		       "first";
	if (tl_hex_decode(header, sizeof(header),
			  tl_bytes_first(digits, 2 * sizeof(header))) ||
	    tl_hex_decode(out->payload, n - sizeof(header),
			  tl_bytes_skip(digits, 2 * sizeof(header))))
		return "--frame is written in hexadecimal digits, two a byte";
	memcpy(out->frame.dest.b, header, MAC_LEN);
	memcpy(out->frame.source.b, header + MAC_LEN, MAC_LEN);
	out->frame.ethertype = tl_load_be16(header + 2 * MAC_LEN);
	out->frame.payload = tl_bytes(out->payload, n - sizeof(header));
	return NULL;
}

static bool is_about_ip(const struct probe_wish *w)
{
	return w->src.family || w->dst.family || w->has_proto || w->has_ports ||
	       w->has_tcp_flags || w->has_icmp || w->tos;
}

/* 4, 6, or 0 if it is no IP; what was said may not be at odds. */
static const char *find_family(uint8_t *out, const struct probe_wish *w)
{
	uint8_t family = w->src.family ? w->src.family : w->dst.family;

	if (w->src.family && w->dst.family && w->src.family != w->dst.family)
		return "--src and --dst are of different IP versions";
	if (!family && w->has_ethertype)
		family = w->ethertype == 0x0800	  ? 4
			 : w->ethertype == 0x86dd ? 6
						  : 0;
	else if (!family && is_about_ip(w))
		family = w->has_proto && w->proto == 58 ? 6 : 4;
	if (w->has_ethertype && w->ethertype == 0x0806 && family == 4) {
		*out = 0; /* ARP has addresses, too */
		return NULL;
	}
	if (w->has_ethertype && is_about_ip(w) &&
	    w->ethertype != (family == 4 ? 0x0800 : 0x86dd))
		return "--ethertype does not fit to what is said of IP";
	*out = family;
	return NULL;
}

static uint8_t protocol_of(const struct probe_wish *w, uint8_t family)
{
	if (w->has_proto)
		return w->proto;
	if (w->has_icmp)
		return family == 4 ? 1 : 58;
	if (w->has_ports || w->has_tcp_flags)
		return 6;
	return 59; /* none */
}

static size_t put_transport(uint8_t *at, const struct probe_wish *w,
			    uint8_t proto)
{
	if (w->has_icmp || proto == 1 || proto == 58) {
		at[0] = w->icmp_type;
		at[1] = w->icmp_code;
		return 8;
	}
	tl_store_be16(at, w->sport);
	tl_store_be16(at + 2, w->dport);
	if (proto != 6)
		return 8;
	at[12] = (uint8_t)(0x50 | w->tcp_flags >> 8);
	at[13] = (uint8_t)w->tcp_flags;
	return 20;
}

static const char *put_ip(struct rule_probe *out, const struct probe_wish *w,
			  uint8_t family)
{
	size_t header = family == 4 ? 20 : 40;
	uint8_t proto = protocol_of(w, family);
	uint8_t *p = out->payload;
	size_t n;

	n = header + put_transport(p + header, w, proto) + DATA_LEN;
	if (w->has_size)
		n = w->size;
	if (n < header)
		return "--size is less than the header of IP";
	out->frame.ethertype = family == 4 ? 0x0800 : 0x86dd;
	out->frame.payload = tl_bytes(p, n);
	if (family == 4) {
		p[0] = 0x45;
		p[1] = w->tos;
		tl_store_be16(p + 2, (uint16_t)n);
		p[8] = 64;
		p[9] = proto;
		memcpy(p + 12, w->src.ip, 4);
		memcpy(p + 16, w->dst.ip, 4);
		return NULL;
	}
	p[0] = (uint8_t)(0x60 | w->tos >> 4);
	p[1] = (uint8_t)(w->tos << 4);
	tl_store_be16(p + 4, (uint16_t)(n - header));
	p[6] = proto;
	p[7] = 64;
	memcpy(p + 8, w->src.ip, 16);
	memcpy(p + 24, w->dst.ip, 16);
	return NULL;
}

static void put_other(struct rule_probe *out, const struct probe_wish *w)
{
	out->frame.ethertype = w->ethertype;
	if (w->ethertype == 0x0806) {
		memcpy(out->payload, (uint8_t[]){ 0, 1, 8, 0, 6, 4, 0, 1 }, 8);
		memcpy(out->payload + 8, out->frame.source.b, MAC_LEN);
		memcpy(out->payload + 14, w->src.ip, 4);
		memcpy(out->payload + 24, w->dst.ip, 4);
	}
	out->frame.payload =
		tl_bytes(out->payload, w->has_size ? w->size : DEFAULT_PAYLOAD);
}

static void own(struct rule_probe *out, enum filter_thing_type type,
		const uint8_t *at, size_t n)
{
	struct probe_side *s = &out->sender;
	struct filter_thing *t = &s->owned[s->side.n_owned++];

	t->type = (uint8_t)type;
	memcpy(t->value, at, n);
}

/* Wherever an address of the sender may stand. */
static void set_owned(struct rule_probe *out, const struct probe_wish *w)
{
	if (w->owns_mac)
		own(out, FILTER_THING_MAC, out->frame.source.b, MAC_LEN);
	if (!w->owns_ip)
		return;
	own(out, FILTER_THING_IPV4, out->payload + 12, 4);
	own(out, FILTER_THING_IPV4, out->payload + 14, 4);
	own(out, FILTER_THING_IPV6, out->payload + 8, 16);
	own(out, FILTER_THING_IPV6, out->payload + 48, 16);
}

const char *tl_probe_build(struct rule_probe *out,
			   const struct probe_wish *wish)
{
	const char *why = NULL;
	uint8_t family = 0;

	if (wish->frame.at)
		why = from_digits(out, wish->frame);
	else
		why = find_family(&family, wish);
	if (!why && family)
		why = put_ip(out, wish, family);
	else if (!why && !wish->frame.at)
		put_other(out, wish);
	if (!why)
		set_owned(out, wish);
	return why;
}
