/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks.c - what an application asks and tells a node of its own
 */
#include <tapless/tapless.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#include "sdk/inprocess.h"
#include "sdk/node.h"

static int run_join(struct service *s, struct call *c)
{
	return tl_service_join(s, c->network);
}

enum zt_err zt_join(uint64_t network_id)
{
	struct call c = { .run = run_join, .network = network_id };
	enum zt_err err;

	if (!network_id)
		return ZT_ERR_ARGUMENT;
	err = tl_inprocess_ask(&c);
	if (err != ZT_OK || c.result == 0 || c.result == -EEXIST)
		return err;
	return c.result == -ENOBUFS ? ZT_ERR_MEMORY
				    : tl_inprocess_error(c.result, NULL);
}

static int run_leave(struct service *s, struct call *c)
{
	return tl_service_leave(s, c->network);
}

enum zt_err zt_leave(uint64_t network_id)
{
	struct call c = { .run = run_leave, .network = network_id };
	enum zt_err err;

	if (!network_id)
		return ZT_ERR_ARGUMENT;
	err = tl_inprocess_ask(&c);
	if (err == ZT_OK && c.result)
		err = ZT_ERR_NOT_FOUND;
	return err;
}

static int run_online(struct service *s, struct call *c TL_UNUSED)
{
	return tl_service_is_online(s);
}

/* What it is now; @keep_on says that it may still become better. */
static enum zt_err look_online(uint64_t network TL_UNUSED, int family TL_UNUSED,
			       bool *keep_on)
{
	struct call c = { .run = run_online };
	enum zt_err err = tl_inprocess_ask(&c);

	*keep_on = err == ZT_OK && c.result == 0;
	return *keep_on ? ZT_ERR_TIMEOUT : err;
}

static int run_network(struct service *s, struct call *c)
{
	return tl_service_network(s, c->ctx, c->network);
}

static const struct service_address *
first_of(const struct service_network *network, int family)
{
	size_t i;

	for (i = 0; i < network->n_addresses; i++) {
		if (network->addresses[i].family == (family == AF_INET ? 4 : 6))
			return &network->addresses[i];
	}
	return NULL;
}

static enum zt_err look_network(uint64_t network, int family, bool *keep_on)
{
	struct service_network now = { .n_addresses = 0 };
	struct call c = { .run = run_network, .network = network, .ctx = &now };
	enum zt_err err = tl_inprocess_ask(&c);

	*keep_on = false;
	if (err != ZT_OK)
		return err;
	if (c.result)
		return ZT_ERR_NOT_FOUND;
	if (now.state == SERVICE_NETWORK_READY &&
	    (family == AF_UNSPEC || first_of(&now, family)))
		return ZT_OK;
	*keep_on = true;
	switch (now.state) {
	case SERVICE_NETWORK_DENIED:
		return ZT_ERR_DENIED;
	case SERVICE_NETWORK_NOT_FOUND:
		return ZT_ERR_NOT_FOUND;
	default:
		return ZT_ERR_TIMEOUT;
	}
}

typedef enum zt_err (*look_fn)(uint64_t network, int family, bool *keep_on);

static enum zt_err wait_until(look_fn look, uint64_t network, int family,
			      int timeout_ms)
{
	struct zt_node *n = tl_node_used();
	struct timespec until = { 0 };
	bool in_time = timeout_ms != 0;
	enum zt_err err;
	uint64_t seen;
	bool keep_on;

	if (timeout_ms > 0)
		until = tl_inprocess_after(timeout_ms);
	for (;;) {
		if (!tl_node_is_ours(n))
			return ZT_ERR_STATE;
		seen = tl_inprocess_generation(n);
		err = look(network, family, &keep_on);
		if (!keep_on || !in_time)
			return err;
		in_time = tl_inprocess_wait(n, seen,
					    timeout_ms > 0 ? &until : NULL);
	}
}

enum zt_err zt_wait_online(int timeout_ms)
{
	return wait_until(look_online, 0, AF_UNSPEC, timeout_ms);
}

enum zt_err zt_wait_network(uint64_t network_id, int timeout_ms)
{
	if (!network_id)
		return ZT_ERR_ARGUMENT;
	return wait_until(look_network, network_id, AF_UNSPEC, timeout_ms);
}

enum zt_err zt_wait_address(uint64_t network_id, int family, int timeout_ms)
{
	if (!network_id || (family != AF_INET && family != AF_INET6))
		return ZT_ERR_ARGUMENT;
	return wait_until(look_network, network_id, family, timeout_ms);
}

void tl_inprocess_put_address(struct sockaddr *addr, socklen_t *len,
			      const struct service_address *a)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	const void *from = a->family == 4 ? (void *)&in4 : (void *)&in6;
	socklen_t full = a->family == 4 ? sizeof(in4) : sizeof(in6);

	memcpy(&in4.sin_addr, a->ip, sizeof(in4.sin_addr));
	memcpy(&in6.sin6_addr, a->ip, sizeof(in6.sin6_addr));
	memcpy(addr, from, TL_MIN(*len, full));
	*len = full;
}

enum zt_err zt_address(uint64_t network_id, int family, struct sockaddr *addr,
		       socklen_t *len)
{
	const struct service_address *a;
	struct service_network now = { .n_addresses = 0 };
	struct call c = { .run = run_network,
			  .network = network_id,
			  .ctx = &now };
	enum zt_err err;

	if ((family != AF_INET && family != AF_INET6) || !addr || !len)
		return ZT_ERR_ARGUMENT;
	err = tl_inprocess_ask(&c);
	if (err != ZT_OK)
		return err;
	a = c.result ? NULL : first_of(&now, family);
	if (!a)
		return ZT_ERR_NOT_FOUND;
	tl_inprocess_put_address(addr, len, a);
	return ZT_OK;
}

/* --- all of them --- */

struct id_list {
	uint64_t *out;
	size_t max;
	size_t n;
};

static int run_networks(struct service *s, struct call *c)
{
	struct id_list *list = c->ctx;

	list->n = tl_service_networks(s, list->out, list->max);
	return 0;
}

enum zt_err zt_networks(uint64_t *list, size_t *n)
{
	struct id_list ids = { .out = list };
	struct call c = { .run = run_networks, .ctx = &ids };
	enum zt_err err;

	if (!n || (!list && *n))
		return ZT_ERR_ARGUMENT;
	ids.max = *n;
	err = tl_inprocess_ask(&c);
	if (err == ZT_OK)
		*n = ids.n;
	return err;
}

enum zt_network_status zt_network_status(uint64_t network_id)
{
	struct service_network now = { .n_addresses = 0 };
	struct call c = { .run = run_network,
			  .network = network_id,
			  .ctx = &now };

	if (tl_inprocess_ask(&c) != ZT_OK || c.result)
		return ZT_NETWORK_NONE;
	switch (now.state) {
	case SERVICE_NETWORK_WAITING:
		return ZT_NETWORK_WAITING;
	case SERVICE_NETWORK_READY:
		return ZT_NETWORK_READY;
	case SERVICE_NETWORK_DENIED:
		return ZT_NETWORK_DENIED;
	case SERVICE_NETWORK_NOT_FOUND:
		break;
	}
	return ZT_NETWORK_NOT_FOUND;
}

const char *zt_network_status_name(enum zt_network_status status)
{
	switch (status) {
	case ZT_NETWORK_NONE:
		return "not joined";
	case ZT_NETWORK_WAITING:
		return "waiting";
	case ZT_NETWORK_READY:
		return "ready";
	case ZT_NETWORK_DENIED:
		return "denied";
	case ZT_NETWORK_NOT_FOUND:
		return "not found";
	}
	return "unknown";
}

static int run_stats(struct service *s, struct call *c)
{
	tl_service_stats(s, c->ctx);
	return 0;
}

static const uint64_t *pick(const struct service_stats *s,
			    enum zt_stat_id which)
{
	switch (which) {
	case ZT_STAT_BYTES_IN:
		return &s->bytes_in;
	case ZT_STAT_BYTES_OUT:
		return &s->bytes_out;
	case ZT_STAT_PACKETS_IN:
		return &s->packets_in;
	case ZT_STAT_PACKETS_OUT:
		return &s->packets_out;
	case ZT_STAT_DROPS:
		return &s->drops;
	case ZT_STAT_SOCKETS:
		return &s->sockets;
	case ZT_STAT_PEERS:
		return &s->peers;
	case ZT_STAT_PEERS_DIRECT:
		return &s->peers_direct;
	case ZT_STAT_PEERS_RELAYED:
		return &s->peers_relayed;
	}
	return NULL;
}

enum zt_err zt_stat(enum zt_stat_id which, uint64_t *value)
{
	struct service_stats stats = { 0 };
	const uint64_t *from = pick(&stats, which);
	struct call c = { .run = run_stats, .ctx = &stats };
	enum zt_err err;

	if (!from || !value)
		return ZT_ERR_ARGUMENT;
	err = tl_inprocess_ask(&c);
	if (err == ZT_OK)
		*value = *from;
	return err;
}
