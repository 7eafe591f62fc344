/* SPDX-License-Identifier: Apache-2.0 */
/* Logins that controllers want: what is kept can be shown. */
#include <string.h>

#include "wire/auth_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct auth_data auth;
	const char *at;

	tl_auth_data_parse(&auth, tl_bytes(data, size));
	tl_assert(auth.kind <= AUTH_OIDC);
	tl_assert(memchr(auth.url, 0, sizeof(auth.url)));
	for (at = auth.url; *at; at++)
		tl_assert(*at > ' ' && *at <= '~');
	tl_assert((auth.kind == AUTH_PAGE) ==
		  (auth.url[0] != 0 && auth.kind != AUTH_OIDC));
	return 0;
}
