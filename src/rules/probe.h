/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - a packet and its two ends, for which rules are asked
 *
 * Described by words, as on a command line:
 *
 *	--ethertype TYPE  --mac-src MAC  --mac-dst MAC  --vlan N  --size N
 *	--src IP  --dst IP  --ip-proto PROTOCOL  --tos N
 *	--sport N  --dport N  --tcp-flags FLAG[,FLAG]  --icmp TYPE[/CODE]
 *	--frame HEX		all of it, with its Ethernet header
 *	--zt-src ADDRESS  --zt-dst ADDRESS
 *	--src-tag TAG=VALUE  --dst-tag TAG=VALUE  --cap CAPABILITY
 *	--ipauth  --macauth	the sender owns the addresses that it uses
 *	--random P		what is drawn for "random", 0.0 to 1.0
 *
 * What is not said follows from the rest: ports are TCP's, the IP version is
 * that of the addresses. Members have the defaults of tags and capabilities.
 */
#ifndef TL_RULES_PROBE_H
#define TL_RULES_PROBE_H

#include "rules/program.h"
#include "vl2/filter.h"

#define PROBE_PAYLOAD_MAX 10000
#define PROBE_THINGS_MAX 5

/**
 * struct probe_side - What one end holds
 */
struct probe_side {
	struct filter_tag tags[PROGRAM_TAGS_MAX];
	struct filter_capability caps[PROGRAM_CAPS_MAX];
	const struct program_cap *origins[PROGRAM_CAPS_MAX];
	struct filter_thing owned[PROBE_THINGS_MAX];
	struct filter_side side;
};

/**
 * struct rule_probe - The packet and both ends; may not be moved
 * @random:	what is drawn
 */
struct rule_probe {
	struct filter_frame frame;
	struct address zt_source;
	struct address zt_dest;
	struct probe_side sender;
	struct probe_side receiver;
	uint32_t random;
	uint8_t payload[PROBE_PAYLOAD_MAX];
};

/**
 * tl_probe_read() - From words
 * @p:		for its tags and capabilities; borrowed
 * @err:	written on failure, with the place of the word
 *
 * Return: 0 or -EINVAL.
 */
TL_MUST_USE int tl_probe_read(struct rule_probe *out,
			      const struct rule_program *p,
			      const struct rule_word *words, size_t n,
			      struct rule_error *err);

#endif /* TL_RULES_PROBE_H */
