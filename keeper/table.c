/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/table.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

void tl_table_init(struct table *t, size_t max, size_t bytes_max)
{
	/* Keys are the kernel's numbers, nobody chooses them. */
	static const uint64_t key[2] = { 1, 2 };

	*t = (struct table){ .max = max, .bytes_max = bytes_max };
	tl_map_init(&t->by_key, key);
	tl_list_init(&t->order);
}

static void entry_free(struct table *t, struct entry *e)
{
	size_t i;

	for (i = 0; i < e->n_fds; i++)
		close(e->fds[i]);
	tl_map_remove(&t->by_key, &e->node);
	tl_list_remove(&e->link);
	t->n--;
	t->bytes -= e->n;
	tl_free(e);
}

void tl_table_fini(struct table *t)
{
	struct entry *e;

	while ((e = tl_table_next(t, NULL)))
		entry_free(t, e);
	tl_map_fini(&t->by_key);
}

struct entry *tl_table_find(const struct table *t, uint64_t key)
{
	struct map_node *n =
		tl_map_first(&t->by_key, tl_map_hash_u64(&t->by_key, key));

	for (; n; n = tl_map_next(n)) {
		struct entry *e = tl_container_of(n, struct entry, node);

		if (e->key == key)
			return e;
	}
	return NULL;
}

static struct entry *entry_new(uint64_t key, struct bytes blob,
			       const struct fdpass *in)
{
	struct entry *e = tl_alloc(sizeof(*e) + blob.n);

	if (!e)
		return NULL;
	e->key = key;
	e->n_fds = in->n_fds;
	memcpy(e->fds, in->fds, sizeof(e->fds));
	e->n = blob.n;
	if (blob.n)
		memcpy(e->blob, blob.at, blob.n);
	return e;
}

/* In the place of @old, or at the end. */
static int enter(struct table *t, struct entry *e, struct entry *old)
{
	int err = tl_map_insert(&t->by_key, &e->node,
				tl_map_hash_u64(&t->by_key, e->key));

	if (err)
		return err;
	if (old)
		tl_list_insert_after(&old->link, &e->link);
	else
		tl_list_append(&t->order, &e->link);
	t->n++;
	t->bytes += e->n;
	if (old)
		entry_free(t, old);
	return 0;
}

int tl_table_put(struct table *t, uint64_t key, struct bytes blob,
		 struct fdpass *in)
{
	struct entry *old = tl_table_find(t, key);
	size_t others = t->bytes - (old ? old->n : 0);
	struct entry *e = NULL;
	int err = -EINVAL;

	if (in->n_fds == 0)
		return err;
	if ((!old && t->n >= t->max) || blob.n > t->bytes_max - others)
		err = -ENOSPC;
	else
		e = entry_new(key, blob, in);
	if (e)
		err = enter(t, e, old);
	else if (err == -EINVAL)
		err = -ENOMEM;
	if (err) {
		tl_free(e);
		tl_fdpass_drop(in);
	}
	return err;
}

void tl_table_drop(struct table *t, uint64_t key)
{
	struct entry *e = tl_table_find(t, key);

	if (e)
		entry_free(t, e);
}

struct entry *tl_table_next(const struct table *t, const struct entry *e)
{
	struct list *at = e ? e->link.next : t->order.next;

	return at == &t->order ? NULL : tl_container_of(at, struct entry, link);
}
