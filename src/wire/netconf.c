/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/netconf.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

int tl_netconf_new(struct netconf **confp)
{
	struct netconf *conf = tl_alloc_zeroed(sizeof(*conf));

	if (!conf)
		return -ENOMEM;
	conf->version = NETCONF_VERSION;
	conf->mtu = NETCONF_MTU_DEFAULT;
	*confp = conf;
	return 0;
}

void tl_netconf_free(struct netconf *conf)
{
	if (!conf)
		return;
	tl_free(conf->capabilities);
	tl_free(conf->tags);
	tl_free(conf->rules);
	tl_free(conf->sso);
	tl_free(conf);
}

/* How many whole rules @rules holds, or -EINVAL. */
static int count_rules(struct bytes rules)
{
	struct reader r = tl_reader(rules);
	int n = 0;

	while (r.rest.n > 0 && n <= NETCONF_MAX_RULES) {
		tl_read_rule_run(&r, 1);
		n++;
	}
	return tl_reader_ok(&r) && n <= NETCONF_MAX_RULES ? n : -EINVAL;
}

int tl_netconf_set_rules(struct netconf *conf, struct bytes rules)
{
	int n = count_rules(rules);
	uint8_t *copy = NULL;

	if (n < 0)
		return n;
	if (rules.n > 0) {
		copy = tl_alloc(rules.n);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, rules.at, rules.n);
	}
	tl_free(conf->rules);
	conf->rules = copy;
	conf->rules_len = rules.n;
	conf->n_rules = (unsigned int)n;
	return 0;
}

int tl_netconf_alloc_capabilities(struct netconf *conf, size_t n)
{
	struct capability *fresh = NULL;

	if (n > NETCONF_MAX_CAPABILITIES)
		return -EINVAL;
	if (n > 0) {
		fresh = tl_alloc_array(n, sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
	}
	tl_free(conf->capabilities);
	conf->capabilities = fresh;
	conf->n_capabilities = n;
	return 0;
}

int tl_netconf_alloc_tags(struct netconf *conf, size_t n)
{
	struct tag *fresh = NULL;

	if (n > NETCONF_MAX_TAGS)
		return -EINVAL;
	if (n > 0) {
		fresh = tl_alloc_array(n, sizeof(*fresh));
		if (!fresh)
			return -ENOMEM;
	}
	tl_free(conf->tags);
	conf->tags = fresh;
	conf->n_tags = n;
	return 0;
}

int tl_netconf_alloc_sso(struct netconf *conf)
{
	if (!conf->sso)
		conf->sso = tl_alloc_zeroed(sizeof(*conf->sso));
	return conf->sso ? 0 : -ENOMEM;
}

static bool same_head(const struct netconf *a, const struct netconf *b)
{
	return a->version == b->version &&
	       tl_network_id_equal(a->network, b->network) &&
	       a->timestamp == b->timestamp && a->max_delta == b->max_delta &&
	       a->revision == b->revision &&
	       tl_address_equal(a->issued_to, b->issued_to) &&
	       tl_address_equal(a->trace_target, b->trace_target) &&
	       a->trace_level == b->trace_level && a->flags == b->flags &&
	       a->multicast_limit == b->multicast_limit &&
	       a->is_public == b->is_public && strcmp(a->name, b->name) == 0 &&
	       a->mtu == b->mtu;
}

static bool same_credentials(const struct netconf *a, const struct netconf *b)
{
	size_t i;

	if (!tl_com_equal(&a->com, &b->com) ||
	    a->n_capabilities != b->n_capabilities || a->n_tags != b->n_tags ||
	    a->n_ownerships != b->n_ownerships)
		return false;
	for (i = 0; i < a->n_capabilities; i++) {
		if (!tl_capability_equal(&a->capabilities[i],
					 &b->capabilities[i]))
			return false;
	}
	for (i = 0; i < a->n_tags; i++) {
		if (!tl_tag_equal(&a->tags[i], &b->tags[i]))
			return false;
	}
	for (i = 0; i < a->n_ownerships; i++) {
		if (!tl_ownership_equal(&a->ownerships[i], &b->ownerships[i]))
			return false;
	}
	return true;
}

static bool same_route(const struct route *a, const struct route *b)
{
	return tl_endpoint_equal(&a->target, &b->target) &&
	       tl_endpoint_equal(&a->via, &b->via) && a->flags == b->flags &&
	       a->metric == b->metric;
}

static bool same_layout(const struct netconf *a, const struct netconf *b)
{
	size_t i;

	if (a->n_specialists != b->n_specialists ||
	    a->n_routes != b->n_routes || a->n_addresses != b->n_addresses)
		return false;
	for (i = 0; i < a->n_specialists; i++) {
		if (a->specialists[i] != b->specialists[i])
			return false;
	}
	for (i = 0; i < a->n_routes; i++) {
		if (!same_route(&a->routes[i], &b->routes[i]))
			return false;
	}
	for (i = 0; i < a->n_addresses; i++) {
		if (!tl_endpoint_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	}
	return tl_bytes_equal(tl_bytes(a->rules, a->rules_len),
			      tl_bytes(b->rules, b->rules_len));
}

static bool same_dns(const struct netconf_dns *a, const struct netconf_dns *b)
{
	size_t i;

	for (i = 0; i < NETCONF_MAX_DNS_SERVERS; i++) {
		if (!tl_endpoint_equal(&a->servers[i], &b->servers[i]))
			return false;
	}
	return memcmp(a->domain, b->domain, sizeof(a->domain)) == 0;
}

static bool same_sso(const struct netconf_sso *a, const struct netconf_sso *b)
{
	if (!a || !b)
		return a == b;
	return a->version == b->version && a->enabled == b->enabled &&
	       a->expiry == b->expiry && strcmp(a->url, b->url) == 0 &&
	       strcmp(a->issuer, b->issuer) == 0 &&
	       strcmp(a->endpoint, b->endpoint) == 0 &&
	       strcmp(a->nonce, b->nonce) == 0 &&
	       strcmp(a->state, b->state) == 0 &&
	       strcmp(a->client_id, b->client_id) == 0 &&
	       strcmp(a->provider, b->provider) == 0;
}

bool tl_netconf_equal(const struct netconf *a, const struct netconf *b)
{
	return same_head(a, b) && same_credentials(a, b) && same_layout(a, b) &&
	       same_dns(&a->dns, &b->dns) && same_sso(a->sso, b->sso);
}
