/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/vector.h"
#include "wire/identity.h"

TEST(signature_is_deterministic)
{
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("sign"), "valid"), i,
			   item)
	{
		const char *signer = tl_vector_text(item, "signer");
		struct bytes message = tl_vector_bytes(item, "message");
		struct signature sig;
		struct identity id;

		CHECK_EQ(tl_identity_parse(&id, tl_bytes_from_str(signer)), 0);
		tl_identity_sign(&sig, &id, message);
		CHECK_BYTES(TL_BYTES_OF(sig.b),
			    tl_vector_bytes(item, "signature"));
		CHECK(tl_signature_verify(&sig, id.pub, message));
	}
}

/* What the reference takes and RFC 8032 forbids. */
static bool is_too_lenient(const char *why)
{
	return strncmp(why, "S replaced by S + L", 19) == 0 ||
	       strncmp(why, "public key is the neutral element", 33) == 0;
}

TEST(signature_notices_tampering)
{
	size_t n_stricter = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(tl_vector_load("sign"), "tampered"),
			   i, item)
	{
		struct bytes raw = tl_vector_bytes(item, "signature");
		const char *why = tl_vector_text(item, "why");
		bool verifies = tl_vector_bool(item, "verifies");
		struct signature sig;

		/* The type admits no other length. */
		if (raw.n != SIGNATURE_LEN) {
			CHECK(!verifies);
			continue;
		}
		if (is_too_lenient(why)) {
			CHECK(verifies);
			verifies = false;
			n_stricter++;
		}
		memcpy(sig.b, raw.at, SIGNATURE_LEN);
		if (tl_signature_verify(
			    &sig, tl_vector_fixed(item, "public_key", 64),
			    tl_vector_bytes(item, "message")) != verifies)
			FAIL("%s", why);
	}
	CHECK_EQ(n_stricter, 2);
}
