/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/names.h"

#include <string.h>

#include "rules/words.h"

#define MEANT_MAX 16 /* longest word that is looked for */

static const struct match_name matches[] = {
	{ "ztsrc", RULE_ZT_SOURCE, ARGS_ZT, "ADDRESS" },
	{ "ztdest", RULE_ZT_DEST, ARGS_ZT, "ADDRESS" },
	{ "vlan", RULE_VLAN_ID, ARGS_VLAN_ID, "NUMBER" },
	{ "vlanpcp", RULE_VLAN_PCP, ARGS_VLAN_PCP, "NUMBER" },
	{ "vlandei", RULE_VLAN_DEI, ARGS_VLAN_DEI, "NUMBER" },
	{ "ethertype", RULE_ETHERTYPE, ARGS_ETHERTYPE, "TYPE" },
	{ "macsrc", RULE_MAC_SOURCE, ARGS_MAC, "MAC" },
	{ "macdest", RULE_MAC_DEST, ARGS_MAC, "MAC" },
	{ "ipsrc", RULE_IPV4_SOURCE, ARGS_NET, "IP/BITS" },
	{ "ipdest", RULE_IPV4_DEST, ARGS_NET, "IP/BITS" },
	{ "iptos", RULE_IP_TOS, ARGS_TOS, "MASK START[-END]" },
	{ "ipprotocol", RULE_IP_PROTOCOL, ARGS_IP_PROTOCOL, "PROTOCOL" },
	{ "icmp", RULE_ICMP, ARGS_ICMP, "TYPE CODE" },
	{ "sport", RULE_SOURCE_PORT, ARGS_RANGE, "START[-END]" },
	{ "dport", RULE_DEST_PORT, ARGS_RANGE, "START[-END]" },
	{ "chr", RULE_CHARACTERISTICS, ARGS_CHARACTERISTICS, "NAME[,NAME]" },
	{ "framesize", RULE_FRAME_SIZE, ARGS_RANGE, "START[-END]" },
	{ "random", RULE_RANDOM, ARGS_RANDOM, "PROBABILITY" },
	{ "tdiff", RULE_TAGS_DIFFERENCE, ARGS_TAG, "TAG VALUE" },
	{ "tand", RULE_TAGS_AND, ARGS_TAG, "TAG VALUE" },
	{ "tor", RULE_TAGS_OR, ARGS_TAG, "TAG VALUE" },
	{ "txor", RULE_TAGS_XOR, ARGS_TAG, "TAG VALUE" },
	{ "teq", RULE_TAGS_EQUAL, ARGS_TAG, "TAG VALUE" },
	{ "tseq", RULE_TAG_SENDER, ARGS_TAG, "TAG VALUE" },
	{ "treq", RULE_TAG_RECEIVER, ARGS_TAG, "TAG VALUE" },
};

struct number_name {
	const char *name;
	uint16_t number;
};

static const struct number_name ethertypes[] = {
	{ "ipv4", 0x0800 }, { "arp", 0x0806 },	 { "wol", 0x0842 },
	{ "rarp", 0x8035 }, { "ipv6", 0x86dd },	 { "atalk", 0x809b },
	{ "aarp", 0x80f3 }, { "ipx_a", 0x8137 }, { "ipx_b", 0x8138 },
	{ NULL, 0 },
};

static const struct number_name protocols[] = {
	{ "icmp", 1 },	    { "icmp4", 1 },   { "icmpv4", 1 }, { "igmp", 2 },
	{ "ipip", 4 },	    { "tcp", 6 },     { "egp", 8 },    { "igp", 9 },
	{ "udp", 17 },	    { "rdp", 27 },    { "esp", 50 },   { "ah", 51 },
	{ "icmp6", 58 },    { "icmpv6", 58 }, { "l2tp", 115 }, { "sctp", 132 },
	{ "udplite", 136 }, { NULL, 0 },
};

static const struct number_name characteristics[] = {
	{ "inbound", 63 }, { "multicast", 62 }, { "broadcast", 61 },
	{ "ipauth", 60 },  { "macauth", 59 },	{ "tcp_fin", 0 },
	{ "tcp_syn", 1 },  { "tcp_rst", 2 },	{ "tcp_psh", 3 },
	{ "tcp_ack", 4 },  { "tcp_urg", 5 },	{ "tcp_ece", 6 },
	{ "tcp_cwr", 7 },  { "tcp_ns", 8 },	{ "tcp_rs2", 9 },
	{ "tcp_rs1", 10 }, { "tcp_rs0", 11 },	{ NULL, 0 },
};

static const char *const blocks[] = {
	"macro", "tag",	  "cap",      "drop",  "accept",
	"tee",	 "watch", "redirect", "break", "priority",
};

/* Besides matches and what opens blocks. */
static const char *const reserved[] = {
	"default", "type",    "enum", "class", "define",
	"import",  "include", "log",  "not",   "xor",
	"or",	   "and",     "set",  "var",   "let",
};

const struct match_name *tl_match_find(struct bytes word)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(matches); i++)
		if (tl_word_is(word, matches[i].name))
			return &matches[i];
	return NULL;
}

const struct match_name *tl_match_of(enum rule_type type)
{
	size_t i;

	if (type == RULE_IPV6_SOURCE || type == RULE_IPV6_DEST)
		type -= 2;
	for (i = 0; i < TL_ARRAY_SIZE(matches); i++)
		if (matches[i].type == type)
			return &matches[i];
	return NULL;
}

size_t tl_match_n_args(const struct match_name *m)
{
	return m->args == ARGS_TOS || m->args == ARGS_ICMP ||
			       m->args == ARGS_TAG
		       ? 2
		       : 1;
}

static bool find_number(uint16_t *out, const struct number_name *names,
			struct bytes word)
{
	for (; names->name; names++) {
		if (tl_word_is(word, names->name)) {
			*out = names->number;
			return true;
		}
	}
	return false;
}

static const char *find_name(const struct number_name *names,
			     unsigned int number)
{
	for (; names->name; names++)
		if (names->number == number)
			return names->name;
	return NULL;
}

bool tl_ethertype_find(uint16_t *out, struct bytes word)
{
	return find_number(out, ethertypes, word);
}

bool tl_ip_protocol_find(uint8_t *out, struct bytes word)
{
	uint16_t v;

	if (!find_number(&v, protocols, word))
		return false;
	*out = (uint8_t)v;
	return true;
}

bool tl_characteristic_find(unsigned int *bitp, struct bytes word)
{
	uint16_t v;

	if (!find_number(&v, characteristics, word))
		return false;
	*bitp = v;
	return true;
}

const char *tl_ethertype_name(uint16_t ethertype)
{
	return find_name(ethertypes, ethertype);
}

const char *tl_ip_protocol_name(uint8_t protocol)
{
	return find_name(protocols, protocol);
}

const char *tl_characteristic_name(unsigned int bit)
{
	return find_name(characteristics, bit);
}

bool tl_word_is_reserved(struct bytes word)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(blocks); i++)
		if (tl_word_is(word, blocks[i]))
			return true;
	for (i = 0; i < TL_ARRAY_SIZE(reserved); i++)
		if (tl_word_is(word, reserved[i]))
			return true;
	return tl_match_find(word) != NULL;
}

bool tl_word_opens_block(struct bytes word)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(blocks); i++)
		if (tl_bytes_equal(word, tl_bytes_from_str(blocks[i])))
			return true;
	return false;
}

/* How many letters have to be changed, put in or left out. */
static unsigned int distance(struct bytes a, const char *b)
{
	unsigned int row[MEANT_MAX + 1];
	size_t m = strlen(b);
	size_t i;
	size_t j;

	for (j = 0; j <= m; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= a.n; i++) {
		unsigned int corner = row[0];

		row[0] = (unsigned int)i;
		for (j = 1; j <= m; j++) {
			unsigned int same = corner + ((a.at[i - 1] | 0x20) !=
						      (uint8_t)b[j - 1]);
			unsigned int less = TL_MIN(row[j], row[j - 1]) + 1;

			corner = row[j];
			row[j] = TL_MIN(same, less);
		}
	}
	return row[m];
}

static void try_meant(const char **best, unsigned int *least, struct bytes word,
		      const char *name)
{
	unsigned int d = distance(word, name);

	if (d < *least && d < word.n) {
		*least = d;
		*best = name;
	}
}

const char *tl_word_meant(struct bytes word)
{
	unsigned int least = 3;
	const char *best = NULL;
	size_t i;

	if (word.n < 2 || word.n > MEANT_MAX)
		return NULL;
	for (i = 0; i < TL_ARRAY_SIZE(matches); i++)
		try_meant(&best, &least, word, matches[i].name);
	for (i = 0; i < TL_ARRAY_SIZE(blocks); i++)
		try_meant(&best, &least, word, blocks[i]);
	try_meant(&best, &least, word, "include");
	return best;
}
