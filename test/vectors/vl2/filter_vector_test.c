/* SPDX-License-Identifier: Apache-2.0 */
/* The evaluations of rules.json: one frame at one node each. */
#include "vectors/vector.h"
#include "vl2/filter.h"
#include "vl2/filter_match.h"

#define CONFIG_TS 1700000000000
#define MAX_DELTA 7200000
#define MAX_ITEMS 8

/**
 * struct holder - Memory for one member's side
 */
struct holder {
	struct filter_tag tags[MAX_ITEMS];
	struct filter_capability capabilities[MAX_ITEMS];
	struct rule rules[MAX_ITEMS][RULES_MAX_CAPABILITY];
	struct filter_thing owned[MAX_ITEMS];
	struct filter_side side;
};

/**
 * struct scene - One case, ready to be evaluated
 */
struct scene {
	struct holder local;
	struct holder remote;
	struct rule rules[64];
	struct endpoint addresses[MAX_ITEMS];
	struct filter_policy policy;
	struct filter_frame frame;
	const struct filter_side *other;
	struct address zt_source;
	struct address zt_dest;
	bool inbound;
};

static long long int_or(const json_t *item, const char *key, long long other)
{
	return tl_vector_has(item, key) ? tl_vector_int(item, key) : other;
}

static struct mac get_mac(const json_t *item, const char *key)
{
	struct mac mac;

	CHECK_EQ(tl_mac_parse(&mac,
			      tl_bytes_from_str(tl_vector_text(item, key))),
		 0);
	return mac;
}

static int by_id(const void *a, const void *b)
{
	const struct filter_tag *x = a;
	const struct filter_tag *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static void load_tags(struct holder *h, const json_t *item, const char *key,
		      const char *delta_key)
{
	long long ts = CONFIG_TS + int_or(item, delta_key, 0);
	json_t *tags = tl_vector_get(item, key);
	const char *id;
	json_t *value;

	if (!tl_filter_is_in_window(ts, CONFIG_TS, MAX_DELTA))
		return;
	json_object_foreach(tags, id, value)
	{
		CHECK(h->side.n_tags < MAX_ITEMS);
		h->tags[h->side.n_tags++] = (struct filter_tag){
			.id = (uint32_t)strtoul(id, NULL, 10),
			.value = (uint32_t)json_integer_value(value),
		};
	}
	qsort(h->tags, h->side.n_tags, sizeof(h->tags[0]), by_id);
	h->side.tags = h->tags;
}

static void load_capabilities(struct holder *h, const json_t *item,
			      const char *key)
{
	json_t *cap;
	size_t i;

	if (!tl_vector_has(item, key))
		return;
	json_array_foreach(tl_vector_array(item, key), i, cap)
	{
		struct filter_capability *c =
			&h->capabilities[h->side.n_capabilities];
		struct rule *rules = h->rules[h->side.n_capabilities];
		long long delta = int_or(cap, "timestamp_delta", 0);

		if (!tl_filter_is_in_window(CONFIG_TS + delta, CONFIG_TS,
					    MAX_DELTA))
			continue;
		c->id = (uint32_t)tl_vector_int(cap, "id");
		c->rules.at = rules;
		CHECK_EQ(tl_rules_parse(rules, RULES_MAX_CAPABILITY,
					&c->rules.n,
					tl_vector_bytes(cap, "rules")),
			 0);
		h->side.n_capabilities++;
	}
	h->side.capabilities = h->capabilities;
}

static void load_owned(struct holder *h, const json_t *item, const char *key)
{
	json_t *text;
	size_t i;

	if (!tl_vector_has(item, key))
		return;
	json_array_foreach(tl_vector_array(item, key), i, text)
	{
		struct filter_thing *t = &h->owned[h->side.n_owned++];
		struct endpoint ip;
		struct mac mac;

		if (!tl_mac_parse(&mac,
				  tl_bytes_from_str(json_string_value(text)))) {
			t->type = FILTER_THING_MAC;
			memcpy(t->value, mac.b, 6);
			continue;
		}
		CHECK_EQ(tl_endpoint_parse(&ip, json_string_value(text)), 0);
		t->type = ip.family == 4 ? FILTER_THING_IPV4
					 : FILTER_THING_IPV6;
		memcpy(t->value, ip.ip, 16);
	}
	h->side.owned = h->owned;
}

static void load_addresses(struct scene *s, const json_t *item)
{
	json_t *text;
	size_t i;

	if (!tl_vector_has(item, "own_static_ips"))
		return;
	json_array_foreach(tl_vector_array(item, "own_static_ips"), i, text)
		CHECK_EQ(tl_endpoint_parse(
				 &s->addresses[s->policy.n_addresses++],
				 json_string_value(text)),
			 0);
	s->policy.addresses = s->addresses;
}

static uint32_t always_the_largest(void *ctx)
{
	(void)ctx;
	return UINT32_MAX;
}

static void load_frame(struct scene *s, const json_t *item)
{
	s->frame.source = get_mac(item, "mac_source");
	s->frame.dest = get_mac(item, "mac_dest");
	s->frame.ethertype = (uint16_t)tl_vector_int(item, "ethertype");
	s->frame.vlan_id = (uint16_t)tl_vector_int(item, "vlan_id");
	s->frame.payload = tl_vector_bytes(item, "frame");
	s->zt_source.v = tl_vector_u64(item, "zt_source");
	if (!json_is_null(tl_vector_get(item, "zt_dest")))
		s->zt_dest.v = tl_vector_u64(item, "zt_dest");
	s->inbound = strcmp(tl_vector_text(item, "direction"), "inbound") == 0;
}

static struct scene *load_scene(const json_t *root, const json_t *item)
{
	struct scene *s = calloc(1, sizeof(*s));

	CHECK(s);
	s->policy.network.v = tl_vector_u64(root, "network_id");
	s->policy.own.v = tl_vector_u64(item, "own_address");
	s->policy.flags = (uint64_t)tl_vector_int(item, "config_flags");
	s->policy.random = always_the_largest;
	s->policy.rules.at = s->rules;
	CHECK_EQ(tl_rules_parse(s->rules, 64, &s->policy.rules.n,
				tl_vector_bytes(item, "rules")),
		 0);
	load_tags(&s->local, item, "local_tags", "none");
	load_capabilities(&s->local, item, "local_capabilities");
	load_owned(&s->local, item, "local_owned");
	s->policy.side = s->local.side;
	load_tags(&s->remote, item, "remote_tags",
		  "remote_tags_timestamp_delta");
	load_capabilities(&s->remote, item, "remote_capabilities");
	load_owned(&s->remote, item, "remote_owned");
	if (tl_vector_bool(item, "remote_membership_known"))
		s->other = &s->remote.side;
	load_addresses(s, item);
	load_frame(s, item);
	return s;
}

static const char *const outcome_names[] = {
	[FILTER_SET_NO_MATCH] = "no_match",
	[FILTER_SET_DROP] = "drop",
	[FILTER_SET_REDIRECT] = "redirect",
	[FILTER_SET_ACCEPT] = "accept",
	[FILTER_SET_SUPER_ACCEPT] = "super_accept",
};

/* What the base rules say before any capability is asked. */
static void check_base_rules(const struct scene *s, const json_t *expect,
			     bool is_stricter)
{
	static const struct filter_side nobody;
	struct filter_eval e = {
		.policy = &s->policy,
		.frame = &s->frame,
		.remote = s->other ? s->other : &nobody,
		.zt_source = s->zt_source,
		.zt_dest = s->zt_dest,
		.inbound = s->inbound,
	};
	enum filter_outcome got = tl_filter_run(&e, &s->policy.rules);

	if (is_stricter) {
		CHECK_EQ(got, FILTER_SET_NO_MATCH);
		return;
	}
	CHECK_STR(outcome_names[got],
		  tl_vector_text(expect, "base_rules_result"));
	if (tl_vector_has(expect, "base_rules_redirect_to"))
		CHECK_EQ(e.zt_dest.v,
			 tl_vector_u64(expect, "base_rules_redirect_to"));
}

static void check_copies(const struct scene *s, const struct filter_result *got,
			 const json_t *expect)
{
	json_t *sent = tl_vector_get(expect, "sent");
	json_t *item;
	size_t i;

	CHECK_EQ(got->n_copies, json_array_size(sent));
	json_array_foreach(sent, i, item)
	{
		const struct filter_copy *c = &got->copies[i];

		CHECK_EQ(c->to.v, tl_vector_u64(item, "to"));
		CHECK_EQ(c->flags, tl_vector_int(item, "flags"));
		CHECK_EQ(s->frame.ethertype, tl_vector_int(item, "ethertype"));
		CHECK_MEM(s->frame.dest.b, tl_vector_fixed(item, "mac_dest", 6),
			  6);
		CHECK_MEM(s->frame.source.b,
			  tl_vector_fixed(item, "mac_source", 6), 6);
		CHECK_BYTES(tl_bytes_first(s->frame.payload, c->len),
			    tl_vector_bytes(item, "data"));
	}
}

static void run(const struct scene *s, struct filter_result *got)
{
	if (s->inbound)
		tl_filter_inbound(got, &s->policy, &s->frame, s->zt_source,
				  s->other);
	else
		tl_filter_outbound(got, &s->policy, &s->frame, s->zt_dest,
				   s->other, false);
}

/* The reference takes any 6PLANE source of the network for authentic; here it
 * has to be the sender's. */
static bool is_stricter_here(const char *name)
{
	return strncmp(name, "6PLANE source that names a third node", 37) == 0;
}

static void check_case(const json_t *root, const json_t *item, bool is_stricter)
{
	static const char *const verdicts[] = {
		[FILTER_DROP] = "drop",
		[FILTER_ACCEPT] = "accept",
		[FILTER_SUPER_ACCEPT] = "super_accept",
	};
	struct scene *s = load_scene(root, item);
	json_t *expect = tl_vector_get(item, "expect");
	struct filter_result got;

	check_base_rules(s, expect, is_stricter);
	run(s, &got);
	if (is_stricter) {
		CHECK_STR(tl_vector_text(expect, "decision"), "accept");
		CHECK_EQ(got.verdict, FILTER_DROP);
		CHECK_EQ(got.reason, DROP_RULES_IN);
	} else {
		CHECK_STR(verdicts[got.verdict],
			  tl_vector_text(expect, "decision"));
	}
	check_copies(s, &got, expect);
	/* A priority is not transported: there is but one queue. */
	CHECK_EQ(int_or(expect, "qos_bucket", 0), 0);
	if (got.verdict != FILTER_DROP)
		CHECK_EQ(got.reason, DROP_NONE);
	else
		CHECK((got.reason == DROP_NONE) == (got.redirect_to.v != 0));
	free(s);
}

TEST(filter_vector_evaluation)
{
	json_t *root = tl_vector_load("rules");
	size_t stricter = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "evaluation"), i, item)
	{
		bool is_stricter =
			is_stricter_here(tl_vector_text(item, "name"));

		/* Names the case when a CHECK below fails. */
		fprintf(stderr, "%zu: %s, %s\n", i,
			tl_vector_text(item, "name"),
			tl_vector_text(item, "direction"));
		stricter += is_stricter;
		check_case(root, item, is_stricter);
	}
	CHECK_EQ(i, 277);
	CHECK_EQ(stricter, 1);
}

TEST(filter_vector_no_tee_suppresses_copies_only)
{
	json_t *root = tl_vector_load("rules");
	json_t *item;
	size_t seen = 0;
	size_t i;
	size_t k;

	json_array_foreach(tl_vector_array(root, "evaluation"), i, item)
	{
		struct scene *s = load_scene(root, item);
		struct filter_result with;
		struct filter_result without;

		run(s, &with);
		if (!s->inbound && with.n_copies) {
			tl_filter_outbound(&without, &s->policy, &s->frame,
					   s->zt_dest, s->other, true);
			CHECK_EQ(without.verdict, with.verdict);
			CHECK_EQ(without.redirect_to.v, with.redirect_to.v);
			for (k = 0; k < without.n_copies; k++)
				CHECK_EQ(without.copies[k].flags,
					 FILTER_COPY_REDIRECT_OUT);
			seen++;
		}
		free(s);
	}
	CHECK(seen > 5);
}
