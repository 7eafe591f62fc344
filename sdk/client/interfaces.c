/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/interfaces.h"

#include <errno.h>
#include <string.h>

#include "sdk/client/address.h"
#include "sdk/client/call.h"

int tl_interface_get(struct rpc_interface *out, uint32_t which, uint8_t from)
{
	struct call c = {
		.request = { .op = RPC_INTERFACE, .value = which, .name = from }
	};
	struct reader r;
	int err = tl_call(&c);

	if (err)
		return err < 0 ? err : -ENODEV;
	r = tl_reader(c.reply.opt);
	tl_rpc_read_interface(&r, out);
	return tl_reader_done(&r) ? 0 : -ENETDOWN;
}

int tl_interface_by_name(struct rpc_interface *out, const char *name)
{
	uint32_t which = 0;
	int err;

	do
		err = tl_interface_get(out, which++, 0);
	while (err == 0 && strcmp(out->name, name) != 0);
	return err;
}

int tl_interface_by_index(struct rpc_interface *out, uint32_t index)
{
	uint8_t number = tl_interface_number(index);
	uint32_t which = 0;
	int err = number ? 0 : -ENODEV;

	while (err == 0) {
		err = tl_interface_get(out, which++, 0);
		if (err == 0 && out->number == number)
			break;
	}
	return err;
}
