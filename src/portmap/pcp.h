/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcp.h - messages of the Port Control Protocol (RFC 6887), MAP only
 *
 * Bytes in, bytes out: no socket, no clock, no state but what the caller holds.
 * Announcements of NAT-PMP (RFC 6886 3.2.1) are read as well, since both come
 * to the same port and say the same.
 */
#ifndef TL_PORTMAP_PCP_H
#define TL_PORTMAP_PCP_H

#include "wire/endpoint.h"

#define PCP_SERVER_PORT 5351
#define PCP_CLIENT_PORT 5350 /* announcements are sent to it */
#define PCP_MESSAGE_MAX 1100
#define PCP_MAP_LEN 60
#define PCP_NONCE_LEN 12

enum pcp_opcode {
	PCP_ANNOUNCE = 0,
	PCP_MAP = 1,
};

/* RFC 6887 7.4; others exist. */
enum pcp_result {
	PCP_SUCCESS = 0,
	PCP_UNSUPP_VERSION = 1,
	PCP_NOT_AUTHORIZED = 2,
	PCP_MALFORMED_REQUEST = 3,
	PCP_UNSUPP_OPCODE = 4,
	PCP_UNSUPP_OPTION = 5,
	PCP_MALFORMED_OPTION = 6,
	PCP_NETWORK_FAILURE = 7,
	PCP_NO_RESOURCES = 8,
	PCP_UNSUPP_PROTOCOL = 9,
	PCP_USER_EX_QUOTA = 10,
	PCP_CANNOT_PROVIDE_EXTERNAL = 11,
	PCP_ADDRESS_MISMATCH = 12,
	PCP_EXCESSIVE_REMOTE_PEERS = 13,
};

/**
 * struct pcp_map - A mapping of a UDP port, as it is asked for or granted
 * @nonce:	chosen by the client, the same for all that concerns a mapping
 * @local:	address and port on this side of the gateway
 * @external:	the same seen from outside; in a request what is liked best,
 *		port 0 and nil for any
 * @lifetime_s:	0: remove it; in a refusal: how long that holds
 */
struct pcp_map {
	uint8_t nonce[PCP_NONCE_LEN];
	struct endpoint local;
	struct endpoint external;
	uint32_t lifetime_s;
};

/* A request, PCP_MAP_LEN bytes. @m->external has the family of @m->local, or
 * is nil. */
void tl_write_pcp_map(struct writer *w, const struct pcp_map *m);

/**
 * struct pcp_reply - What a server said
 * @result:	enum pcp_result, or another
 * @epoch_s:	for how long it has known its mappings
 * @map:	of PCP_MAP; its local address is not in the message: nil,
 *		with the port set
 */
struct pcp_reply {
	uint8_t version;
	uint8_t opcode;
	uint8_t result;
	uint8_t protocol; /* of IP */
	uint32_t epoch_s;
	struct pcp_map map;
};

/**
 * tl_read_pcp_reply() - Parse a datagram
 *
 * An answer of another version than 2 has @version and @result only. Fails @r
 * for anything that is no reply, and for one that RFC 6887 8.3 has dropped.
 */
struct pcp_reply tl_read_pcp_reply(struct reader *r);

/* What a reply means for the request that waits for one. */
enum pcp_answer {
	PCP_STRANGE, /* nothing: it belongs to another request, or is forged */
	PCP_OTHER_VERSION, /* the server does not speak this one */
	PCP_REFUSED, /* see tl_pcp_why() */
	PCP_GRANTED, /* with @map's external address and lifetime */
};

enum pcp_answer tl_pcp_answer(const struct pcp_reply *reply,
			      const struct pcp_map *asked);

/* In words, for people. */
const char *tl_pcp_why(const struct pcp_reply *reply);

/**
 * tl_read_pcp_announcement() - A gateway says that it has (re)started
 *
 * Of PCP or NAT-PMP. Fails @r if it is neither.
 * Return: its epoch in seconds.
 */
uint32_t tl_read_pcp_announcement(struct reader *r);

/**
 * struct pcp_epoch - When a server last said how long it has been up
 */
struct pcp_epoch {
	bool is_known;
	uint32_t server_s;
	int64_t client_ms;
};

/**
 * tl_pcp_epoch_is_lost() - Compare with what it said before (RFC 6887 8.5)
 *
 * Takes note of it. Also fit for NAT-PMP's, whose rule is laxer.
 * Return: true if the server has forgotten its mappings.
 */
TL_MUST_USE bool tl_pcp_epoch_is_lost(struct pcp_epoch *e, uint32_t server_s,
				      int64_t now_ms);

#endif /* TL_PORTMAP_PCP_H */
