/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/vector.h"
#include "wire/compress.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("compress"), key);
}

static uint8_t room[PACKET_MAX_LEN];

static void check_decompresses(struct buffer packet, struct bytes want)
{
	CHECK_EQ(tl_packet_decompress(&packet, TL_BUFFER_OF(room)), DROP_NONE);
	CHECK_BYTES(tl_buffer_bytes(packet), want);
}

TEST(compress_only_what_gets_shorter)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("compress"), i, item)
	{
		struct bytes plain = tl_vector_bytes(item, "uncompressed");
		struct buffer p = tl_vector_buffer(item, "uncompressed");
		bool want = tl_vector_bool(item, "compress_returned");

		p.n = tl_packet_compress(p);
		CHECK_EQ(p.at[PACKET_AT_VERB],
			 tl_vector_int(item, "verb_byte_after"));
		CHECK_EQ(p.n < plain.n, want);
		if (!want)
			CHECK_BYTES(tl_buffer_bytes(p), plain);
		check_decompresses(p, plain);
	}
}

TEST(compress_of_the_reference_is_read)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("compress"), i, item)
		check_decompresses(tl_vector_buffer(item, "after_compress"),
				   tl_vector_bytes(item, "uncompressed"));
}

TEST(decompress_refuses_what_is_no_block)
{
	size_t n_stricter = 0;
	json_t *item;
	size_t i;

	json_array_foreach(cases("decompress"), i, item)
	{
		struct buffer p = tl_vector_buffer(item, "packet");

		if (tl_vector_bool(item, "valid")) {
			check_decompresses(p, tl_vector_bytes(item,
							      "uncompressed"));
			continue;
		}
		n_stricter += tl_vector_has(item, "reference_accepts");
		if (tl_packet_decompress(&p, TL_BUFFER_OF(room)) !=
		    DROP_BAD_COMPRESSION)
			FAIL("%s", tl_vector_text(item, "why"));
	}
	CHECK_EQ(n_stricter, 1);
}
