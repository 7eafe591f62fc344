/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users.h - the users whom a network is for (allowUsers)
 *
 * Kept as they were written, with the uid that was found for them then: names
 * are looked up once, when the list is read or set, and not again before the
 * next start. A name that nobody has is kept and is nobody's.
 */
#ifndef TL_SERVICE_USERS_H
#define TL_SERVICE_USERS_H

#include "base/bytes.h"

#define USERS_MAX 32
#define USER_NAME_SIZE 64
#define USERS_TEXT_SIZE (USERS_MAX * USER_NAME_SIZE)
/* The uid of those that are nobody's. */
#define USER_NONE UINT32_MAX

struct user_entry {
	char name[USER_NAME_SIZE];
	uint32_t uid;
};

/* An empty one is for everybody. */
struct users {
	size_t n;
	struct user_entry list[USERS_MAX];
};

/**
 * tl_users_add() - One more
 * @name:	or a uid, in decimal
 *
 * Return: 0; -EINVAL if that cannot be a name, -ENOBUFS if there are USERS_MAX
 * already. -ENOENT or another negative errno of tl_account_uid(): it was added,
 * as nobody's.
 */
TL_MUST_USE int tl_users_add(struct users *u, struct bytes name);

/* A list with commas, in place of what was there; what cannot be a name counts
 * as a name that nobody has. Returns how many are nobody's. */
size_t tl_users_parse(struct users *u, struct bytes text);

/* As tl_users_parse() reads it. */
const char *tl_users_print(char out[USERS_TEXT_SIZE], const struct users *u);

/* Is it for this user? */
TL_MUST_USE bool tl_users_have(const struct users *u, uint32_t uid);

#endif /* TL_SERVICE_USERS_H */
