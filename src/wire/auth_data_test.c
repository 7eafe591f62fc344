/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/auth_data.h"

#include <string.h>

#include "harness.h"

static struct auth_data auth;

/* @dict with its length in front, cut to @n bytes if that is less. */
static void parse(const char *dict, size_t n)
{
	static uint8_t room[4096];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_be16(&w, (uint16_t)strlen(dict));
	tl_write_bytes(&w, tl_bytes_from_str(dict));
	CHECK(tl_writer_ok(&w));
	memset(&auth, 0xff, sizeof(auth));
	tl_auth_data_parse(&auth, tl_bytes_first(tl_writer_bytes(&w), n));
}

static void check(const char *dict, enum auth_kind kind, const char *url)
{
	parse(dict, SIZE_MAX);
	CHECK_EQ(auth.kind, kind);
	CHECK_STR(auth.url, url);
}

TEST(auth_data_names_a_page_or_an_issuer)
{
	check("aV=0000000000000000\naU=https://a.test/?b\\e1", AUTH_PAGE,
	      "https://a.test/?b=1");
	check("aU=https://a.test/", AUTH_PAGE, "https://a.test/");
	check("aV=1\niU=https://i.test/\naN=1\naS=2\naCID=3", AUTH_OIDC,
	      "https://i.test/");
	check("aV=1", AUTH_OIDC, "");
}

TEST(auth_data_that_says_nothing_is_nothing)
{
	check("aV=0", AUTH_NONE, "");
	check("aV=0\naU=", AUTH_NONE, "");
	check("aV=2\naU=https://a.test/", AUTH_NONE, "");
	parse("aU=https://a.test/", 10);
	CHECK_EQ(auth.kind, AUTH_NONE);
}

TEST(auth_data_may_be_left_out)
{
	size_t n;

	for (n = 0; n <= 2; n++) {
		parse("", n);
		CHECK_EQ(auth.kind, AUTH_UNSAID);
		CHECK_STR(auth.url, "");
	}
}

TEST(auth_data_has_nothing_that_a_terminal_obeys)
{
	check("aU=https://a.test/\x1b[2J", AUTH_NONE, "");
	check("aU=https://a.test/\\r", AUTH_NONE, "");
	check("aV=1\niU=https://a.test/ b", AUTH_OIDC, "");
	check("aV=1\niU=https://a.test/\x7f", AUTH_OIDC, "");
	check("aV=1\niU=https://a.test/\xc3\xa4", AUTH_OIDC, "");
}

TEST(auth_data_of_any_length_fits)
{
	static char dict[3000] = "aU=https://";

	memset(dict + 11, 'x', 2500);
	parse(dict, SIZE_MAX);
	CHECK_EQ(auth.kind, AUTH_PAGE);
	CHECK_EQ(strlen(auth.url), AUTH_URL_SIZE - 1);
}
