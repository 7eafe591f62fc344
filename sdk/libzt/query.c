/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - asking the node, and what its answers are called here */
#include "sdk/libzt/zts.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "sdk/inprocess.h"

int zts_errno;

/* Another thread may write it at the same time; one of them is the last. */
static void set_errno(int err)
{
	__atomic_store_n(&zts_errno, err, __ATOMIC_RELAXED);
}

bool tl_zts_is_up(void)
{
	return zt_node_id() != 0;
}

int tl_zts_fail(int err)
{
	set_errno(err);
	return ZTS_ERR_SOCKET;
}

ssize_t tl_zts_result_size(ssize_t r)
{
	int err = errno;

	if (r >= 0)
		return r;
	set_errno(err);
	return err == ENETDOWN && !tl_zts_is_up() ? ZTS_ERR_SERVICE
						  : ZTS_ERR_SOCKET;
}

int tl_zts_result(int r)
{
	return (int)tl_zts_result_size(r);
}

int tl_zts_error(enum zt_err err)
{
	switch (err) {
	case ZT_OK:
		return ZTS_ERR_OK;
	case ZT_ERR_ARGUMENT:
		return ZTS_ERR_ARG;
	case ZT_ERR_NOT_FOUND:
		return ZTS_ERR_NO_RESULT;
	case ZT_ERR_MEMORY:
		return ZTS_ERR_GENERAL;
	default:
		return ZTS_ERR_SERVICE;
	}
}

static int run_network(struct service *s, struct call *c)
{
	return tl_inspect_network(s, c->ctx, c->network);
}

static int run_peer(struct service *s, struct call *c)
{
	return tl_inspect_peer(s, c->ctx, c->network);
}

static void *ask(int *result, int (*run)(struct service *s, struct call *c),
		 uint64_t id, size_t size)
{
	struct call c = { .run = run, .network = id };

	c.ctx = tl_alloc_zeroed(size);
	*result = ZTS_ERR_GENERAL;
	if (!c.ctx)
		return NULL;
	*result = tl_zts_error(tl_inprocess_ask(&c));
	if (*result == ZTS_ERR_OK && c.result)
		*result = ZTS_ERR_NO_RESULT;
	if (*result == ZTS_ERR_OK)
		return c.ctx;
	tl_free(c.ctx);
	return NULL;
}

int tl_zts_network(struct network_view **out, uint64_t net_id)
{
	int r;

	*out = ask(&r, run_network, net_id, sizeof(**out));
	return r;
}

int tl_zts_peer(struct peer_view **out, uint64_t peer_id)
{
	int r;

	*out = ask(&r, run_peer, peer_id, sizeof(**out));
	return r;
}

static int run_identity(struct service *s, struct call *c)
{
	tl_inspect_identity(s, c->ctx);
	return 0;
}

int tl_zts_identity(struct identity *out)
{
	struct call c = { .run = run_identity, .ctx = out };

	return tl_zts_error(tl_inprocess_ask(&c));
}

static int run_port(struct service *s, struct call *c TL_UNUSED)
{
	return tl_service_port(s);
}

int tl_zts_port(void)
{
	struct call c = { .run = run_port };
	int r = tl_zts_error(tl_inprocess_ask(&c));

	return r == ZTS_ERR_OK ? c.result : r;
}

int tl_zts_put_identity(char *out, unsigned int *len, const struct identity *id,
			bool with_private)
{
	char text[IDENTITY_TEXT_SIZE];
	int r = ZTS_ERR_ARG;
	size_t n;

	tl_identity_print(text, id, with_private);
	n = strlen(text);
	if (n < *len) {
		memcpy(out, text, n + 1);
		*len = (unsigned int)n;
		r = ZTS_ERR_OK;
	}
	tl_wipe(text, sizeof(text));
	return r;
}

int tl_zts_status_of(const struct network_view *v)
{
	switch (v->state) {
	case SERVICE_NETWORK_READY:
		return ZTS_NETWORK_STATUS_OK;
	case SERVICE_NETWORK_DENIED:
		return ZTS_NETWORK_STATUS_ACCESS_DENIED;
	case SERVICE_NETWORK_NOT_FOUND:
		return ZTS_NETWORK_STATUS_NOT_FOUND;
	case SERVICE_NETWORK_WAITING:
		break;
	}
	return v->is_configured ? ZTS_NETWORK_STATUS_OK
				: ZTS_NETWORK_STATUS_REQUESTING_CONFIGURATION;
}
