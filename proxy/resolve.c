/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "base/alloc.h"
#include "sdk/client/address.h"
#include "sdk/client/lookup.h"

struct resolve {
	uv_work_t work;
	resolve_fn fn; /* NULL once cancelled */
	void *ctx;
	char name[TARGET_NAME_SIZE];
	uint16_t port;
	union place found[RESOLVE_MAX];
	size_t n;
	int err;
};

/* Of the loop's thread. */
static size_t n_pending;

/* Before the first lookup, then for all. */
static bool is_isolated;

void tl_resolve_isolate(void)
{
	is_isolated = true;
}

static int from_eai(int eai)
{
	switch (eai) {
	case 0:
		return 0;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
	case EAI_FAIL:
		return -ENOENT;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return errno ? -errno : -EIO;
	default:
		return -EIO;
	}
}

/* Of the virtual networks: -ENOENT if they have it and no address, and
 * RPC_USE_HOST if they have not. */
static int look_up_virtual(struct resolve *r)
{
	struct lookup found;
	struct rpc_addr a;
	socklen_t len;
	size_t i;
	int err = tl_lookup(&found, r->name, 0);

	for (i = 0; err == 0 && i < found.n && r->n < RESOLVE_MAX; i++) {
		a = found.list[i];
		a.port = r->port;
		len = sizeof(r->found[0]);
		tl_address_to_sockaddr(&r->found[r->n++].sa, &len,
				       a.family == 6 ? TAG_DOMAIN6 : 0, &a);
	}
	/* Whose name it is nobody can tell then: it is not given away. */
	if (err == -ENETDOWN)
		return -EAGAIN;
	return err == 0 && r->n == 0 ? -ENOENT : err;
}

static void look_up_host(struct resolve *r)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *all = NULL;
	struct addrinfo *ai;

	r->err = from_eai(getaddrinfo(r->name, NULL, &hints, &all));
	if (r->err)
		return;
	for (ai = all; ai && r->n < RESOLVE_MAX; ai = ai->ai_next) {
		if ((ai->ai_family != AF_INET && ai->ai_family != AF_INET6) ||
		    ai->ai_addrlen > sizeof(r->found[0]))
			continue;
		memcpy(&r->found[r->n], ai->ai_addr, ai->ai_addrlen);
		tl_place_set_port(&r->found[r->n], r->port);
		tl_place_unmap(&r->found[r->n]);
		r->n++;
	}
	freeaddrinfo(all);
	if (r->n == 0)
		r->err = -ENOENT;
}

/* On a thread of the pool; touches @r only. */
static void look_up(uv_work_t *work)
{
	struct resolve *r = tl_container_of(work, struct resolve, work);

	r->err = look_up_virtual(r);
	if (r->err != RPC_USE_HOST)
		return;
	r->err = -ENOENT;
	if (!is_isolated)
		look_up_host(r);
}

static void on_done(uv_work_t *work, int status)
{
	struct resolve *r = tl_container_of(work, struct resolve, work);

	n_pending--;
	if (r->fn)
		r->fn(r->ctx, r->found, r->n, status ? status : r->err);
	tl_free(r);
}

int tl_resolve(struct resolve **rp, uv_loop_t *loop, const char *name,
	       uint16_t port, resolve_fn fn, void *ctx)
{
	struct resolve *r = tl_alloc_zeroed(sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	memcpy(r->name, name, strnlen(name, TARGET_NAME_SIZE - 1));
	r->port = port;
	r->fn = fn;
	r->ctx = ctx;
	err = uv_queue_work(loop, &r->work, look_up, on_done);
	if (err) {
		tl_free(r);
		return err;
	}
	n_pending++;
	*rp = r;
	return 0;
}

void tl_resolve_cancel(struct resolve *r)
{
	if (!r)
		return;
	r->fn = NULL;
	uv_cancel((uv_req_t *)&r->work);
}

size_t tl_resolve_n_pending(void)
{
	return n_pending;
}
