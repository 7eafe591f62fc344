/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header.h - offsets, verbs and limits of VL1 packets (vl1.md 2)
 *
 * A packet is a run of bytes; these are names for parts of it. Functions that
 * take a packet require PACKET_HEADER_LEN bytes at least.
 */
#ifndef TL_WIRE_HEADER_H
#define TL_WIRE_HEADER_H

#include "wire/address.h"

#define PACKET_HEADER_LEN 28 /* up to and with the verb byte */
#define PACKET_MAX_LEN 10024 /* 7 x 1432 */
#define PACKET_SEND_MAX 9928 /* what fits 7 parts of 1432 (vl1.md 2.6) */
#define FRAGMENT_HEADER_LEN 16
#define FRAGMENT_MAX_PARTS 7
#define FRAGMENT_INDICATOR 0xff
#define MTU_DEFAULT 1432 /* UDP payload */
#define MTU_MIN 1400
#define MTU_MAX 10324
#define RELAY_MAX_HOPS 3

#define PACKET_AT_ID 0
#define PACKET_AT_DEST 8
#define PACKET_AT_SRC 13
#define PACKET_AT_FLAGS 18
#define PACKET_AT_MAC 19
#define PACKET_AT_VERB 27
#define PACKET_AT_PAYLOAD 28

#define PACKET_FLAG_ENCRYPTED 0x80
#define PACKET_FLAG_FRAGMENTED 0x40
#define PACKET_HOPS_MASK 0x07
#define VERB_FLAG_COMPRESSED 0x80
#define VERB_MASK 0x1f

#define PROTOCOL_VERSION_MIN 4
#define PROTOCOL_VERSION_AES 12
/* What we announce. From 12 on everybody may send us suite 3: there is no other
 * negotiation (vl1.md 5.3). */
#ifdef TL_LITE /* which has no AES */
#define PROTOCOL_VERSION 11
#else
#define PROTOCOL_VERSION 12
#endif

enum suite {
	SUITE_POLY1305 = 0, /* C0: authenticated only */
	SUITE_SALSA_POLY1305 = 1, /* C1 */
	SUITE_TRUSTED_PATH = 2,
	SUITE_AES_GMAC_SIV = 3, /* C3 */
};

/* What two nodes of our version use. */
#define SUITE_BEST                                                             \
	(PROTOCOL_VERSION >= PROTOCOL_VERSION_AES ? SUITE_AES_GMAC_SIV         \
						  : SUITE_SALSA_POLY1305)

enum verb {
	VERB_NOP = 0x00,
	VERB_HELLO = 0x01,
	VERB_ERROR = 0x02,
	VERB_OK = 0x03,
	VERB_WHOIS = 0x04,
	VERB_RENDEZVOUS = 0x05,
	VERB_FRAME = 0x06,
	VERB_EXT_FRAME = 0x07,
	VERB_ECHO = 0x08,
	VERB_MULTICAST_LIKE = 0x09,
	VERB_NETWORK_CREDENTIALS = 0x0a,
	VERB_NETWORK_CONFIG_REQUEST = 0x0b,
	VERB_NETWORK_CONFIG = 0x0c,
	VERB_MULTICAST_GATHER = 0x0d,
	VERB_MULTICAST_FRAME = 0x0e,
	VERB_PUSH_DIRECT_PATHS = 0x10,
	VERB_ACK = 0x12,
	VERB_QOS_MEASUREMENT = 0x13,
	VERB_USER_MESSAGE = 0x14,
	VERB_REMOTE_TRACE = 0x15,
	VERB_PATH_NEGOTIATION_REQUEST = 0x16,
};

enum error_code {
	ERROR_NONE = 0x00,
	ERROR_INVALID_REQUEST = 0x01,
	ERROR_BAD_PROTOCOL_VERSION = 0x02,
	ERROR_OBJ_NOT_FOUND = 0x03,
	ERROR_IDENTITY_COLLISION = 0x04,
	ERROR_UNSUPPORTED_OPERATION = 0x05,
	ERROR_NEED_MEMBERSHIP_CERTIFICATE = 0x06,
	ERROR_NETWORK_ACCESS_DENIED = 0x07,
	ERROR_UNWANTED_MULTICAST = 0x08,
	ERROR_NETWORK_AUTHENTICATION_REQUIRED = 0x09,
};

/* "HELLO", or "unknown". */
const char *tl_verb_name(unsigned int verb);

static inline uint64_t tl_packet_id(const uint8_t *p)
{
	return tl_load_be64(p + PACKET_AT_ID);
}

static inline struct address tl_packet_dest(const uint8_t *p)
{
	return (struct address){ tl_load_be40(p + PACKET_AT_DEST) };
}

static inline struct address tl_packet_source(const uint8_t *p)
{
	return (struct address){ tl_load_be40(p + PACKET_AT_SRC) };
}

static inline unsigned int tl_packet_hops(const uint8_t *p)
{
	return p[PACKET_AT_FLAGS] & PACKET_HOPS_MASK;
}

static inline unsigned int tl_packet_suite(const uint8_t *p)
{
	return (p[PACKET_AT_FLAGS] & 0x38u) >> 3;
}

static inline unsigned int tl_packet_verb(const uint8_t *p)
{
	return p[PACKET_AT_VERB] & VERB_MASK;
}

/* Write a header with no flags, suite, hops or MAC. */
void tl_packet_init(uint8_t p[PACKET_HEADER_LEN], uint64_t id,
		    struct address dest, struct address source, enum verb verb);

#endif /* TL_WIRE_HEADER_H */
