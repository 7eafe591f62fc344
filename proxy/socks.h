/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socks.h - the messages of SOCKS5: parse and build, no state
 *
 * RFC 1928 and, for names and passwords, RFC 1929. A parser is given what has
 * come so far and says how long the message at its start is: 0 asks for more,
 * -EPROTO says that no more bytes will make it one.
 */
#ifndef TL_PROXY_SOCKS_H
#define TL_PROXY_SOCKS_H

#include "base/writer.h"
#include "proxy/place.h"

#define SOCKS_VERSION 5
#define SOCKS_AUTH_VERSION 1

#define SOCKS_METHOD_NONE 0x00
#define SOCKS_METHOD_PASSWORD 0x02
#define SOCKS_METHOD_NO_ACCEPTABLE 0xff

/* The longest of the messages that are parsed: a name and a password. */
#define SOCKS_MESSAGE_MAX (2 + 255 + 1 + 255)
#define SOCKS_REPLY_MAX (4 + 16 + 2)
#define SOCKS_DATAGRAM_HEAD_MAX (4 + 1 + 255 + 2)

enum socks_command {
	SOCKS_CONNECT = 1,
	SOCKS_BIND = 2,
	SOCKS_ASSOCIATE = 3,
};

enum socks_code {
	SOCKS_OK = 0,
	SOCKS_FAILED = 1,
	SOCKS_NOT_ALLOWED = 2,
	SOCKS_NETWORK_UNREACHABLE = 3,
	SOCKS_HOST_UNREACHABLE = 4,
	SOCKS_REFUSED = 5,
	SOCKS_TTL_EXPIRED = 6,
	SOCKS_BAD_COMMAND = 7,
	SOCKS_BAD_ADDRESS = 8,
};

/**
 * struct socks_request - What a client wants
 * @command:	as it came; may be none of enum socks_command
 * @to:		an address or a name; none if @is_bad_address
 * @is_bad_address: of a type that SOCKS5 does not know, or no name at all; the
 *		message has an unknown length then, and is all that there is
 */
struct socks_request {
	uint8_t command;
	struct target to;
	bool is_bad_address;
};

/* @methods: borrowed; a byte for each that the client can do. */
TL_MUST_USE int tl_socks_parse_greeting(struct bytes *methods, struct bytes b);

/* @name, @password: borrowed; may be empty. */
TL_MUST_USE int tl_socks_parse_password(struct bytes *name,
					struct bytes *password, struct bytes b);

TL_MUST_USE int tl_socks_parse_request(struct socks_request *out,
				       struct bytes b);

/**
 * tl_socks_parse_datagram() - The head of a datagram (RFC 1928 7.)
 * @to:		where it is to go
 * @payload:	borrowed; may be empty
 *
 * Return: 0; -EPROTO if it is malformed; -EOPNOTSUPP for a fragment.
 */
TL_MUST_USE int tl_socks_parse_datagram(struct target *to,
					struct bytes *payload, struct bytes b);

/* @at: written as 0.0.0.0:0 if it is no IP address. */
void tl_socks_write_reply(struct writer *w, enum socks_code code,
			  const union place *at);

/* What stands before a datagram from @from. */
void tl_socks_write_datagram_head(struct writer *w, const union place *from);

/* What a client is told about a failure, a negative errno. */
enum socks_code tl_socks_code_of(int err);

#endif /* TL_PROXY_SOCKS_H */
