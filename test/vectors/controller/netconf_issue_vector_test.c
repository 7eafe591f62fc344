/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The networks of netconf.json, posted to a controller with the same identity
 * and asked for by the same members: its answers and the configurations that it
 * issues must be what the reference issued, but for times, signatures and
 * random numbers.
 */
#include "controller/fixture.h"
#include "harness.h"
#include "wire/dictionary.h"

/* Keys whose values are another run's. */
static const char *const volatile_keys[] = {
	"creationTime",
	"lastAuthorizedTime",
	"lastDeauthorizedTime",
};

static char *print_comparable(json_t *j)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(volatile_keys); i++) {
		if (json_object_get(j, volatile_keys[i]))
			CHECK_EQ(json_object_set_new(j, volatile_keys[i],
						     json_true()),
				 0);
	}
	return json_dumps(j, JSON_SORT_KEYS | JSON_COMPACT);
}

/* @got is an answer of the API. */
static void check_answer(const char *got, const json_t *want)
{
	json_t *got_copy = json_loads(got, 0, NULL);
	json_t *want_copy = json_deep_copy(want);
	char *got_text = print_comparable(got_copy);
	char *want_text = print_comparable(want_copy);

	CHECK_STR(got_text, want_text);
	free(got_text);
	free(want_text);
	json_decref(got_copy);
	json_decref(want_copy);
}

static void post_json(struct fixture *f, const char *path, const json_t *body,
		      const json_t *want)
{
	char *text = json_dumps(body, 0);
	const char *got = fixture_http(f, "POST", path, text, 200);

	if (want)
		check_answer(got, want);
	free(text);
}

static json_t *get_network(const json_t *root, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "networks"), i, item)
	{
		if (strcmp(tl_vector_text(item, "name"), name) == 0)
			return item;
	}
	FAIL("no network named %s", name);
}

/* The values of a dictionary that do not depend on time and signatures. */
static const char *const stable_keys[] = { "v",	 "nwid", "ctmd", "r",	"id",
					   "tt", "tl",	 "f",	 "ml",	"t",
					   "n",	 "mtu",	 "S",	 "RT",	"I",
					   "R",	 "DNS",	 "ssov", "ssoe" };

/* Every key and every stable value of a dictionary that was issued. */
static void check_dictionary(struct fixture *f, const json_t *config)
{
	struct bytes dict = tl_bytes(f->dict, f->assembled);
	json_t *entries = tl_vector_array(config, "entries");
	struct netconf *want;
	json_t *entry;
	size_t n_lines = 1;
	size_t i;
	size_t k;

	json_array_foreach(entries, i, entry)
	{
		const char *key = tl_vector_text(entry, "key");
		static uint8_t value[NETCONF_DICT_MAX];
		size_t n = 0;

		if (!tl_dict_get(dict, key, TL_BUFFER_OF(value), &n))
			FAIL("key %s is missing", key);
		for (k = 0; k < TL_ARRAY_SIZE(stable_keys); k++) {
			if (strcmp(stable_keys[k], key) == 0)
				CHECK_BYTES(tl_bytes(value, n),
					    tl_vector_bytes(entry,
							    "value_hex"));
		}
	}
	for (k = 0; k < dict.n; k++)
		n_lines += dict.at[k] == '\n' && k + 1 < dict.n;
	CHECK_EQ(n_lines, json_array_size(entries));
	CHECK_EQ(tl_netconf_parse(&want, tl_vector_bytes(config, "dictionary")),
		 0);
	CHECK_EQ(f->conf->n_tags, want->n_tags);
	for (i = 0; i < want->n_tags; i++) {
		CHECK_EQ(f->conf->tags[i].id, want->tags[i].id);
		CHECK_EQ(f->conf->tags[i].value, want->tags[i].value);
	}
	CHECK_EQ(f->conf->n_capabilities, want->n_capabilities);
	for (i = 0; i < want->n_capabilities; i++)
		CHECK_BYTES(tl_capability_rules(&f->conf->capabilities[i]),
			    tl_capability_rules(&want->capabilities[i]));
	CHECK_EQ(f->conf->n_ownerships, want->n_ownerships);
	CHECK_EQ(f->conf->ownerships[0].n_things, want->ownerships[0].n_things);
	for (i = 0; i < want->ownerships[0].n_things; i++)
		CHECK_MEM(&f->conf->ownerships[0].things[i],
			  &want->ownerships[0].things[i], sizeof(struct thing));
	CHECK_EQ(f->conf->com.n, want->com.n);
	for (i = 1; i < want->com.n; i++)
		CHECK_MEM(&f->conf->com.qualifiers[i], &want->com.qualifiers[i],
			  sizeof(struct com_qualifier));
	CHECK_EQ(f->conf->com.qualifiers[0].max_delta,
		 want->com.qualifiers[0].max_delta);
	tl_netconf_free(want);
}

static const struct identity *member(const struct fixture *f, const char *text)
{
	struct address a;

	CHECK_EQ(tl_address_parse(&a, tl_bytes_from_str(text)), 0);
	return &f->members[f->members[0].addr.v == a.v ? 0 : 1];
}

/* Ask as the recipient of configs[@index] and compare what comes. */
static void ask_and_check(struct fixture *f, const json_t *root, size_t index,
			  uint32_t number)
{
	json_t *config =
		json_array_get(tl_vector_array(root, "configs"), index);
	size_t before = f->n_configs;

	f->now += 2000;
	fixture_request(f, number,
			member(f, tl_vector_text(config, "recipient")), NULL);
	CHECK_EQ(f->n_configs, before + 1);
	check_dictionary(f, config);
}

TEST(netconf_issue_vector_public_network)
{
	struct fixture *f = fixture_new();
	json_t *root = tl_vector_load("netconf");
	json_t *net = get_network(root, "a");

	post_json(f, "/controller/network/1e80fd6eb40000a1",
		  tl_vector_get(net, "controller_api_request"),
		  tl_vector_get(net, "controller_api_response"));
	ask_and_check(f, root, 0, 0xa1);
	ask_and_check(f, root, 2, 0xa1);
	fixture_free(f);
}

TEST(netconf_issue_vector_private_network)
{
	struct fixture *f = fixture_new();
	json_t *root = tl_vector_load("netconf");
	json_t *net = get_network(root, "b");
	json_t *grant;
	const char *who;
	char path[100];

	post_json(f, "/controller/network/1e80fd6eb40000b2",
		  tl_vector_get(net, "controller_api_request"),
		  tl_vector_get(net, "controller_api_response"));
	fixture_request(f, 0xb2, &f->members[0], NULL);
	fixture_request(f, 0xb2, &f->members[1], NULL);
	CHECK_EQ(f->n_errors, 2);
	json_object_foreach(tl_vector_get(net, "member_authorizations"), who,
			    grant)
	{
		snprintf(path, sizeof(path),
			 "/controller/network/1e80fd6eb40000b2/member/%s", who);
		post_json(f, path, tl_vector_get(grant, "request"),
			  tl_vector_get(grant, "response"));
	}
	ask_and_check(f, root, 4, 0xb2);
	ask_and_check(f, root, 6, 0xb2);
	fixture_settle(f);
	/* 2b1d354bb9 becomes a bridge, then the MTU changes. */
	post_json(f, "/controller/network/1e80fd6eb40000b2/member/2b1d354bb9",
		  tl_vector_get(net, "later_member_update_request"), NULL);
	ask_and_check(f, root, 8, 0xb2);
	post_json(f, "/controller/network/1e80fd6eb40000b2",
		  tl_vector_get(net, "later_update_request"), NULL);
	ask_and_check(f, root, 9, 0xb2);
	ask_and_check(f, root, 10, 0xb2);
	fixture_free(f);
}
