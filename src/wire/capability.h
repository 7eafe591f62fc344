/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capability.h - rules that a member may add to the network's (vl2.md 6.4)
 *
 * A value of some 3 KB: keep it on the heap. The rules stay raw bytes; what
 * they mean is for whoever evaluates them. The last recipient is covered by no
 * signature: accept a capability only for the peer that presents it.
 */
#ifndef TL_WIRE_CAPABILITY_H
#define TL_WIRE_CAPABILITY_H

#include "wire/credential.h"

#define CAPABILITY_MAX_RULES 64
#define CAPABILITY_MAX_CUSTODY 7
/* The longest rule known has a value of 19 bytes: 64 of them take 1344. */
#define CAPABILITY_RULES_LEN_MAX 2048
#define CAPABILITY_WIRE_MAX                                                    \
	(8 + 8 + 4 + 2 + CAPABILITY_RULES_LEN_MAX + 1 +                        \
	 CAPABILITY_MAX_CUSTODY * (2 * ADDRESS_LEN + SIGNATURE_BLOCK_LEN) +    \
	 ADDRESS_LEN + 2)

/* One transfer: @from, who is @seal.signed_by, gave it to @to. */
struct custody {
	struct address to;
	struct seal seal;
};

/**
 * struct capability - Signed rules and who has them
 * @max_custody: how many links the chain may have, 1..CAPABILITY_MAX_CUSTODY
 * @n_rules:	number of rules in @rules
 * @rules_len:	bytes used in @rules
 * @n_custody:	links in @custody
 */
struct capability {
	struct network_id network;
	int64_t timestamp;
	uint32_t id;
	unsigned int max_custody;
	unsigned int n_rules;
	size_t rules_len;
	uint8_t rules[CAPABILITY_RULES_LEN_MAX];
	unsigned int n_custody;
	struct custody custody[CAPABILITY_MAX_CUSTODY];
};

/* Fails @r if malformed or if the rules are longer than
 * CAPABILITY_RULES_LEN_MAX; @out is then undefined. */
void tl_read_capability(struct reader *r, struct capability *out);
void tl_write_capability(struct writer *w, const struct capability *cap);
void tl_write_capability_signing(struct writer *w,
				 const struct capability *cap);

/* Length of its wire form. */
size_t tl_capability_wire_len(const struct capability *cap);

/**
 * tl_capability_set_rules() - Copy @n rules in their wire form
 *
 * Return: 0, or -EINVAL if @rules does not hold exactly @n rules, or -EMSGSIZE
 * if they are too many or too long.
 */
TL_MUST_USE int tl_capability_set_rules(struct capability *cap, unsigned int n,
					struct bytes rules);

/**
 * tl_capability_grant() - Append a link of custody
 * @from:	the controller for the first link, else the last recipient;
 *		needs its private key
 *
 * Return: 0, or -ENOSPC if the chain is full.
 */
TL_MUST_USE int tl_capability_grant(struct capability *cap, struct address to,
				    const struct identity *from);

/* Walks the whole chain. */
TL_MUST_USE enum credential_verdict
tl_capability_verify(const struct capability *cap, const struct keyring *keys,
		     struct address *missing);

static inline struct bytes tl_capability_rules(const struct capability *cap)
{
	return tl_bytes(cap->rules, cap->rules_len);
}

/* Recipient of the last link; zero if there is none. */
struct address tl_capability_issued_to(const struct capability *cap);

/* Byte for byte, extra bytes aside. */
bool tl_capability_equal(const struct capability *a,
			 const struct capability *b);

/**
 * tl_read_rule_run() - Take @n rules without looking into them
 *
 * Return: the bytes of all of them; @r fails if they are cut.
 */
struct bytes tl_read_rule_run(struct reader *r, unsigned int n);

#endif /* TL_WIRE_CAPABILITY_H */
