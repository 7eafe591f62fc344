/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dictionary.h"

#include "harness.h"

static struct bytes dict(const char *text)
{
	return tl_bytes_from_str(text);
}

TEST(dictionary_every_byte_comes_back)
{
	uint8_t all[256], back[256], room[1024];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i, n;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	tl_dict_add(&w, "blob", TL_BYTES_OF(all));
	tl_dict_add_text(&w, "next", "x");
	CHECK(tl_writer_ok(&w));
	CHECK(tl_dict_get(tl_writer_bytes(&w), "blob", TL_BUFFER_OF(back), &n));
	CHECK_EQ(n, sizeof(all));
	CHECK_MEM(back, all, sizeof(all));
	CHECK(tl_dict_has(tl_writer_bytes(&w), "next"));
}

TEST(dictionary_entries_are_separated_not_ended)
{
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_dict_add_bool(&w, "a", true);
	tl_dict_add_text(&w, "b", "");
	CHECK(tl_bytes_equal(tl_writer_bytes(&w), dict("a=1\nb=")));
}

TEST(dictionary_value_that_does_not_fit_fails_the_writer)
{
	uint8_t room[6];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_dict_add_text(&w, "key", "\n\n");
	CHECK(!tl_writer_ok(&w));
}

TEST(dictionary_value_is_cut_to_the_buffer)
{
	uint8_t room[2];
	size_t n;

	CHECK(tl_dict_get(dict("k=\\n\\r\\e"), "k", TL_BUFFER_OF(room), &n));
	CHECK_EQ(n, 2);
	CHECK_MEM(room, "\n\r", 2);
	CHECK(tl_dict_get(dict("k=x"), "k", tl_buffer(NULL, 0), &n));
	CHECK_EQ(n, 0);
}

TEST(dictionary_numbers_saturate)
{
	CHECK_EQ(tl_dict_get_uint(dict("k=10000000000000000"), "k", 1),
		 UINT64_MAX);
	CHECK_EQ(tl_dict_get_uint(dict("k=-10000000000000000"), "k", 1),
		 UINT64_MAX);
	CHECK_EQ(tl_dict_get_int(dict("k=-10000000000000000"), "k", 1),
		 INT64_MIN);
	CHECK_EQ(tl_dict_get_int(dict("k=8000000000000000"), "k", 1),
		 INT64_MAX);
	CHECK_EQ(tl_dict_get_int(dict("k=-8000000000000000"), "k", 1),
		 INT64_MIN);
}

TEST(dictionary_lowest_number_comes_back)
{
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_dict_add_int(&w, "k", INT64_MIN + 1);
	CHECK(tl_bytes_equal(tl_writer_bytes(&w), dict("k=-7fffffffffffffff")));
	CHECK_EQ(tl_dict_get_int(tl_writer_bytes(&w), "k", 0), INT64_MIN + 1);
}

TEST(dictionary_0x_without_digits_is_zero)
{
	CHECK_EQ(tl_dict_get_uint(dict("k=0x"), "k", 1), 0);
	CHECK_EQ(tl_dict_get_uint(dict("k=0xg"), "k", 1), 0);
	CHECK_EQ(tl_dict_get_uint(dict("k=+0X1g"), "k", 9), 1);
}

TEST(dictionary_address_has_40_bits)
{
	uint8_t room[64];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK_EQ(tl_dict_get_address(dict("k=ff0123456789ab"), "k").v,
		 0x23456789ab);
	CHECK_EQ(tl_dict_get_address(dict(""), "k").v, 0);
	tl_dict_add_address(&w, "k", (struct address){ 0x12 });
	CHECK(tl_bytes_equal(tl_writer_bytes(&w), dict("k=0000000012")));
}

TEST(dictionary_empty_value)
{
	CHECK_EQ(tl_dict_get_uint(dict("k="), "k", 5), 5);
	CHECK_EQ(tl_dict_get_int(dict("k="), "k", -5), -5);
	CHECK(!tl_dict_get_bool(dict("k="), "k", true));
	CHECK(tl_dict_get_bool(dict("j="), "k", true));
}
