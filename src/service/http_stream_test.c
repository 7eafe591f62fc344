/* SPDX-License-Identifier: Apache-2.0 */
/* Server and client are in one process; the test turns the loop. */
#include "service/http_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "os/clock.h"
#include "service/http_server.h"

#define TOKEN "abcdefghijklmnopqrstuvwx"
#define ROOM 1000
#define WAIT_MS 10000

static uv_loop_t loop;
static struct http_server *server;
static struct http_stream *stream; /* NULL: none, or it has ended */
static bool is_refused;
static const char *last_words;

static void on_gone(void *ctx)
{
	CHECK(ctx == &stream);
	if (last_words)
		CHECK(tl_http_stream_put(stream,
					 tl_bytes_from_str(last_words)));
	stream = NULL;
}

static void handle(void *ctx, const struct http_request *q,
		   struct http_reply *reply)
{
	(void)ctx;
	(void)q;
	stream = tl_http_stream_new(server, ROOM, on_gone, &stream);
	is_refused = !stream;
	reply->stream = stream;
	reply->type = "text/plain";
}

static void start(void)
{
	static const struct udp_addr at = { .family = 4,
					    .ip = { 127, 0, 0, 1 } };
	const struct http_options o = {
		.listen = &at,
		.n_listen = 1,
		.token = TOKEN,
		.handler = handle,
	};

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_http_server_new(&server, &loop, &o), 0);
}

static void stop(void)
{
	tl_http_server_free(server);
	CHECK(!stream);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
}

static int dial(void)
{
	static const char request[] = "GET / HTTP/1.0\r\n"
				      "X-ZT1-Auth: " TOKEN "\r\n\r\n";
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port =
					  htons(tl_http_server_port(server)),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	CHECK_EQ(write(fd, request, strlen(request)), (ssize_t)strlen(request));
	return fd;
}

/* Read what comes into @buf until it holds @want, or the end if NULL. */
static void turn_until(int fd, char *buf, size_t size, const char *want)
{
	int64_t end = tl_clock_ms() + WAIT_MS;
	size_t n = strlen(buf);

	while (!want || !strstr(buf, want)) {
		ssize_t got;

		CHECK(tl_clock_ms() < end);
		uv_run(&loop, UV_RUN_NOWAIT);
		got = read(fd, buf + n, size - n - 1);
		if (got == 0) {
			CHECK(!want);
			return;
		}
		if (got < 0) {
			CHECK_EQ(errno, EAGAIN);
			continue;
		}
		n += (size_t)got;
		buf[n] = 0;
	}
}

static void turn_until_gone(void)
{
	int64_t end = tl_clock_ms() + WAIT_MS;

	while (stream) {
		CHECK(tl_clock_ms() < end);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
}

TEST(http_stream_arrives_piece_by_piece_and_ends)
{
	char buf[4096] = "";
	int fd;

	start();
	fd = dial();
	turn_until(fd, buf, sizeof(buf), "\r\n\r\n");
	CHECK(strstr(buf, "200 OK"));
	CHECK(tl_http_stream_put(stream, tl_bytes_from_str("first")));
	turn_until(fd, buf, sizeof(buf), "first");
	CHECK(tl_http_stream_put(stream, tl_bytes_from_str("second")));
	CHECK(tl_http_stream_put(stream, tl_bytes_from_str("third")));
	tl_http_stream_end(stream);
	stream = NULL;
	turn_until(fd, buf, sizeof(buf), NULL);
	CHECK(strstr(buf, "firstsecondthird"));
	close(fd);
	stop();
}

/* Nothing waits for a client that does not read: what does not fit is lost. */
TEST(http_stream_takes_what_fits_and_no_more)
{
	static uint8_t block[ROOM / 2];
	char buf[4 * ROOM] = "";
	int fd;

	memset(block, 'x', sizeof(block));
	start();
	fd = dial();
	turn_until(fd, buf, sizeof(buf), "\r\n\r\n");
	CHECK_EQ(tl_http_stream_left(stream), ROOM);
	CHECK(tl_http_stream_put(stream, TL_BYTES_OF(block)));
	CHECK(tl_http_stream_put(stream, tl_bytes_from_str("<")));
	CHECK_EQ(tl_http_stream_left(stream), ROOM / 2 - 1);
	CHECK(!tl_http_stream_put(stream, TL_BYTES_OF(block)));
	CHECK_EQ(tl_http_stream_left(stream), ROOM / 2 - 1);
	turn_until(fd, buf, sizeof(buf), "<");
	CHECK_EQ(tl_http_stream_left(stream), ROOM);
	/* Now around the end of the ring. */
	CHECK(tl_http_stream_put(stream, TL_BYTES_OF(block)));
	CHECK(tl_http_stream_put(stream, tl_bytes_from_str(">")));
	turn_until(fd, buf, sizeof(buf), ">");
	CHECK_EQ(strspn(strstr(buf, "\r\n\r\n") + 4, "x<>"), ROOM + 2);
	close(fd);
	turn_until_gone();
	stop();
}

/* The connection sleeps then, and is not read from. */
TEST(http_stream_notices_a_client_that_goes)
{
	char buf[4096] = "";
	int fd;

	start();
	fd = dial();
	turn_until(fd, buf, sizeof(buf), "\r\n\r\n");
	uv_run(&loop, UV_RUN_NOWAIT);
	close(fd);
	turn_until_gone();
	stop();
}

TEST(http_stream_has_last_words_for_a_client_that_says_stop)
{
	char buf[4096] = "";
	int fd;

	start();
	last_words = "farewell";
	fd = dial();
	turn_until(fd, buf, sizeof(buf), "\r\n\r\n");
	CHECK(shutdown(fd, SHUT_WR) == 0);
	turn_until(fd, buf, sizeof(buf), NULL);
	CHECK(strstr(buf, "farewell"));
	CHECK(!stream);
	close(fd);
	stop();
}

TEST(http_streams_end_with_their_server)
{
	char buf[4096] = "";
	int fd;

	start();
	fd = dial();
	turn_until(fd, buf, sizeof(buf), "\r\n\r\n");
	stop();
	close(fd);
}

TEST(http_streams_have_a_limit)
{
	int fd[HTTP_STREAMS_MAX + 1];
	size_t i;

	start();
	for (i = 0; i <= HTTP_STREAMS_MAX; i++) {
		char buf[4096] = "";

		fd[i] = dial();
		turn_until(fd[i], buf, sizeof(buf), "\r\n\r\n");
		CHECK_EQ(is_refused, i == HTTP_STREAMS_MAX);
	}
	tl_http_server_free(server);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (i = 0; i <= HTTP_STREAMS_MAX; i++)
		close(fd[i]);
}
