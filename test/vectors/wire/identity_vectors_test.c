/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "vectors/vector.h"
#include "wire/identity.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("identity"), key);
}

static struct identity parse(const json_t *item, const char *key)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(
			 &id, tl_bytes_from_str(tl_vector_text(item, key))),
		 0);
	return id;
}

TEST(identity_string_forms)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("valid"), i, item)
	{
		struct identity id = parse(item, "string_secret");
		char text[IDENTITY_TEXT_SIZE];

		CHECK(id.has_priv);
		CHECK_EQ(id.addr.v, tl_vector_u64(item, "address"));
		CHECK_BYTES(TL_BYTES_OF(id.pub),
			    tl_vector_bytes(item, "public_key"));
		CHECK_BYTES(TL_BYTES_OF(id.priv),
			    tl_vector_bytes(item, "private_key"));
		CHECK_STR(tl_identity_print(text, &id, true),
			  tl_vector_text(item, "string_secret"));
		CHECK_STR(tl_identity_print(text, &id, false),
			  tl_vector_text(item, "string_public"));

		id = parse(item, "string_public");
		CHECK(!id.has_priv);
		CHECK_STR(tl_identity_print(text, &id, false),
			  tl_vector_text(item, "string_public"));
	}
}

TEST(identity_binary_forms)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("valid"), i, item)
	{
		struct identity id = parse(item, "string_secret");
		uint8_t room[IDENTITY_WIRE_LEN];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct reader r =
			tl_reader(tl_vector_bytes(item, "binary_secret"));
		struct identity read;

		tl_write_identity(&w, &id);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "binary_public"));
		tl_read_identity(&r, &read);
		CHECK(tl_reader_done(&r));
		CHECK(read.has_priv);
		CHECK(tl_identity_equal(&read, &id));
		CHECK_MEM(read.priv, id.priv, IDENTITY_PRIV_LEN);
	}
}

TEST(identity_hashes)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("valid"), i, item)
	{
		struct identity id = parse(item, "string_public");
		uint8_t hash[IDENTITY_HASH_LEN];

		tl_identity_hash(hash, &id);
		CHECK_BYTES(TL_BYTES_OF(hash),
			    tl_vector_bytes(item, "public_key_hash"));
	}
}

TEST(identity_valid_ones_validate)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("valid"), i, item)
	{
		struct identity id = parse(item, "string_secret");

		CHECK(tl_vector_bool(item, "locally_valid"));
		CHECK_EQ(tl_identity_validate(&id), 0);
		id = parse(item, "string_public");
		CHECK_EQ(tl_identity_validate(&id), 0);
	}
}

TEST(identity_invalid_ones_do_not)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("invalid"), i, item)
	{
		struct reader r =
			tl_reader(tl_vector_bytes(item, "binary_public"));
		const char *text = tl_vector_text(item, "string_public");
		struct identity id;
		int err = tl_identity_parse(&id, tl_bytes_from_str(text));

		CHECK_EQ(err == 0, tl_vector_bool(item, "string_parses"));
		tl_read_identity(&r, &id);
		CHECK(tl_reader_done(&r));
		CHECK_EQ(id.addr.v, tl_vector_u64(item, "claimed_address"));
		CHECK(!tl_vector_bool(item, "locally_valid"));
		CHECK_EQ(tl_identity_validate(&id), -EKEYREJECTED);
	}
}

/* Of what the reference lets pass, only these are let pass here. */
static bool is_tolerated(const char *why)
{
	return strcmp(why, "trailing line feed") == 0 ||
	       strcmp(why, "secret with trailing CRLF") == 0 ||
	       strcmp(why, "upper case hex") == 0;
}

TEST(identity_text_is_read_strictly)
{
	size_t n_stricter = 0;
	json_t *item;
	size_t i;

	json_array_foreach(cases("string_parsing"), i, item)
	{
		const char *text = tl_vector_text(item, "input");
		const char *why = tl_vector_text(item, "why");
		bool parses = tl_vector_bool(item, "parses");
		struct identity id;
		int err = tl_identity_parse(&id, tl_bytes_from_str(text));

		if (tl_vector_bool(item, "lenient") && !is_tolerated(why)) {
			CHECK(parses);
			parses = false;
			n_stricter++;
		}
		if ((err == 0) != parses)
			FAIL("%s: %d", why, err);
		if (!parses)
			continue;
		CHECK_EQ(id.addr.v, tl_vector_u64(item, "address"));
		CHECK_EQ(id.has_priv, tl_vector_bool(item, "has_private"));
		CHECK_BYTES(TL_BYTES_OF(id.pub),
			    tl_vector_bytes(item, "public_key"));
	}
	CHECK_EQ(n_stricter, 8);
}

TEST(identity_binary_is_read)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("binary_parsing"), i, item)
	{
		struct bytes input = tl_vector_bytes(item, "input");
		struct reader r = tl_reader(input);
		struct identity id;

		tl_read_identity(&r, &id);
		CHECK_EQ(tl_reader_ok(&r), tl_vector_bool(item, "parses"));
		if (!tl_reader_ok(&r))
			continue;
		CHECK_EQ(input.n - r.rest.n, tl_vector_int(item, "consumed"));
		CHECK_EQ(id.addr.v, tl_vector_u64(item, "address"));
		CHECK_EQ(id.has_priv, tl_vector_bool(item, "has_private"));
	}
}

static int compare(const void *a, const void *b)
{
	return tl_identity_compare(a, b);
}

TEST(identity_order_is_by_address)
{
	json_t *root = tl_vector_load("identity");
	json_t *valid = tl_vector_array(root, "valid");
	json_t *sorted = tl_vector_array(root, "sorted_first_six");
	struct identity ids[6];
	char text[ADDRESS_TEXT_SIZE];

	CHECK_EQ(json_array_size(sorted), 6);
	for (size_t i = 0; i < 6; i++)
		ids[i] = parse(json_array_get(valid, i), "string_public");
	qsort(ids, 6, sizeof(ids[0]), compare);
	for (size_t i = 0; i < 6; i++)
		CHECK_STR(tl_address_print(text, ids[i].addr),
			  json_string_value(json_array_get(sorted, i)));
}
