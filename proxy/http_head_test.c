/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http_head.h"

#include "harness.h"

static struct http_request q;
static struct http_response a;

static int parse(const char *text)
{
	return tl_http_parse_request(&q, tl_bytes_from_str(text));
}

static int parse_answer(const char *text, bool is_head)
{
	return tl_http_parse_response(&a, tl_bytes_from_str(text), is_head);
}

static const char *rewritten(void)
{
	static uint8_t room[HTTP_REWRITE_MAX + 1];
	struct writer w = tl_writer(tl_buffer(room, HTTP_REWRITE_MAX));

	tl_http_write_request(&w, &q);
	CHECK(tl_writer_ok(&w));
	room[w.n] = 0;
	return (char *)room;
}

static const char *rewritten_answer(void)
{
	static uint8_t room[HTTP_REWRITE_MAX + 1];
	struct writer w = tl_writer(tl_buffer(room, HTTP_REWRITE_MAX));

	tl_http_write_response(&w, &a);
	CHECK(tl_writer_ok(&w));
	room[w.n] = 0;
	return (char *)room;
}

TEST(request_is_whole_or_wanted)
{
	static const char *const whole[] = {
		"GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
		"CONNECT h:1 HTTP/1.0\r\n\r\n",
		"POST http://h HTTP/1.1\r\nContent-Length: 3\r\n\r\n",
	};
	char more[256];

	for (size_t i = 0; i < TL_ARRAY_SIZE(whole); i++) {
		for (size_t n = 0; n < strlen(whole[i]); n++)
			CHECK_EQ(tl_http_parse_request(&q,
						       tl_bytes(whole[i], n)),
				 0);
		snprintf(more, sizeof(more), "%sbody\r\n\r\n", whole[i]);
		CHECK_EQ(parse(more), strlen(whole[i]));
	}
}

TEST(request_target_says_where_to_go)
{
	CHECK(parse("GET http://example:81/a?b=c HTTP/1.1\r\n\r\n") > 0);
	CHECK_STR(q.to.name, "example");
	CHECK_EQ(q.to.port, 81);
	CHECK(tl_bytes_equal(q.path, tl_bytes_from_str("/a?b=c")));
	CHECK(!q.is_connect);
	CHECK(parse("GET HTTP://10.1.2.3 HTTP/1.0\r\n\r\n") > 0);
	CHECK_EQ(q.to.ip.sa.sa_family, AF_INET);
	CHECK_EQ(q.to.port, 80);
	CHECK_EQ(q.minor, 0);
	CHECK(parse("GET http://[fd00::1]:8080?x HTTP/1.1\r\n\r\n") > 0);
	CHECK_EQ(q.to.ip.sa.sa_family, AF_INET6);
	CHECK_EQ(q.to.port, 8080);
	CHECK(parse("CONNECT [fd00::1]:443 HTTP/1.1\r\n\r\n") > 0);
	CHECK(q.is_connect);
	CHECK_EQ(q.to.port, 443);
}

TEST(request_that_is_none_is_refused)
{
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\n\r\n",
		"GET https://h/ HTTP/1.1\r\n\r\n",
		"GET http:// HTTP/1.1\r\n\r\n",
		"GET http://h:0/ HTTP/1.1\r\n\r\n",
		"GET http://h:65536/ HTTP/1.1\r\n\r\n",
		"GET http://h:1x/ HTTP/1.1\r\n\r\n",
		"GET http://u@h/ HTTP/1.1\r\n\r\n",
		"GET http://h/#x HTTP/1.1\r\n\r\n",
		"GET http://[fd00::1/ HTTP/1.1\r\n\r\n",
		"GET http://[host]/ HTTP/1.1\r\n\r\n",
		"GET http://fd00::1/ HTTP/1.1\r\n\r\n",
		"GET  http://h/ HTTP/1.1\r\n\r\n",
		"GET http://h/ HTTP/1.1 \r\n\r\n",
		"GET http://h/\r\n\r\n",
		"G(T http://h/ HTTP/1.1\r\n\r\n",
		"CONNECT h HTTP/1.1\r\n\r\n",
		"CONNECT h: HTTP/1.1\r\n\r\n",
		"CONNECT :1 HTTP/1.1\r\n\r\n",
		"\r\nGET http://h/ HTTP/1.1\r\n\r\n",
		"GET http://h/ HTTP/1.1\nHost: h\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost : h\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\n: h\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nX: a\rb\r\n\r\n",
		"GET http://h/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET xyz HTTX/1.1\r\n\r\n",
	};

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++)
		if (parse(bad[i]) != -400)
			FAIL("not refused: %s", bad[i]);
	CHECK_EQ(parse("GET http://h/ HTTP/2.0\r\n\r\n"), -505);
	CHECK_EQ(parse("GET http://h/ HTTP/1.2\r\n\r\n"), -505);
}

#define POST "POST http://h/ HTTP/1.1\r\n"

TEST(request_with_two_lengths_is_refused)
{
	CHECK_EQ(parse(POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
		 -400);
	CHECK_EQ(parse(POST "Content-Length: 1\r\ncontent-length: 1\r\n\r\n"),
		 -400);
	CHECK_EQ(parse(POST "Content-Length: 1\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n"),
		 -400);
	CHECK_EQ(parse(POST "Transfer-Encoding: chunked\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n"),
		 -400);
	CHECK_EQ(parse(POST "Content-Length: 1, 1\r\n\r\n"), -400);
	CHECK_EQ(parse(POST "Content-Length: +1\r\n\r\n"), -400);
	CHECK_EQ(parse(POST "Content-Length: \r\n\r\n"), -400);
	CHECK_EQ(parse(POST "Content-Length: 9223372036854775808\r\n\r\n"),
		 -400);
	CHECK_EQ(parse(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), -501);
	CHECK_EQ(parse(POST "Transfer-Encoding: identity\r\n\r\n"), -501);
	CHECK_EQ(parse("POST http://h/ HTTP/1.0\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n"),
		 -400);
}

TEST(request_says_how_long_its_body_is)
{
	CHECK(parse(POST "Content-Length: 9223372036854775807\r\n\r\n") > 0);
	CHECK_EQ(q.framing, HTTP_BODY_LENGTH);
	CHECK_EQ(q.length, INT64_MAX);
	CHECK(parse(POST "Transfer-Encoding:\tChunked \r\n\r\n") > 0);
	CHECK_EQ(q.framing, HTTP_BODY_CHUNKED);
	CHECK(parse(POST "\r\n") > 0);
	CHECK_EQ(q.framing, HTTP_BODY_NONE);
}

TEST(request_heads_have_limits)
{
	static char text[HTTP_HEAD_MAX + 64];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "GET http://h/");
	memset(text + n, 'x', sizeof(text) - n - 1);
	CHECK_EQ(parse(text), -431);
	text[HTTP_HEAD_MAX - 1] = 0;
	CHECK_EQ(parse(text), 0);
	n = (size_t)snprintf(text, sizeof(text), "GET http://h/ HTTP/1.1\r\n");
	for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "a:b\r\n");
	memcpy(text + n, "\r\n", 3);
	CHECK_EQ(parse(text), -431);
	memcpy(text + n - 5, "\r\n", 3);
	CHECK(parse(text) > 0);
}

TEST(request_goes_on_in_origin_form)
{
	CHECK(parse("GET http://h:81/a?b HTTP/1.1\r\nHost: other\r\n"
		    "Proxy-Connection: keep-alive\r\nAccept: x\r\n"
		    "Connection: keep-alive, X-Mine\r\nX-Mine: 1\r\n"
		    "Keep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\n"
		    "Proxy-Authorization: Basic eDp5\r\n\r\n") > 0);
	CHECK(tl_bytes_equal(q.credentials, tl_bytes_from_str("Basic eDp5")));
	CHECK_STR(rewritten(), "GET /a?b HTTP/1.1\r\nHost: other\r\n"
			       "Accept: x\r\nConnection: close\r\n\r\n");
	CHECK(parse("GET http://h:81 HTTP/1.1\r\n\r\n") > 0);
	CHECK_STR(rewritten(), "GET / HTTP/1.1\r\nHost: h:81\r\n"
			       "Connection: close\r\n\r\n");
	CHECK(parse("OPTIONS http://h HTTP/1.0\r\n\r\n") > 0);
	CHECK_STR(rewritten(), "OPTIONS * HTTP/1.0\r\nHost: h\r\n"
			       "Connection: close\r\n\r\n");
	CHECK(parse("GET http://h?x HTTP/1.1\r\nHost: h\r\n\r\n") > 0);
	CHECK_STR(rewritten(), "GET /?x HTTP/1.1\r\nHost: h\r\n"
			       "Connection: close\r\n\r\n");
}

/* Else a client could have the server see another message than we do. */
TEST(request_framing_is_no_hop_by_hop_field)
{
	CHECK(parse(POST "Host: h\r\nContent-Length: 3\r\n"
			 "Connection: content-length, host\r\n\r\n") > 0);
	CHECK_STR(rewritten(), "POST / HTTP/1.1\r\nHost: h\r\n"
			       "Content-Length: 3\r\n"
			       "Connection: close\r\n\r\n");
}

TEST(response_is_whole_or_wanted)
{
	static const char whole[] = "HTTP/1.1 200 OK\r\nA: b\r\n\r\n";

	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		CHECK_EQ(tl_http_parse_response(&a, tl_bytes(whole, n), false),
			 0);
	CHECK_EQ(parse_answer(whole, false), sizeof(whole) - 1);
	CHECK_EQ(a.status, 200);
	CHECK_EQ(a.framing, HTTP_BODY_TO_END);
}

TEST(response_says_how_long_its_body_is)
{
	CHECK(parse_answer("HTTP/1.1 200\r\nContent-Length: 7\r\n\r\n", false) >
	      0);
	CHECK_EQ(a.framing, HTTP_BODY_LENGTH);
	CHECK_EQ(a.length, 7);
	CHECK(parse_answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
			   true) > 0);
	CHECK_EQ(a.framing, HTTP_BODY_NONE);
	CHECK(parse_answer("HTTP/1.1 304 X\r\nContent-Length: 7\r\n\r\n",
			   false) > 0);
	CHECK_EQ(a.framing, HTTP_BODY_NONE);
	CHECK(parse_answer("HTTP/1.1 100 Continue\r\n\r\n", false) > 0);
	CHECK_EQ(a.framing, HTTP_BODY_NONE);
	CHECK(parse_answer("HTTP/1.1 404 Not Here\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n",
			   false) > 0);
	CHECK_EQ(a.framing, HTTP_BODY_CHUNKED);
}

TEST(response_that_is_none_is_refused)
{
	static const char *const bad[] = {
		"HTTP/2 200 OK\r\n\r\n",
		"HTTP/1.1 99 X\r\n\r\n",
		"HTTP/1.1 2000 X\r\n\r\n",
		"HTTP/1.1  200 X\r\n\r\n",
		"SSH-2.0-OpenSSH\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
	};

	for (size_t i = 0; i < TL_ARRAY_SIZE(bad); i++)
		if (parse_answer(bad[i], false) != -502)
			FAIL("not refused: %s", bad[i]);
}

TEST(response_goes_on_without_what_was_between_hops)
{
	CHECK(parse_answer("HTTP/1.1 200 All right\r\nServer: s\r\n"
			   "Connection: keep-alive\r\nKeep-Alive: 5\r\n"
			   "Upgrade: h2c\r\nContent-Length: 0\r\n\r\n",
			   false) > 0);
	CHECK_STR(rewritten_answer(),
		  "HTTP/1.1 200 All right\r\nServer: s\r\n"
		  "Content-Length: 0\r\nConnection: close\r\n\r\n");
	CHECK(parse_answer("HTTP/1.1 100 Go\r\nA: b\r\n\r\n", false) > 0);
	CHECK_STR(rewritten_answer(), "HTTP/1.1 100 Go\r\nA: b\r\n\r\n");
}

static bool check_basic(const char *credentials, const char *expected)
{
	return tl_http_check_basic(tl_bytes_from_str(credentials),
				   tl_bytes_from_str(expected));
}

TEST(basic_credentials_are_compared_whole)
{
	CHECK(check_basic("Basic YWxpY2U6c2VjcmV0", "alice:secret"));
	CHECK(check_basic("basic  YWxpY2U6c2VjcmV0", "alice:secret"));
	CHECK(check_basic("Basic YTpi", "a:b"));
	CHECK(check_basic("Basic YTo=", "a:"));
	CHECK(check_basic("Basic YTpiYw==", "a:bc"));
	CHECK(!check_basic("Basic YTpi", "a:bb"));
	CHECK(!check_basic("Basic YTpi", "a:c"));
	CHECK(!check_basic("Basic YT*i", "a:b"));
	CHECK(!check_basic("Bearer YTpi", "a:b"));
	CHECK(!check_basic("Basic ", "a:b"));
	CHECK(!check_basic("", "a:b"));
}

TEST(basic_credentials_that_are_too_long_are_wrong)
{
	static char text[4096] = "Basic ";

	memset(text + 6, 'A', sizeof(text) - 7);
	CHECK(!check_basic(text, "a:b"));
}
