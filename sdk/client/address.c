/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/address.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* An AF_INET6 address may come without its scope (RFC 2133). */
#define SIN6_LEN_MIN offsetof(struct sockaddr_in6, sin6_scope_id)

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

uint8_t tl_interface_number(uint32_t index)
{
	uint32_t n = index - RPC_IFINDEX_BASE;

	return n <= UINT8_MAX ? (uint8_t)n : 0;
}

uint32_t tl_interface_index(uint8_t number)
{
	return number ? RPC_IFINDEX_BASE + number : 0;
}

bool tl_address_is_link_local(const struct rpc_addr *a)
{
	return a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static int from_sockaddr_in6(struct rpc_addr *out, const struct sockaddr *sa,
			     socklen_t len)
{
	struct sockaddr_in6 in6 = { 0 };

	if (len < SIN6_LEN_MIN)
		return -EINVAL;

	memcpy(&in6, sa, TL_MIN(len, sizeof(in6)));
	if (in6.sin6_family != AF_INET6)
		return -EAFNOSUPPORT;

	*out = (struct rpc_addr){ .family = 6, .port = ntohs(in6.sin6_port) };
	if (memcmp(&in6.sin6_addr, mapped, sizeof(mapped)) == 0) {
		out->family = 4;
		memcpy(out->ip, in6.sin6_addr.s6_addr + 12, 4);
	} else {
		memcpy(out->ip, in6.sin6_addr.s6_addr, 16);
		out->ifc = tl_interface_number(in6.sin6_scope_id);
	}
	return 0;
}

int tl_address_from_sockaddr(struct rpc_addr *out, uint32_t tag,
			     const struct sockaddr *sa, socklen_t len)
{
	struct sockaddr_in in;

	if (!sa)
		return -EFAULT;
	if (tag & TAG_DOMAIN6)
		return from_sockaddr_in6(out, sa, len);
	if (len < sizeof(in))
		return -EINVAL;

	memcpy(&in, sa, sizeof(in));
	if (in.sin_family != AF_INET)
		return -EAFNOSUPPORT;

	*out = (struct rpc_addr){ .family = 4, .port = ntohs(in.sin_port) };
	memcpy(out->ip, &in.sin_addr, 4);
	return 0;
}

static void copy_out(struct sockaddr *sa, socklen_t *len, const void *from,
		     socklen_t n)
{
	if (sa && *len > 0)
		memcpy(sa, from, TL_MIN(*len, n));
	*len = n;
}

void tl_address_to_sockaddr(struct sockaddr *sa, socklen_t *len, uint32_t tag,
			    const struct rpc_addr *a)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };

	if (!(tag & TAG_DOMAIN6)) {
		in.sin_port = htons(a->port);
		if (a->family == 4)
			memcpy(&in.sin_addr, a->ip, 4);
		copy_out(sa, len, &in, sizeof(in));
		return;
	}
	in6.sin6_port = htons(a->port);
	if (a->family == 6) {
		memcpy(in6.sin6_addr.s6_addr, a->ip, 16);
		if (tl_address_is_link_local(a))
			in6.sin6_scope_id = tl_interface_index(a->ifc);
	} else if (a->family == 4) {
		memcpy(in6.sin6_addr.s6_addr, mapped, sizeof(mapped));
		memcpy(in6.sin6_addr.s6_addr + 12, a->ip, 4);
	}
	copy_out(sa, len, &in6, sizeof(in6));
}

bool tl_address_is_loopback(const struct rpc_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == 4)
		return a->ip[0] == 127;
	return a->family == 6 && memcmp(a->ip, one, 16) == 0;
}

bool tl_address_is_any(const struct rpc_addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->ip, zero, a->family == 4 ? 4 : 16) == 0;
}
