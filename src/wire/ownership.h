/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ownership.h - certificates that a member owns IP or MAC addresses
 * (vl2.md 6.5). A value.
 */
#ifndef TL_WIRE_OWNERSHIP_H
#define TL_WIRE_OWNERSHIP_H

#include "wire/credential.h"
#include "wire/endpoint.h"

#define OWNERSHIP_MAX_THINGS 16
#define OWNERSHIP_THING_LEN 17
#define OWNERSHIP_WIRE_MAX (141 + OWNERSHIP_MAX_THINGS * OWNERSHIP_THING_LEN)

enum thing_type {
	THING_NULL = 0,
	THING_MAC = 1,
	THING_IPV4 = 2,
	THING_IPV6 = 3,
};

/* @type: an enum thing_type or anything else, kept as it came. */
struct thing {
	uint8_t type;
	uint8_t value[16];
};

struct ownership {
	struct network_id network;
	int64_t timestamp;
	uint64_t flags;
	uint32_t id;
	unsigned int n_things;
	struct thing things[OWNERSHIP_MAX_THINGS];
	struct address issued_to;
	struct seal seal;
};

/* Fails @r if malformed; @out is then undefined. Extra bytes are skipped. */
void tl_read_ownership(struct reader *r, struct ownership *out);
void tl_write_ownership(struct writer *w, const struct ownership *own);
void tl_write_ownership_signing(struct writer *w, const struct ownership *own);

/* Add an IP address; its port or prefix length does not matter. -ENOSPC if
 * full, -EINVAL if nil. */
TL_MUST_USE int tl_ownership_add_ip(struct ownership *own,
				    const struct endpoint *ip);
TL_MUST_USE int tl_ownership_add_mac(struct ownership *own, struct mac mac);

void tl_ownership_sign(struct ownership *own,
		       const struct identity *controller);
TL_MUST_USE enum credential_verdict
tl_ownership_verify(const struct ownership *own, const struct keyring *keys,
		    struct address *missing);

bool tl_ownership_has_ip(const struct ownership *own,
			 const struct endpoint *ip);
bool tl_ownership_has_mac(const struct ownership *own, struct mac mac);

/* Byte for byte, extra bytes aside. */
bool tl_ownership_equal(const struct ownership *a, const struct ownership *b);

#endif /* TL_WIRE_OWNERSHIP_H */
