/* SPDX-License-Identifier: Apache-2.0 */
/* The server runs in a child process, the test is a client with a raw socket.*/
#include "service/http_server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "os/clock.h"

#define TOKEN "abcdefghijklmnopqrstuvwx"
#define AUTH "X-ZT1-Auth: " TOKEN "\r\n"
#define HOST "Host: localhost\r\n"
#define WAIT_MS 10000

static uint16_t port;

static struct http_server *running;

/* Answers after 50 ms, with what it was asked. */
static void on_due(uv_timer_t *timer)
{
	struct http_reply reply = { .status = 202 };

	CHECK(tl_http_reply_text(&reply, "\"later\""));
	tl_http_later_answer(timer->data, &reply);
	uv_close((uv_handle_t *)timer, NULL);
}

/* The server ends first. */
static void on_end(uv_timer_t *timer)
{
	tl_http_server_free(running);
	on_due(timer);
}

static void answer_later(uv_loop_t *loop, struct http_reply *reply,
			 uv_timer_cb fn)
{
	uv_timer_t *timer = calloc(1, sizeof(*timer));

	reply->later = tl_http_later_new(running);
	CHECK(timer && reply->later);
	uv_timer_init(loop, timer);
	timer->data = reply->later;
	uv_timer_start(timer, fn, 50, 0);
}

/* Says what it was asked. */
static void echo(void *ctx, const struct http_request *q,
		 struct http_reply *reply)
{
	static const char *const names[] = { "get", "post", "delete" };
	const char *x = tl_http_query(q, "x");
	char text[512];

	if (strncmp(q->path, "/later", 6) == 0) {
		answer_later(ctx, reply, q->path[6] ? on_end : on_due);
		return;
	}
	if (strcmp(q->path, "/empty") == 0)
		return;
	if (strcmp(q->path, "/none") == 0) {
		reply->status = 404;
		return;
	}
	snprintf(text, sizeof(text), "[\"%s\",\"%s\",%zu,\"%.20s\",\"%s\",%d]",
		 names[q->method], q->path, q->body.n, (const char *)q->body.at,
		 x ? x : "", q->from.family);
	if (strcmp(q->path, "/app/page") == 0)
		reply->type = "text/html";
	CHECK(tl_http_reply_text(reply, text));
}

static uint8_t allowed_ip; /* last byte of 10.1.1.x; 0: nobody */

static bool allow_one(void *ctx, const struct udp_addr *from)
{
	(void)ctx;
	CHECK_EQ(from->family, 4);
	CHECK_EQ(from->ip[0], 10);
	return from->ip[3] == allowed_ip;
}

static void serve(int ready, struct http_options *options)
{
	static uv_loop_t loop;
	struct http_server *s;
	uint16_t at;

	options->ctx = &loop;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_http_server_new(&s, &loop, options), 0);
	running = s;
	at = tl_http_server_port(s);
	CHECK_EQ(write(ready, &at, sizeof(at)), sizeof(at));
	uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

static struct udp_addr at[2];
static unsigned int n_conns;
static pid_t server_pid;

static void start(size_t body_max, unsigned int request_ms)
{
	static const struct udp_addr loopback[2] = {
		{ .family = 4, .ip = { 127, 0, 0, 1 } },
		{ .family = 6, .ip = { [15] = 1 } },
	};
	struct http_options o = {
		.listen = at,
		.n_listen = 2,
		.token = TOKEN,
		.metrics_token = "metrics",
		.allow = allow_one,
		.handler = echo,
		.n_conns = n_conns,
		.body_max = body_max,
		.request_ms = request_ms,
	};
	int ready[2];

	if (at[0].family == 0)
		memcpy(at, loopback, sizeof(at));
	CHECK(pipe(ready) == 0);
	signal(SIGPIPE, SIG_IGN);
	server_pid = fork();
	if (server_pid == 0)
		serve(ready[1], &o);
	CHECK_EQ(read(ready[0], &port, sizeof(port)), sizeof(port));
}

static uint32_t server_ip = INADDR_LOOPBACK;

static int dial(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr = { htonl(server_ip) } };
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

/* Read until @end is seen, or the end of the connection if NULL. */
static const char *get_until(int fd, const char *end)
{
	static char buf[65536];
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		buf[n] = 0;
		if (end && strstr(buf, end))
			return buf;
		CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
		got = read(fd, buf + n, sizeof(buf) - 1 - n);
		if (got <= 0)
			return buf;
		n += (size_t)got;
	}
}

/* One request on a connection of its own, and its whole answer. */
static const char *ask(const char *request)
{
	const char *answer;
	int fd = dial();

	put(fd, request);
	shutdown(fd, SHUT_WR);
	answer = get_until(fd, NULL);
	close(fd);
	return answer;
}

static bool has(const char *answer, const char *what)
{
	if (strstr(answer, what))
		return true;
	fprintf(stderr, "no \"%s\" in:\n%s\n", what, answer);
	return false;
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

#define LAST "Connection: close\r\n\r\n"

TEST(http_token_is_taken_from_three_places)
{
	start(0, 0);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST "x-zt1-auth: " TOKEN
			 "\r\n" LAST),
		     200);
	check_status(ask("GET /status?auth=" TOKEN " HTTP/1.1\r\n" HOST LAST),
		     200);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST
			 "Authorization: Bearer " TOKEN "\r\n" LAST),
		     200);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST
			 "authorization: bEARER " TOKEN "\r\n" LAST),
		     200);
}

TEST(http_first_token_decides)
{
	start(0, 0);
	check_status(ask("GET /status?auth=" TOKEN " HTTP/1.1\r\n" HOST
			 "X-ZT1-Auth: wrong\r\n" LAST),
		     401);
	check_status(ask("GET /status?auth=" TOKEN " HTTP/1.1\r\n" HOST
			 "X-ZT1-Auth:\r\n" LAST),
		     401);
	check_status(ask("GET /status?auth=no HTTP/1.1\r\n" HOST
			 "Authorization: Bearer " TOKEN "\r\n" LAST),
		     401);
}

TEST(http_without_token_is_401_and_says_nothing)
{
	static const char *const tries[] = {
		"GET /status HTTP/1.1\r\n" HOST LAST,
		"GET /no/such HTTP/1.1\r\n" HOST LAST,
		"PATCH /status HTTP/1.1\r\n" HOST LAST,
		"GET /status?auth= HTTP/1.1\r\n" HOST LAST,
		"GET /status HTTP/1.1\r\n" HOST "X-ZT1-Auth: " TOKEN
		"x\r\n" LAST,
		"GET /status HTTP/1.1\r\n" HOST "Authorization: Basic " TOKEN
		"\r\n" LAST,
		"GET /status HTTP/1.1\r\n" HOST
		"Authorization: Bearer\r\n" LAST,
		"GET /applet HTTP/1.1\r\n" HOST LAST,
		"GET /healthy HTTP/1.1\r\n" HOST LAST,
		"GET /status?auth=metrics HTTP/1.1\r\n" HOST LAST,
		"POST /network/1 HTTP/1.1\r\n" HOST
		"Content-Length: 99\r\n\r\n",
	};
	size_t i;

	start(0, 0);
	for (i = 0; i < TL_ARRAY_SIZE(tries); i++) {
		const char *a = ask(tries[i]);

		check_status(a, 401);
		CHECK(has(a, "Content-Type: application/json\r\n"));
		CHECK_STR(body_of(a), "{}");
	}
}

TEST(http_answer_may_come_later)
{
	static const char twice[] =
		"POST /later HTTP/1.1\r\n" HOST AUTH
		"Content-Length: 2\r\n\r\n{}"
		"GET /later?jsonp=f HTTP/1.1\r\n" HOST AUTH LAST;
	const char *a;
	int gone;
	int fd;

	start(0, 0);
	a = ask("GET /later HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 202);
	CHECK(has(a, "Content-Type: application/json\r\n"));
	CHECK_STR(body_of(a), "\"later\"");
	/* A client that does not wait, and one that asks on. */
	gone = dial();
	put(gone, "GET /later HTTP/1.1\r\n" HOST AUTH "\r\n");
	close(gone);
	fd = dial();
	put(fd, twice);
	a = get_until(fd, "f(\"later\");");
	check_status(a, 202);
	CHECK(has(a, "\r\n\r\n\"later\"HTTP/1.1 202"));
	close(fd);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
}

TEST(http_server_may_end_before_the_answer_comes)
{
	int status = 0;

	start(0, 0);
	ask("GET /later/end HTTP/1.1\r\n" HOST AUTH LAST);
	CHECK_EQ(waitpid(server_pid, &status, 0), server_pid);
	CHECK_EQ(status, 0);
}

TEST(http_open_paths_need_no_token)
{
	start(0, 0);
	check_status(ask("GET /health HTTP/1.1\r\n" HOST LAST), 200);
	check_status(ask("GET /sso?x=1 HTTP/1.1\r\n" HOST LAST), 200);
	CHECK(has(ask("GET /app/page HTTP/1.1\r\n" HOST LAST),
		  "Content-Type: text/html\r\n"));
	check_status(ask("GET /metrics HTTP/1.1\r\n" HOST LAST), 401);
	check_status(ask("GET /metrics?auth=metrics HTTP/1.1\r\n" HOST LAST),
		     200);
	check_status(ask("GET /metrics HTTP/1.1\r\n" HOST AUTH LAST), 200);
}

TEST(http_methods_and_bodies_reach_the_handler)
{
	start(0, 0);
	CHECK_STR(body_of(ask("GET /a%20b?x=%26y HTTP/1.1\r\n" HOST AUTH LAST)),
		  "[\"get\",\"/a b\",0,\"\",\"&y\",4]");
	CHECK_STR(body_of(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			      "Content-Length: 5\r\n" LAST "hello")),
		  "[\"post\",\"/p\",5,\"hello\",\"\",4]");
	CHECK_STR(body_of(ask("PUT /p HTTP/1.1\r\n" HOST AUTH
			      "Content-Type: text/odd\r\n"
			      "Content-Length: 2\r\n" LAST "{}")),
		  "[\"post\",\"/p\",2,\"{}\",\"\",4]");
	CHECK_STR(body_of(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			      "Content-Type: application/x-www-form-urlencoded"
			      "\r\nContent-Length: 3\r\n" LAST "x=1")),
		  "[\"post\",\"/p\",3,\"x=1\",\"\",4]");
	CHECK_STR(body_of(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			      "Transfer-Encoding: chunked\r\n" LAST
			      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")),
		  "[\"post\",\"/p\",5,\"abcde\",\"\",4]");
	CHECK_STR(body_of(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			      "Content-Length: 0\r\n" LAST)),
		  "[\"post\",\"/p\",0,\"\",\"\",4]");
	CHECK_STR(body_of(ask("DELETE /d HTTP/1.1\r\n" HOST AUTH LAST)),
		  "[\"delete\",\"/d\",0,\"\",\"\",4]");
}

TEST(http_other_methods_are_404)
{
	const char *a;

	start(0, 0);
	a = ask("OPTIONS /status HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 404);
	CHECK_STR(body_of(a), "");
	a = ask("GET /none HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 404);
	CHECK_STR(body_of(a), "");
}

TEST(http_head_is_get_without_body)
{
	const char *a;

	start(0, 0);
	a = ask("HEAD /status HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 200);
	CHECK(has(a, "Content-Type: application/json\r\n"));
	CHECK(has(a, "Content-Length: 27\r\n"));
	CHECK_STR(body_of(a), "");
}

TEST(http_too_large_bodies_are_413)
{
	static char zs[1002];
	char big[3000];

	memset(zs, 'z', 1001);
	start(1000, 0);
	check_status(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			 "Content-Length: 1001\r\n\r\nabc"),
		     413);
	CHECK(has(ask("POST /p?jsonp=f HTTP/1.1\r\n" HOST AUTH
		      "Content-Length: 1001\r\n\r\nabc"),
		  "f({\"error\":\"body: too long\"});"));
	check_status(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			 "Content-Length: 99999999999\r\n\r\nabc"),
		     413);
	snprintf(big, sizeof(big),
		 "POST /p HTTP/1.1\r\n" HOST AUTH
		 "Content-Length: 1000\r\n" LAST "%.1000s",
		 zs);
	check_status(ask(big), 200);
	snprintf(big, sizeof(big),
		 "POST /p HTTP/1.1\r\n" HOST AUTH
		 "Transfer-Encoding: chunked\r\n" LAST "3e9\r\n%s\r\n0\r\n\r\n",
		 zs);
	check_status(ask(big), 413);
}

TEST(http_connection_is_kept_alive)
{
	int fd;
	int i;

	start(0, 0);
	fd = dial();
	for (i = 0; i < 20; i++) {
		put(fd, "POST /p HTTP/1.1\r\n" HOST AUTH
			"Content-Length: 2\r\n\r\nok");
		check_status(get_until(fd, "\"ok\",\"\",4]"), 200);
	}
	/* Pipelined. */
	put(fd, "GET /1 HTTP/1.1\r\n" HOST AUTH "\r\n"
		"GET /2 HTTP/1.1\r\n" HOST AUTH "\r\n");
	CHECK(has(get_until(fd, "/2"), "/1"));
	close(fd);
}

/* Answers in the order of the requests, however late the first one comes. */
TEST(http_pipelined_requests_are_answered_in_order)
{
	const char *a;
	const char *first;
	const char *second;
	const char *third;
	int fd;

	start(0, 0);
	fd = dial();
	put(fd, "GET /later HTTP/1.1\r\n" HOST AUTH "\r\n"
		"POST /2 HTTP/1.1\r\n" HOST AUTH "Content-Length: 3\r\n\r\nabc"
		"HEAD /3 HTTP/1.1\r\n" HOST AUTH "\r\n"
		"DELETE /4 HTTP/1.1\r\n" HOST AUTH "Content-Length: 2\r\n\r\nde"
		"GET /5 HTTP/1.1\r\n" HOST AUTH "\r\n");
	a = get_until(fd, "/5");
	first = strstr(a, "\"later\"");
	second = strstr(a, "[\"post\",\"/2\",3,\"abc\"");
	third = strstr(a, "[\"delete\",\"/4\",2,\"de\"");
	CHECK(first && second && third && first < second && second < third);
	CHECK(third < strstr(a, "[\"get\",\"/5\",0"));
	CHECK(!strstr(a, "\"/3\""));
	close(fd);
}

TEST(http_chunked_bodies_are_put_together)
{
	int fd;

	start(0, 0);
	fd = dial();
	put(fd, "POST /p HTTP/1.1\r\n" HOST AUTH
		"Transfer-Encoding: chunked\r\n\r\n");
	put(fd, "3\r\nabc\r\n");
	put(fd, "2;name=value\r\nde\r\n");
	put(fd, "0\r\nTrailer: x\r\n\r\n");
	CHECK(has(get_until(fd, "]"), "[\"post\",\"/p\",5,\"abcde\""));
	/* And the connection goes on. */
	put(fd, "GET /q HTTP/1.1\r\n" HOST AUTH "\r\n");
	CHECK(has(get_until(fd, "\"/q\""), "200 OK"));
	close(fd);
	check_status(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			 "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
		     400);
}

TEST(http_client_is_told_to_continue)
{
	int fd;

	start(1000, 0);
	fd = dial();
	put(fd, "POST /p HTTP/1.1\r\n" HOST AUTH
		"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	check_status(get_until(fd, "\r\n\r\n"), 100);
	put(fd, "ok");
	check_status(get_until(fd, "]"), 200);
	close(fd);
	/* Who may not, or sends too much, is told so instead. */
	fd = dial();
	put(fd, "POST /p HTTP/1.1\r\n" HOST
		"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	check_status(get_until(fd, "\r\n\r\n"), 401);
	close(fd);
	fd = dial();
	put(fd, "POST /p HTTP/1.1\r\n" HOST AUTH
		"Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
	check_status(get_until(fd, "\r\n\r\n"), 413);
	close(fd);
}

TEST(http_lengths_that_contradict_each_other_are_refused)
{
	static const char *const lengths[] = {
		"Content-Length: 2\r\nContent-Length: 3\r\n",
		"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\ncontent-length: 0\r\n",
		"Content-Length: -2\r\n",
		"Content-Length: x\r\n",
		"Content-Length: 2, 2\r\n",
		"Content-Length: 99999999999999999999999\r\n",
	};
	char text[300];
	size_t i;

	start(0, 0);
	for (i = 0; i < TL_ARRAY_SIZE(lengths); i++) {
		const char *a;
		int status = 0;

		snprintf(text, sizeof(text),
			 "POST /p HTTP/1.1\r\n" HOST AUTH
			 "%s\r\n2\r\nab\r\n0\r\n\r\nGET /q HTTP/1.1\r\n" HOST
				 AUTH LAST,
			 lengths[i]);
		a = ask(text);
		CHECK(sscanf(a, "HTTP/1.1 %d", &status) == 1);
		if ((status != 400 && status != 413) || strstr(a, "/q"))
			FAIL("%s: %s", lengths[i], a);
	}
	/* The same length twice is one length. */
	check_status(ask("POST /p HTTP/1.1\r\n" HOST AUTH
			 "Content-Length: 2\r\nContent-Length: 2\r\n" LAST
			 "ab"),
		     200);
	/* None is no body; what follows is another request. */
	CHECK(has(ask("POST /p HTTP/1.1\r\n" HOST AUTH "\r\n"
		      "GET /q HTTP/1.1\r\n" HOST AUTH LAST),
		  "[\"get\",\"/q\",0"));
}

TEST(http_version_1_0_closes_unless_it_is_asked_not_to)
{
	int fd;
	int i;

	start(0, 0);
	fd = dial();
	put(fd, "GET /s HTTP/1.0\r\n" AUTH "\r\n");
	CHECK(has(get_until(fd, NULL), "200 OK"));
	close(fd);
	fd = dial();
	for (i = 0; i < 3; i++) {
		const char *a;

		put(fd, "GET /s HTTP/1.0\r\n" AUTH
			"Connection: keep-alive\r\n\r\n");
		a = get_until(fd, "]");
		check_status(a, 200);
		CHECK(has(a, "Connection: Keep-Alive\r\n"));
	}
	close(fd);
	check_status(ask("GET /s HTTP/2.0\r\n" HOST AUTH LAST), 505);
}

TEST(http_zero_bytes_do_not_cut_a_path)
{
	start(0, 0);
	CHECK(has(ask("GET /s%00 HTTP/1.1\r\n" HOST AUTH LAST),
		  "[\"get\",\"/s%00\""));
	CHECK(has(ask("GET /%73%2f%zz%4?x=a%00b%26%2b+c HTTP/1.1\r\n" HOST AUTH
			      LAST),
		  "[\"get\",\"/s/%zz%4\",0,\"\",\"a%00b&+ c\""));
	/* Nor do they open one. */
	check_status(ask("GET /health%00 HTTP/1.1\r\n" HOST LAST), 401);
}

TEST(http_jsonp_wraps_json_only)
{
	const char *a;

	start(0, 0);
	a = ask("GET /s?jsonp=cb HTTP/1.1\r\n" HOST AUTH LAST);
	CHECK(has(a, "Content-Type: application/javascript\r\n"));
	CHECK_STR(body_of(a), "cb([\"get\",\"/s\",0,\"\",\"\",4]);");
	a = ask("GET /empty?jsonp=cb HTTP/1.1\r\n" HOST AUTH LAST);
	CHECK_STR(body_of(a), "cb(null);");
	a = ask("GET /none?jsonp=cb HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 404);
	CHECK_STR(body_of(a), "");
	a = ask("GET /app/page?jsonp=cb HTTP/1.1\r\n" HOST LAST);
	CHECK_STR(body_of(a), "[\"get\",\"/app/page\",0,\"\",\"\",4]");
	a = ask("GET /s?jsonp=alert(1)// HTTP/1.1\r\n" HOST AUTH LAST);
	check_status(a, 400);
	CHECK(has(body_of(a), "{\"error\":\"jsonp: "));
	a = ask("GET /s?jsonp=cb HTTP/1.1\r\n" HOST LAST);
	check_status(a, 401);
	CHECK_STR(body_of(a), "cb({});");
	a = ask("GET /s?jsonp=alert(1)// HTTP/1.1\r\n" HOST LAST);
	check_status(a, 401);
	CHECK_STR(body_of(a), "{}");
}

TEST(http_nonsense_is_refused_and_survived)
{
	static const char *const nonsense[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"\x16\x03\x01\x02",
		"GET /status HTTP/9.9\r\n\r\n",
		"GET /status HTTP/1.1\r\nno colon here\r\n\r\n",
		"POST /p HTTP/1.1\r\n" HOST AUTH "Content-Length: -5\r\n\r\n",
		"POST /p HTTP/1.1\r\n" HOST AUTH "Content-Length: zzz\r\n\r\n",
		"POST /p HTTP/1.1\r\n" HOST AUTH
		"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
		"POST /p HTTP/1.1\r\n" HOST AUTH
		"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
		"GET /%zz%00%ff HTTP/1.1\r\n" HOST "\r\n",
	};
	static char large[200000];
	size_t i;

	/* Some of it is a request that never ends: the deadline ends it. */
	start(0, 300);
	for (i = 0; i < TL_ARRAY_SIZE(nonsense); i++)
		CHECK(!strstr(ask(nonsense[i]), "HTTP/1.1 200"));
	memset(large, 'a', sizeof(large) - 1);
	memcpy(large, "GET / HTTP/1.1\r\nX: ", 19);
	CHECK(!strstr(ask(large), "HTTP/1.1 200"));
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
}

/* Not by silence, which has its own time-out, but by dribbling. */
TEST(http_slow_client_is_cut_off)
{
	int64_t began = tl_clock_ms();
	struct pollfd p;
	int fd;

	start(0, 300);
	fd = dial();
	p = (struct pollfd){ .fd = fd, .events = POLLIN };
	put(fd, "GET /status HTTP/1.1\r\n" HOST "X: ");
	for (;;) {
		char c;

		put(fd, "a");
		if (poll(&p, 1, 20) == 1 && read(fd, &c, 1) <= 0)
			break;
		CHECK(tl_clock_ms() - began < WAIT_MS);
	}
	CHECK(tl_clock_ms() - began >= 250);
	close(fd);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
}

/* Many connections that say nothing: those over the limit wait, and the limit
 * frees itself. */
TEST(http_connections_have_a_limit)
{
	int fds[HTTP_CONNECTIONS_MAX];
	int i;

	start(0, 300);
	for (i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		fds[i] = dial();
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
	for (i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		close(fds[i]);
}

/* Two addresses share them; those who have shown the token stay. */
TEST(http_takes_as_many_connections_as_it_is_told)
{
	static const char request[] = "GET /status HTTP/1.1\r\n" HOST AUTH
				      "\r\n";
	struct pollfd one_more = { .events = POLLIN };
	int fds[4];
	size_t i;

	n_conns = 2 * TL_ARRAY_SIZE(fds);
	start(0, 0);
	for (i = 0; i < TL_ARRAY_SIZE(fds); i++) {
		fds[i] = dial();
		put(fds[i], request);
		check_status(get_until(fds[i], "]"), 200);
	}
	one_more.fd = dial();
	put(one_more.fd, request);
	CHECK_EQ(poll(&one_more, 1, 100), 0);
	close(fds[0]);
	check_status(get_until(one_more.fd, "]"), 200);
	close(one_more.fd);
}

/* All are accepted in one pass, so all of them end in one pass, after which
 * nothing is left that would wake the server. */
TEST(http_listens_again_after_all_have_timed_out)
{
	int fds[HTTP_CONNECTIONS_MAX / 2];
	size_t i;

	start(0, 300);
	CHECK_EQ(kill(server_pid, SIGSTOP), 0);
	for (i = 0; i < TL_ARRAY_SIZE(fds); i++)
		fds[i] = dial();
	CHECK_EQ(kill(server_pid, SIGCONT), 0);
	for (i = 0; i < TL_ARRAY_SIZE(fds); i++) {
		CHECK_EQ(read(fds[i], &(char){ 0 }, 1), 0);
		close(fds[i]);
	}
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
}

static void write_map(const char *path, unsigned int id)
{
	FILE *f = fopen(path, "w");

	CHECK(f);
	fprintf(f, "0 %u 1", id);
	CHECK(fclose(f) == 0);
}

/* From 10.1.1.7 to a server on the wildcard address. */
static void serve_outside(void)
{
	unsigned int uid = getuid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		SKIP("no user namespaces here: %s", strerror(errno));
	write_map("/proc/self/uid_map", uid);
	if (system("ip link set lo up && ip address add 10.1.1.7/32 dev lo") !=
	    0)
		SKIP("no ip(8) here");
	at[0] = (struct udp_addr){ .family = 4 };
	at[1] = (struct udp_addr){ .family = 6 };
	server_ip = 0x0a010107;
	start(0, 0);
}

TEST(http_strangers_get_metrics_only)
{
	allowed_ip = 8;
	serve_outside();
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 401);
	check_status(ask("GET /health HTTP/1.1\r\n" HOST LAST), 401);
	check_status(ask("GET /app HTTP/1.1\r\n" HOST LAST), 401);
	check_status(ask("GET /metrics?auth=metrics HTTP/1.1\r\n" HOST LAST),
		     200);
}

TEST(http_allowed_addresses_still_need_the_token)
{
	allowed_ip = 7;
	serve_outside();
	check_status(ask("GET /status HTTP/1.1\r\n" HOST AUTH LAST), 200);
	check_status(ask("GET /status HTTP/1.1\r\n" HOST LAST), 401);
	check_status(ask("GET /health HTTP/1.1\r\n" HOST LAST), 200);
}

TEST(http_wrong_options_are_refused)
{
	static const struct udp_addr own = { .family = 4,
					     .ip = { 127, 0, 0, 1 } };
	struct http_options o = { .listen = &own,
				  .n_listen = 1,
				  .handler = echo };
	struct http_server *s;
	struct http_server *t;
	struct udp_addr again = own;
	uv_loop_t loop;

	CHECK_EQ(uv_loop_init(&loop), 0);
	CHECK_EQ(tl_http_server_new(&s, &loop, &o), -EINVAL);
	o.token = "";
	CHECK_EQ(tl_http_server_new(&s, &loop, &o), -EINVAL);
	o.token = TOKEN;
	CHECK_EQ(tl_http_server_new(&s, &loop, &o), 0);
	again.port = tl_http_server_port(s);
	o.listen = &again;
	CHECK_EQ(tl_http_server_new(&t, &loop, &o), -EADDRINUSE);
	tl_http_server_free(s);
	tl_http_server_free(NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	CHECK_EQ(uv_loop_close(&loop), 0);
}
