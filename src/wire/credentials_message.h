/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials_message.h - the payload of NETWORK_CREDENTIALS (vl2.md 7.2)
 *
 * Read one credential at a time; write as many as fit a packet.
 */
#ifndef TL_WIRE_CREDENTIALS_MESSAGE_H
#define TL_WIRE_CREDENTIALS_MESSAGE_H

#include "wire/capability.h"
#include "wire/com.h"
#include "wire/ownership.h"
#include "wire/revocation.h"
#include "wire/tag.h"

/**
 * struct credential - One of them
 * @type:	says which; never CREDENTIAL_NULL from tl_credentials_next()
 */
struct credential {
	enum credential_type type;
	union {
		struct com com;
		struct capability capability;
		struct tag tag;
		struct revocation revocation;
		struct ownership ownership;
	};
};

/**
 * struct credentials_parser - Walk through a payload
 * @r:		what is left
 * @part:	which of the five parts, 0..5; 5: all read
 * @left:	objects left in this part
 */
struct credentials_parser {
	struct reader r;
	unsigned int part;
	unsigned int left;
};

/* @payload is borrowed until the walk has ended. */
struct credentials_parser tl_credentials_parser(struct bytes payload);

/**
 * tl_credentials_next() - Parse the next credential
 *
 * A message may end after any part. Objects before a malformed one count.
 *
 * Return: true with *@out filled in; false at the end or when what follows is
 * malformed, which tl_credentials_ok() tells apart.
 */
bool tl_credentials_next(struct credentials_parser *p, struct credential *out);

static inline bool tl_credentials_ok(const struct credentials_parser *p)
{
	return tl_reader_ok(&p->r);
}

/**
 * struct credential_set - Credentials yet to be sent; all borrowed
 * @com:	may be NULL
 */
struct credential_set {
	const struct com *com;
	const struct capability *capabilities;
	size_t n_capabilities;
	const struct tag *tags;
	size_t n_tags;
	const struct revocation *revocations;
	size_t n_revocations;
	const struct ownership *ownerships;
	size_t n_ownerships;
};

bool tl_credential_set_is_empty(const struct credential_set *set);

/**
 * tl_write_credentials() - Write one payload
 * @set:	what was written is taken off it, so that calling again writes
 *		the next packet
 *
 * Writes as many as leave room; with less than some 3 KB left a large
 * capability may never fit.
 *
 * Return: true if at least one credential was written; false if @set is empty
 * or the next one does not fit: @w is then as it was.
 */
bool tl_write_credentials(struct writer *w, struct credential_set *set);

#endif /* TL_WIRE_CREDENTIALS_MESSAGE_H */
