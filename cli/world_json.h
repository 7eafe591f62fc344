/* SPDX-License-Identifier: Apache-2.0 */
/* world_json.h - planets and moons as JSON (api.md 5.2) */
#ifndef TL_CLI_WORLD_JSON_H
#define TL_CLI_WORLD_JSON_H

#include <jansson.h>

#include "cli/identity_arg.h"
#include "wire/world.h"

#define WORLD_JSON_MAX (256 * 1024)

/* Roots as {"identity", "stableEndpoints"}; a new reference, NULL when out of
 * memory. */
json_t *tl_cli_roots_json(const struct world *w);

/* 64 bytes as digits. */
json_t *tl_cli_key_json(const uint8_t key[64]);

/**
 * tl_cli_definition_read() - Read a definition of a world
 * @out:	what the definition says; timestamp and signature are left 0
 * @sign:	the key in "signingKey_SECRET" and its public half
 * @name:	what the text is called in messages
 *
 * Return: EXIT_OK, or EXIT_FAILED after saying what is wrong.
 */
int tl_cli_definition_read(struct world *out, struct key_pair *sign,
			   const json_t *json, const char *name);

/* Roots by identity, endpoints by address; equal endpoints once. */
void tl_cli_world_sort(struct world *w);

/* "IP/PORT" for a root; false after saying what is wrong. */
bool tl_cli_add_endpoint(struct world_root *root, const char *text);

/* Serialize into @out, which has room for WORLD_WIRE_MAX bytes. */
struct bytes tl_cli_world_bytes(uint8_t *out, const struct world *w);

#endif /* TL_CLI_WORLD_JSON_H */
