/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "service/http_framing.h"

#include "base/compiler.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Where in @s the next code would be; NULL if there is none. */
static const char *find_code(const char *s)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	for (; (s = strchr(s, '%')); s++) {
		if (s[1] && s[2] && strchr(hex, s[1]) && strchr(hex, s[2]) &&
		    (s[1] != '0' || s[2] != '0'))
			return s;
	}
	return NULL;
}

/* Never longer, as long as it says, and what has no code stays as it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n + 1);
	char *before;
	size_t len;

	tl_assert(s);
	memcpy(s, data, n);
	s[n] = 0;
	before = strdup(s);
	tl_assert(before);
	len = tl_http_framing_decode(NULL, NULL, s);
	tl_assert(strlen(s) == len);
	tl_assert(len <= strlen(before));
	tl_assert((strlen(before) - len) % 2 == 0);
	if (!find_code(before))
		tl_assert(strcmp(s, before) == 0);
	else
		tl_assert(len < strlen(before));
	free(before);
	free(s);
	return 0;
}
