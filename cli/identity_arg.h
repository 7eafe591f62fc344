/* SPDX-License-Identifier: Apache-2.0 */
/* identity_arg.h - identities and keys as arguments of subcommands */
#ifndef TL_CLI_IDENTITY_ARG_H
#define TL_CLI_IDENTITY_ARG_H

#include "wire/identity.h"

#define KEY_TEXT_SIZE 129 /* 64 bytes as digits, and a zero */

/**
 * struct key_pair - What signs worlds: as in an identity, without the address
 */
struct key_pair {
	uint8_t pub[IDENTITY_PUB_LEN];
	uint8_t priv[IDENTITY_PRIV_LEN];
};

/**
 * tl_cli_identity() - Read an identity from an argument
 * @arg:	the name of a file, or the identity itself: longer than 32
 *		characters with ':' at position 10 (api.md 5.2)
 *
 * Not validated. Return: EXIT_OK, or EXIT_FAILED after saying what is wrong.
 */
int tl_cli_identity(struct identity *out, const char *arg);

/* Make a fresh pair. */
void tl_cli_key_pair(struct key_pair *out);

#endif /* TL_CLI_IDENTITY_ARG_H */
