/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/proto.h"

#include <string.h>

/* Nothing but these begins a record on a listener's stream. */
#define ACCEPT_MAGIC 0x746c6163

static size_t ip_len(uint8_t family)
{
	return family == 4 ? 4 : family == 6 ? 16 : 0;
}

void tl_rpc_write_addr(struct writer *w, const struct rpc_addr *a)
{
	size_t n = ip_len(a->family);

	tl_write_u8(w, n ? a->family : 0);
	tl_write_u8(w, n ? a->ifc : 0);
	tl_write_be16(w, n ? a->port : 0);
	tl_write_bytes(w, tl_bytes(a->ip, n));
	tl_write_zeroes(w, sizeof(a->ip) - n);
}

struct rpc_addr tl_rpc_read_addr(struct reader *r)
{
	struct rpc_addr a = { .family = tl_read_u8(r) };
	struct bytes ip;
	size_t n;

	a.ifc = tl_read_u8(r);
	a.port = tl_read_be16(r);
	ip = tl_read_slice(r, sizeof(a.ip));
	if (a.family != 0 && a.family != 4 && a.family != 6)
		tl_reader_fail(r);
	n = ip_len(a.family);
	if (!tl_reader_ok(r) || n == 0)
		return (struct rpc_addr){ 0 };
	memcpy(a.ip, ip.at, n);
	return a;
}

static void write_opt(struct writer *w, struct bytes opt)
{
	if (opt.n > RPC_OPT_MAX) {
		w->failed = true;
		return;
	}
	tl_write_be16(w, (uint16_t)opt.n);
	tl_write_bytes(w, opt);
}

/* The option is the last thing of a record. */
static struct bytes read_opt(struct reader *r)
{
	size_t n = tl_read_be16(r);
	struct bytes opt;

	if (n > RPC_OPT_MAX)
		tl_reader_fail(r);
	opt = tl_read_slice(r, n);
	if (!tl_reader_done(r))
		tl_reader_fail(r);
	return tl_reader_ok(r) ? opt : tl_bytes(NULL, 0);
}

void tl_rpc_write_request(struct writer *w, const struct rpc_request *q)
{
	tl_write_be16(w, q->op);
	tl_write_be16(w, q->flags);
	tl_write_bytes(w, TL_BYTES_OF(q->token));
	tl_write_be32(w, q->tag);
	tl_write_be32(w, q->value);
	tl_rpc_write_addr(w, &q->addr);
	tl_write_be32(w, (uint32_t)q->level);
	tl_write_be32(w, (uint32_t)q->name);
	write_opt(w, q->opt);
}

void tl_rpc_read_request(struct reader *r, struct rpc_request *q)
{
	*q = (struct rpc_request){ 0 };
	q->op = tl_read_be16(r);
	q->flags = tl_read_be16(r);
	tl_read_copy(r, q->token, sizeof(q->token));
	q->tag = tl_read_be32(r);
	q->value = tl_read_be32(r);
	q->addr = tl_rpc_read_addr(r);
	q->level = (int32_t)tl_read_be32(r);
	q->name = (int32_t)tl_read_be32(r);
	q->opt = read_opt(r);
	if (q->op == 0 || q->op >= RPC_OP_COUNT)
		tl_reader_fail(r);
}

void tl_rpc_write_reply(struct writer *w, const struct rpc_reply *p)
{
	tl_write_be32(w, p->status);
	tl_write_be32(w, p->value);
	tl_rpc_write_addr(w, &p->local);
	tl_rpc_write_addr(w, &p->remote);
	write_opt(w, p->opt);
}

void tl_rpc_read_reply(struct reader *r, struct rpc_reply *p)
{
	*p = (struct rpc_reply){ 0 };
	p->status = tl_read_be32(r);
	p->value = tl_read_be32(r);
	p->local = tl_rpc_read_addr(r);
	p->remote = tl_rpc_read_addr(r);
	p->opt = read_opt(r);
}

void tl_rpc_write_accept(struct writer *w, const struct rpc_accept *a)
{
	tl_write_be32(w, ACCEPT_MAGIC);
	tl_write_be32(w, a->kind);
	tl_rpc_write_addr(w, &a->local);
	tl_rpc_write_addr(w, &a->remote);
}

void tl_rpc_read_accept(struct reader *r, struct rpc_accept *a)
{
	*a = (struct rpc_accept){ 0 };
	if (tl_read_be32(r) != ACCEPT_MAGIC)
		tl_reader_fail(r);
	a->kind = tl_read_be32(r);
	a->local = tl_rpc_read_addr(r);
	a->remote = tl_rpc_read_addr(r);
	if (a->kind > ACCEPT_HOST)
		tl_reader_fail(r);
}

void tl_rpc_write_datagram(struct writer *w, const struct rpc_datagram *d)
{
	tl_write_u8(w, d->kind);
	tl_write_u8(w, d->ttl);
	tl_write_u8(w, d->tos);
	tl_write_u8(w, d->side);
	tl_write_be32(w, d->kind == DATAGRAM_ERROR ? d->error : d->index);
	tl_rpc_write_addr(w, &d->peer);
	tl_rpc_write_addr(w, &d->local);
}

void tl_rpc_read_datagram(struct reader *r, struct rpc_datagram *d)
{
	*d = (struct rpc_datagram){ 0 };
	d->kind = tl_read_u8(r);
	d->ttl = tl_read_u8(r);
	d->tos = tl_read_u8(r);
	d->side = tl_read_u8(r);
	if (d->kind == DATAGRAM_ERROR)
		d->error = tl_read_be32(r);
	else
		d->index = tl_read_be32(r);
	d->peer = tl_rpc_read_addr(r);
	d->local = tl_rpc_read_addr(r);
	if (d->kind > DATAGRAM_ERROR || d->side > DATAGRAM_TO_VIRTUAL)
		tl_reader_fail(r);
}

/* 16 + 1 + 6 + 4 + 8 + 1 + 1 bytes, two of padding, and the prefixes. */
void tl_rpc_write_interface(struct writer *w, const struct rpc_interface *i)
{
	size_t at;

	tl_write_bytes(w, TL_BYTES_OF(i->name));
	tl_write_u8(w, i->number);
	tl_write_bytes(w, TL_BYTES_OF(i->mac));
	tl_write_be32(w, i->mtu);
	tl_write_be64(w, i->network);
	tl_write_u8(w, i->n_total);
	tl_write_u8(w, i->n);
	tl_write_zeroes(w, 2);
	for (at = 0; at < i->n; at++) {
		tl_write_u8(w, i->prefixes[at].family);
		tl_write_u8(w, i->prefixes[at].bits);
		tl_write_bytes(w, TL_BYTES_OF(i->prefixes[at].ip));
	}
}

static struct rpc_prefix read_prefix(struct reader *r)
{
	struct rpc_prefix p = { .family = tl_read_u8(r) };

	p.bits = tl_read_u8(r);
	tl_read_copy(r, p.ip, sizeof(p.ip));
	if ((p.family != 4 && p.family != 6) || p.bits > 8 * ip_len(p.family))
		tl_reader_fail(r);
	return p;
}

void tl_rpc_read_interface(struct reader *r, struct rpc_interface *i)
{
	size_t at;

	*i = (struct rpc_interface){ 0 };
	tl_read_copy(r, i->name, sizeof(i->name));
	i->number = tl_read_u8(r);
	tl_read_copy(r, i->mac, sizeof(i->mac));
	i->mtu = tl_read_be32(r);
	i->network = tl_read_be64(r);
	i->n_total = tl_read_u8(r);
	i->n = tl_read_u8(r);
	tl_read_skip(r, 2);
	if (i->name[0] == 0 || memchr(i->name, 0, sizeof(i->name)) == NULL ||
	    i->number == 0 || i->n > RPC_PREFIXES_MAX || i->n > i->n_total)
		tl_reader_fail(r);
	for (at = 0; tl_reader_ok(r) && at < i->n; at++)
		i->prefixes[at] = read_prefix(r);
	if (!tl_reader_ok(r))
		*i = (struct rpc_interface){ 0 };
}

/* 4 + 4 + 4 bytes, two addresses, and the payload. */
void tl_rpc_write_queued_error(struct writer *w,
			       const struct rpc_queued_error *e)
{
	tl_write_be32(w, e->error);
	tl_write_be32(w, e->info);
	tl_write_u8(w, e->origin);
	tl_write_u8(w, e->type);
	tl_write_u8(w, e->code);
	tl_write_u8(w, e->ttl);
	tl_rpc_write_addr(w, &e->offender);
	tl_rpc_write_addr(w, &e->dest);
	tl_write_bytes(w, e->payload);
}

void tl_rpc_read_queued_error(struct reader *r, struct rpc_queued_error *e)
{
	*e = (struct rpc_queued_error){ .error = tl_read_be32(r) };
	e->info = tl_read_be32(r);
	e->origin = tl_read_u8(r);
	e->type = tl_read_u8(r);
	e->code = tl_read_u8(r);
	e->ttl = tl_read_u8(r);
	e->offender = tl_rpc_read_addr(r);
	e->dest = tl_rpc_read_addr(r);
	e->payload = tl_read_slice(r, r->rest.n);
	if (e->error == 0 || e->error > INT32_MAX || e->dest.family == 0)
		tl_reader_fail(r);
	if (!tl_reader_ok(r))
		*e = (struct rpc_queued_error){ 0 };
}
