/* SPDX-License-Identifier: Apache-2.0 */
#include "service/http_framing.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"

/* @length: of the body, as the first field says it */
struct framing {
	const char *length;
	bool is_chunked;
	bool is_contradictory;
};

static enum MHD_Result look_at(void *ctx, enum MHD_ValueKind kind,
			       const char *name, const char *value)
{
	struct framing *f = ctx;

	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
		f->is_chunked = true;
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) != 0)
		return MHD_YES;
	if (f->length && strcmp(f->length, value ? value : "") != 0)
		f->is_contradictory = true;
	f->length = value ? value : "";
	return MHD_YES;
}

bool tl_http_framing_is_clear(struct MHD_Connection *c)
{
	struct framing f = { 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, look_at, &f);
	return !f.is_contradictory && !(f.is_chunked && f.length);
}

size_t tl_http_framing_decode(void *ctx, struct MHD_Connection *c, char *s)
{
	char *out = s;
	char *in = s;
	uint64_t v;

	(void)ctx;
	(void)c;
	while (*in) {
		if (*in == '%' && strlen(in) > 2 &&
		    tl_hex_to_u64(&v, 2, tl_bytes(in + 1, 2)) == 0 && v) {
			*out++ = (char)v;
			in += 3;
		} else {
			*out++ = *in++;
		}
	}
	*out = 0;
	return (size_t)(out - s);
}
