/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of inetaddress.json: addresses on the wire and as text. */
#include "vectors/vector.h"
#include "wire/endpoint.h"

static json_t *cases(const char *key)
{
	return tl_vector_array(tl_vector_load("inetaddress"), key);
}

static struct endpoint parsed(const char *text)
{
	struct endpoint e = { .family = 0 };

	if (text[0] != '\0')
		CHECK_EQ(tl_endpoint_parse(&e, text), 0);
	return e;
}

static bool is_any(const char *text, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(text, *list) == 0)
			return true;
	}
	return false;
}

TEST(inetaddress_serialize)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("serialize"), i, item)
	{
		struct endpoint e = parsed(tl_vector_text(item, "text"));
		uint8_t room[ENDPOINT_WIRE_MAX];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		char text[ENDPOINT_TEXT_SIZE];

		CHECK_EQ(e.family, tl_vector_int(item, "family"));
		CHECK_EQ(e.port, tl_vector_int(item, "port_or_bits"));
		tl_write_endpoint(&w, &e);
		CHECK_BYTES(tl_writer_bytes(&w), tl_vector_bytes(item, "wire"));
		CHECK_STR(tl_endpoint_print(text, &e),
			  tl_vector_text(item, "printed"));
		CHECK_STR(tl_endpoint_print_ip(text, &e),
			  tl_vector_text(item, "address"));
	}
}

/* The reference skips reserved types even past the end of the input. Here what
 * is cut is malformed. */
TEST(inetaddress_parse)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("parse"), i, item)
	{
		struct bytes input = tl_vector_bytes(item, "input");
		struct reader r = tl_reader(input);
		struct endpoint e = tl_read_endpoint(&r);
		bool parses = tl_vector_bool(item, "parses");
		struct endpoint want;

		if (parses && (size_t)tl_vector_int(item, "consumed") > input.n)
			parses = false;
		CHECK_EQ(tl_reader_ok(&r), parses);
		if (!parses) {
			CHECK(tl_endpoint_is_nil(&e));
			continue;
		}
		CHECK_EQ(input.n - r.rest.n, tl_vector_int(item, "consumed"));
		CHECK_EQ(e.family, tl_vector_int(item, "family"));
		if (!tl_vector_has(item, "value"))
			continue;
		want = parsed(tl_vector_text(item, "value"));
		CHECK(tl_endpoint_equal(&e, &want));
	}
}

TEST(inetaddress_scope)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases("scope"), i, item)
	{
		const char *text = tl_vector_text(item, "address");
		struct endpoint e = parsed(text);

		if (tl_endpoint_scope(&e) != tl_vector_int(item, "scope"))
			FAIL("scope of %s is %d", text, tl_endpoint_scope(&e));
	}
}

/* Different from the reference: an IPv6 network with host bits contains what
 * its prefix says, as an IPv4 one does. (Rules compare for themselves.) */
TEST(inetaddress_contains)
{
	static const char *const with_host_bits[] = { "2001:db8::1/32", NULL };
	json_t *item;
	size_t i;

	json_array_foreach(cases("contains"), i, item)
	{
		const char *text = tl_vector_text(item, "network");
		struct endpoint net = parsed(text);
		struct endpoint e = parsed(tl_vector_text(item, "address"));
		bool want = tl_vector_bool(item, "contains") ||
			    is_any(text, with_host_bits);

		CHECK_EQ(tl_endpoint_contains(&net, &e), want);
	}
}

/* The reference takes nonsense for 0.0.0.0, cuts numbers and ignores what
 * follows. Here text is right or refused. */
TEST(inetaddress_text)
{
	static const char *const refused[] = { "10.0.0.1/",  "10.0.0.1/99999",
					       "10.0.0/24",  "1.2.3.4.5/8",
					       "",	     "10.0.0.1/24x",
					       "10.0.0.256", NULL };
	json_t *item;
	size_t i;

	json_array_foreach(cases("text"), i, item)
	{
		const char *text = tl_vector_text(item, "text");
		bool parses = tl_vector_bool(item, "parses") &&
			      !is_any(text, refused);
		char printed[ENDPOINT_TEXT_SIZE];
		struct endpoint e;

		CHECK_EQ(tl_endpoint_parse(&e, text) == 0, parses);
		if (!parses)
			continue;
		CHECK_EQ(e.family, tl_vector_int(item, "family"));
		CHECK_STR(tl_endpoint_print(printed, &e),
			  tl_vector_text(item, "printed"));
	}
}
