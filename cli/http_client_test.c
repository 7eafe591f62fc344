/* SPDX-License-Identifier: Apache-2.0 */
/* The parser of answers; whole exchanges are in test/cli/api.sh. */
#include "cli/http_client.c"

#include "harness.h"

/* A copy on the heap without a zero behind it, so that sanitizers see. */
static int parse(struct http_answer *out, const char *text, size_t n,
		 bool at_end)
{
	static uint8_t *copy;
	int err;

	free(copy);
	copy = malloc(n ? n : 1);
	CHECK(copy);
	memcpy(copy, text, n);
	err = tl_http_answer_parse(out, tl_buffer(copy, n), at_end);
	if (err == -EAGAIN && !at_end)
		CHECK_MEM(copy, text, n);
	return err;
}

static void check_answer(const char *text, unsigned int status,
			 const char *body)
{
	struct http_answer a;
	size_t n = strlen(text);
	size_t i;

	CHECK_EQ(parse(&a, text, n, true), 0);
	CHECK_EQ(a.status, status);
	CHECK_EQ(a.body.n, strlen(body));
	CHECK_MEM(a.body.at, body, a.body.n);
	/* Any part of it is incomplete, or complete if the end says so. */
	for (i = 0; i < n; i++) {
		int err = parse(&a, text, i, false);

		CHECK(err == -EAGAIN || err == 0);
		if (err == 0)
			CHECK_EQ(a.body.n, strlen(body));
	}
}

static void check_bad(const char *text)
{
	struct http_answer a;

	CHECK_EQ(parse(&a, text, strlen(text), true), -EBADMSG);
}

TEST(http_answer_with_length)
{
	check_answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200,
		     "{}");
	check_answer("HTTP/1.1 404 Not Found\r\nA: b\r\ncontent-length:\t0 \r\n"
		     "\r\n",
		     404, "");
	check_answer("HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nxyz", 200, "x");
}

TEST(http_answer_in_chunks)
{
	check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n",
		     200, "abc0123456789");
	check_answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n"
		     "Content-Length: 99\r\n\r\n0\r\n\r\n",
		     200, "");
}

TEST(http_answer_until_the_end)
{
	struct http_answer a;
	const char text[] = "HTTP/1.0 200 OK\r\n\r\nall of it";

	CHECK_EQ(parse(&a, text, strlen(text), false), -EAGAIN);
	CHECK_EQ(parse(&a, text, strlen(text), true), 0);
	CHECK_EQ(a.body.n, 9);
}

TEST(http_answer_after_an_announcement)
{
	check_answer("HTTP/1.1 100 Continue\r\n\r\n"
		     "HTTP/1.1 103 Early\r\nContent-Length: 5\r\n\r\n"
		     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		     200, "ok");
	check_answer("HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", 204, "");
}

TEST(http_answer_nonsense_is_refused)
{
	static char endless[10000];

	check_bad("HTTP/2.0 200 OK\r\n\r\n");
	check_bad("HTTP/1.1 20 OK\r\n\r\n");
	check_bad("HTTP/1.1 2000 OK\r\n\r\n");
	check_bad("HTTP/1.1 099 OK\r\n\r\n");
	check_bad("HTTP/1.1 600 OK\r\n\r\n");
	check_bad("HTTP/1.1 -10 OK\r\n\r\n");
	check_bad("\r\n\r\n");
	check_bad("SSH-2.0-x\r\n\r\n");
	check_bad("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n");
	check_bad("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
	check_bad("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n{}");
	check_bad("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{}");
	check_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n");
	check_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "3\r\nabcd\r\n0\r\n\r\n");
	check_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "ffffffffff\r\n");
	check_bad("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n");
	memset(endless, 'a', sizeof(endless) - 1);
	check_bad(endless);
}

/* Any single byte changed: no crash, no read outside. */
/* Somebody who only greets, and waits, is not waited for. */
TEST(http_answer_of_a_stranger_is_refused_at_once)
{
	struct http_answer a;

	CHECK_EQ(parse(&a, "220 mail", 8, false), -EBADMSG);
	CHECK_EQ(parse(&a, "S", 1, false), -EBADMSG);
	CHECK_EQ(parse(&a, "HTTP/2", 6, false), -EBADMSG);
	CHECK_EQ(parse(&a, "HTTP/1", 6, false), -EAGAIN);
}

TEST(http_answer_survives_damage)
{
	static const char text[] =
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
	char damaged[sizeof(text)];
	struct http_answer a;
	size_t i;
	int c;

	for (i = 0; i < sizeof(text) - 1; i++) {
		for (c = 0; c < 256; c++) {
			int err;

			memcpy(damaged, text, sizeof(text));
			damaged[i] = (char)c;
			err = parse(&a, damaged, sizeof(text) - 1, true);
			CHECK(err == 0 || err == -EAGAIN || err == -EBADMSG);
		}
	}
}

TEST(http_ask_refuses_what_would_break_the_request)
{
	struct http_answer a;
	struct http_query q = { .ip = "localhost",
				.method = "GET",
				.path = "/",
				.timeout_ms = 1000 };
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK_EQ(tl_http_ask(&a, &q), -EINVAL);
	CHECK(bind(fd, (struct sockaddr *)&sa, len) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	q.ip = "127.0.0.1";
	q.port = ntohs(sa.sin_port);
	CHECK_EQ(tl_http_ask(&a, &q), -ECONNREFUSED);
	CHECK(listen(fd, 1) == 0);
	q.path = "/a b";
	CHECK_EQ(tl_http_ask(&a, &q), -EINVAL);
	q.path = "/a\r\nX: y";
	CHECK_EQ(tl_http_ask(&a, &q), -EINVAL);
	q.path = "/";
	q.token = "a\nb";
	CHECK_EQ(tl_http_ask(&a, &q), -EINVAL);
	close(fd);
}

/* The service accepts, and says nothing. */
TEST(http_ask_gives_up_at_its_deadline)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct http_query q = { .ip = "127.0.0.1",
				.method = "GET",
				.path = "/",
				.timeout_ms = 50 };
	struct http_answer a;

	CHECK(bind(fd, (struct sockaddr *)&sa, len) == 0);
	CHECK(listen(fd, 1) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	q.port = ntohs(sa.sin_port);
	CHECK_EQ(tl_http_ask(&a, &q), -ETIMEDOUT);
	close(fd);
}
