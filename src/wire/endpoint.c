/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum wire_type {
	WIRE_NIL = 0,
	WIRE_ETHERNET = 1,
	WIRE_BLUETOOTH = 2,
	WIRE_OTHER = 3,
	WIRE_IPV4 = 4,
	WIRE_IPV6 = 6,
};

struct endpoint tl_endpoint_ip4(const uint8_t ip[4], uint16_t port)
{
	struct endpoint e = { .family = 4, .port = port };

	memcpy(e.ip, ip, 4);
	return e;
}

struct endpoint tl_endpoint_ip6(const uint8_t ip[16], uint16_t port)
{
	struct endpoint e = { .family = 6, .port = port };

	memcpy(e.ip, ip, 16);
	return e;
}

size_t tl_endpoint_ip_len(const struct endpoint *e)
{
	switch (e->family) {
	case 4:
		return 4;
	case 6:
		return 16;
	default:
		return 0;
	}
}

bool tl_endpoint_same_ip(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family &&
	       memcmp(a->ip, b->ip, tl_endpoint_ip_len(a)) == 0;
}

bool tl_endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return tl_endpoint_same_ip(a, b) && a->port == b->port;
}

int tl_endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	order = memcmp(a->ip, b->ip, tl_endpoint_ip_len(a));
	if (order != 0)
		return order < 0 ? -1 : 1;
	return (a->port > b->port) - (a->port < b->port);
}

/* Blocks that were given out long ago and are not routed on the Internet. */
static bool is_pseudo_private(uint8_t first)
{
	static const uint8_t blocks[] = { 6,  11, 21, 22, 25, 26,
					  28, 29, 30, 51, 55, 56 };

	return memchr(blocks, first, sizeof(blocks)) || first >= 240;
}

static bool is_private4(const uint8_t *ip)
{
	return ip[0] == 10 || (ip[0] == 100 && (ip[1] & 0xc0) == 64) ||
	       (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
	       (ip[0] == 192 && ip[1] == 168) ||
	       (ip[0] == 192 && ip[1] == 0 && ip[2] == 2) ||
	       (ip[0] == 198 && (ip[1] & 0xfe) == 18) ||
	       (ip[0] == 198 && ip[1] == 51 && ip[2] == 100) ||
	       (ip[0] == 203 && ip[1] == 0 && ip[2] == 113);
}

static enum ip_scope scope4(const uint8_t *ip)
{
	if (ip[0] == 0 || ip[0] == 255)
		return IP_SCOPE_NONE;
	if ((ip[0] & 0xf0) == 224)
		return IP_SCOPE_MULTICAST;
	if (ip[0] == 127)
		return IP_SCOPE_LOOPBACK;
	if (ip[0] == 169 && ip[1] == 254)
		return IP_SCOPE_LINK_LOCAL;
	if (is_private4(ip))
		return IP_SCOPE_PRIVATE;
	if (is_pseudo_private(ip[0]))
		return IP_SCOPE_PSEUDO_PRIVATE;
	return IP_SCOPE_GLOBAL;
}

static enum ip_scope scope6(const uint8_t *ip)
{
	static const uint8_t zero[16];
	static const uint8_t mapped[13] = { 0, 0, 0, 0,	   0,	 0,  0,
					    0, 0, 0, 0xff, 0xff, 127 };
	bool ends_in_one = memcmp(ip + 2, zero, 13) == 0 && ip[15] == 1;

	if (memcmp(ip, zero, 16) == 0)
		return IP_SCOPE_NONE;
	if (ip[0] == 0xff)
		return IP_SCOPE_MULTICAST;
	if (ip[0] == 0 && ip[1] == 0 && ends_in_one)
		return IP_SCOPE_LOOPBACK;
	if (memcmp(ip, mapped, sizeof(mapped)) == 0)
		return IP_SCOPE_LOOPBACK;
	/* ::1 of every link-local prefix, as the reference has it. */
	if (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80)
		return ends_in_one ? IP_SCOPE_LOOPBACK : IP_SCOPE_LINK_LOCAL;
	if ((ip[0] & 0xfe) == 0xfc)
		return IP_SCOPE_PRIVATE;
	return IP_SCOPE_GLOBAL;
}

enum ip_scope tl_endpoint_scope(const struct endpoint *e)
{
	switch (e->family) {
	case 4:
		return scope4(e->ip);
	case 6:
		return scope6(e->ip);
	default:
		return IP_SCOPE_NONE;
	}
}

bool tl_endpoint_is_near(const struct endpoint *e)
{
	switch (tl_endpoint_scope(e)) {
	case IP_SCOPE_PRIVATE:
	case IP_SCOPE_PSEUDO_PRIVATE:
	case IP_SCOPE_SHARED:
		return true;
	case IP_SCOPE_NONE:
	case IP_SCOPE_LOOPBACK:
	case IP_SCOPE_MULTICAST:
	case IP_SCOPE_LINK_LOCAL:
	case IP_SCOPE_GLOBAL:
		break;
	}
	return false;
}

bool tl_endpoint_contains(const struct endpoint *net, const struct endpoint *e)
{
	size_t bits = tl_endpoint_ip_len(net) * 8;
	size_t whole;
	unsigned int mask;

	if (net->family != e->family || bits == 0)
		return false;
	bits = TL_MIN(bits, net->port);
	whole = bits / 8;
	if (memcmp(net->ip, e->ip, whole) != 0)
		return false;
	if (bits % 8 == 0)
		return true;
	mask = 0xff00u >> (bits % 8);
	return ((net->ip[whole] ^ e->ip[whole]) & mask & 0xff) == 0;
}

struct endpoint tl_read_endpoint(struct reader *r)
{
	struct endpoint e = { .family = 0 };

	switch (tl_read_u8(r)) {
	case WIRE_NIL:
		break;
	case WIRE_ETHERNET:
	case WIRE_BLUETOOTH:
		tl_read_skip(r, 6);
		break;
	case WIRE_OTHER:
		tl_read_skip(r, tl_read_be16(r));
		break;
	case WIRE_IPV4:
		e.family = 4;
		tl_read_copy(r, e.ip, 4);
		e.port = tl_read_be16(r);
		break;
	case WIRE_IPV6:
		e.family = 6;
		tl_read_copy(r, e.ip, 16);
		e.port = tl_read_be16(r);
		break;
	default:
		tl_reader_fail(r);
	}
	if (!tl_reader_ok(r))
		return (struct endpoint){ .family = 0 };
	return e;
}

void tl_write_endpoint(struct writer *w, const struct endpoint *e)
{
	size_t n = tl_endpoint_ip_len(e);

	if (n == 0) {
		tl_write_u8(w, WIRE_NIL);
		return;
	}
	if (tl_writer_left(w) < 1 + n + 2) {
		w->failed = true;
		return;
	}
	tl_write_u8(w, e->family);
	tl_write_bytes(w, tl_bytes(e->ip, n));
	tl_write_be16(w, e->port);
}

char *tl_endpoint_print_ip(char *out, const struct endpoint *e)
{
	int family = e->family == 4 ? AF_INET : AF_INET6;

	out[0] = '\0';
	if (!tl_endpoint_is_nil(e))
		inet_ntop(family, e->ip, out, ENDPOINT_TEXT_SIZE);
	return out;
}

char *tl_endpoint_print(char *out, const struct endpoint *e)
{
	size_t n;

	tl_endpoint_print_ip(out, e);
	if (tl_endpoint_is_nil(e))
		return out;
	n = strlen(out);
	snprintf(out + n, ENDPOINT_TEXT_SIZE - n, "/%u", e->port);
	return out;
}

/* Decimal digits only, 1 to 5 of them, no more than 65535. */
static int parse_number(uint16_t *out, const char *text)
{
	unsigned int v = 0;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] < '0' || text[i] > '9' || i == 5)
			return -EINVAL;
		v = v * 10 + (unsigned int)(text[i] - '0');
	}
	if (i == 0 || v > UINT16_MAX)
		return -EINVAL;
	*out = (uint16_t)v;
	return 0;
}

int tl_endpoint_parse(struct endpoint *out, const char *text)
{
	struct endpoint e = { .family = 0 };
	const char *slash = strchr(text, '/');
	char ip[ENDPOINT_TEXT_SIZE];
	size_t n = slash ? (size_t)(slash - text) : strlen(text);

	if (n >= sizeof(ip))
		return -EINVAL;
	memcpy(ip, text, n);
	ip[n] = '\0';
	e.family = strchr(ip, ':') ? 6 : 4;
	if (inet_pton(e.family == 4 ? AF_INET : AF_INET6, ip, e.ip) != 1)
		return -EINVAL;
	if (slash && parse_number(&e.port, slash + 1) < 0)
		return -EINVAL;
	*out = e;
	return 0;
}
