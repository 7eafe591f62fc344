/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/ready.h"

#include <stdio.h>

static void append(struct ready *r, const char *text)
{
	int n = snprintf(r->text + r->n, sizeof(r->text) - r->n, "%s", text);

	if (n > 0)
		r->n = TL_MIN(r->n + (size_t)n, sizeof(r->text) - 1);
}

void tl_ready_add(struct ready *r, const union place *at, const char *remark)
{
	char text[PLACE_TEXT_SIZE];

	append(r, r->n ? ", " : "listening on ");
	tl_place_print(text, at);
	append(r, text);
	if (remark) {
		append(r, " (");
		append(r, remark);
		append(r, ")");
	}
}

void tl_ready_say(const struct ready *r)
{
	fprintf(stderr, "%s\n", r->text);
	fflush(stderr);
}
