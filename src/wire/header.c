/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/header.h"

#include <string.h>

static const char *const verb_names[VERB_MASK + 1] = {
	[VERB_NOP] = "NOP",
	[VERB_HELLO] = "HELLO",
	[VERB_ERROR] = "ERROR",
	[VERB_OK] = "OK",
	[VERB_WHOIS] = "WHOIS",
	[VERB_RENDEZVOUS] = "RENDEZVOUS",
	[VERB_FRAME] = "FRAME",
	[VERB_EXT_FRAME] = "EXT_FRAME",
	[VERB_ECHO] = "ECHO",
	[VERB_MULTICAST_LIKE] = "MULTICAST_LIKE",
	[VERB_NETWORK_CREDENTIALS] = "NETWORK_CREDENTIALS",
	[VERB_NETWORK_CONFIG_REQUEST] = "NETWORK_CONFIG_REQUEST",
	[VERB_NETWORK_CONFIG] = "NETWORK_CONFIG",
	[VERB_MULTICAST_GATHER] = "MULTICAST_GATHER",
	[VERB_MULTICAST_FRAME] = "MULTICAST_FRAME",
	[VERB_PUSH_DIRECT_PATHS] = "PUSH_DIRECT_PATHS",
	[VERB_ACK] = "ACK",
	[VERB_QOS_MEASUREMENT] = "QOS_MEASUREMENT",
	[VERB_USER_MESSAGE] = "USER_MESSAGE",
	[VERB_REMOTE_TRACE] = "REMOTE_TRACE",
	[VERB_PATH_NEGOTIATION_REQUEST] = "PATH_NEGOTIATION_REQUEST",
};

const char *tl_verb_name(unsigned int verb)
{
	if (verb >= TL_ARRAY_SIZE(verb_names) || !verb_names[verb])
		return "unknown";
	return verb_names[verb];
}

void tl_packet_init(uint8_t p[PACKET_HEADER_LEN], uint64_t id,
		    struct address dest, struct address source, enum verb verb)
{
	memset(p, 0, PACKET_HEADER_LEN);
	tl_store_be64(p + PACKET_AT_ID, id);
	tl_store_be40(p + PACKET_AT_DEST, dest.v);
	tl_store_be40(p + PACKET_AT_SRC, source.v);
	p[PACKET_AT_VERB] = (uint8_t)verb;
}
