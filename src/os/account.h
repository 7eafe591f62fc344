/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account.h - users and groups of this system by name or number
 *
 * Asks the system's databases, which may be on the network: for the start and
 * for settings, not for the loop's daily work.
 */
#ifndef TL_OS_ACCOUNT_H
#define TL_OS_ACCOUNT_H

#include <stdint.h>

#include "base/compiler.h"

/**
 * tl_account_uid() - The user of a name, or of a number as it is
 *
 * Return: 0; -ENOENT if there is none of that name; -EDOM for the number that
 * stands for all users that a user namespace does not have; another negative
 * errno.
 */
TL_MUST_USE int tl_account_uid(uint32_t *uid, const char *text);

/* The same for a group. */
TL_MUST_USE int tl_account_gid(uint32_t *gid, const char *text);

#endif /* TL_OS_ACCOUNT_H */
