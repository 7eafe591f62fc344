/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_chunk.h"

#include "actors.h"
#include "wire/netconf.h"

#define SIGNED_END (8 + 2 + 5 + 1 + 8 + 4 + 4)

static const struct network_id net = { 0xd935117c6700cafe };
static uint8_t room[256];

/* A chunk of five bytes, with fields to be damaged. */
static struct writer make(uint64_t update_id)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_config_chunk(&w, net, update_id, tl_bytes_from_str("v=123"), 0,
			      actor(ACTOR_CONTROLLER));
	CHECK_EQ(w.n, 5 + CONFIG_CHUNK_OVERHEAD);
	return w;
}

static bool parses(struct bytes payload, struct config_chunk *out)
{
	struct reader r = tl_reader(payload);

	tl_read_config_chunk(&r, 99, out);
	return tl_reader_ok(&r);
}

TEST(config_chunk_is_signed_by_the_controller)
{
	struct writer w = make(7);
	struct config_chunk chunk;

	CHECK(parses(tl_writer_bytes(&w), &chunk));
	CHECK_EQ(chunk.update_id, 7);
	CHECK_EQ(chunk.total, 5);
	CHECK_EQ(chunk.signed_part.n, SIGNED_END);
	CHECK(tl_config_chunk_verify(&chunk, actor(ACTOR_CONTROLLER)->pub));
	CHECK(!tl_config_chunk_verify(&chunk, actor(ACTOR_MEMBER_A)->pub));
}

TEST(config_chunk_any_signed_byte_counts)
{
	struct writer w = make(7);
	struct config_chunk chunk;
	size_t i;

	for (i = 0; i < SIGNED_END; i++) {
		room[i] ^= 1;
		if (parses(tl_writer_bytes(&w), &chunk))
			CHECK(!tl_config_chunk_verify(
				&chunk, actor(ACTOR_CONTROLLER)->pub));
		room[i] ^= 1;
	}
}

TEST(config_chunk_must_lie_inside_the_whole)
{
	struct writer w = make(7);
	struct config_chunk chunk;

	room[SIGNED_END - 1] = 1; /* offset */
	CHECK(!parses(tl_writer_bytes(&w), &chunk));
	room[SIGNED_END - 5] = 6; /* total */
	CHECK(parses(tl_writer_bytes(&w), &chunk));
	memset(room + SIGNED_END - 4, 0xff, 4);
	CHECK(!parses(tl_writer_bytes(&w), &chunk));
}

TEST(config_chunk_total_is_limited)
{
	struct writer w = make(7);
	struct config_chunk chunk;

	tl_store_be32(room + SIGNED_END - 8, NETCONF_DICT_MAX);
	CHECK(!parses(tl_writer_bytes(&w), &chunk));
	tl_store_be32(room + SIGNED_END - 8, NETCONF_DICT_MAX - 1);
	CHECK(parses(tl_writer_bytes(&w), &chunk));
}

TEST(config_chunk_without_update_id_is_malformed)
{
	struct writer w = make(0);
	struct config_chunk chunk;

	CHECK(!parses(tl_writer_bytes(&w), &chunk));
}

TEST(config_chunk_unsigned_takes_the_packet_id)
{
	struct config_chunk chunk;

	make(7);
	CHECK(parses(tl_bytes(room, 15), &chunk));
	CHECK(!chunk.is_signed);
	CHECK_EQ(chunk.update_id, 99);
	CHECK_EQ(chunk.chunk_id, 99);
	CHECK_EQ(chunk.total, 5);
	CHECK_EQ(chunk.whole.n, 15);
	CHECK(!tl_config_chunk_verify(&chunk, actor(ACTOR_CONTROLLER)->pub));
	CHECK(!parses(tl_bytes(room, 14), &chunk));
}

TEST(config_chunk_whole_ends_with_the_signature)
{
	struct writer w = make(7);
	struct config_chunk chunk;

	tl_write_zeroes(&w, 3);
	CHECK(parses(tl_writer_bytes(&w), &chunk));
	CHECK_EQ(chunk.whole.n, w.n - 3);
}
