/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces.c - tell programs which virtual interfaces there are
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

void tl_socket_answer_interface(struct rpc_call *call,
				const struct rpc_request *q)
{
	const struct ifc *ifc = tl_ifc_at(q->value);
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
