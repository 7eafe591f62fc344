/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/store_memory.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"

/* @member is 0 for the row of a network. */
struct row {
	struct list node;
	struct network_id network;
	struct address member;
	size_t n;
	uint8_t text[];
};

struct store_memory {
	struct list rows;
	size_t n_rows;
	size_t n_writes;
	int broken;
	int64_t clock_ms;
};

static struct row *row_of(struct list *node)
{
	return tl_container_of(node, struct row, node);
}

static void remove_row(struct store_memory *s, struct row *r)
{
	tl_list_remove(&r->node);
	tl_free(r);
	s->n_rows--;
}

static struct row *find(struct store_memory *s, struct network_id id,
			struct address member)
{
	tl_list_each(it, next, &s->rows) {
		struct row *r = row_of(it);

		if (tl_network_id_equal(r->network, id) &&
		    tl_address_equal(r->member, member))
			return r;
	}
	return NULL;
}

static int put(struct store_memory *s, struct network_id id,
	       struct address member, struct bytes text)
{
	struct row *old = find(s, id, member);
	struct row *r;

	if (s->broken)
		return s->broken;
	r = tl_alloc(sizeof(*r) + text.n);
	if (!r)
		return -ENOMEM;
	r->network = id;
	r->member = member;
	r->n = text.n;
	if (text.n)
		memcpy(r->text, text.at, text.n);
	/* Networks in front: they are read before their members. */
	if (member.v)
		tl_list_append(&s->rows, &r->node);
	else
		tl_list_prepend(&s->rows, &r->node);
	s->n_rows++;
	s->n_writes++;
	if (old)
		remove_row(s, old);
	return 0;
}

static int put_network(void *ctx, struct network_id id, struct bytes text)
{
	return put(ctx, id, (struct address){ 0 }, text);
}

static int put_member(void *ctx, struct network_id id, struct address member,
		      struct bytes text)
{
	return put(ctx, id, member, text);
}

static int delete_network(void *ctx, struct network_id id)
{
	struct store_memory *s = ctx;

	if (s->broken)
		return s->broken;
	tl_list_each(it, next, &s->rows) {
		if (tl_network_id_equal(row_of(it)->network, id))
			remove_row(s, row_of(it));
	}
	s->n_writes++;
	return 0;
}

static int delete_member(void *ctx, struct network_id id, struct address member)
{
	struct store_memory *s = ctx;
	struct row *r = find(s, id, member);

	if (s->broken)
		return s->broken;
	if (r)
		remove_row(s, r);
	s->n_writes++;
	return 0;
}

static int load(void *ctx, const struct store_reader *reader)
{
	struct store_memory *s = ctx;
	int err;

	tl_list_each(it, next, &s->rows) {
		struct row *r = row_of(it);
		struct bytes text = tl_bytes(r->text, r->n);

		if (r->member.v)
			err = reader->member(reader->ctx, r->network, r->member,
					     text);
		else
			err = reader->network(reader->ctx, r->network, text);
		if (err)
			return err;
	}
	return 0;
}

static int get_clock(void *ctx, int64_t *clock_ms)
{
	struct store_memory *s = ctx;

	*clock_ms = s->clock_ms;
	return 0;
}

static int put_clock(void *ctx, int64_t clock_ms)
{
	struct store_memory *s = ctx;

	if (s->broken)
		return s->broken;
	s->clock_ms = clock_ms;
	return 0;
}

static int flush(void *ctx)
{
	struct store_memory *s = ctx;

	return s->broken;
}

int tl_store_memory_new(struct store_memory **sp)
{
	struct store_memory *s = tl_alloc_zeroed(sizeof(*s));

	if (!s)
		return -ENOMEM;
	tl_list_init(&s->rows);
	*sp = s;
	return 0;
}

void tl_store_memory_free(struct store_memory *s)
{
	if (!s)
		return;
	tl_list_each(it, next, &s->rows)
		remove_row(s, row_of(it));
	tl_free(s);
}

struct store tl_store_memory_ops(struct store_memory *s)
{
	return (struct store){
		.ctx = s,
		.load = load,
		.put_network = put_network,
		.put_member = put_member,
		.delete_network = delete_network,
		.delete_member = delete_member,
		.get_clock = get_clock,
		.put_clock = put_clock,
		.flush = flush,
	};
}

void tl_store_memory_break(struct store_memory *s, int err)
{
	s->broken = err;
}

size_t tl_store_memory_rows(const struct store_memory *s)
{
	return s->n_rows;
}

size_t tl_store_memory_writes(const struct store_memory *s)
{
	return s->n_writes;
}
