/* SPDX-License-Identifier: Apache-2.0 */
#include "service/coalesce.h"

#include <string.h>

#include "stack/checksum.h"

#define ETHERNET_LEN 14
#define IP_AT (VNET_LEN + ETHERNET_LEN)
#define IP4_LEN 20
#define IP6_LEN 40
#define TCP_LEN 20
#define PROTO_TCP 6
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_ECE 0x40
#define TOTAL_MAX 65000 /* with its headers below what IP can say */

/**
 * struct segment - A packet of TCP, as far as it was looked at
 * @tcp_len:	of the header
 * @data:	behind the headers
 * @is_plain:	data and an acknowledgement, and nothing besides
 */
struct segment {
	const uint8_t *ip;
	size_t ip_len;
	size_t tcp_len;
	struct bytes data;
	bool is_plain;
};

static bool find_ip4(struct segment *s, struct bytes p)
{
	if (p.n < IP4_LEN || p.at[0] != 0x45 || p.at[9] != PROTO_TCP ||
	    tl_load_be16(p.at + 2) != p.n || tl_load_be16(p.at + 6) & 0xbfff)
		return false;
	s->ip_len = IP4_LEN;
	return true;
}

static bool find_ip6(struct segment *s, struct bytes p)
{
	if (p.n < IP6_LEN || p.at[0] >> 4 != 6 || p.at[6] != PROTO_TCP ||
	    tl_load_be16(p.at + 4) != p.n - IP6_LEN)
		return false;
	s->ip_len = IP6_LEN;
	return true;
}

/* False if it is no segment of TCP that this file understands. */
static bool parse(struct segment *s, unsigned int ethertype, struct bytes p)
{
	const uint8_t *tcp;

	*s = (struct segment){ .ip = p.at };
	if (!(ethertype == 0x0800   ? find_ip4(s, p)
	      : ethertype == 0x86dd ? find_ip6(s, p)
				    : false))
		return false;
	if (p.n - s->ip_len < TCP_LEN)
		return false;
	tcp = p.at + s->ip_len;
	s->tcp_len = (tcp[12] >> 4) * 4U;
	if (s->tcp_len < TCP_LEN || s->tcp_len > p.n - s->ip_len)
		return false;
	s->data = tl_bytes_skip(p, s->ip_len + s->tcp_len);
	s->is_plain = s->data.n &&
		      (tcp[13] & ~(TCP_PSH | TCP_ECE)) == TCP_ACK &&
		      !(tcp[12] & 15);
	return true;
}

static const uint8_t *run_ip(const struct coalesce_run *r)
{
	return r->head + IP_AT;
}

static bool is_same_connection(const struct coalesce_run *r,
			       const struct segment *s)
{
	const uint8_t *ip = run_ip(r);
	size_t at = s->ip_len == IP4_LEN ? 12 : 8;

	return r->ip_len == s->ip_len &&
	       memcmp(ip + at, s->ip + at, s->ip_len - at) == 0 &&
	       memcmp(ip + s->ip_len, s->ip + s->ip_len, 4) == 0;
}

static bool has_same_ip_header(const struct coalesce_run *r,
			       const struct segment *s)
{
	const uint8_t *a = run_ip(r);

	if (s->ip_len == IP4_LEN)
		return a[1] == s->ip[1] && a[6] == s->ip[6] && a[8] == s->ip[8];
	return memcmp(a, s->ip, 4) == 0 && a[7] == s->ip[7];
}

/* All but sequence number, checksum and the flag that says "hand it over". */
static bool has_same_tcp_header(const struct coalesce_run *r,
				const struct segment *s)
{
	const uint8_t *a = run_ip(r) + r->ip_len;
	const uint8_t *b = s->ip + s->ip_len;

	return memcmp(a + 8, b + 8, 5) == 0 &&
	       ((a[13] ^ b[13]) & ~TCP_PSH) == 0 &&
	       memcmp(a + 14, b + 14, 2) == 0 &&
	       memcmp(a + 20, b + 20, s->tcp_len - TCP_LEN) == 0;
}

static bool can_follow(const struct coalesce_run *r, const struct segment *s,
		       const uint8_t ethernet[14])
{
	return s->is_plain && r->n_parts <= COALESCE_PARTS &&
	       s->data.n <= r->size && TOTAL_MAX - r->total >= s->data.n &&
	       tl_load_be32(s->ip + s->ip_len + 4) == r->next_seq &&
	       has_same_ip_header(r, s) && has_same_tcp_header(r, s) &&
	       memcmp(r->head + VNET_LEN, ethernet, ETHERNET_LEN) == 0;
}

static uint16_t pseudo_sum(const uint8_t *ip, size_t ip_len, size_t tcp_len)
{
	struct bytes addresses = ip_len == IP4_LEN ? tl_bytes(ip + 12, 8)
						   : tl_bytes(ip + 8, 32);
	uint32_t sum = tl_checksum_sum(addresses);

	sum += PROTO_TCP + (uint32_t)tcp_len;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The header of one segment becomes that of all: lengths and sums. */
static void finish_head(struct coalesce_run *r)
{
	uint8_t *ip = r->head + IP_AT;
	uint8_t *tcp = ip + r->ip_len;
	size_t tcp_len = r->head_len - IP_AT - r->ip_len;
	size_t len = tcp_len + r->total;
	struct vnet v = {
		.flags = VNET_NEEDS_CSUM,
		.gso_type = r->ip_len == IP4_LEN ? VNET_GSO_TCP4
						 : VNET_GSO_TCP6,
		.head_len = (uint16_t)(r->head_len - VNET_LEN),
		.gso_size = (uint16_t)r->size,
		.csum_start = (uint16_t)(ETHERNET_LEN + r->ip_len),
		.csum_offset = 16,
	};

	tl_vnet_store(r->head, &v);
	if (r->ip_len == IP4_LEN) {
		tl_store_be16(ip + 2, (uint16_t)(IP4_LEN + len));
		memset(ip + 10, 0, 2);
		tl_store_be16(ip + 10, tl_checksum_of(tl_bytes(ip, IP4_LEN)));
	} else {
		tl_store_be16(ip + 4, (uint16_t)len);
	}
	tl_store_be16(tcp + 16, pseudo_sum(ip, r->ip_len, len));
}

static void emit_run(struct coalescer *c, struct coalesce_run *r)
{
	if (!r->head_len)
		return;
	if (r->n_parts > 2)
		finish_head(r);
	r->parts[0] = tl_bytes(r->head, r->head_len);
	c->emit(c->ctx, r->parts, r->n_parts);
	r->head_len = 0;
}

static void emit_alone(struct coalescer *c, const uint8_t ethernet[14],
		       struct bytes payload)
{
	uint8_t head[IP_AT] = { VNET_DATA_VALID };
	struct bytes parts[2] = { TL_BYTES_OF(head), payload };

	memcpy(head + VNET_LEN, ethernet, ETHERNET_LEN);
	c->emit(c->ctx, parts, 2);
}

static void append(struct coalesce_run *r, const struct segment *s)
{
	r->parts[r->n_parts++] = s->data;
	r->total += s->data.n;
	r->next_seq += (uint32_t)s->data.n;
	r->head[IP_AT + r->ip_len + 13] |= s->ip[s->ip_len + 13] & TCP_PSH;
}

static struct coalesce_run *take_run(struct coalescer *c)
{
	struct coalesce_run *r;
	size_t i;

	for (i = 0; i < COALESCE_RUNS; i++) {
		if (!c->runs[i].head_len)
			return &c->runs[i];
	}
	r = &c->runs[c->next_victim++ % COALESCE_RUNS];
	emit_run(c, r);
	return r;
}

static struct coalesce_run *start_run(struct coalescer *c,
				      const uint8_t ethernet[14],
				      const struct segment *s)
{
	struct coalesce_run *r = take_run(c);
	size_t n = s->ip_len + s->tcp_len;

	memset(r->head, 0, VNET_LEN);
	r->head[0] = VNET_DATA_VALID;
	memcpy(r->head + VNET_LEN, ethernet, ETHERNET_LEN);
	memcpy(r->head + IP_AT, s->ip, n);
	r->head_len = IP_AT + n;
	r->ip_len = s->ip_len;
	r->n_parts = 1;
	r->size = s->data.n;
	r->total = 0;
	r->next_seq = tl_load_be32(s->ip + s->ip_len + 4);
	append(r, s);
	return r;
}

static struct coalesce_run *find_run(struct coalescer *c,
				     const struct segment *s)
{
	size_t i;

	for (i = 0; i < COALESCE_RUNS; i++) {
		if (c->runs[i].head_len && is_same_connection(&c->runs[i], s))
			return &c->runs[i];
	}
	return NULL;
}

void tl_coalesce_init(struct coalescer *c, coalesce_fn emit, void *ctx)
{
	memset(c, 0, sizeof(*c));
	c->emit = emit;
	c->ctx = ctx;
}

void tl_coalesce_add(struct coalescer *c, const uint8_t ethernet[14],
		     struct bytes payload)
{
	struct coalesce_run *r;
	struct segment s;

	if (!parse(&s, tl_load_be16(ethernet + 12), payload)) {
		emit_alone(c, ethernet, payload);
		return;
	}
	r = find_run(c, &s);
	if (r && can_follow(r, &s, ethernet)) {
		append(r, &s);
	} else {
		if (r)
			emit_run(c, r);
		if (!s.is_plain) {
			emit_alone(c, ethernet, payload);
			return;
		}
		r = start_run(c, ethernet, &s);
	}
	if (s.data.n < r->size || s.ip[s.ip_len + 13] & TCP_PSH)
		emit_run(c, r);
}

void tl_coalesce_flush(struct coalescer *c)
{
	size_t i;

	for (i = 0; i < COALESCE_RUNS; i++)
		emit_run(c, &c->runs[i]);
}
