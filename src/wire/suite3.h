/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suite3.h - AES-GMAC-SIV on packets (vl1.md 3.4), where it is built
 *
 * suite3_none.c stands in for it in a build without AES. Such a node announces
 * a protocol version that does not promise suite 3 (header.h), so that nobody
 * uses it towards that node.
 */
#ifndef TL_WIRE_SUITE3_H
#define TL_WIRE_SUITE3_H

#include "wire/header.h"
#include "wire/identity.h"

/* Key schedules and hash table of one pair of nodes; 1 KB, or 5 KB with the
 * plain kernel. */
struct suite3;

/**
 * tl_suite3_new() - Make the keys
 * @sp:		on success; owned by the caller
 *
 * Return: 0; -ENOMEM; -ENOTSUP in a build without AES.
 */
TL_MUST_USE int tl_suite3_new(struct suite3 **sp, const struct pair_key *key);

/* Erases the keys. Accepts NULL. */
void tl_suite3_free(struct suite3 *s);

/* As tl_armor_seal() and tl_armor_open(); the flags are final. */
void tl_suite3_seal(const struct suite3 *s, struct buffer packet);
TL_MUST_USE bool tl_suite3_open(const struct suite3 *s, struct buffer packet);

#endif /* TL_WIRE_SUITE3_H */
