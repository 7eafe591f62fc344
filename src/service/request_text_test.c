/* SPDX-License-Identifier: Apache-2.0 */
#include "service/request_text.h"

#include <errno.h>

#include "harness.h"

static char head[1024];
static struct request_text q;

static int parse(const char *text)
{
	size_t n = strlen(text);

	CHECK(n < sizeof(head));
	memcpy(head, text, n + 1);
	CHECK_EQ(tl_request_head_len(tl_bytes(head, n)), n);
	return tl_request_parse(&q, tl_buffer(head, n));
}

TEST(request_head_ends_with_an_empty_line)
{
	const char *text = "GET / HTTP/1.1\r\nA: b\r\n\r\nbody";
	struct bytes b = tl_bytes_from_str(text);

	for (size_t n = 0; n < 24; n++)
		CHECK_EQ(tl_request_head_len(tl_bytes(b.at, n)), 0);
	CHECK_EQ(tl_request_head_len(b), 24);
	CHECK_EQ(tl_request_head_len(tl_bytes(NULL, 0)), 0);
}

TEST(request_without_fields)
{
	CHECK_EQ(parse("GET /status HTTP/1.1\r\n\r\n"), 0);
	CHECK(q.has_method && !q.is_head && !q.is_chunked && !q.expects);
	CHECK_EQ(q.method, HTTP_GET);
	CHECK_STR(q.path, "/status");
	CHECK(!q.token);
	CHECK_EQ(q.body_len, 0);
	CHECK(!tl_request_query(&q, ""));
	CHECK(!tl_request_query(&q, "a"));
}

TEST(request_methods)
{
	CHECK_EQ(parse("HEAD / HTTP/1.1\r\n\r\n"), 0);
	CHECK(q.is_head && q.method == HTTP_GET);
	CHECK_EQ(parse("PUT / HTTP/1.0\r\n\r\n"), 0);
	CHECK(!q.is_head && q.method == HTTP_POST);
	CHECK_EQ(parse("DELETE / HTTP/1.1\r\n\r\n"), 0);
	CHECK_EQ(q.method, HTTP_DELETE);
	CHECK_EQ(parse("get / HTTP/1.1\r\n\r\n"), 0);
	CHECK(!q.has_method);
	CHECK_EQ(parse("PATCH / HTTP/1.1\r\n\r\n"), 0);
	CHECK(!q.has_method);
}

TEST(request_paths_and_parameters_are_decoded)
{
	CHECK_EQ(parse("GET /a%20b%2fc?x=%26y&z&w=&x=2 HTTP/1.1\r\n\r\n"), 0);
	CHECK_STR(q.path, "/a b/c");
	CHECK_STR(tl_request_query(&q, "x"), "&y");
	CHECK_STR(tl_request_query(&q, "x"), "&y");
	CHECK_STR(tl_request_query(&q, "w"), "");
	CHECK(!tl_request_query(&q, "z"));
	CHECK(!tl_request_query(&q, "y"));
	CHECK_EQ(parse("GET /%00 HTTP/1.1\r\n\r\n"), -EBADMSG);
	CHECK_EQ(parse("GET /%4 HTTP/1.1\r\n\r\n"), -EBADMSG);
	CHECK_EQ(parse("GET /%g0 HTTP/1.1\r\n\r\n"), -EBADMSG);
	CHECK_EQ(parse("GET /?%0g HTTP/1.1\r\n\r\n"), -EBADMSG);
}

TEST(request_token_by_the_first_of_three_ways)
{
	CHECK_EQ(parse("GET /?auth=q HTTP/1.1\r\nx-zt1-AUTH: \t f \t\r\n"
		       "Authorization: Bearer b\r\n\r\n"),
		 0);
	CHECK_STR(q.token, "f");
	CHECK_EQ(parse("GET /?auth=q HTTP/1.1\r\n"
		       "Authorization: Bearer b\r\n\r\n"),
		 0);
	CHECK_STR(q.token, "q");
	CHECK_EQ(parse("GET / HTTP/1.1\r\nauthorization: bEARER b\r\n\r\n"), 0);
	CHECK_STR(q.token, "b");
	CHECK_EQ(parse("GET / HTTP/1.1\r\nAuthorization: Basic b\r\n\r\n"), 0);
	CHECK(!q.token);
	CHECK_EQ(parse("GET /?auth=q HTTP/1.1\r\nX-ZT1-Auth:\r\n\r\n"), 0);
	CHECK_STR(q.token, "");
}

TEST(request_body_lengths)
{
	CHECK_EQ(parse("POST / HTTP/1.1\r\nContent-Length: 17\r\n"
		       "Expect: 100-continue\r\n\r\n"),
		 0);
	CHECK_EQ(q.body_len, 17);
	CHECK(q.expects);
	CHECK_EQ(parse("POST / HTTP/1.1\r\nContent-Length: 17\r\n"
		       "content-length: 17\r\n\r\n"),
		 0);
	CHECK_EQ(q.body_len, 17);
	CHECK_EQ(parse("POST / HTTP/1.1\r\nContent-Length: "
		       "99999999999999999999999999999999\r\n\r\n"),
		 0);
	CHECK(q.body_len > UINT64_MAX / 3);
	CHECK_EQ(parse("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
		 0);
	CHECK(q.is_chunked);
}

TEST(request_nonsense_is_refused)
{
	static const char *const nonsense[] = {
		"\r\n\r\n",
		"GET\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
		"GET  / HTTP/1.1\r\n\r\n",
		"GET http://x/ HTTP/1.1\r\n\r\n",
		"GET * HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.1 \r\n\r\n",
		"GET / HTTP/1.1\r\nno colon here\r\n\r\n",
		"GET / HTTP/1.1\r\n: nameless\r\n\r\n",
		"GET / HTTP/1.1\r\nA : b\r\n\r\n",
		"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
		"GET / H HTTP/1.1\r\n\r\n",
	};
	const char *twice = "POST / HTTP/1.1\r\nContent-Length: 5\r\n"
			    "Content-Length: 6\r\n\r\n";
	char zero[] = "GET /\0x HTTP/1.1\r\n\r\n";

	for (size_t i = 0; i < TL_ARRAY_SIZE(nonsense); i++)
		CHECK_EQ(parse(nonsense[i]), -EBADMSG);
	CHECK_EQ(parse(twice), -EBADMSG);
	CHECK_EQ(tl_request_parse(&q, tl_buffer(zero, sizeof(zero) - 1)),
		 -EBADMSG);
	CHECK_EQ(tl_request_parse(&q, tl_buffer(NULL, 0)), -EBADMSG);
}
