/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http_body.h"

#include "harness.h"

/* Feed @text in pieces of @step bytes. Bytes that belong to the body. */
static size_t feed(struct http_body *b, const char *text, size_t step)
{
	struct bytes rest = tl_bytes_from_str(text);
	size_t total = 0;
	size_t n;
	size_t want;

	while (rest.n && !b->is_done && !b->is_bad) {
		want = TL_MIN(step, rest.n);
		n = tl_http_body_take(b, tl_bytes(rest.at, want));
		CHECK(n <= want);
		CHECK(n == want || b->is_done || b->is_bad);
		CHECK(!(b->is_done && b->is_bad));
		total += n;
		rest = tl_bytes_skip(rest, n);
	}
	return total;
}

static void check_whole(const char *body)
{
	struct http_body b;
	char more[256];

	snprintf(more, sizeof(more), "%sGET / HTTP/1.1\r\n", body);
	for (size_t step = 1; step < 40; step++) {
		tl_http_body_init(&b, HTTP_BODY_CHUNKED, 0);
		CHECK_EQ(feed(&b, more, step), strlen(body));
		CHECK(b.is_done);
		CHECK(tl_http_body_may_end(&b));
	}
	/* No beginning of it is a whole. */
	for (size_t n = 0; n < strlen(body); n++) {
		snprintf(more, sizeof(more), "%.*s", (int)n, body);
		tl_http_body_init(&b, HTTP_BODY_CHUNKED, 0);
		CHECK_EQ(feed(&b, more, 7), n);
		CHECK(!tl_http_body_may_end(&b));
	}
}

TEST(body_of_chunks_ends_with_its_last)
{
	check_whole("0\r\n\r\n");
	check_whole("5\r\nhello\r\n0\r\n\r\n");
	check_whole("A;name=\"x y\"\r\n0123456789\r\n000\r\n\r\n");
	check_whole("1\r\nx\r\n00\r\nTrailer: a\r\nOther: b\r\n\r\n");
	check_whole("2 \r\n\r\n\r\n0\r\n\r\n");
}

TEST(body_of_bad_chunks_is_refused)
{
	static const char *const bad[] = {
		"\r\n",
		"x\r\n",
		"-1\r\n",
		" 1\r\nx\r\n",
		"5\nhello",
		"1\r\nxx\r\n",
		"1\r\nx\n0\r\n",
		"0x1\r\nx",
		"1\rx",
		"0\r\n\rx",
		"0\r\na\nb",
		"0\r\na\rb",
		"1;\x01\r\nx\r\n",
		"1\r\nx0\r\n",
		"1000000000000000\r\n",
	};
	struct http_body b;

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++) {
		for (size_t step = 1; step < 4; step++) {
			tl_http_body_init(&b, HTTP_BODY_CHUNKED, 0);
			feed(&b, bad[i], step);
			if (!b.is_bad)
				FAIL("taken: %s", bad[i]);
			CHECK(!tl_http_body_may_end(&b));
		}
	}
}

TEST(body_trailers_have_a_limit)
{
	static char line[1001];
	struct http_body b;
	int i;

	memset(line, 'x', 998);
	memcpy(line + 998, "\r\n", 3);
	tl_http_body_init(&b, HTTP_BODY_CHUNKED, 0);
	feed(&b, "0\r\n", 3);
	for (i = 0; i < 100 && !b.is_bad; i++)
		feed(&b, line, sizeof(line));
	CHECK_EQ(i, 33);
}

TEST(body_with_a_length_ends_there)
{
	struct http_body b;

	tl_http_body_init(&b, HTTP_BODY_LENGTH, 5);
	CHECK_EQ(feed(&b, "hel", 3), 3);
	CHECK(!tl_http_body_may_end(&b));
	CHECK_EQ(feed(&b, "lo and more", 20), 2);
	CHECK(b.is_done);
	CHECK_EQ(tl_http_body_take(&b, tl_bytes_from_str("x")), 0);
	tl_http_body_init(&b, HTTP_BODY_LENGTH, 0);
	CHECK(b.is_done);
	tl_http_body_init(&b, HTTP_BODY_NONE, 9);
	CHECK(b.is_done);
}

TEST(body_to_the_end_is_never_done)
{
	struct http_body b;

	tl_http_body_init(&b, HTTP_BODY_TO_END, 0);
	CHECK_EQ(feed(&b, "anything\r\n0\r\n\r\n", 100), 15);
	CHECK(!b.is_done);
	CHECK(tl_http_body_may_end(&b));
}
