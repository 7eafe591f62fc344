/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoint.h - an IP address with a port or a prefix length
 *
 * The protocol writes both the same way ("InetAddress", vl1.md 5.1): where an
 * endpoint is meant the number is a UDP port, where a network or an interface
 * address is meant it is the netmask length in bits. A value; owns nothing.
 */
#ifndef TL_WIRE_ENDPOINT_H
#define TL_WIRE_ENDPOINT_H

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"

#define ENDPOINT_TEXT_SIZE 56 /* longest IPv6 text, '/', five digits, zero */
#define ENDPOINT_WIRE_MAX 19

/**
 * struct endpoint - IP address and port, or IP address and prefix length
 * @family:	4, 6, or 0 for none ("nil")
 * @port:	UDP port, or prefix length in bits
 * @ip:		network byte order; IPv4 uses the first 4 bytes, rest zero
 */
struct endpoint {
	uint8_t family;
	uint16_t port;
	uint8_t ip[16];
};

/* Numbers as in vl1.md 5.2; higher is preferred. */
enum ip_scope {
	IP_SCOPE_NONE,
	IP_SCOPE_MULTICAST,
	IP_SCOPE_LOOPBACK,
	IP_SCOPE_PSEUDO_PRIVATE,
	IP_SCOPE_GLOBAL,
	IP_SCOPE_LINK_LOCAL,
	IP_SCOPE_SHARED,
	IP_SCOPE_PRIVATE,
};

static inline bool tl_endpoint_is_nil(const struct endpoint *e)
{
	return e->family == 0;
}

struct endpoint tl_endpoint_ip4(const uint8_t ip[4], uint16_t port);
struct endpoint tl_endpoint_ip6(const uint8_t ip[16], uint16_t port);

/* Length of the IP address: 4, 16 or 0. */
size_t tl_endpoint_ip_len(const struct endpoint *e);

/* Family, IP and port (or bits). */
bool tl_endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/* Family and IP only. */
bool tl_endpoint_same_ip(const struct endpoint *a, const struct endpoint *b);

/* Order: family, IP, port. */
int tl_endpoint_compare(const struct endpoint *a, const struct endpoint *b);

enum ip_scope tl_endpoint_scope(const struct endpoint *e);

/* Private, pseudo-private or shared: it may be on a wire of ours. */
bool tl_endpoint_is_near(const struct endpoint *e);

/* Does network @net (@port is its prefix length) contain @e's address? Host
 * bits of @net are ignored. */
bool tl_endpoint_contains(const struct endpoint *net, const struct endpoint *e);

/* vl1.md 5.1; types 1 to 3 are skipped and read as nil, others fail @r. */
struct endpoint tl_read_endpoint(struct reader *r);
void tl_write_endpoint(struct writer *w, const struct endpoint *e);

/* "IP/number", the form of JSON files and logs; @out: ENDPOINT_TEXT_SIZE. */
char *tl_endpoint_print(char *out, const struct endpoint *e);

/* The IP without the number. */
char *tl_endpoint_print_ip(char *out, const struct endpoint *e);

/* "IP/number" or "IP" (number 0). 0 or -EINVAL. */
TL_MUST_USE int tl_endpoint_parse(struct endpoint *out, const char *text);

#endif /* TL_WIRE_ENDPOINT_H */
