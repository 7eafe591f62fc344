/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconf_build.c - from a configuration to a dictionary (vl2.md 5.1)
 *
 * Keys are written in the usual order. Each blob is first put together in a
 * scratch buffer that holds the largest possible one.
 */
#include "wire/netconf.h"

#include <assert.h>
#include <errno.h>

#include "base/alloc.h"
#include "wire/dictionary.h"

#define ROUTE_WIRE_MAX (2 * ENDPOINT_WIRE_MAX + 4)
/* Largest of the blobs that do not grow with rules and capabilities. */
#define BLOB_MAX (NETCONF_MAX_TAGS * TAG_WIRE_LEN)

static_assert(BLOB_MAX >= NETCONF_MAX_ROUTES * ROUTE_WIRE_MAX, "routes");
static_assert(BLOB_MAX >= NETCONF_MAX_OWNERSHIPS * OWNERSHIP_WIRE_MAX, "COOs");
static_assert(BLOB_MAX >= NETCONF_MAX_SPECIALISTS * 8, "specialists");
static_assert(BLOB_MAX >= COM_WIRE_MAX, "COM");

struct build {
	struct writer *w;
	struct buffer scratch;
};

static struct writer begin_blob(const struct build *b)
{
	return tl_writer(b->scratch);
}

/* Empty blobs are left out. */
static void end_blob(const struct build *b, const char *key,
		     const struct writer *blob)
{
	tl_assert(tl_writer_ok(blob));
	if (blob->n > 0)
		tl_dict_add(b->w, key, tl_writer_bytes(blob));
}

static void build_head(const struct build *b, const struct netconf *conf)
{
	struct writer *w = b->w;

	tl_dict_add_uint(w, "v", conf->version);
	tl_dict_add_uint(w, "nwid", conf->network.v);
	tl_dict_add_int(w, "ts", conf->timestamp);
	tl_dict_add_int(w, "ctmd", conf->max_delta);
	tl_dict_add_uint(w, "r", conf->revision);
	tl_dict_add_address(w, "id", conf->issued_to);
	tl_dict_add_address(w, "tt", conf->trace_target);
	tl_dict_add_uint(w, "tl", conf->trace_level);
	tl_dict_add_uint(w, "f", conf->flags);
	tl_dict_add_uint(w, "ml", conf->multicast_limit);
	tl_dict_add_uint(w, "t", conf->is_public ? 1 : 0);
	tl_dict_add_text(w, "n", conf->name);
	tl_dict_add_uint(w, "mtu", conf->mtu);
}

static void build_credentials(const struct build *b, const struct netconf *conf)
{
	struct writer blob = begin_blob(b);
	size_t i;

	if (conf->com.n > 0)
		tl_write_com(&blob, &conf->com);
	end_blob(b, "C", &blob);

	blob = begin_blob(b);
	for (i = 0; i < conf->n_capabilities; i++)
		tl_write_capability(&blob, &conf->capabilities[i]);
	end_blob(b, "CAP", &blob);

	blob = begin_blob(b);
	for (i = 0; i < conf->n_tags; i++)
		tl_write_tag(&blob, &conf->tags[i]);
	end_blob(b, "TAG", &blob);

	blob = begin_blob(b);
	for (i = 0; i < conf->n_ownerships; i++)
		tl_write_ownership(&blob, &conf->ownerships[i]);
	end_blob(b, "COO", &blob);
}

static void build_layout(const struct build *b, const struct netconf *conf)
{
	struct writer blob = begin_blob(b);
	size_t i;

	for (i = 0; i < conf->n_specialists; i++)
		tl_write_be64(&blob, conf->specialists[i]);
	end_blob(b, "S", &blob);

	blob = begin_blob(b);
	for (i = 0; i < conf->n_routes; i++) {
		tl_write_endpoint(&blob, &conf->routes[i].target);
		tl_write_endpoint(&blob, &conf->routes[i].via);
		tl_write_be16(&blob, conf->routes[i].flags);
		tl_write_be16(&blob, conf->routes[i].metric);
	}
	end_blob(b, "RT", &blob);

	blob = begin_blob(b);
	for (i = 0; i < conf->n_addresses; i++)
		tl_write_endpoint(&blob, &conf->addresses[i]);
	end_blob(b, "I", &blob);

	if (conf->rules_len > 0)
		tl_dict_add(b->w, "R", tl_bytes(conf->rules, conf->rules_len));
}

static void build_dns(const struct build *b, const struct netconf_dns *dns)
{
	struct writer blob = begin_blob(b);
	size_t i;

	tl_write_bytes(&blob, TL_BYTES_OF(dns->domain));
	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++)
		tl_write_endpoint(&blob, &dns->servers[i]);
	end_blob(b, "DNS", &blob);
}

static void build_sso(struct writer *w, const struct netconf_sso *sso)
{
	tl_dict_add_uint(w, "ssov", sso ? sso->version : 0);
	tl_dict_add_bool(w, "ssoe", sso && sso->enabled);
	if (!sso)
		return;
	if (sso->version == 0 && sso->enabled) {
		tl_dict_add_text(w, "aurl", sso->url);
		tl_dict_add_int(w, "aexpt", sso->expiry);
	} else if (sso->version == 1) {
		tl_dict_add_text(w, "iurl", sso->issuer);
		tl_dict_add_text(w, "ssoce", sso->endpoint);
		tl_dict_add_text(w, "sson", sso->nonce);
		tl_dict_add_text(w, "ssos", sso->state);
		tl_dict_add_text(w, "ssocid", sso->client_id);
		tl_dict_add_text(w, "ssop", sso->provider);
	}
}

static size_t scratch_len(const struct netconf *conf)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < conf->n_capabilities; i++)
		n += tl_capability_wire_len(&conf->capabilities[i]);
	return TL_MAX(n, BLOB_MAX);
}

int tl_netconf_build(struct writer *w, const struct netconf *conf)
{
	struct build b = { .w = w };
	size_t n = scratch_len(conf);

	b.scratch = tl_buffer(tl_alloc(n), n);
	if (!b.scratch.at)
		return -ENOMEM;
	build_head(&b, conf);
	build_credentials(&b, conf);
	build_layout(&b, conf);
	build_dns(&b, &conf->dns);
	build_sso(w, conf->sso);
	tl_free(b.scratch.at);
	if (!tl_writer_ok(w) || w->n >= NETCONF_DICT_MAX)
		return -EMSGSIZE;
	return 0;
}
