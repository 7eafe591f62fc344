/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth_data.h - what a controller says of a login that it wants (vl2.md 4.5)
 *
 * Only what a user can be told is kept: a page to open. What the helper of an
 * OIDC flow would need is left out, as there is none.
 */
#ifndef TL_WIRE_AUTH_DATA_H
#define TL_WIRE_AUTH_DATA_H

#include "wire/dictionary.h"

#define AUTH_URL_SIZE 2048

enum auth_kind {
	AUTH_NONE, /* nothing that counts */
	AUTH_UNSAID, /* a login is wanted, but not said where */
	AUTH_PAGE, /* version 0: a page to open in a browser */
	AUTH_OIDC, /* version 1: a flow that needs a helper */
};

/**
 * struct auth_data - A login
 * @url:	the page, or the issuer's; printable characters only, maybe ""
 */
struct auth_data {
	enum auth_kind kind;
	char url[AUTH_URL_SIZE];
};

/* @rest is what follows the network's ID in the ERROR. */
void tl_auth_data_parse(struct auth_data *out, struct bytes rest);

#endif /* TL_WIRE_AUTH_DATA_H */
