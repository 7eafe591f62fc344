/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/words.h"

#include <errno.h>

#include "base/alloc.h"
#include "harness.h"

/* "text@line:column" of each word, ';' behind those that end something. */
static void check_words(const char *text, const char *want)
{
	struct rule_word *words;
	char got[400] = "";
	size_t n;
	size_t i;

	CHECK_EQ(tl_words_split(&words, &n, tl_bytes_from_str(text)), 0);
	for (i = 0; i < n; i++) {
		size_t used = strlen(got);

		snprintf(got + used, sizeof(got) - used, "%s%.*s%s@%u:%u",
			 i ? " " : "", (int)words[i].text.n,
			 (const char *)words[i].text.at,
			 words[i].ends ? ";" : "", words[i].line,
			 words[i].column);
	}
	tl_free(words);
	CHECK_STR(got, want);
}

TEST(words_are_parted_by_blanks)
{
	check_words("", "");
	check_words(" \t\r\n", "");
	check_words("a", "a@1:1");
	check_words("  a\tb\r\nc d", "a@1:3 b@1:5 c@2:1 d@2:3");
}

TEST(words_end_with_one_semicolon)
{
	check_words("accept;", "accept;@1:1");
	check_words("accept ;", "accept@1:1 ;@1:8");
	check_words("a;; b;c", "a;;@1:1 b;c@1:5");
}

TEST(words_comments_reach_to_the_end_of_the_line)
{
	check_words("# a b\nc # d;\n#\n e#f", "c@2:1 e#f@4:2");
}

TEST(words_columns_are_characters)
{
	check_words("\xc3\xa4\xe2\x82\xac x", "\xc3\xa4\xe2\x82\xac@1:1 x@1:4");
}

TEST(words_mark_of_the_byte_order_is_passed_over)
{
	check_words("\xef\xbb\xbf"
		    "a b",
		    "a@1:1 b@1:3");
	check_words("\xef\xbb\xbf", "");
	check_words("\xef\xbb", "\xef\xbb@1:1");
	/* Elsewhere it is part of a word. */
	check_words("a \xef\xbb\xbf", "a@1:1 \xef\xbb\xbf@1:3");
}

TEST(words_of_a_text_that_is_too_long_are_none)
{
	static char text[RULES_TEXT_MAX + 1];
	struct rule_word *words;
	size_t n;

	memset(text, 'a', sizeof(text));
	CHECK_EQ(tl_words_split(&words, &n, TL_BYTES_OF(text)), -E2BIG);
	CHECK_EQ(tl_words_split(&words, &n, tl_bytes(text, RULES_TEXT_MAX)), 0);
	CHECK_EQ(n, 1);
	tl_free(words);
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_words_split(&words, &n, tl_bytes(text, 9)), -ENOMEM);
}

TEST(words_shown_are_short_and_printable)
{
	CHECK_STR(tl_word_shown(tl_bytes_from_str("a\x01z\x7f")), "a?z?");
	CHECK_STR(tl_word_shown(tl_bytes_from_str(
			  "0123456789012345678901234567890123456789")),
		  "0123456789012345678901234567890123456789");
	CHECK_STR(tl_word_shown(tl_bytes_from_str(
			  "012345678901234567890123456789012345678\xc3\xa4")),
		  "012345678901234567890123456789012345678...");
}

TEST(words_lists_are_parted)
{
	struct bytes rest = tl_bytes_from_str("a,,bc");
	struct bytes part;

	CHECK(tl_word_next_part(&rest, &part, ',') && tl_word_is(part, "A"));
	CHECK(tl_word_next_part(&rest, &part, ',') && part.n == 0);
	CHECK(tl_word_next_part(&rest, &part, ',') && tl_word_is(part, "bc"));
	CHECK(!tl_word_next_part(&rest, &part, ','));
	rest = tl_bytes_from_str("a,");
	CHECK(tl_word_next_part(&rest, &part, ',') && part.n == 1);
	CHECK(tl_word_next_part(&rest, &part, ',') && part.n == 0);
	CHECK(!tl_word_next_part(&rest, &part, ','));
}

static uint64_t number(const char *text)
{
	uint64_t v = 0;

	return tl_word_number(&v, tl_bytes_from_str(text)) ? v : UINT64_MAX;
}

TEST(words_numbers_are_decimal_or_hexadecimal)
{
	CHECK_EQ(number("0"), 0);
	CHECK_EQ(number("010"), 10);
	CHECK_EQ(number("0x10"), 16);
	CHECK_EQ(number("0XfF"), 255);
	CHECK_EQ(number("4294967296"), 4294967296);
	CHECK_EQ(number(""), UINT64_MAX);
	CHECK_EQ(number("0x"), UINT64_MAX);
	CHECK_EQ(number("-1"), UINT64_MAX);
	CHECK_EQ(number("1a"), UINT64_MAX);
	CHECK_EQ(number("0x1g"), UINT64_MAX);
	CHECK_EQ(number("99999999999999999999"), UINT64_MAX);
}

TEST(words_utf8_is_told_from_other_bytes)
{
	static const char *const good[] = { "", "abc", "\xc3\xa4",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x98\x80" };
	static const char *const bad[] = { "\x80",
					   "\xc3",
					   "\xc0\x80",
					   "\xe0\x80\x80",
					   "\xed\xa0\x80",
					   "\xf5\x80\x80\x80",
					   "\xe2\x82",
					   "\xc3g",
					   "\xf0\x80\x80\x80",
					   "\xf4\x90\x80\x80",
					   "\xff" };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(good); i++)
		CHECK(tl_word_is_utf8(tl_bytes_from_str(good[i])));
	for (i = 0; i < TL_ARRAY_SIZE(bad); i++)
		CHECK(!tl_word_is_utf8(tl_bytes_from_str(bad[i])));
}
