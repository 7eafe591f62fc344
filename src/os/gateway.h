/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway.h - where packets for everywhere go: the default routes
 *
 * Those of the main table that lead to a gateway. Routes of other tables belong
 * to whoever made rules for them, a VPN most often.
 */
#ifndef TL_OS_GATEWAY_H
#define TL_OS_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "os/ifaddrs.h"

/**
 * struct gateway - The next hop of a default route
 * @family:	4 or 6
 * @ip:		network byte order; IPv4 in the first four bytes
 * @scope_id:	number of the interface that leads there, @device its name
 * @metric:	lower ones are preferred
 */
struct gateway {
	uint8_t family;
	uint8_t ip[16];
	uint32_t scope_id;
	uint32_t metric;
	char device[IFNAME_SIZE];
};

/**
 * tl_gateways_list() - Read the default routes of both families
 * @out:	room for @max, at least one; the preferred ones come first, and
 *		those beyond are left out
 * @n:		how many there are in @out
 *
 * Return: 0, or a negative errno; then nothing is known.
 */
TL_MUST_USE int tl_gateways_list(struct gateway *out, size_t *n, size_t max);

/* A descriptor that is readable when routes change, or a negative errno. Drain
 * it then; close it with tl_fd_close(). */
TL_MUST_USE int tl_gateways_watch(void);

/* True if a default route was among what changed. */
TL_MUST_USE bool tl_gateways_watch_drain(int fd);

#endif /* TL_OS_GATEWAY_H */
