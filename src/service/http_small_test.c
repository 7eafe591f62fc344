/* SPDX-License-Identifier: Apache-2.0 */
/* The server runs in a child process, the test is a client with a raw socket.
 * Included, so that it is tested in builds that do not use it, too. */
#include "service/http_small.c"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include "harness.h"
#include "os/clock.h"

#define TOKEN "abcdefghijklmnopqrstuvwx"
#define AUTH "X-ZT1-Auth: " TOKEN "\r\n"
#define WAIT_MS 10000
#define LARGE 300000

static uint16_t port;

/* Says what it was asked. */
static void echo(void *ctx, const struct http_request *q, struct http_reply *r)
{
	static const char *const names[] = { "get", "post", "delete" };
	const char *x = tl_http_query(q, "x");
	static char large[LARGE + 1];
	char text[512];

	(void)ctx;
	if (strcmp(q->path, "/none") == 0) {
		r->status = 404;
		return;
	}
	if (strcmp(q->path, "/large") == 0) {
		memset(large, 'z', LARGE);
		CHECK(tl_http_reply_text(r, large));
		return;
	}
	snprintf(text, sizeof(text), "[\"%s\",\"%s\",%zu,\"%.20s\",\"%s\",%d]",
		 names[q->method], q->path, q->body.n, (const char *)q->body.at,
		 x ? x : "", q->from.family);
	CHECK(tl_http_reply_text(r, text));
}

static void serve(int ready, const struct http_options *options)
{
	struct http_server *s;
	uv_loop_t loop;
	uint16_t at;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_http_server_new(&s, &loop, options), 0);
	at = tl_http_server_port(s);
	CHECK_EQ(write(ready, &at, sizeof(at)), sizeof(at));
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

static const struct udp_addr loopback[2] = {
	{ .family = 4, .ip = { 127, 0, 0, 1 } },
	{ .family = 6, .ip = { [15] = 1 } },
};

static void start(size_t body_max, unsigned int request_ms)
{
	const struct http_options o = {
		.listen = loopback,
		.n_listen = 2,
		.token = TOKEN,
		.metrics_token = "metrics",
		.handler = echo,
		.body_max = body_max,
		.request_ms = request_ms,
	};
	int ready[2];

	CHECK(pipe(ready) == 0);
	signal(SIGPIPE, SIG_IGN);
	if (fork() == 0)
		serve(ready[1], &o);
	CHECK_EQ(read(ready[0], &port, sizeof(port)), sizeof(port));
}

static int dial(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	return fd;
}

static void put(int fd, const char *text)
{
	size_t n = strlen(text);

	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done <= 0)
			return; /* the server has closed; the reply is there */
		text += done;
		n -= (size_t)done;
	}
}

/* All until the end of the connection, which must come. */
static const char *get(int fd)
{
	static char buf[LARGE + 4096];
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
		got = read(fd, buf + n, sizeof(buf) - 1 - n);
		CHECK(got >= 0);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf[n] = 0;
	return buf;
}

/* One request, and its whole answer: it ends without our end. */
static const char *ask(const char *request)
{
	const char *answer;
	int fd = dial();

	put(fd, request);
	answer = get(fd);
	close(fd);
	return answer;
}

static void check_status(const char *answer, int status)
{
	int got = 0;

	if (sscanf(answer, "HTTP/1.1 %d", &got) != 1)
		FAIL("no status in \"%s\"", answer);
	CHECK_EQ(got, status);
}

static const char *body_of(const char *answer)
{
	const char *b = strstr(answer, "\r\n\r\n");

	CHECK(b);
	return b + 4;
}

TEST(http_small_answers_and_closes)
{
	const char *a;

	start(0, 0);
	a = ask("GET /a%20b?x=%26y HTTP/1.1\r\n" AUTH "\r\n");
	check_status(a, 200);
	CHECK(strstr(a, "\r\nContent-Type: application/json\r\n"));
	CHECK(strstr(a, "\r\nContent-Length: 26\r\n"));
	CHECK(strstr(a, "\r\nConnection: close\r\n"));
	CHECK_STR(body_of(a), "[\"get\",\"/a b\",0,\"\",\"&y\",4]");
	CHECK_STR(body_of(ask("POST /p HTTP/1.1\r\n" AUTH
			      "Content-Length: 5\r\n\r\nhello")),
		  "[\"post\",\"/p\",5,\"hello\",\"\",4]");
	CHECK_STR(body_of(ask("DELETE /d HTTP/1.1\r\n" AUTH "\r\n")),
		  "[\"delete\",\"/d\",0,\"\",\"\",4]");
	a = ask("HEAD /d HTTP/1.1\r\n" AUTH "\r\n");
	CHECK(strstr(a, "\r\nContent-Length: 22\r\n"));
	CHECK_STR(body_of(a), "");
	check_status(ask("GET /none HTTP/1.1\r\n" AUTH "\r\n"), 404);
}

TEST(http_small_sends_what_is_longer_than_a_socket_takes)
{
	const char *body;

	start(0, 0);
	body = body_of(ask("GET /large HTTP/1.1\r\n" AUTH "\r\n"));
	CHECK_EQ(strlen(body), LARGE);
	CHECK_EQ(strspn(body, "z"), LARGE);
}

TEST(http_small_without_token_is_401_and_says_nothing)
{
	static const char *const tries[] = {
		"GET /status HTTP/1.1\r\n\r\n",
		"PATCH /status HTTP/1.1\r\n\r\n",
		"GET /status HTTP/1.1\r\nX-ZT1-Auth: " TOKEN "x\r\n\r\n",
		"GET /status?auth= HTTP/1.1\r\n\r\n",
		"GET /status?auth=metrics HTTP/1.1\r\n\r\n",
		"GET /applet HTTP/1.1\r\n\r\n",
		"GET /metrics HTTP/1.1\r\n\r\n",
		"POST /network/1 HTTP/1.1\r\nContent-Length: 99\r\n\r\n",
	};

	start(0, 0);
	for (size_t i = 0; i < TL_ARRAY_SIZE(tries); i++) {
		const char *a = ask(tries[i]);

		check_status(a, 401);
		CHECK_STR(body_of(a), "{}");
	}
	check_status(ask("GET /health HTTP/1.1\r\n\r\n"), 200);
	check_status(ask("GET /app/x HTTP/1.1\r\n\r\n"), 200);
	check_status(ask("GET /metrics?auth=metrics HTTP/1.1\r\n\r\n"), 200);
}

/* The body comes in pieces, behind a head that does. */
TEST(http_small_takes_pieces)
{
	char text[] = "POST /p HTTP/1.1\r\n" AUTH
		      "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
	char piece[2] = "";
	char got[26] = "";
	int fd;

	start(0, 0);
	fd = dial();
	for (size_t i = 0; text[i]; i++) {
		piece[0] = text[i];
		put(fd, piece);
	}
	CHECK_EQ(recv(fd, got, 25, MSG_WAITALL), 25);
	CHECK_STR(got, "HTTP/1.1 100 Continue\r\n\r\n");
	put(fd, "hel");
	put(fd, "lo and more");
	CHECK_STR(body_of(get(fd)), "[\"post\",\"/p\",5,\"hello\",\"\",4]");
}

static void check_refused(const char *answer, int status, const char *body)
{
	check_status(answer, status);
	CHECK(strstr(answer, "\r\nContent-Type: application/json\r\n"));
	CHECK_STR(body_of(answer), body);
}

TEST(http_small_too_large_is_413)
{
	static char large[LARGE];

	start(1000, 0);
	check_refused(ask("POST /p HTTP/1.1\r\n" AUTH
			  "Content-Length: 1001\r\n\r\nabc"),
		      413, HTTP_BODY_TOO_LONG);
	check_status(ask("POST /p HTTP/1.1\r\n" AUTH
			 "Content-Length: 99999999999999999999999\r\n\r\nabc"),
		     413);
	memset(large, 'a', sizeof(large) - 1);
	memcpy(large, "GET / HTTP/1.1\r\nX: ", 19);
	check_refused(ask(large), 413, HEADERS_TOO_LONG);
	check_refused(ask("POST /p HTTP/1.1\r\n" AUTH
			  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
		      411, NO_LENGTH);
	check_status(ask("GET /status HTTP/1.1\r\n" AUTH "\r\n"), 200);
}

TEST(http_small_nonsense_is_400)
{
	start(0, 0);
	check_refused(ask("\r\n\r\n"), 400, NOT_UNDERSTOOD);
	check_status(ask("GET /status HTTP/9.9\r\n\r\n"), 400);
	check_status(ask("GET /status HTTP/1.1\r\nno colon\r\n\r\n"), 400);
	check_status(ask("OPTIONS /status HTTP/1.1\r\n" AUTH "\r\n"), 404);
}

/* Not by silence alone. */
TEST(http_small_cuts_off_slow_clients)
{
	int64_t began = tl_clock_ms();
	struct pollfd p = { .events = POLLIN };

	start(0, 300);
	p.fd = dial();
	put(p.fd, "GET /status HTTP/1.1\r\nX: ");
	for (;;) {
		char c;

		put(p.fd, "a");
		if (poll(&p, 1, 20) == 1 && read(p.fd, &c, 1) <= 0)
			break;
		CHECK(tl_clock_ms() - began < WAIT_MS);
	}
	CHECK(tl_clock_ms() - began >= 250);
	check_status(ask("GET /status HTTP/1.1\r\n" AUTH "\r\n"), 200);
}

/* Those over the limit wait, and the limit frees itself. */
TEST(http_small_connections_have_a_limit)
{
	int fds[CONNECTIONS_MAX + 8];

	start(0, 300);
	for (size_t i = 0; i < TL_ARRAY_SIZE(fds); i++)
		fds[i] = dial();
	check_status(ask("GET /status HTTP/1.1\r\n" AUTH "\r\n"), 200);
	for (size_t i = 0; i < TL_ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

TEST(http_small_starts_again_on_its_port_with_connections_open)
{
	struct udp_addr own[2] = { loopback[0], loopback[1] };
	struct http_options o = { .listen = own,
				  .n_listen = 2,
				  .handler = echo };
	struct http_server *s;
	struct http_server *t;
	uv_loop_t loop;
	int fd;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_http_server_new(&s, &loop, &o), -EINVAL);
	o.token = TOKEN;
	CHECK_EQ(tl_http_server_new(&s, &loop, &o), 0);
	port = tl_http_server_port(s);
	fd = dial();
	put(fd, "GET /status HTTP/1.1\r\n");
	uv_run(&loop, UV_RUN_ONCE); /* it is accepted */
	own[0].port = port;
	CHECK_EQ(tl_http_server_new(&t, &loop, &o), -EADDRINUSE);
	tl_http_server_free(s);
	CHECK_EQ(tl_http_server_new(&t, &loop, &o), 0);
	CHECK_EQ(tl_http_server_port(t), port);
	tl_http_server_free(t);
	tl_http_server_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
	close(fd);
}
