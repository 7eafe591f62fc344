/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconf_parse.c - from a dictionary to a configuration (vl2.md 5)
 *
 * Blobs are unescaped one after the other into one scratch buffer, as long as
 * the dictionary, which no value can exceed.
 */
#include "wire/netconf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/dictionary.h"

#define SPECIALIST_LEN 8

struct source {
	struct bytes dict;
	struct buffer scratch;
};

/* The unescaped value, valid until the next call; empty if absent. */
static struct bytes get_blob(const struct source *src, const char *key)
{
	size_t n = 0;

	tl_dict_get(src->dict, key, src->scratch, &n);
	return tl_bytes(src->scratch.at, n);
}

static void get_text(char *out, size_t size, const struct source *src,
		     const char *key)
{
	struct bytes value = tl_bytes_first(get_blob(src, key), size - 1);

	memset(out, 0, size);
	if (value.n > 0)
		memcpy(out, value.at, value.n);
}

static int parse_head(struct netconf *conf, const struct source *src)
{
	uint64_t mtu;

	conf->version = tl_dict_get_uint(src->dict, "v", 0);
	conf->network.v = tl_dict_get_uint(src->dict, "nwid", 0);
	conf->issued_to = tl_dict_get_address(src->dict, "id");
	if (conf->version < NETCONF_VERSION_MIN || conf->network.v == 0 ||
	    conf->issued_to.v == 0)
		return -EBADMSG;
	conf->timestamp = tl_dict_get_int(src->dict, "ts", 0);
	conf->max_delta = tl_dict_get_int(src->dict, "ctmd", 0);
	conf->revision = tl_dict_get_uint(src->dict, "r", 0);
	conf->trace_target = tl_dict_get_address(src->dict, "tt");
	conf->trace_level = tl_dict_get_uint(src->dict, "tl", 0);
	conf->flags = tl_dict_get_uint(src->dict, "f", 0);
	conf->multicast_limit = tl_dict_get_uint(src->dict, "ml", 0);
	conf->is_public = tl_dict_get_uint(src->dict, "t", 0) == 1;
	get_text(conf->name, sizeof(conf->name), src, "n");
	mtu = tl_dict_get_uint(src->dict, "mtu", NETCONF_MTU_DEFAULT);
	mtu = TL_MIN(TL_MAX(mtu, NETCONF_MTU_MIN), NETCONF_MTU_MAX);
	conf->mtu = (unsigned int)mtu;
	return 0;
}

static int parse_com(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "C"));

	if (r.rest.n == 0)
		return 0;
	tl_read_com(&r, &conf->com);
	return tl_reader_ok(&r) ? 0 : -EBADMSG;
}

/* How many capabilities can be read before the end or something malformed. */
static size_t count_capabilities(struct bytes blob, struct capability *scratch)
{
	struct reader r = tl_reader(blob);
	size_t n;

	for (n = 0; n < NETCONF_MAX_CAPABILITIES && r.rest.n > 0; n++) {
		tl_read_capability(&r, scratch);
		if (!tl_reader_ok(&r))
			break;
	}
	return n;
}

static int compare_capabilities(const void *a, const void *b)
{
	const struct capability *p = a;
	const struct capability *q = b;

	return (p->id > q->id) - (p->id < q->id);
}

/* Parsed twice: a capability is large, so room is made for those there are. */
static int parse_capabilities(struct netconf *conf, const struct source *src)
{
	struct bytes blob = get_blob(src, "CAP");
	struct reader r = tl_reader(blob);
	struct capability first;
	size_t n, i;
	int err;

	n = count_capabilities(blob, &first);
	err = tl_netconf_alloc_capabilities(conf, n);
	if (err < 0 || n == 0)
		return err;
	for (i = 0; i < n; i++)
		tl_read_capability(&r, &conf->capabilities[i]);
	qsort(conf->capabilities, n, sizeof(*conf->capabilities),
	      compare_capabilities);
	return 0;
}

static int compare_tags(const void *a, const void *b)
{
	const struct tag *p = a;
	const struct tag *q = b;

	return (p->id > q->id) - (p->id < q->id);
}

static int parse_tags(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "TAG"));
	size_t most = TL_MIN(r.rest.n / TAG_WIRE_LEN + 1, NETCONF_MAX_TAGS);
	size_t n = 0;
	int err;

	if (r.rest.n == 0)
		return 0;
	err = tl_netconf_alloc_tags(conf, most);
	if (err < 0)
		return err;
	while (n < most && r.rest.n > 0) {
		tl_read_tag(&r, &conf->tags[n]);
		if (!tl_reader_ok(&r))
			break;
		n++;
	}
	conf->n_tags = n;
	qsort(conf->tags, n, sizeof(*conf->tags), compare_tags);
	return 0;
}

static int parse_ownerships(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "COO"));
	struct ownership own;

	while (r.rest.n > 0) {
		tl_read_ownership(&r, &own);
		if (tl_reader_ok(&r) &&
		    conf->n_ownerships < NETCONF_MAX_OWNERSHIPS)
			conf->ownerships[conf->n_ownerships++] = own;
	}
	return tl_reader_ok(&r) ? 0 : -EBADMSG;
}

static void parse_specialists(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "S"));

	while (r.rest.n >= SPECIALIST_LEN &&
	       conf->n_specialists < NETCONF_MAX_SPECIALISTS)
		conf->specialists[conf->n_specialists++] = tl_read_be64(&r);
}

static int parse_routes(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "RT"));

	while (r.rest.n > 0) {
		struct route route = { 0 };

		route.target = tl_read_endpoint(&r);
		route.via = tl_read_endpoint(&r);
		route.flags = tl_read_be16(&r);
		route.metric = tl_read_be16(&r);
		if (tl_reader_ok(&r) && conf->n_routes < NETCONF_MAX_ROUTES)
			conf->routes[conf->n_routes++] = route;
	}
	return tl_reader_ok(&r) ? 0 : -EBADMSG;
}

static int parse_addresses(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "I"));

	while (r.rest.n > 0) {
		struct endpoint e = tl_read_endpoint(&r);

		if (tl_reader_ok(&r) &&
		    conf->n_addresses < NETCONF_MAX_ADDRESSES)
			conf->addresses[conf->n_addresses++] = e;
	}
	return tl_reader_ok(&r) ? 0 : -EBADMSG;
}

static int parse_rules(struct netconf *conf, const struct source *src)
{
	int err = tl_netconf_set_rules(conf, get_blob(src, "R"));

	return err == -EINVAL ? -EBADMSG : err;
}

static int parse_dns(struct netconf *conf, const struct source *src)
{
	struct reader r = tl_reader(get_blob(src, "DNS"));
	size_t i;

	if (r.rest.n == 0)
		return 0;
	tl_read_copy(&r, conf->dns.domain, sizeof(conf->dns.domain));
	conf->dns.domain[sizeof(conf->dns.domain) - 1] = '\0';
	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++)
		conf->dns.servers[i] = tl_read_endpoint(&r);
	return tl_reader_ok(&r) ? 0 : -EBADMSG;
}

static void parse_sso1(struct netconf_sso *sso, const struct source *src)
{
	get_text(sso->url, sizeof(sso->url), src, "aurl");
	get_text(sso->issuer, sizeof(sso->issuer), src, "iurl");
	get_text(sso->endpoint, sizeof(sso->endpoint), src, "ssoce");
	get_text(sso->nonce, sizeof(sso->nonce), src, "sson");
	get_text(sso->state, sizeof(sso->state), src, "ssos");
	get_text(sso->client_id, sizeof(sso->client_id), src, "ssocid");
	get_text(sso->provider, sizeof(sso->provider), src, "ssop");
	if (sso->provider[0] == '\0')
		memcpy(sso->provider, "default", sizeof("default"));
}

static int parse_sso(struct netconf *conf, const struct source *src)
{
	uint64_t version = tl_dict_get_uint(src->dict, "ssov", 0);
	bool enabled = tl_dict_get_bool(src->dict, "ssoe", false);
	int err;

	if (version == 0 && !enabled)
		return 0;
	err = tl_netconf_alloc_sso(conf);
	if (err < 0)
		return err;
	conf->sso->version = version;
	conf->sso->enabled = enabled;
	if (version == 0) {
		get_text(conf->sso->url, sizeof(conf->sso->url), src, "aurl");
		conf->sso->expiry = tl_dict_get_int(src->dict, "aexpt", 0);
	} else if (version == 1) {
		parse_sso1(conf->sso, src);
	}
	return 0;
}

static int parse_all(struct netconf *conf, const struct source *src)
{
	static int (*const steps[])(struct netconf *, const struct source *) = {
		parse_head,	  parse_com,	parse_capabilities, parse_tags,
		parse_ownerships, parse_routes, parse_addresses,    parse_rules,
		parse_dns,	  parse_sso,
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(steps); i++) {
		int err = steps[i](conf, src);

		if (err < 0)
			return err;
	}
	parse_specialists(conf, src);
	return 0;
}

int tl_netconf_parse(struct netconf **confp, struct bytes dict)
{
	struct source src = { .dict = dict };
	struct netconf *conf;
	int err;

	if (dict.n == 0 || dict.n >= NETCONF_DICT_MAX)
		return -EBADMSG;
	err = tl_netconf_new(&conf);
	if (err < 0)
		return err;
	src.scratch = tl_buffer(tl_alloc(dict.n), dict.n);
	err = src.scratch.at ? parse_all(conf, &src) : -ENOMEM;
	tl_free(src.scratch.at);
	if (err < 0) {
		tl_netconf_free(conf);
		return err;
	}
	*confp = conf;
	return 0;
}
