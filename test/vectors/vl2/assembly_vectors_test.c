/* SPDX-License-Identifier: Apache-2.0 */
/* The runs of assembly[] in netconf.json, with the steps of vl2.md 4.7. */
#include "vectors/vector.h"
#include "vl2/assembly.h"
#include "wire/netconf.h"

#define PACKET_ID 0x0102030405060708 /* of the unsigned form in the data */

static json_t *root;

static struct identity identity(const char *key)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(
			 &id, tl_bytes_from_str(tl_vector_text(root, key))),
		 0);
	return id;
}

/**
 * struct run - A member while it receives chunks
 * @has_config:	a configuration for it was accepted
 */
struct run {
	const json_t *item;
	struct identity controller;
	struct identity member;
	struct assembly *assembly;
	bool from_controller;
	bool has_config;
};

static void take_config(struct run *run, struct bytes dict)
{
	struct netconf *conf;

	CHECK_EQ(tl_netconf_parse(&conf, dict), 0);
	if (tl_address_equal(conf->issued_to, run->member.addr) &&
	    conf->network.v == tl_vector_u64(run->item, "network_id"))
		run->has_config = true;
	tl_netconf_free(conf);
	tl_assembly_release(run->assembly);
}

static bool is_authentic(const struct run *run,
			 const struct config_chunk *chunk)
{
	if (!chunk->is_signed)
		return run->from_controller;
	return tl_config_chunk_verify(chunk, run->controller.pub);
}

/* The update that @payload completed; 0 if none. */
static uint64_t receive(struct run *run, struct bytes payload)
{
	struct reader r = tl_reader(payload);
	enum assembly_result result;
	struct config_chunk chunk;
	struct bytes dict;

	tl_read_config_chunk(&r, PACKET_ID, &chunk);
	if (!tl_reader_ok(&r) ||
	    chunk.network.v != tl_vector_u64(run->item, "network_id") ||
	    !tl_assembly_wants(run->assembly, &chunk) ||
	    !is_authentic(run, &chunk))
		return 0;
	CHECK_EQ(tl_assembly_add(run->assembly, &result, &dict, &chunk), 0);
	if (result != ASSEMBLY_COMPLETE)
		return 0;
	take_config(run, dict);
	return chunk.update_id;
}

TEST(assembly_of_captured_chunks)
{
	json_t *item, *payload;
	size_t i, j;

	root = tl_vector_load("netconf");
	json_array_foreach(tl_vector_array(root, "assembly"), i, item)
	{
		struct run run = { .item = item };
		json_t *accepted =
			tl_vector_array(item, "accepted_update_id_per_payload");

		run.controller = identity("controller_identity");
		run.member = identity("assembly_receiver_identity");
		run.from_controller = strcmp(tl_vector_text(item, "sent_by"),
					     "controller") == 0;
		CHECK_EQ(tl_assembly_new(&run.assembly), 0);
		json_array_foreach(tl_vector_array(item, "payloads"), j,
				   payload)
		{
			const char *want =
				json_string_value(json_array_get(accepted, j));
			struct buffer b =
				tl_vector_unhex(json_string_value(payload));
			uint64_t got = receive(&run, tl_buffer_bytes(b));

			/* "malformed" comes to the same as nothing complete */
			CHECK_EQ(got, strcmp(want, "malformed") == 0
					      ? 0
					      : strtoull(want, NULL, 16));
		}
		CHECK_EQ(run.has_config,
			 tl_vector_bool(item, "config_complete"));
		tl_assembly_free(run.assembly);
	}
}
