/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - a whole filter by source (MCAST_MSFILTER) on its way
 *
 * Linux' own struct group_filter spends 128 bytes on each address, which no
 * request has room for.
 */
#ifndef TL_RPC_FILTER_H
#define TL_RPC_FILTER_H

#include "rpc/proto.h"

/* net.ipv6.mld_max_msf; and for IPv4 net.ipv4.igmp_max_msf. */
#define FILTER_SOURCES_MAX 64
#define FILTER_SOURCES_MAX4 10
#define RPC_FILTER_MAX (RPC_ADDR_LEN + 12 + FILTER_SOURCES_MAX * 16)

/**
 * struct rpc_filter - Who is heard in a group
 * @group:	without port
 * @index:	of the interface, as the program knows it; 0: not said
 * @mode:	MCAST_INCLUDE or MCAST_EXCLUDE, or what the program said
 * @n:		how many of @sources there are; IPv4 ones in four bytes
 */
struct rpc_filter {
	struct rpc_addr group;
	uint32_t index;
	uint32_t mode;
	uint32_t n;
	uint8_t sources[FILTER_SOURCES_MAX][16];
};

void tl_rpc_write_filter(struct writer *w, const struct rpc_filter *f);
/* Fails @r when it is malformed or has too many sources. */
void tl_rpc_read_filter(struct reader *r, struct rpc_filter *f);

#endif /* TL_RPC_FILTER_H */
