/* SPDX-License-Identifier: Apache-2.0 */
#include "service/page.h"

#include <string.h>

#include "base/hex.h"

static bool parse_number(size_t *out, const char *text)
{
	size_t v = 0;

	if (!*text || strlen(text) > 6)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (size_t)(*text - '0');
	}
	*out = v;
	return v > 0 && v <= PAGE_LIMIT_MAX;
}

const char *tl_page_parse(struct page *out, const char *after,
			  const char *limit, size_t digits)
{
	*out = (struct page){ .limit = SIZE_MAX };
	if (after) {
		if (strlen(after) != digits ||
		    tl_hex_to_u64(&out->after, digits,
				  tl_bytes_from_str(after)))
			return "after: not the ID of an entry of this list";
		out->has_after = true;
	}
	if (limit && !parse_number(&out->limit, limit))
		return "limit: not a number from 1 to 100000";
	return NULL;
}
