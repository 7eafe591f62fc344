/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "proxy/listener.h"
#include "proxy/ready.h"
#include "proxy/resolve.h"

/* A listener and what it lets in. */
struct door {
	struct proxy *proxy;
	struct listener *listener;
	unsigned int protocols;
};

struct proxy {
	struct session_config config;
	char basic[2 * 256];
	struct door doors[PROXY_DOORS_MAX];
};

static void on_client(void *ctx, int fd, const union place *from)
{
	struct door *d = ctx;

	tl_session_new(&d->proxy->config, fd, from, d->protocols);
}

static void address_of(union place *out, const struct spec_listen *at)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	static const uint8_t any[4];

	*out = (union place){ 0 };
	switch (at->bind) {
	case SPEC_PATH:
		out->un.sun_family = AF_UNIX;
		memcpy(out->un.sun_path, at->path, sizeof(at->path));
		break;
	case SPEC_ADDRESS:
		*out = at->ip;
		break;
	case SPEC_ANY:
		*out = tl_place_from_ip(TL_BYTES_OF(any), at->port);
		break;
	case SPEC_DEFAULT:
		*out = tl_place_from_ip(TL_BYTES_OF(loopback), at->port);
		break;
	}
}

bool tl_proxy_is_safe(const struct proxy_options *o)
{
	union place a;
	size_t i;

	for (i = 0; i < o->n_doors && !o->user; i++) {
		address_of(&a, &o->doors[i].at);
		if (a.sa.sa_family != AF_UNIX && !tl_place_is_loopback_ip(&a))
			return false;
	}
	return true;
}

static const char *name_protocols(unsigned int protocols)
{
	switch (protocols) {
	case SESSION_SOCKS:
		return "socks5";
	case SESSION_HTTP:
		return "http";
	default:
		return "socks5 and http";
	}
}

static int open_doors(struct proxy *p, const struct proxy_options *o,
		      char *error)
{
	char text[PLACE_TEXT_SIZE];
	struct ready ready = { 0 };
	union place at;
	size_t i;
	int r;

	for (i = 0; i < o->n_doors; i++) {
		address_of(&at, &o->doors[i].at);
		p->doors[i].proxy = p;
		p->doors[i].protocols = o->doors[i].protocols;
		r = tl_listener_new(&p->doors[i].listener, p->config.server,
				    &at, SIDE_HOST, on_client, &p->doors[i]);
		if (r < 0) {
			tl_place_print(text, &at);
			snprintf(error, PROXY_ERROR_SIZE,
				 "cannot listen on %s: %s", text, strerror(-r));
			return r;
		}
		tl_listener_address(&at, p->doors[i].listener);
		tl_ready_add(&ready, &at,
			     name_protocols(o->doors[i].protocols));
	}
	tl_ready_say(&ready);
	return 0;
}

static void configure(struct proxy *p, const struct proxy_options *o)
{
	p->config.side = o->isolate ? SIDE_VIRTUAL : SIDE_BOTH;
	if (o->isolate)
		tl_resolve_isolate();
	if (!o->user)
		return;
	snprintf(p->basic, sizeof(p->basic), "%s:%s", o->user, o->password);
	p->config.user = tl_bytes_from_str(o->user);
	p->config.password = tl_bytes_from_str(o->password);
	p->config.basic = tl_bytes_from_str(p->basic);
}

int tl_proxy_run(const struct proxy_options *o, char *error)
{
	struct proxy *p = tl_alloc_zeroed(sizeof(*p));
	size_t i;
	int r = p ? tl_server_new(&p->config.server, &o->limits) : -ENOMEM;

	if (r < 0) {
		snprintf(error, PROXY_ERROR_SIZE, "cannot start: %s",
			 strerror(-r));
		tl_free(p);
		return r;
	}
	configure(p, o);
	r = open_doors(p, o, error);
	if (r == 0)
		tl_server_run(p->config.server);
	for (i = 0; i < o->n_doors; i++)
		tl_listener_free(p->doors[i].listener);
	tl_server_free(p->config.server);
	tl_wipe(p->basic, sizeof(p->basic));
	tl_free(p);
	return r;
}
