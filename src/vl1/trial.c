/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/trial.h"

static struct trial *find(struct trials *a, const struct endpoint *remote)
{
	size_t i;

	for (i = 0; i < TRIALS_MAX; i++) {
		if (a->list[i].n &&
		    tl_endpoint_equal(&a->list[i].remote, remote))
			return &a->list[i];
	}
	return NULL;
}

/* A free one, else the one that has not been tried for longest. */
static struct trial *oldest(struct trials *a)
{
	struct trial *found = &a->list[0];
	size_t i;

	for (i = 0; i < TRIALS_MAX; i++) {
		if (!a->list[i].n)
			return &a->list[i];
		if (a->list[i].last_ms < found->last_ms)
			found = &a->list[i];
	}
	return found;
}

void tl_trial_note(struct trials *a, enum trial_kind kind,
		   const struct endpoint *remote, int64_t now)
{
	struct trial *t = find(a, remote);

	a->by_kind[kind]++;
	a->last_ms[kind] = now;
	if (!t) {
		t = oldest(a);
		*t = (struct trial){ .remote = *remote, .first_ms = now };
	}
	t->kind = kind;
	t->n++;
	t->last_ms = now;
}

void tl_trial_answered(struct trials *a, const struct endpoint *remote,
		       int64_t now)
{
	struct trial *t = find(a, remote);

	if (t)
		t->answered_ms = now;
}
