/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces.c - tell programs which virtual interfaces there are, and which
 * names of hosts
 */
#include "sockets/socket_impl.h"

#include <string.h>

#define ADDRESSES_MAX 33 /* of an interface, the link-local one included */

static void fill(struct rpc_interface *out, const struct ifc *ifc, size_t from)
{
	const struct ifc_config *c = tl_ifc_config(ifc);
	struct ifc_address list[ADDRESSES_MAX];
	size_t total = tl_ifc_addresses(ifc, list, ADDRESSES_MAX);

	static_assert(sizeof(out->name) == sizeof(c->name), "cut names");
	*out = (struct rpc_interface){ .number = tl_ifc_number(ifc),
				       .mtu = c->mtu,
				       .network = c->tag,
				       .n_total = (uint8_t)total };
	memcpy(out->name, c->name, sizeof(c->name));
	memcpy(out->mac, c->mac, sizeof(c->mac));
	for (; from < total && out->n < RPC_PREFIXES_MAX; from++) {
		struct rpc_prefix *p = &out->prefixes[out->n++];

		p->family = list[from].family;
		p->bits = list[from].bits;
		memcpy(p->ip, list[from].ip, sizeof(p->ip));
	}
}

void tl_socket_answer_interface(const struct sockets *s, struct rpc_call *call,
				const struct rpc_request *q)
{
	const struct ifc *ifc = tl_sight_at(s, call->user, q->value);
	struct rpc_reply reply = { 0 };
	struct rpc_interface i;
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	static_assert(RPC_INTERFACE_LEN + RPC_PREFIXES_MAX * RPC_PREFIX_LEN <=
			      RPC_OPT_MAX,
		      "does not fit a reply");
	if (!call->may_create) {
		tl_socket_answer(call, EPERM);
		return;
	}
	if (!ifc || q->name < 0) {
		tl_socket_answer(call, ENODEV);
		return;
	}
	fill(&i, ifc, (size_t)q->name);
	tl_rpc_write_interface(&w, &i);
	tl_assert(tl_writer_ok(&w));
	reply.opt = tl_writer_bytes(&w);
	tl_rpc_reply(call, &reply);
}

bool tl_lookup_normalise(char out[RPC_HOST_NAME_MAX + 1], struct bytes name)
{
	size_t i;

	if (name.n > 0 && name.at[name.n - 1] == '.')
		name.n--;
	if (name.n > RPC_HOST_NAME_MAX)
		return false;
	for (i = 0; i < name.n; i++) {
		if (name.at[i] <= ' ' || name.at[i] >= 0x7f)
			return false;
		out[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z'
					? name.at[i] + 'a' - 'A'
					: name.at[i]);
	}
	out[name.n] = 0;
	return true;
}

static void reply_lookup(struct rpc_call *call, const struct name_lookup *l)
{
	struct rpc_reply reply = { .value = l->kind };
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i;

	static_assert(RPC_LOOKUP_MAX * RPC_ADDR_LEN <= RPC_OPT_MAX,
		      "does not fit a reply");
	for (i = 0; i < l->n; i++)
		tl_rpc_write_addr(&w, &l->list[i]);
	if (l->kind == LOOKUP_NAME)
		tl_write_bytes(&w, tl_bytes_from_str(l->name));
	tl_assert(tl_writer_ok(&w));
	reply.opt = tl_writer_bytes(&w);
	tl_rpc_reply(call, &reply);
}

void tl_socket_answer_lookup(const struct sockets *s, struct rpc_call *call,
			     const struct rpc_request *q)
{
	struct name_lookup l = { .address = q->addr, .user = call->user };
	uint32_t status = RPC_USE_HOST;

	if (!call->may_create)
		status = EPERM;
	else if (tl_lookup_normalise(l.name, q->opt) && s->config.lookup)
		status = s->config.lookup(s->config.ctx, &l);
	if (status)
		tl_socket_answer(call, (int)status);
	else
		reply_lookup(call, &l);
}
