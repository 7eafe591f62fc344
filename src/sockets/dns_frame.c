/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_frame.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

static size_t length(const struct dns_frame *f)
{
	return tl_load_be16(f->head);
}

/* Up to @until bytes in all, to @at. */
static void take_part(struct dns_frame *f, uint8_t *at, size_t until,
		      struct bytes *from)
{
	size_t part = TL_MIN(from->n, until - f->n);

	if (part)
		memcpy(at, from->at, part);
	f->n += part;
	*from = tl_bytes_skip(*from, part);
}

static int make_room(struct dns_frame *f)
{
	if (length(f) == 0 || length(f) > f->max)
		return -EMSGSIZE;
	f->at = tl_alloc(length(f));
	return f->at ? 0 : -ENOMEM;
}

int tl_dns_frame_take(struct dns_frame *f, struct bytes *from)
{
	int r;

	if (f->n < DNS_FRAME_HEAD)
		take_part(f, f->head + f->n, DNS_FRAME_HEAD, from);
	if (f->n < DNS_FRAME_HEAD)
		return 0;
	r = f->at ? 0 : make_room(f);
	if (!r)
		take_part(f, f->at + f->n - DNS_FRAME_HEAD,
			  DNS_FRAME_HEAD + length(f), from);
	return r;
}

bool tl_dns_frame_is_whole(const struct dns_frame *f)
{
	return f->at && f->n == DNS_FRAME_HEAD + length(f);
}

struct buffer tl_dns_frame_message(const struct dns_frame *f)
{
	return tl_buffer(f->at, length(f));
}

void tl_dns_frame_clear(struct dns_frame *f)
{
	tl_free(f->at);
	f->at = NULL;
	f->n = 0;
}
