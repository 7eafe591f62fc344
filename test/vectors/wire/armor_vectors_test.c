/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/kbkdf.h"
#include "crypto/poly1305.h"
#include "crypto/salsa20.h"
#include "vectors/vector.h"
#include "wire/armor.h"

static struct armor *make_armor(const json_t *item)
{
	struct armor *armor;
	struct pair_key key;

	memcpy(key.b, tl_vector_fixed(item, "key48", PAIR_KEY_LEN),
	       PAIR_KEY_LEN);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	return armor;
}

TEST(armor_key_is_that_of_the_identities)
{
	json_t *root = tl_vector_load("armor");
	const char *a = tl_vector_text(root, "source_identity");
	const char *b = tl_vector_text(root, "destination_identity");
	struct identity mine;
	struct identity theirs;
	struct pair_key key;
	uint8_t derived[48];

	CHECK_EQ(tl_identity_parse(&mine, tl_bytes_from_str(a)), 0);
	CHECK_EQ(tl_identity_parse(&theirs, tl_bytes_from_str(b)), 0);
	CHECK_EQ(tl_identity_agree(&key, &mine, &theirs), 0);
	CHECK_BYTES(TL_BYTES_OF(key.b), tl_vector_bytes(root, "key48"));
	tl_kbkdf(derived, key.b, '0', 0, 0);
	CHECK_MEM(derived, tl_vector_fixed(root, "aes_k0", 32), 32);
	tl_kbkdf(derived, key.b, '1', 0, 0);
	CHECK_MEM(derived, tl_vector_fixed(root, "aes_k1", 32), 32);
}

static void check_header(const json_t *item, struct bytes p)
{
	CHECK_EQ(p.n,
		 PACKET_HEADER_LEN + tl_vector_int(item, "payload_length"));
	CHECK_EQ(tl_packet_id(p.at), tl_vector_u64(item, "packet_id_before"));
	CHECK_EQ(tl_packet_dest(p.at).v, tl_vector_u64(item, "destination"));
	CHECK_EQ(tl_packet_source(p.at).v, tl_vector_u64(item, "source"));
	CHECK_EQ(tl_packet_verb(p.at), tl_vector_int(item, "verb"));
	CHECK_EQ(p.at[PACKET_AT_FLAGS], tl_vector_bool(item, "fragmented_flag")
						? PACKET_FLAG_FRAGMENTED
						: 0);
}

TEST(armor_seals_like_the_reference)
{
	json_t *root = tl_vector_load("armor");
	struct armor *armor = make_armor(root);
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "armor"), i, item)
	{
		struct buffer p = tl_vector_buffer(item, "before");
		enum suite suite = (enum suite)tl_vector_int(item, "suite");

		check_header(item, tl_buffer_bytes(p));
		CHECK_EQ(tl_armor_seal(armor, suite, p), 0);
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(item, "armored"));
		CHECK_EQ(tl_packet_id(p.at),
			 tl_vector_u64(item, "wire_packet_id"));
		CHECK_EQ(p.at[PACKET_AT_FLAGS],
			 tl_vector_int(item, "flags_byte"));
		CHECK_MEM(p.at + PACKET_AT_MAC,
			  tl_vector_fixed(item, "mac_field", 8), 8);
		CHECK_EQ(tl_packet_suite(p.at), suite);
		if (suite == SUITE_AES_GMAC_SIV)
			CHECK_MEM(p.at + PACKET_AT_DEST,
				  tl_vector_fixed(item, "aad", 11), 11);
	}
	tl_armor_free(armor);
}

TEST(armor_opens_with_any_hops)
{
	json_t *root = tl_vector_load("armor");
	struct armor *armor = make_armor(root);
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "armor"), i, item)
	{
		struct buffer p = tl_vector_buffer(item, "armored");
		struct buffer p3 = tl_vector_buffer(item, "armored_hops3");
		struct bytes want = tl_vector_bytes(item, "dearmored");

		CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
		CHECK_BYTES(tl_buffer_bytes(p), want);

		CHECK_EQ(tl_packet_hops(p3.at), 3);
		CHECK_EQ(p3.at[PACKET_AT_FLAGS],
			 tl_vector_int(item, "flags_byte_hops3"));
		CHECK_EQ(tl_armor_open(armor, p3), DROP_NONE);
		p3.at[PACKET_AT_FLAGS] &= 0xf8;
		CHECK_BYTES(tl_buffer_bytes(p3), want);
	}
	tl_armor_free(armor);
}

/* The keys of one packet of suites 0 and 1, step by step. */
TEST(armor_mixes_the_header_into_the_key)
{
	json_t *root = tl_vector_load("armor");
	const uint8_t *base = tl_vector_fixed(root, "key48", 48);
	size_t n_checked = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "armor"), i, item)
	{
		struct bytes p = tl_vector_bytes(item, "armored");
		uint8_t block[64] = { 0 };
		uint8_t tag[16];
		const uint8_t *key;
		struct salsa20 s;

		if (tl_vector_int(item, "suite") == 3)
			continue;
		key = tl_vector_fixed(item, "mangled_key", 32);
		for (size_t k = 0; k < 18; k++)
			CHECK_EQ(key[k], base[k] ^ p.at[k]);
		CHECK_EQ(key[18], base[18] ^ (p.at[18] & 0xf8));
		CHECK_EQ(key[19], base[19] ^ (p.n & 0xff));
		CHECK_EQ(key[20], base[20] ^ (p.n >> 8));
		CHECK_MEM(key + 21, base + 21, 11);

		tl_salsa20_init(&s, key, p.at, 0);
		tl_salsa20_12_xor(&s, TL_BUFFER_OF(block));
		CHECK_MEM(block, tl_vector_fixed(item, "poly1305_key", 32), 32);
		tl_poly1305(tag, block, tl_bytes_skip(p, PACKET_AT_VERB));
		CHECK_MEM(tag, tl_vector_fixed(item, "poly1305_tag", 16), 16);
		n_checked++;
	}
	CHECK(n_checked > 0);
}

TEST(armor_notices_tampering)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("armor"), "tampered"),
			   i, item)
	{
		struct buffer p = tl_vector_buffer(item, "packet");
		struct armor *armor = make_armor(item);
		enum drop drop = tl_armor_open(armor, p);

		if ((drop == DROP_NONE) != tl_vector_bool(item, "authentic"))
			FAIL("%s: %s", tl_vector_text(item, "why"),
			     tl_drop_name(drop));
		if (drop == DROP_NONE)
			CHECK_BYTES(tl_buffer_bytes(p),
				    tl_vector_bytes(item, "dearmored"));
		else if (p.n < PACKET_HEADER_LEN)
			CHECK_EQ(drop, DROP_TOO_SHORT);
		else if (tl_packet_suite(p.at) == 2 ||
			 tl_packet_suite(p.at) > 3)
			CHECK_EQ(drop, DROP_BAD_SUITE);
		else
			CHECK_EQ(drop, DROP_BAD_MAC);
		tl_armor_free(armor);
	}
}

TEST(armor_leaves_trusted_paths_to_others)
{
	json_t *root = tl_vector_load("armor");
	struct armor *armor = make_armor(root);
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "trusted_path"), i, item)
	{
		struct buffer p = tl_vector_buffer(item, "on_wire");
		uint64_t id = tl_vector_u64(item, "trusted_path_id");

		CHECK_EQ(tl_packet_suite(p.at), SUITE_TRUSTED_PATH);
		CHECK_EQ(tl_load_be64(p.at + PACKET_AT_MAC), id);
		CHECK(!tl_vector_bool(item,
				      "accepted_by_the_cryptographic_check"));
		CHECK_EQ(tl_armor_open(armor, p), DROP_BAD_SUITE);
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(item, "on_wire"));
	}
	tl_armor_free(armor);
}

TEST(armor_masks_fields)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("armor"),
					   "field_masking"),
			   i, item)
	{
		struct buffer p = tl_vector_buffer(item, "before");
		struct bytes after = tl_vector_bytes(item, "after");
		size_t start = (size_t)tl_vector_int(item, "start");
		size_t len = (size_t)tl_vector_int(item, "length");
		struct armor *armor = make_armor(item);

		CHECK_EQ(tl_packet_id(p.at), tl_vector_u64(item, "packet_id"));
		tl_armor_mask_field(armor, tl_buffer(p.at, start + len), start);
		CHECK_BYTES(tl_buffer_bytes(p), after);
		tl_armor_mask_field(armor, tl_buffer(p.at, start + len), start);
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(item, "before"));
		tl_armor_free(armor);
	}
}
