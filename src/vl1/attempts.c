/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/attempts.h"

static struct attempt *find(struct attempts *a, const struct endpoint *remote)
{
	size_t i;

	for (i = 0; i < ATTEMPTS_MAX; i++) {
		if (a->list[i].n &&
		    tl_endpoint_equal(&a->list[i].remote, remote))
			return &a->list[i];
	}
	return NULL;
}

/* A free one, else the one that has not been tried for longest. */
static struct attempt *oldest(struct attempts *a)
{
	struct attempt *found = &a->list[0];
	size_t i;

	for (i = 0; i < ATTEMPTS_MAX; i++) {
		if (!a->list[i].n)
			return &a->list[i];
		if (a->list[i].last_ms < found->last_ms)
			found = &a->list[i];
	}
	return found;
}

void tl_attempt_note(struct attempts *a, enum attempt_kind kind,
		     const struct endpoint *remote, int64_t now)
{
	struct attempt *t = find(a, remote);

	a->by_kind[kind]++;
	a->last_ms[kind] = now;
	if (!t) {
		t = oldest(a);
		*t = (struct attempt){ .remote = *remote, .first_ms = now };
	}
	t->kind = kind;
	t->n++;
	t->last_ms = now;
}

void tl_attempt_answered(struct attempts *a, const struct endpoint *remote,
			 int64_t now)
{
	struct attempt *t = find(a, remote);

	if (t)
		t->answered_ms = now;
}
