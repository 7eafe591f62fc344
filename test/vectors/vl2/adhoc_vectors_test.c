/* SPDX-License-Identifier: Apache-2.0 */
/* mac.json, adhoc_networks: configurations that follow from a network's ID. */
#include "test/sim/lone.h"
#include "vectors/vector.h"

static struct lone lone;

static void check_addresses(const struct netconf *c, const json_t *want)
{
	json_t *list = tl_vector_array(want, "static_ips");
	json_t *item;
	size_t i;

	CHECK_EQ(c->n_addresses, json_array_size(list));
	json_array_foreach(list, i, item)
	{
		char text[ENDPOINT_TEXT_SIZE];

		CHECK_STR(tl_endpoint_print(text, &c->addresses[i]),
			  json_string_value(item));
	}
}

static void check_config(const struct network *net, const json_t *want)
{
	const struct netconf *c = tl_network_config(net);
	const json_t *specialists = tl_vector_get(want, "specialists");
	char mac[MAC_TEXT_SIZE];
	size_t i;

	CHECK(c);
	CHECK_STR(c->name, tl_vector_text(want, "name"));
	CHECK_EQ(c->mtu, tl_vector_int(want, "mtu"));
	CHECK_EQ(c->multicast_limit, tl_vector_int(want, "multicast_limit"));
	CHECK_EQ(c->flags, tl_vector_int(want, "flags"));
	CHECK_STR(c->is_public ? "PUBLIC" : "PRIVATE",
		  tl_vector_text(want, "type"));
	CHECK_EQ(c->max_delta,
		 tl_vector_int(want, "credential_time_max_delta"));
	CHECK_EQ(c->revision, tl_vector_int(want, "revision"));
	CHECK_EQ(c->n_rules, tl_vector_int(want, "rule_count"));
	CHECK_BYTES(tl_bytes(c->rules, c->rules_len),
		    tl_vector_bytes(want, "rules"));
	check_addresses(c, want);
	CHECK_EQ(c->n_specialists, json_array_size(specialists));
	for (i = 0; i < c->n_specialists; i++)
		CHECK_EQ(c->specialists[i],
			 tl_load_be64(tl_vector_unhex(
					      json_string_value(json_array_get(
						      specialists, i)))
					      .at));
	CHECK_STR(tl_mac_print(mac, tl_network_mac(net)),
		  tl_vector_text(want, "mac"));
}

TEST(joined_ad_hoc_networks_have_the_configuration_of_their_number)
{
	json_t *file = tl_vector_load("mac");
	json_t *want;
	size_t i;

	json_array_foreach(tl_vector_array(file, "adhoc_networks"), i, want)
	{
		struct network_id id = { tl_vector_u64(want, "network_id") };
		struct network *net;

		lone_new(&lone);
		CHECK_EQ(lone.id.addr.v, tl_vector_u64(want, "member"));
		CHECK_EQ(tl_vl2_join(lone.vl2, id, tl_bytes(NULL, 0), lone.now),
			 0);
		lone_run(&lone, 1);
		net = tl_vl2_find(lone.vl2, id);
		CHECK_STR(tl_network_status_name(tl_network_status(net)),
			  tl_vector_text(want, "status"));
		if (tl_vector_bool(want, "has_config"))
			check_config(net, want);
		else
			CHECK(!tl_network_config(net));
		lone_free(&lone);
	}
}
