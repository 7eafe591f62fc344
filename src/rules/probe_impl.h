/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe_impl.h - the inside of tl_probe_read()
 *
 * probe.c reads the words into a struct probe_wish, probe_frame.c makes the
 * frame that was wished for.
 */
#ifndef TL_RULES_PROBE_IMPL_H
#define TL_RULES_PROBE_IMPL_H

#include "rules/probe.h"
#include "wire/endpoint.h"

/**
 * struct probe_wish - What was said of the packet; the has_... say what was
 * @frame:	digits; all else of the packet is in them then
 */
struct probe_wish {
	struct bytes frame;
	struct endpoint src;
	struct endpoint dst;
	uint16_t ethertype;
	bool has_ethertype;
	uint8_t proto;
	bool has_proto;
	uint8_t tos;
	uint16_t sport;
	uint16_t dport;
	bool has_ports;
	uint16_t tcp_flags;
	bool has_tcp_flags;
	uint8_t icmp_type;
	uint8_t icmp_code;
	bool has_icmp;
	size_t size;
	bool has_size;
	bool owns_ip;
	bool owns_mac;
};

/* NULL, or what is wrong with the wish. */
TL_MUST_USE const char *tl_probe_build(struct rule_probe *out,
				       const struct probe_wish *wish);

#endif /* TL_RULES_PROBE_IMPL_H */
