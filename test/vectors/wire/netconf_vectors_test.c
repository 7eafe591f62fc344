/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of netconf.json, but for assembly[], which needs vl2. */
#include <errno.h>

#include "vectors/vector.h"
#include "wire/config_chunk.h"
#include "wire/config_request.h"
#include "wire/dictionary.h"
#include "wire/netconf.h"

static json_t *root;

static json_t *cases(const char *key)
{
	if (!root)
		root = tl_vector_load("netconf");
	return tl_vector_array(root, key);
}

static struct identity controller(void)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(&id, tl_bytes_from_str(tl_vector_text(
						root, "controller_identity"))),
		 0);
	return id;
}

static const struct identity *find(void *ctx, struct address addr)
{
	const struct identity *id = ctx;

	return tl_address_equal(id->addr, addr) ? id : NULL;
}

static struct netconf *parsed(struct bytes dict)
{
	struct netconf *conf;

	CHECK_EQ(tl_netconf_parse(&conf, dict), 0);
	return conf;
}

static void check_head(const struct netconf *conf, const json_t *f)
{
	CHECK_EQ(conf->version, 7);
	CHECK_EQ(conf->network.v, tl_vector_u64(f, "network_id"));
	CHECK_EQ(conf->timestamp, tl_vector_int(f, "timestamp"));
	CHECK_EQ(conf->max_delta,
		 tl_vector_int(f, "credential_time_max_delta"));
	CHECK_EQ(conf->revision, tl_vector_int(f, "revision"));
	CHECK_EQ(conf->issued_to.v, tl_vector_u64(f, "issued_to"));
	CHECK_EQ(conf->trace_target.v, tl_vector_u64(f, "remote_trace_target"));
	CHECK_EQ(conf->trace_level, tl_vector_int(f, "remote_trace_level"));
	CHECK_EQ(conf->flags, tl_vector_int(f, "flags"));
	CHECK_EQ((conf->flags & NETCONF_BROADCAST) != 0,
		 tl_vector_bool(f, "flag_enable_broadcast"));
	CHECK_EQ((conf->flags & NETCONF_NDP_EMULATION) != 0,
		 tl_vector_bool(f, "flag_ndp_emulation"));
	CHECK_EQ((conf->flags & NETCONF_NO_COMPRESSION) != 0,
		 tl_vector_bool(f, "flag_disable_compression"));
	CHECK_EQ(conf->mtu, tl_vector_int(f, "mtu"));
	CHECK_EQ(conf->multicast_limit, tl_vector_int(f, "multicast_limit"));
	CHECK_EQ(conf->is_public, tl_vector_int(f, "type_number"));
	CHECK_STR(conf->name, tl_vector_text(f, "name"));
	CHECK_EQ(conf->n_rules, tl_vector_int(f, "rule_count"));
	CHECK_EQ(conf->sso && conf->sso->enabled,
		 tl_vector_bool(f, "sso_enabled"));
	CHECK_EQ(conf->sso ? conf->sso->version : 0,
		 tl_vector_int(f, "sso_version"));
}

static void check_endpoint(const struct endpoint *got, const char *want)
{
	char text[ENDPOINT_TEXT_SIZE];

	CHECK_STR(tl_endpoint_print(text, got), want);
}

static void check_layout(const struct netconf *conf, const json_t *f)
{
	json_t *item;
	size_t i;

	CHECK_EQ(conf->n_addresses,
		 json_array_size(tl_vector_get(f, "static_ips")));
	json_array_foreach(tl_vector_get(f, "static_ips"), i, item)
		check_endpoint(&conf->addresses[i], json_string_value(item));
	CHECK_EQ(conf->n_routes, json_array_size(tl_vector_get(f, "routes")));
	json_array_foreach(tl_vector_get(f, "routes"), i, item)
	{
		const struct route *route = &conf->routes[i];

		check_endpoint(&route->target, tl_vector_text(item, "target"));
		check_endpoint(&route->via, tl_vector_text(item, "via"));
		CHECK_EQ(route->flags, tl_vector_int(item, "flags"));
		CHECK_EQ(route->metric, tl_vector_int(item, "metric"));
	}
	CHECK_EQ(conf->n_specialists,
		 json_array_size(tl_vector_get(f, "specialists")));
	json_array_foreach(tl_vector_get(f, "specialists"), i, item)
	{
		uint64_t v = conf->specialists[i];

		CHECK_EQ(v, tl_vector_u64(item, "value"));
		CHECK_EQ(v & SPECIALIST_ADDRESS,
			 tl_vector_u64(item, "address"));
		CHECK_EQ((v & SPECIALIST_BRIDGE) != 0,
			 tl_vector_bool(item, "active_bridge"));
	}
}

static void check_dns(const struct netconf *conf, const json_t *f)
{
	json_t *servers = tl_vector_get(f, "dns_servers");
	json_t *item;
	size_t i;

	CHECK_STR(conf->dns.domain, tl_vector_text(f, "dns_domain"));
	json_array_foreach(servers, i, item)
		check_endpoint(&conf->dns.servers[i], json_string_value(item));
	for (; i < NETCONF_MAX_DNS_SERVERS; i++)
		CHECK(tl_endpoint_is_nil(&conf->dns.servers[i]));
}

static void check_credentials(const struct netconf *conf, const json_t *f)
{
	struct identity id = controller();
	struct keyring keys = { find, &id };
	struct address missing;
	uint8_t room[CAPABILITY_WIRE_MAX];
	struct writer w;
	json_t *item;
	size_t i;

	CHECK_EQ(conf->n_capabilities,
		 json_array_size(tl_vector_get(f, "capabilities")));
	json_array_foreach(tl_vector_get(f, "capabilities"), i, item)
	{
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_capability(&w, &conf->capabilities[i]);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "binary"));
		CHECK_EQ(tl_capability_verify(&conf->capabilities[i], &keys,
					      &missing),
			 CREDENTIAL_VALID);
	}
	CHECK_EQ(conf->n_tags, json_array_size(tl_vector_get(f, "tags")));
	json_array_foreach(tl_vector_get(f, "tags"), i, item)
	{
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_tag(&w, &conf->tags[i]);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "binary"));
		CHECK_EQ(tl_tag_verify(&conf->tags[i], &keys, &missing),
			 CREDENTIAL_VALID);
	}
	CHECK_EQ(conf->n_ownerships, json_array_size(tl_vector_get(
					     f, "certificates_of_ownership")));
	json_array_foreach(tl_vector_get(f, "certificates_of_ownership"), i,
			   item)
	{
		w = tl_writer(TL_BUFFER_OF(room));
		tl_write_ownership(&w, &conf->ownerships[i]);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "binary"));
		CHECK_EQ(tl_ownership_verify(&conf->ownerships[i], &keys,
					     &missing),
			 CREDENTIAL_VALID);
	}
	w = tl_writer(TL_BUFFER_OF(room));
	tl_write_com(&w, &conf->com);
	CHECK_BYTES(tl_writer_bytes(&w),
		    tl_vector_bytes(tl_vector_get(f, "com"), "binary"));
	CHECK_EQ(tl_com_verify(&conf->com, &keys, &missing), CREDENTIAL_VALID);
}

TEST(netconf_fields)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("configs"), i, item)
	{
		const json_t *f = tl_vector_get(item, "fields");
		struct netconf *conf =
			parsed(tl_vector_bytes(item, "dictionary"));

		check_head(conf, f);
		check_layout(conf, f);
		check_dns(conf, f);
		check_credentials(conf, f);
		tl_netconf_free(conf);
	}
}

TEST(netconf_entries)
{
	static uint8_t room[NETCONF_DICT_MAX];
	json_t *item, *entry;
	size_t i, j;

	json_array_foreach(cases("configs"), i, item)
	{
		struct bytes dict = tl_vector_bytes(item, "dictionary");

		json_array_foreach(tl_vector_array(item, "entries"), j, entry)
		{
			size_t n = 0;

			CHECK(tl_dict_get(dict, tl_vector_text(entry, "key"),
					  TL_BUFFER_OF(room), &n));
			CHECK_BYTES(tl_bytes(room, n),
				    tl_vector_bytes(entry, "value_hex"));
		}
	}
}

TEST(netconf_is_written_as_it_was_read)
{
	static uint8_t room[NETCONF_DICT_MAX];
	struct netconf *before = NULL;
	struct bytes last = { NULL, 0 };
	json_t *item;
	size_t i;

	json_array_foreach(cases("configs"), i, item)
	{
		struct bytes dict = tl_vector_bytes(item, "dictionary");
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct netconf *conf = parsed(dict);
		struct netconf *again;

		CHECK(tl_vector_bool(item, "reencodes_identically"));
		CHECK_EQ(tl_netconf_build(&w, conf), 0);
		CHECK_BYTES(tl_writer_bytes(&w), dict);
		again = parsed(tl_writer_bytes(&w));
		CHECK(tl_netconf_equal(conf, again));
		if (before)
			CHECK_EQ(tl_netconf_equal(conf, before),
				 tl_bytes_equal(dict, last));
		last = dict;
		tl_netconf_free(before);
		tl_netconf_free(again);
		before = conf;
	}
	tl_netconf_free(before);
}

static void check_chunk(const json_t *item, const json_t *config)
{
	struct bytes payload = tl_vector_bytes(item, "payload");
	struct reader r = tl_reader(payload);
	struct identity id = controller();
	struct config_chunk chunk;

	tl_read_config_chunk(&r, 1, &chunk);
	CHECK(tl_reader_done(&r));
	CHECK(chunk.is_signed);
	CHECK_EQ(chunk.network.v, tl_vector_u64(config, "network_id"));
	CHECK_EQ(chunk.update_id, tl_vector_u64(config, "update_id"));
	CHECK_EQ(chunk.total, tl_vector_int(config, "total_length"));
	CHECK_EQ(chunk.offset, tl_vector_int(item, "index"));
	CHECK_EQ(chunk.data.n, tl_vector_int(item, "length"));
	CHECK_EQ(chunk.flags, tl_vector_int(item, "flags"));
	CHECK_BYTES(chunk.whole, payload);
	CHECK_BYTES(chunk.signed_part, tl_vector_bytes(item, "signed"));
	CHECK_BYTES(TL_BYTES_OF(chunk.signature.b),
		    tl_vector_bytes(item, "signature"));
	CHECK(tl_config_chunk_verify(&chunk, id.pub));
}

TEST(netconf_chunks)
{
	json_t *config, *item;
	size_t i, j;

	json_array_foreach(cases("configs"), i, config)
	{
		json_array_foreach(tl_vector_array(config, "chunks"), j, item)
			check_chunk(item, config);
	}
}

/* With the controller's key the same chunks come out. */
TEST(netconf_chunks_are_reproducible)
{
	json_t *config, *item;
	size_t i, j;

	json_array_foreach(cases("configs"), i, config)
	{
		struct bytes dict = tl_vector_bytes(config, "dictionary");
		struct identity id = controller();

		CHECK(id.has_priv);
		json_array_foreach(tl_vector_array(config, "chunks"), j, item)
		{
			static uint8_t
				room[CONFIG_CHUNK_MAX + CONFIG_CHUNK_OVERHEAD];
			struct writer w = tl_writer(TL_BUFFER_OF(room));
			struct network_id net = { tl_vector_u64(config,
								"network_id") };

			tl_write_config_chunk(
				&w, net, tl_vector_u64(config, "update_id"),
				dict, (size_t)tl_vector_int(item, "index"),
				&id);
			CHECK_BYTES(tl_writer_bytes(&w),
				    tl_vector_bytes(item, "payload"));
		}
	}
}

TEST(netconf_requests)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("requests"), i, item)
	{
		struct bytes payload =
			tl_bytes_skip(tl_vector_bytes(item, "plaintext"), 28);
		struct reader r = tl_reader(payload);
		struct config_request q;
		struct config_metadata m;
		uint8_t room[2048];
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		tl_read_config_request(&r, &q);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(q.network.v, tl_vector_u64(item, "network_id"));
		CHECK_EQ(q.revision, tl_vector_int(item, "have_revision"));
		CHECK_EQ(q.timestamp, tl_vector_int(item, "have_timestamp"));
		CHECK_BYTES(q.metadata, tl_vector_bytes(item, "metadata_hex"));
		tl_write_config_request(&w, &q);
		CHECK_BYTES(tl_writer_bytes(&w), payload);

		tl_config_metadata_parse(&m, q.metadata);
		CHECK_EQ(m.config_version, 7);
		CHECK_EQ(m.protocol_version, 12);
		CHECK_EQ(m.rules_revision, 1);
		CHECK_STR(m.platform, "linux/x86_64");
		CHECK_STR(m.auth, "");
		w = tl_writer(TL_BUFFER_OF(room));
		tl_config_metadata_build(&w, &m);
		CHECK_BYTES(tl_writer_bytes(&w), q.metadata);
	}
}

TEST(netconf_dictionary_limits)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("dictionary_limits"), i, item)
	{
		struct netconf *conf = NULL;
		int err = tl_netconf_parse(
			&conf, tl_vector_bytes(item, "dictionary_hex"));

		if (!tl_vector_bool(item, "accepted")) {
			CHECK_EQ(err, -EBADMSG);
			continue;
		}
		CHECK_EQ(err, 0);
		CHECK_EQ(conf->mtu, tl_vector_int(item, "mtu"));
		CHECK_EQ(conf->flags, tl_vector_int(item, "flags"));
		CHECK_STR(conf->is_public ? "PUBLIC" : "PRIVATE",
			  tl_vector_text(item, "type"));
		CHECK_EQ(conf->multicast_limit,
			 tl_vector_int(item, "multicast_limit"));
		CHECK_EQ(conf->n_rules, tl_vector_int(item, "rule_count"));
		CHECK_EQ(conf->n_addresses,
			 tl_vector_int(item, "static_ip_count"));
		CHECK_STR(conf->name, tl_vector_text(item, "name"));
		CHECK_EQ(conf->com.n > 0, tl_vector_bool(item, "has_com"));
		tl_netconf_free(conf);
	}
}
