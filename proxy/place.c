/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define IP_TEXT_SIZE (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

static bool parse_scoped(struct sockaddr_in6 *out, const char *text)
{
	char host[IP_TEXT_SIZE];
	const char *percent = strchr(text, '%');
	size_t n = percent ? (size_t)(percent - text) : strlen(text);

	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = 0;
	if (inet_pton(AF_INET6, host, &out->sin6_addr) != 1)
		return false;
	if (!percent)
		return true;
	out->sin6_scope_id = if_nametoindex(percent + 1);
	return out->sin6_scope_id != 0 &&
	       IN6_IS_ADDR_LINKLOCAL(&out->sin6_addr);
}

bool tl_place_parse(union place *out, const char *text, uint16_t port)
{
	union place a = { 0 };

	if (inet_pton(AF_INET, text, &a.in.sin_addr) == 1) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
	} else if (parse_scoped(&a.in6, text)) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(port);
	} else {
		return false;
	}
	*out = a;
	return true;
}

union place tl_place_from_ip(struct bytes ip, uint16_t port)
{
	union place a = { 0 };

	if (ip.n == 4) {
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		memcpy(&a.in.sin_addr, ip.at, 4);
	} else if (ip.n == 16) {
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(port);
		memcpy(&a.in6.sin6_addr, ip.at, 16);
	}
	return a;
}

void tl_place_print(char *out, const union place *a)
{
	char ip[INET6_ADDRSTRLEN] = "?";
	struct bytes b = tl_place_ip(a);

	if (a->sa.sa_family == AF_UNIX) {
		snprintf(out, PLACE_TEXT_SIZE, "unix:%.*s",
			 (int)sizeof(a->un.sun_path), a->un.sun_path);
		return;
	}
	if (b.n)
		inet_ntop(a->sa.sa_family, b.at, ip, sizeof(ip));
	snprintf(out, PLACE_TEXT_SIZE, b.n == 16 ? "[%s]:%u" : "%s:%u", ip,
		 tl_place_port(a));
}

socklen_t tl_place_len(const union place *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return sizeof(a->in);
	case AF_INET6:
		return sizeof(a->in6);
	default:
		return sizeof(a->un);
	}
}

uint16_t tl_place_port(const union place *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return ntohs(a->in.sin_port);
	case AF_INET6:
		return ntohs(a->in6.sin6_port);
	default:
		return 0;
	}
}

void tl_place_set_port(union place *a, uint16_t port)
{
	if (a->sa.sa_family == AF_INET)
		a->in.sin_port = htons(port);
	else if (a->sa.sa_family == AF_INET6)
		a->in6.sin6_port = htons(port);
}

struct bytes tl_place_ip(const union place *a)
{
	switch (a->sa.sa_family) {
	case AF_INET:
		return tl_bytes(&a->in.sin_addr, 4);
	case AF_INET6:
		return tl_bytes(&a->in6.sin6_addr, 16);
	default:
		return tl_bytes(NULL, 0);
	}
}

bool tl_place_same_host(const union place *a, const union place *b)
{
	struct bytes x = tl_place_ip(a);

	return x.n > 0 && tl_bytes_equal(x, tl_place_ip(b));
}

bool tl_place_is_loopback_ip(const union place *a)
{
	union place u = *a;

	tl_place_unmap(&u);
	if (u.sa.sa_family == AF_INET)
		return ntohl(u.in.sin_addr.s_addr) >> 24 == 127;
	return u.sa.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&u.in6.sin6_addr);
}

bool tl_place_is_any_ip(const union place *a)
{
	static const uint8_t zero[16];
	struct bytes ip = tl_place_ip(a);

	return ip.n > 0 && tl_bytes_equal(ip, tl_bytes(zero, ip.n));
}

void tl_place_unmap(union place *a)
{
	struct in6_addr ip;

	if (a->sa.sa_family != AF_INET6 ||
	    !IN6_IS_ADDR_V4MAPPED(&a->in6.sin6_addr))
		return;
	ip = a->in6.sin6_addr;
	*a = tl_place_from_ip(tl_bytes(ip.s6_addr + 12, 4),
			      ntohs(a->in6.sin6_port));
}

int tl_target_from_host(struct target *out, struct bytes host, uint16_t port)
{
	size_t i;

	if (host.n == 0 || host.n >= TARGET_NAME_SIZE)
		return -EINVAL;
	for (i = 0; i < host.n; i++)
		if (host.at[i] <= ' ' || host.at[i] == 0x7f)
			return -EINVAL;

	*out = (struct target){ .port = port };
	memcpy(out->name, host.at, host.n);
	if (tl_place_parse(&out->ip, out->name, port))
		tl_place_unmap(&out->ip);
	else if (out->name[strcspn(out->name, ":[]/@")])
		return -EINVAL; /* half an address, or half a URL */
	return 0;
}

void tl_target_print(char *out, size_t size, const struct target *t)
{
	char text[PLACE_TEXT_SIZE];

	if (t->path[0]) {
		snprintf(out, size, "unix:%s", t->path);
	} else if (t->ip.sa.sa_family) {
		tl_place_print(text, &t->ip);
		snprintf(out, size, "%s", text);
	} else {
		snprintf(out, size, "%s:%u", t->name, t->port);
	}
}
