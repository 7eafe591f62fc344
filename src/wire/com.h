/* SPDX-License-Identifier: Apache-2.0 */
/*
 * com.h - certificates of membership (vl2.md 6.2)
 *
 * A value. Membership is proved by comparison: two members of a network agree
 * when their certificates do, and the network's timestamps are near enough.
 */
#ifndef TL_WIRE_COM_H
#define TL_WIRE_COM_H

#include "wire/credential.h"

#define COM_MAX_QUALIFIERS 8
#define COM_QUALIFIER_LEN 24
#define COM_WIRE_MAX                                                           \
	(3 + COM_MAX_QUALIFIERS * COM_QUALIFIER_LEN + ADDRESS_LEN +            \
	 SIGNATURE_LEN)

enum com_qualifier_id {
	COM_TIMESTAMP = 0,
	COM_NETWORK = 1,
	COM_ISSUED_TO = 2,
	COM_IDENTITY_HASH = 3, /* and 4 to 6 */
};

struct com_qualifier {
	uint64_t id;
	uint64_t value;
	uint64_t max_delta;
};

/**
 * struct com - Certificate of membership
 * @n:		number of qualifiers; 0: no certificate
 * @seal:	@present exactly if @signed_by is not zero
 */
struct com {
	unsigned int n;
	struct com_qualifier qualifiers[COM_MAX_QUALIFIERS];
	struct seal seal;
};

/* Fails @r if malformed; @out is then undefined. */
void tl_read_com(struct reader *r, struct com *out);
void tl_write_com(struct writer *w, const struct com *com);

/* The bytes that are signed. */
void tl_write_com_signing(struct writer *w, const struct com *com);

/* The seven qualifiers that controllers issue; not signed yet. */
void tl_com_init(struct com *com, struct network_id net,
		 const struct identity *member, int64_t timestamp,
		 uint64_t max_delta);

void tl_com_sign(struct com *com, const struct identity *controller);

/* Did the controller of the network it names sign it? */
TL_MUST_USE enum credential_verdict tl_com_verify(const struct com *com,
						  const struct keyring *keys,
						  struct address *missing);

/**
 * tl_com_agrees() - Does another member's certificate satisfy ours?
 * @identity:	of the member who presents @theirs, from VL1
 *
 * Not symmetric. False if either certificate is empty.
 */
TL_MUST_USE bool tl_com_agrees(const struct com *mine, const struct com *theirs,
			       const struct identity *identity);

/* The same with the hash of that identity, which costs a SHA-384 to make. */
TL_MUST_USE bool tl_com_agrees_hash(const struct com *mine,
				    const struct com *theirs,
				    const uint8_t hash[IDENTITY_HASH_LEN]);

/* Values of qualifiers 0 to 2, zero if absent. */
int64_t tl_com_timestamp(const struct com *com);
struct network_id tl_com_network(const struct com *com);
struct address tl_com_issued_to(const struct com *com);

/* Byte for byte. */
bool tl_com_equal(const struct com *a, const struct com *b);

#endif /* TL_WIRE_COM_H */
