/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of dictionary.json. */
#include "vectors/vector.h"
#include "wire/dictionary.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("dictionary"), key);
}

static long long signed_text(const json_t *item, const char *key)
{
	return strtoll(tl_vector_text(item, key), NULL, 10);
}

TEST(dictionary_encode_value)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("encode_value"), i, item)
	{
		struct bytes value = tl_vector_bytes(item, "value_hex");
		uint8_t room[1024];
		uint8_t back[1024];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		size_t n;

		tl_dict_add(&w, tl_vector_text(item, "key"), value);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(item, "encoded_hex"));
		CHECK(tl_dict_get(tl_writer_bytes(&w),
				  tl_vector_text(item, "key"),
				  TL_BUFFER_OF(back), &n));
		CHECK_BYTES(tl_bytes(back, n), value);
	}
}

static void add_typed(struct writer *w, const json_t *item, const char *kind)
{
	struct address addr;

	if (strcmp(kind, "unsigned") == 0)
		tl_dict_add_uint(w, "k", tl_vector_u64(item, "value"));
	else if (strcmp(kind, "signed") == 0)
		tl_dict_add_int(w, "k", signed_text(item, "value"));
	else if (strcmp(kind, "boolean") == 0)
		tl_dict_add_bool(w, "k", tl_vector_bool(item, "value"));
	else if (strcmp(kind, "address, added as an integer") == 0)
		tl_dict_add_uint(w, "k", tl_vector_u64(item, "value"));
	else {
		CHECK_EQ(strncmp(kind, "address, added as text", 22), 0);
		addr.v = tl_vector_u64(item, "value");
		tl_dict_add_address(w, "k", addr);
		CHECK_EQ(tl_dict_get_address(tl_writer_bytes(w), "k").v,
			 addr.v);
	}
}

/* The reference loses the sign of negative numbers when it writes them; here
 * it is written, since it can be read (vl2.md 3.3). */
static void check_negative(const json_t *item, struct bytes written)
{
	struct bytes want = tl_vector_bytes(item, "encoded_hex");

	CHECK_EQ(written.n, want.n + 1);
	CHECK_MEM(written.at, "k=-", 3);
	CHECK_MEM(written.at + 3, want.at + 2, want.n - 2);
	CHECK_EQ(tl_dict_get_int(written, "k", 7), signed_text(item, "value"));
}

TEST(dictionary_encode_typed)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("encode_typed"), i, item)
	{
		const char *kind = tl_vector_text(item, "kind");
		struct bytes want = tl_vector_bytes(item, "encoded_hex");
		uint8_t room[64];
		struct writer w = tl_writer(TL_BUFFER_OF(room));

		add_typed(&w, item, kind);
		if (strcmp(kind, "signed") == 0 &&
		    signed_text(item, "value") < 0)
			check_negative(item, tl_writer_bytes(&w));
		else
			CHECK_BYTES(tl_writer_bytes(&w), want);
		if (tl_vector_has(item, "get_unsigned"))
			CHECK_EQ(tl_dict_get_uint(want, "k", 7),
				 tl_vector_u64(item, "get_unsigned"));
		if (tl_vector_has(item, "get_signed"))
			CHECK_EQ(tl_dict_get_int(want, "k", 7),
				 signed_text(item, "get_signed"));
	}
}

static void add_entry(struct writer *w, const json_t *item)
{
	const char *key = tl_vector_text(item, "key");
	json_t *value = json_object_get(item, "value");

	if (json_is_integer(value))
		tl_dict_add_uint(w, key, (uint64_t)json_integer_value(value));
	else if (value)
		tl_dict_add_uint(w, key, tl_vector_u64(item, "value"));
	else
		tl_dict_add(w, key, tl_vector_bytes(item, "value_hex"));
}

TEST(dictionary_encode_several)
{
	json_t *all =
		tl_vector_get(tl_vector_load("dictionary"), "encode_several");
	uint8_t room[256];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(all, "entries"), i, item)
		add_entry(&w, item);
	CHECK_BYTES(tl_writer_bytes(&w), tl_vector_bytes(all, "encoded_hex"));
}

static void check_typed(const json_t *item, struct bytes dict, const char *key)
{
	CHECK_EQ(tl_dict_get_uint(dict, key, 0xdead),
		 tl_vector_u64(item, "as_unsigned_default_dead"));
	CHECK_EQ(tl_dict_get_int(dict, key, 7),
		 signed_text(item, "as_signed_default_7"));
	CHECK_EQ(tl_dict_get_bool(dict, key, false),
		 tl_vector_bool(item, "as_boolean_default_false"));
	CHECK_EQ(tl_dict_get_bool(dict, key, true),
		 tl_vector_bool(item, "as_boolean_default_true"));
}

/* The reference's buffers end with a zero, hence one byte less here. */
TEST(dictionary_get)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("get"), i, item)
	{
		struct bytes dict = tl_vector_bytes(item, "dictionary_hex");
		const char *key = tl_vector_text(item, "key");
		uint8_t room[2048];
		size_t size = (size_t)tl_vector_int(item, "buffer_size");
		bool found;
		size_t n;

		CHECK(size >= 1 && size <= sizeof(room));
		found = tl_dict_get(dict, key, tl_buffer(room, size - 1), &n);
		CHECK_EQ(found, tl_vector_int(item, "result_length") >= 0);
		CHECK_EQ(tl_dict_has(dict, key),
			 tl_vector_bool(item, "contains"));
		if (found) {
			CHECK_EQ(n, tl_vector_int(item, "result_length"));
			CHECK_BYTES(tl_bytes(room, n),
				    tl_vector_bytes(item, "value_hex"));
		}
		check_typed(item, dict, key);
	}
}
