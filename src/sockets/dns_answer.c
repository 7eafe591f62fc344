/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_answer.h"

#include "sockets/socket_impl.h"

#define CLASS_IN 1

uint32_t tl_dns_look_up(struct name_lookup *l, const struct dns_question *q,
			dns_lookup_fn lookup, void *ctx)
{
	*l = (struct name_lookup){ .user = l->user };
	if (q->class != CLASS_IN || !lookup)
		return RPC_USE_HOST;
	if (q->type == DNS_RECORD_PTR && tl_dns_reverse(&l->address, q->name))
		return lookup(ctx, l);
	l->address = (struct rpc_addr){ 0 };
	if (!tl_lookup_normalise(l->name, tl_bytes_from_str(q->name)) ||
	    l->name[0] == 0)
		return RPC_USE_HOST;
	return lookup(ctx, l);
}

struct dns_reply tl_dns_reply_of(const struct name_lookup *l)
{
	return (struct dns_reply){
		.list = l->list,
		.n = l->n,
		.name = l->kind == LOOKUP_NAME ? l->name : NULL,
	};
}
