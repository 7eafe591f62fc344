/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/issue.h"

#include <errno.h>
#include <string.h>

static void fill_plain(struct netconf *c, const struct issue *in)
{
	const struct network_object *net = in->network;
	const struct member_object *m = in->member;
	bool is_traced = m->trace_target.v != 0;
	size_t i;

	c->version = NETCONF_VERSION;
	c->network = net->id;
	c->timestamp = in->timestamp;
	c->max_delta = net->max_delta_ms;
	c->revision = net->revision;
	c->issued_to = m->address;
	c->trace_target = is_traced ? m->trace_target : net->trace_target;
	c->trace_level = is_traced ? m->trace_level : net->trace_level;
	c->flags = net->has_broadcast ? NETCONF_BROADCAST : 0;
	if (in->assignment->is_derived)
		c->flags |= NETCONF_NDP_EMULATION;
	c->multicast_limit = net->multicast_limit;
	c->is_public = !net->is_private;
	memcpy(c->name, net->name, sizeof(c->name));
	c->mtu = net->mtu;
	c->dns = net->dns;
	memcpy(c->routes, net->routes, sizeof(c->routes));
	c->n_routes = net->n_routes;
	memcpy(c->addresses, in->assignment->ips, sizeof(c->addresses));
	c->n_addresses = in->assignment->n;
	for (i = 0; i < in->n_bridges && i < NETCONF_MAX_SPECIALISTS; i++)
		c->specialists[i] = SPECIALIST_BRIDGE | in->bridges[i].v;
	c->n_specialists = i;
}

static int fill_ownership(struct netconf *c, const struct issue *in)
{
	struct ownership *own = &c->ownerships[0];
	size_t n = TL_MIN(in->assignment->n, OWNERSHIP_MAX_THINGS);
	size_t i;
	int err;

	if (n == 0)
		return 0;
	own->network = in->network->id;
	own->timestamp = in->timestamp;
	own->id = 1;
	own->issued_to = in->member->address;
	for (i = 0; i < n; i++) {
		err = tl_ownership_add_ip(own, &in->assignment->ips[i]);
		if (err)
			return err;
	}
	tl_ownership_sign(own, in->self);
	c->n_ownerships = 1;
	return 0;
}

static int fill_tags(struct netconf *c, const struct issue *in)
{
	const struct member_object *m = in->member;
	int err = tl_netconf_alloc_tags(c, m->n_tags);
	size_t i;

	if (err)
		return err;
	for (i = 0; i < m->n_tags; i++) {
		c->tags[i].network = in->network->id;
		c->tags[i].timestamp = in->timestamp;
		c->tags[i].id = m->tags[i].id;
		c->tags[i].value = m->tags[i].value;
		c->tags[i].issued_to = m->address;
		tl_tag_sign(&c->tags[i], in->self);
	}
	return 0;
}

static int fill_capability(struct capability *out,
			   const struct network_capability *cap,
			   const struct issue *in)
{
	int err;

	out->network = in->network->id;
	out->timestamp = in->timestamp;
	out->id = cap->id;
	out->max_custody = 1;
	err = tl_capability_set_rules(out, cap->n_rules, cap->rules);
	return err ? err
		   : tl_capability_grant(out, in->member->address, in->self);
}

/* Those of the member that the network knows. */
static int fill_capabilities(struct netconf *c, const struct issue *in)
{
	const struct network_capability *caps[NETCONF_MAX_CAPABILITIES];
	const struct member_object *m = in->member;
	size_t n = 0;
	size_t i;
	int err;

	for (i = 0; i < m->n_capabilities && n < TL_ARRAY_SIZE(caps); i++) {
		caps[n] = tl_network_object_find_capability(in->network,
							    m->capabilities[i]);
		if (caps[n])
			n++;
	}
	err = tl_netconf_alloc_capabilities(c, n);
	for (i = 0; !err && i < n; i++)
		err = fill_capability(&c->capabilities[i], caps[i], in);
	return err;
}

static int fill_rules(struct netconf *c, const struct issue *in)
{
	static const uint8_t accept[] = { RULE_ACCEPT, 0 };
	int err;

	if (!in->has_rules_engine)
		return tl_netconf_set_rules(c, TL_BYTES_OF(accept));
	err = tl_netconf_set_rules(c, in->network->rules);
	if (!err)
		err = fill_tags(c, in);
	return err ? err : fill_capabilities(c, in);
}

int tl_issue(struct netconf **confp, const struct issue *in)
{
	struct netconf *c;
	int err = tl_netconf_new(&c);

	if (err)
		return err;
	fill_plain(c, in);
	tl_com_init(&c->com, in->network->id, in->recipient, in->timestamp,
		    (uint64_t)in->network->max_delta_ms);
	tl_com_sign(&c->com, in->self);
	err = fill_ownership(c, in);
	if (!err)
		err = fill_rules(c, in);
	if (err) {
		tl_netconf_free(c);
		return err;
	}
	*confp = c;
	return 0;
}
