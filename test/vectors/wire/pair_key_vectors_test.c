/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "vectors/vector.h"
#include "wire/identity.h"

static struct identity parse(const json_t *item, const char *key)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(
			 &id, tl_bytes_from_str(tl_vector_text(item, key))),
		 0);
	return id;
}

TEST(pair_key_is_the_same_at_both_ends)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"), "pairs"), i,
			   item)
	{
		struct bytes want = tl_vector_bytes(item, "key48");
		struct identity a = parse(item, "a");
		struct identity b = parse(item, "b");
		struct pair_key key;

		CHECK_EQ(tl_identity_agree(&key, &a, &b), 0);
		CHECK_BYTES(TL_BYTES_OF(key.b), want);
		CHECK_EQ(tl_identity_agree(&key, &b, &a), 0);
		CHECK_BYTES(TL_BYTES_OF(key.b), want);
		CHECK_MEM(key.b, tl_vector_fixed(item, "salsa_key32", 32), 32);
	}
}

TEST(pair_key_of_unusual_public_keys)
{
	static const uint8_t zero[32];
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("agree"),
					   "unusual_peer_keys"),
			   i, item)
	{
		struct identity mine = { .has_priv = true };
		struct identity theirs = { 0 };
		struct pair_key key;
		int err;

		memcpy(mine.priv, tl_vector_fixed(item, "private_key", 32), 32);
		memcpy(theirs.pub,
		       tl_vector_fixed(item, "peer_x25519_public", 32), 32);
		err = tl_identity_agree(&key, &mine, &theirs);
		if (memcmp(tl_vector_fixed(item, "x25519_raw", 32), zero, 32) ==
		    0) {
			CHECK_EQ(err, -EKEYREJECTED);
			continue;
		}
		CHECK_EQ(err, 0);
		CHECK_BYTES(TL_BYTES_OF(key.b), tl_vector_bytes(item, "key48"));
	}
}
