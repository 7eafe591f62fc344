/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/pcp.h"

#include <string.h>

#define VERSION 2
#define VERSION_NAT_PMP 0
#define REPLY 0x80
#define HEADER_LEN 24
#define PROTOCOL_UDP 17
#define NAT_PMP_ANNOUNCEMENT_LEN 12

static const uint8_t v4_mapped[12] = { [10] = 0xff, 0xff };

/* All addresses have 16 bytes; nil is the family's "any" (RFC 6887 5.). */
static void write_ip(struct writer *w, const struct endpoint *e, uint8_t family)
{
	if (family == 4) {
		tl_write_bytes(w, tl_bytes(v4_mapped, sizeof(v4_mapped)));
		tl_write_bytes(w, tl_bytes(e->ip, 4));
	} else {
		tl_write_bytes(w, tl_bytes(e->ip, 16));
	}
}

static struct endpoint read_ip(struct reader *r)
{
	uint8_t ip[16];

	tl_read_copy(r, ip, sizeof(ip));
	if (memcmp(ip, v4_mapped, sizeof(v4_mapped)) == 0)
		return tl_endpoint_ip4(ip + 12, 0);
	return tl_endpoint_ip6(ip, 0);
}

void tl_write_pcp_map(struct writer *w, const struct pcp_map *m)
{
	tl_write_u8(w, VERSION);
	tl_write_u8(w, PCP_MAP);
	tl_write_be16(w, 0);
	tl_write_be32(w, m->lifetime_s);
	write_ip(w, &m->local, m->local.family);

	tl_write_bytes(w, tl_bytes(m->nonce, PCP_NONCE_LEN));
	tl_write_u8(w, PROTOCOL_UDP);
	tl_write_zeroes(w, 3);
	tl_write_be16(w, m->local.port);
	tl_write_be16(w, m->external.port);
	write_ip(w, &m->external, m->local.family);
}

static void read_map(struct reader *r, struct pcp_reply *out)
{
	uint16_t port;

	tl_read_copy(r, out->map.nonce, PCP_NONCE_LEN);
	out->protocol = tl_read_u8(r);
	tl_read_skip(r, 3);
	out->map.local.port = tl_read_be16(r);
	port = tl_read_be16(r);
	out->map.external = read_ip(r);
	out->map.external.port = port;
}

struct pcp_reply tl_read_pcp_reply(struct reader *r)
{
	struct pcp_reply reply = { 0 };
	size_t n = r->rest.n;
	uint8_t opcode;

	reply.version = tl_read_u8(r);
	opcode = tl_read_u8(r);
	reply.opcode = opcode & (uint8_t)~REPLY;
	tl_read_skip(r, 1);
	/* NAT-PMP's has two bytes, of which the first is zero. */
	reply.result = tl_read_u8(r);
	if (!(opcode & REPLY) || n > PCP_MESSAGE_MAX || n % 4)
		tl_reader_fail(r);
	if (reply.version != VERSION || !tl_reader_ok(r))
		return reply;
	reply.map.lifetime_s = tl_read_be32(r);
	reply.epoch_s = tl_read_be32(r);
	tl_read_skip(r, 12);
	if (reply.opcode == PCP_MAP && reply.result != PCP_UNSUPP_VERSION)
		read_map(r, &reply);
	return reply;
}

static bool is_of(const struct pcp_map *granted, const struct pcp_map *asked)
{
	return memcmp(granted->nonce, asked->nonce, PCP_NONCE_LEN) == 0 &&
	       granted->local.port == asked->local.port;
}

/* Does it grant what is of use to anybody? */
static bool is_sound(const struct pcp_map *granted, const struct pcp_map *asked)
{
	static const uint8_t any[16];

	return granted->lifetime_s && granted->external.port &&
	       granted->external.family == asked->local.family &&
	       memcmp(granted->external.ip, any, sizeof(any)) != 0;
}

enum pcp_answer tl_pcp_answer(const struct pcp_reply *reply,
			      const struct pcp_map *asked)
{
	/* An older server may not know how to repeat the request. */
	if (reply->result == PCP_UNSUPP_VERSION)
		return PCP_OTHER_VERSION;
	if (reply->version != VERSION || reply->opcode != PCP_MAP ||
	    reply->protocol != PROTOCOL_UDP || !is_of(&reply->map, asked))
		return PCP_STRANGE;
	if (reply->result != PCP_SUCCESS)
		return PCP_REFUSED;
	if (!asked->lifetime_s)
		return PCP_GRANTED;
	return is_sound(&reply->map, asked) ? PCP_GRANTED : PCP_REFUSED;
}

const char *tl_pcp_why(const struct pcp_reply *reply)
{
	static const char *const words[] = {
		[PCP_SUCCESS] = "it granted what nobody can use",
		[PCP_UNSUPP_VERSION] = "it speaks another version",
		[PCP_NOT_AUTHORIZED] = "it does not allow this",
		[PCP_MALFORMED_REQUEST] = "it did not understand",
		[PCP_UNSUPP_OPCODE] = "it maps no ports",
		[PCP_UNSUPP_OPTION] = "it does not know an option",
		[PCP_MALFORMED_OPTION] = "it did not understand an option",
		[PCP_NETWORK_FAILURE] = "it has no connection itself",
		[PCP_NO_RESOURCES] = "it is out of resources",
		[PCP_UNSUPP_PROTOCOL] = "it does not map UDP",
		[PCP_USER_EX_QUOTA] = "this host has too many mappings",
		[PCP_CANNOT_PROVIDE_EXTERNAL] = "the port is taken",
		[PCP_ADDRESS_MISMATCH] = "there is another NAT before it",
		[PCP_EXCESSIVE_REMOTE_PEERS] = "too many peers",
	};

	if (reply->result < TL_ARRAY_SIZE(words))
		return words[reply->result];
	return "an error it did not explain";
}

uint32_t tl_read_pcp_announcement(struct reader *r)
{
	size_t n = r->rest.n;
	uint8_t version = tl_read_u8(r);
	uint8_t opcode = tl_read_u8(r);
	uint16_t result = tl_read_be16(r);
	bool is_pcp = version == VERSION && n >= HEADER_LEN &&
		      n <= PCP_MESSAGE_MAX && n % 4 == 0;
	bool is_nat_pmp = version == VERSION_NAT_PMP &&
			  n == NAT_PMP_ANNOUNCEMENT_LEN;

	if (!(is_pcp || is_nat_pmp) || opcode != (REPLY | PCP_ANNOUNCE) ||
	    result)
		tl_reader_fail(r);
	if (is_pcp)
		tl_read_skip(r, 4);
	return tl_read_be32(r);
}

bool tl_pcp_epoch_is_lost(struct pcp_epoch *e, uint32_t server_s,
			  int64_t now_ms)
{
	int64_t client = (now_ms - e->client_ms) / 1000;
	int64_t server = (int64_t)server_s - (int64_t)e->server_s;
	bool is_lost;

	/* It may go slower or faster by a sixteenth, and be read when a second
	 * is about to be full. */
	is_lost = e->is_known &&
		  (server < -1 || client + 2 < server - server / 16 ||
		   server + 2 < client - client / 16);
	e->is_known = true;
	e->server_s = server_s;
	e->client_ms = now_ms;
	return is_lost;
}
