/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tcp_relay.h"

#include <string.h>

static const uint8_t magic[3] = { 0x17, 0x03, 0x03 };

static bool parse_datagram(struct tcp_relay_message *out, struct buffer body,
			   size_t ip_len)
{
	size_t head = 1 + ip_len + 2;

	if (body.n < head || body.n - head > TCP_RELAY_PAYLOAD_MAX)
		return false;
	out->kind = TCP_RELAY_CARRIES;
	out->at.family = body.at[0];
	memcpy(out->at.ip, body.at + 1, ip_len);
	out->at.port = tl_load_be16(body.at + 1 + ip_len);
	out->payload = tl_buffer_skip(body, head);
	return true;
}

bool tl_tcp_relay_parse(struct tcp_relay_message *out, struct buffer body)
{
	*out = (struct tcp_relay_message){ .kind = TCP_RELAY_NOTHING };
	if (body.n == 0)
		return true;
	if (body.n == TCP_RELAY_GREETING) {
		out->kind = TCP_RELAY_GREETS;
		out->major = body.at[0];
		out->minor = body.at[1];
		out->revision = tl_load_be16(body.at + 2);
		return true;
	}
	switch (body.at[0]) {
	case 0:
		return true;
	case 4:
		return parse_datagram(out, body, 4);
	case 6:
		return parse_datagram(out, body, 16);
	default:
		return false;
	}
}

static void put_head(uint8_t *out, size_t n)
{
	memcpy(out, magic, sizeof(magic));
	tl_store_be16(out + sizeof(magic), (uint16_t)n);
}

size_t tl_tcp_relay_prefix(uint8_t *out, const struct endpoint *at, size_t n)
{
	size_t ip_len = tl_endpoint_ip_len(at);
	uint8_t *o = out + TCP_RELAY_HEAD;

	tl_assert(ip_len && n <= TCP_RELAY_PAYLOAD_MAX);
	put_head(out, 1 + ip_len + 2 + n);
	o[0] = at->family;
	memcpy(o + 1, at->ip, ip_len);
	tl_store_be16(o + 1 + ip_len, at->port);
	return TCP_RELAY_HEAD + 1 + ip_len + 2;
}

void tl_tcp_relay_greeting(uint8_t *out, uint8_t major, uint8_t minor,
			   uint16_t revision)
{
	put_head(out, TCP_RELAY_GREETING);
	out[TCP_RELAY_HEAD] = major;
	out[TCP_RELAY_HEAD + 1] = minor;
	tl_store_be16(out + TCP_RELAY_HEAD + 2, revision);
}

void tl_tcp_relay_reader_init(struct tcp_relay_reader *r)
{
	r->begin = 0;
	r->end = 0;
}

struct buffer tl_tcp_relay_room(struct tcp_relay_reader *r)
{
	size_t n = r->end - r->begin;

	if (r->begin) {
		memmove(r->held, r->held + r->begin, n);
		r->begin = 0;
		r->end = n;
	}
	return tl_buffer(r->held + n, sizeof(r->held) - n);
}

void tl_tcp_relay_took(struct tcp_relay_reader *r, size_t n)
{
	tl_assert(n <= sizeof(r->held) - r->end);
	r->end += n;
}

/* The bytes of the magic that are there already: a stream of another kind is
 * known by its first byte. */
static bool is_record(const uint8_t *at, size_t n)
{
	return memcmp(at, magic, TL_MIN(n, sizeof(magic))) == 0;
}

enum tcp_relay_next tl_tcp_relay_next(struct tcp_relay_reader *r,
				      struct tcp_relay_message *out)
{
	uint8_t *at = r->held + r->begin;
	size_t n = r->end - r->begin;
	size_t len;

	if (!is_record(at, n))
		return TCP_RELAY_BROKEN;
	if (n < TCP_RELAY_HEAD)
		return TCP_RELAY_MORE;
	len = tl_load_be16(at + sizeof(magic));
	if (len > TCP_RELAY_MESSAGE_MAX)
		return TCP_RELAY_BROKEN;
	if (n - TCP_RELAY_HEAD < len)
		return TCP_RELAY_MORE;
	r->begin += TCP_RELAY_HEAD + len;
	if (!tl_tcp_relay_parse(out, tl_buffer(at + TCP_RELAY_HEAD, len)))
		return TCP_RELAY_BROKEN;
	return TCP_RELAY_MESSAGE;
}
