/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/auth_data.h"

#include <string.h>

/* It is shown on terminals: nothing that moves a cursor. */
static void get_url(struct auth_data *out, struct bytes dict, const char *key)
{
	size_t n = 0;
	size_t i;

	tl_dict_get(dict, key,
		    tl_buffer((uint8_t *)out->url, sizeof(out->url) - 1), &n);
	for (i = 0; i < n; i++) {
		if (out->url[i] <= ' ' || out->url[i] > '~')
			n = 0;
	}
	out->url[n] = 0;
}

void tl_auth_data_parse(struct auth_data *out, struct bytes rest)
{
	struct reader r = tl_reader(rest);
	struct bytes dict;

	memset(out, 0, sizeof(*out));
	if (rest.n <= 2) {
		out->kind = AUTH_UNSAID;
		return;
	}
	dict = tl_read_slice(&r, tl_read_be16(&r));
	if (!tl_reader_ok(&r))
		return;
	switch (tl_dict_get_uint(dict, "aV", 0)) {
	case 0:
		get_url(out, dict, "aU");
		out->kind = out->url[0] ? AUTH_PAGE : AUTH_NONE;
		break;
	case 1:
		get_url(out, dict, "iU");
		out->kind = AUTH_OIDC;
		break;
	default:
		break;
	}
}
