/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - questions to a name server, and what it answers (RFC 1035, 3596)
 *
 * Only what a stub asks for: one question for addresses. Messages come from the
 * network, so nothing of them is believed that does not fit the question.
 */
#ifndef TL_SDK_CLIENT_DNS_H
#define TL_SDK_CLIENT_DNS_H

#include "base/bytes.h"
#include "base/compiler.h"

#define DNS_QUERY_MAX 272 /* header, longest name, type and class */
#define DNS_NAME_SIZE 254 /* as text, without a final dot, and a zero */
#define DNS_ADDRESSES_MAX 16

enum dns_type {
	DNS_A = 1,
	DNS_AAAA = 28,
};

enum dns_result {
	DNS_OK, /* the name exists; it may have no such address */
	DNS_NO_NAME, /* it does not */
	DNS_FAILED, /* the server cannot tell */
	DNS_CUT, /* the answer is too long for a datagram: ask by TCP */
	DNS_FOREIGN, /* this answers another question, or nothing */
};

/* Addresses of one type, in the answer's order: 4 or 16 bytes each are used. */
struct dns_answer {
	size_t n;
	uint8_t ip[DNS_ADDRESSES_MAX][16];
};

/**
 * tl_dns_query() - Build a question
 * @out:	room of DNS_QUERY_MAX bytes
 * @id:		unguessable, to be met again in the answer
 * @name:	without a final dot
 *
 * Return: its length; 0 if @name is no name of the DNS.
 */
size_t tl_dns_query(uint8_t out[DNS_QUERY_MAX], uint16_t id, const char *name,
		    enum dns_type type);

/**
 * tl_dns_parse() - Read the answer to that question
 * @out:	set with DNS_OK; addresses beyond DNS_ADDRESSES_MAX are left out
 *
 * Aliases (CNAME) are followed within the message.
 */
TL_MUST_USE enum dns_result tl_dns_parse(struct dns_answer *out,
					 struct bytes message, uint16_t id,
					 const char *name, enum dns_type type);

#endif /* TL_SDK_CLIENT_DNS_H */
