/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/names.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "rpc/name.h"
#include "sdk/client/address.h"
#include "sdk/client/call.h"
#include "sdk/client/client.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)

enum side {
	OWN_SIDE,
	SERVICE_SIDE,
};

static bool read_name(struct rpc_name *out, int fd, enum side side)
{
	struct sockaddr_un un;
	socklen_t len = sizeof(un);
	int r;

	r = side == OWN_SIDE ? tl_sys_getsockname(fd, &un, &len)
			     : tl_sys_getpeername(fd, &un, &len);
	if (r < 0 || len <= PATH_OFFSET || len > sizeof(un))
		return false;
	return tl_rpc_name_parse(out, tl_bytes(un.sun_path, len - PATH_OFFSET));
}

static bool ask_service(struct call *c, int fd, uint32_t tag)
{
	return tl_call_about(c, RPC_NAMES, fd, tag) == 0;
}

/* UDP sockets, and connections that are being made, have addresses that no
 * name spells. */
static uint32_t nameless_states(uint32_t tag)
{
	return tl_tag_is_udp(tag) ? TAG_RENAMED | TAG_SENT : TAG_CONNECTING;
}

void tl_names_local(struct rpc_addr *out, int fd, uint32_t tag)
{
	struct call c = { 0 };
	struct rpc_name name;

	*out = (struct rpc_addr){ 0 };
	if (!(tag & TAG_RENAMED)) {
		if (read_name(&name, fd, SERVICE_SIDE) ||
		    read_name(&name, fd, OWN_SIDE)) {
			*out = name.local;
			return;
		}
	}
	if ((tag & nameless_states(tag)) && ask_service(&c, fd, tag))
		*out = c.reply.local;
}

bool tl_names_is_connected(int fd)
{
	struct rpc_name name;

	return read_name(&name, fd, SERVICE_SIDE) &&
	       name.kind == NAME_CONNECTED;
}

bool tl_names_remote(struct rpc_addr *out, int fd, uint32_t tag)
{
	struct call c = { 0 };
	struct rpc_name name;

	if (!(tag & TAG_RENAMED) && read_name(&name, fd, SERVICE_SIDE) &&
	    name.kind == NAME_CONNECTED) {
		*out = name.remote;
		return true;
	}
	if (tl_tag_is_udp(tag) && !(tag & TAG_RENAMED))
		return false;
	if (!(tag & TAG_CONNECTING) || !ask_service(&c, fd, tag))
		return false;
	*out = c.reply.remote;
	return out->family != 0;
}

void tl_names_set_bound(int fd, const struct rpc_addr *local)
{
	struct rpc_name name = { .kind = NAME_BOUND, .local = *local };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(name.unique);

	if (tl_sys_getsockopt(fd, SOL_SOCKET, SO_COOKIE, &name.unique, &len) <
	    0)
		return;
	tl_rpc_name_build((uint8_t *)un.sun_path, &name);
	tl_sys_bind(fd, &un, (socklen_t)(PATH_OFFSET + RPC_NAME_LEN));
}

int tl_client_getsockname(int fd, uint32_t tag, struct sockaddr *sa,
			  socklen_t *len)
{
	struct rpc_addr local;

	if (!len || (!sa && *len > 0))
		return -EFAULT;
	if (*len > INT32_MAX)
		return -EINVAL;

	tl_names_local(&local, fd, tag);
	tl_address_to_sockaddr(sa, len, tag, &local);
	return 0;
}

int tl_client_getpeername(int fd, uint32_t tag, struct sockaddr *sa,
			  socklen_t *len)
{
	struct rpc_addr remote;

	if (!tl_names_remote(&remote, fd, tag))
		return -ENOTCONN;
	if (!len || (!sa && *len > 0))
		return -EFAULT;
	if (*len > INT32_MAX)
		return -EINVAL;

	tl_address_to_sockaddr(sa, len, tag, &remote);
	return 0;
}
