/* SPDX-License-Identifier: Apache-2.0 */
/* guest.c - for the application that the service runs in */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>

void tl_service_on_poke(uv_async_t *handle)
{
	struct service *s = handle->data;

	if (s->options.on_poke)
		s->options.on_poke(s->options.ctx);
}

void tl_service_poke(struct service *s)
{
	uv_async_send(&s->poke);
}

void tl_service_tell(struct service *s)
{
	bool is_online;

	if (!s->options.on_change)
		return;
	is_online = tl_service_is_online(s);
	if (is_online == s->was_online && !s->is_changed)
		return;
	s->was_online = is_online;
	s->is_changed = false;
	s->options.on_change(s->options.ctx);
}

uint64_t tl_service_node_id(const struct service *s)
{
	return s->home.id.addr.v;
}

bool tl_service_is_online(const struct service *s)
{
	return tl_node_is_online(s->node, tl_service_now(s));
}

int tl_service_join(struct service *s, uint64_t network)
{
	return tl_lan_join(s, (struct network_id){ network });
}

int tl_service_leave(struct service *s, uint64_t network)
{
	int r = tl_lan_leave(s, (struct network_id){ network });

	s->is_changed = true;
	tl_service_wake(s);
	return r;
}

static enum service_network_state state_of(const struct network *net,
					   bool has_address)
{
	switch (tl_network_status(net)) {
	case NETWORK_OK:
		return has_address ? SERVICE_NETWORK_READY
				   : SERVICE_NETWORK_WAITING;
	case NETWORK_ACCESS_DENIED:
	case NETWORK_AUTHENTICATION_REQUIRED:
		return SERVICE_NETWORK_DENIED;
	case NETWORK_NOT_FOUND:
		return SERVICE_NETWORK_NOT_FOUND;
	case NETWORK_REQUESTING:
	case NETWORK_PORT_ERROR:
		break;
	}
	return SERVICE_NETWORK_WAITING;
}

int tl_service_network(const struct service *s, struct service_network *out,
		       uint64_t network)
{
	struct network *net =
		tl_vl2_find(s->vl2, (struct network_id){ network });
	struct endpoint list[SERVICE_ADDRESSES_MAX];
	size_t i;

	if (!net)
		return -ENOENT;
	out->n_addresses = tl_lan_addresses(net, list, SERVICE_ADDRESSES_MAX);
	out->state = state_of(net, out->n_addresses > 0);
	for (i = 0; i < out->n_addresses; i++) {
		out->addresses[i].family = list[i].family;
		memcpy(out->addresses[i].ip, list[i].ip,
		       sizeof(out->addresses[i].ip));
	}
	return 0;
}
