/* SPDX-License-Identifier: Apache-2.0 */
/* Relays between sockets of this process: a <-> relay <-> b. */
#include "proxy/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define PASSES_MAX 100000

static const struct server_limits limits = {
	.max_clients = 8, .max_per_client = 8, .drain_ms = 1, .idle_ms = 1
};
static struct server *server;
static struct relay *relay;
static int a;
static int b;
static int n_done;

static void on_done(void *ctx)
{
	(void)ctx;
	n_done++;
	relay = NULL;
}

/* Two connected TCP sockets. */
static void make_pair(int out[2])
{
	union place at = tl_place_from_ip(tl_bytes("\x7f\0\0\1", 4), 0);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(at);

	CHECK(bind(listener, &at.sa, sizeof(at.in)) == 0);
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, &at.sa, &len) == 0);
	out[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(connect(out[0], &at.sa, sizeof(at.in)) == 0);
	out[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	CHECK(out[1] >= 0);
	CHECK(fcntl(out[0], F_SETFL, O_NONBLOCK) == 0);
	close(listener);
}

static void make_relay(void)
{
	int near[2];
	int far[2];

	CHECK_EQ(tl_server_new(&server, &limits), 0);
	make_pair(near);
	make_pair(far);
	a = near[0];
	b = far[0];
	CHECK_EQ(tl_relay_new(&relay, server, (int[2]){ near[1], far[1] },
			      on_done, NULL),
		 0);
}

static void pass(void)
{
	uv_run(tl_server_loop(server), UV_RUN_NOWAIT);
}

/* What comes at @fd next; the relay runs meanwhile. */
static ssize_t receive(int fd, void *room, size_t n)
{
	ssize_t got;

	for (int i = 0; i < PASSES_MAX; i++) {
		got = recv(fd, room, n, MSG_DONTWAIT);
		if (got >= 0)
			return got;
		if (errno != EAGAIN)
			return -errno;
		pass();
	}
	FAIL("nothing came");
}

static void check_text(int fd, const char *want)
{
	char got[64] = "";
	size_t n = 0;

	while (n < strlen(want))
		n += (size_t)receive(fd, got + n, strlen(want) - n);
	CHECK_STR(got, want);
}

static void say(int fd, const char *text)
{
	CHECK_EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void run_until_done(void)
{
	for (int i = 0; i < PASSES_MAX && !n_done; i++)
		pass();
	CHECK_EQ(n_done, 1);
}

TEST(relay_passes_both_directions_and_their_ends)
{
	char c;

	make_relay();
	tl_relay_start(relay);
	say(a, "ping");
	check_text(b, "ping");
	CHECK(shutdown(a, SHUT_WR) == 0);
	CHECK_EQ(receive(b, &c, 1), 0);
	say(b, "pong");
	check_text(a, "pong");
	CHECK_EQ(n_done, 0);
	CHECK(shutdown(b, SHUT_WR) == 0);
	CHECK_EQ(receive(a, &c, 1), 0);
	run_until_done();
	tl_server_free(server);
}

static void reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
	close(fd);
}

TEST(relay_passes_a_reset_as_one)
{
	char c;

	make_relay();
	tl_relay_start(relay);
	say(a, "last");
	check_text(b, "last");
	reset(a);
	CHECK_EQ(receive(b, &c, 1), -ECONNRESET);
	run_until_done();
	tl_server_free(server);
}

TEST(relay_passes_a_reset_after_an_end)
{
	char c;

	make_relay();
	tl_relay_start(relay);
	CHECK(shutdown(a, SHUT_WR) == 0);
	CHECK_EQ(receive(b, &c, 1), 0);
	reset(a);
	for (int i = 0; i < PASSES_MAX && !n_done; i++)
		pass();
	CHECK_EQ(receive(b, &c, 1) <= 0, 1);
	run_until_done();
	tl_server_free(server);
}

/* Until the relay takes no more. */
static size_t flood(int fd)
{
	static char block[65536];
	size_t total = 0;
	int idle = 0;
	ssize_t n;

	while (idle < 50) {
		n = send(fd, block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL);
		idle = n > 0 ? 0 : idle + 1;
		total += n > 0 ? (size_t)n : 0;
		pass();
	}
	return total;
}

TEST(relay_waits_for_a_slow_reader)
{
	static char room[65536];
	size_t sent;
	size_t got = 0;

	make_relay();
	tl_relay_start(relay);
	sent = flood(a);
	CHECK(sent > 100000);
	/* The other direction does not mind. */
	say(b, "quick");
	check_text(a, "quick");
	CHECK(shutdown(a, SHUT_WR) == 0);
	for (;;) {
		ssize_t n = receive(b, room, sizeof(room));

		CHECK(n >= 0);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	CHECK_EQ(got, sent);
	tl_relay_kill(relay);
	tl_server_free(server);
}

/* A sender that was reset while its receiver reads nothing: what had come is
 * still read, then the reset. */
TEST(relay_brings_what_came_before_a_reset)
{
	static char room[65536];
	size_t got = 0;
	ssize_t n;

	make_relay();
	tl_relay_start(relay);
	flood(a);
	reset(a);
	for (int i = 0; i < 100; i++)
		pass();
	while ((n = receive(b, room, sizeof(room))) > 0)
		got += (size_t)n;
	CHECK_EQ(n, -ECONNRESET);
	CHECK(got > 0);
	run_until_done();
	tl_server_free(server);
}

TEST(relay_ends_with_the_answers_body)
{
	struct http_body request;
	struct http_body answer;
	char c;

	make_relay();
	tl_http_body_init(&request, HTTP_BODY_LENGTH, 4);
	tl_http_body_init(&answer, HTTP_BODY_LENGTH, 6);
	CHECK_EQ(tl_relay_put(relay, RELAY_A_TO_B, tl_bytes_from_str("HEAD ")),
		 0);
	tl_relay_limit(relay, RELAY_A_TO_B, &request, true);
	tl_relay_limit(relay, RELAY_B_TO_A, &answer, false);
	tl_relay_start(relay);
	say(a, "bodyGET another");
	check_text(b, "HEAD body");
	say(b, "answerand more");
	check_text(a, "answer");
	CHECK_EQ(receive(a, &c, 1), 0);
	CHECK_EQ(n_done, 0); /* it may still be on its way */
	close(a);
	run_until_done();
	tl_server_free(server);
}

TEST(relay_body_that_breaks_off_is_a_reset)
{
	struct http_body answer;
	char room[16];
	ssize_t n;

	make_relay();
	tl_http_body_init(&answer, HTTP_BODY_LENGTH, 6);
	tl_relay_limit(relay, RELAY_B_TO_A, &answer, false);
	tl_relay_start(relay);
	say(b, "ans");
	CHECK(shutdown(b, SHUT_WR) == 0);
	while ((n = receive(a, room, sizeof(room))) > 0)
		;
	CHECK_EQ(n, -ECONNRESET);
	run_until_done();
	tl_server_free(server);
}

static int hook_calls;

static int on_hook(void *ctx, struct relay *r, int fd, bool ended)
{
	char text[4];

	(void)ctx;
	(void)ended;
	hook_calls++;
	if (recv(fd, text, 4, MSG_PEEK) < 4)
		return -EAGAIN;
	CHECK_EQ(recv(fd, text, 4, 0), 4);
	CHECK_EQ(tl_relay_put(r, RELAY_B_TO_A, tl_bytes("<head>", 6)), 0);
	return 0;
}

TEST(relay_asks_the_hook_before_it_passes_on)
{
	make_relay();
	tl_relay_set_hook(relay, RELAY_B_TO_A, on_hook);
	tl_relay_start(relay);
	say(b, "he");
	for (int i = 0; i < PASSES_MAX && !hook_calls; i++)
		pass();
	say(b, "adbody");
	check_text(a, "<head>body");
	tl_relay_kill(relay);
	CHECK_EQ(n_done, 0);
	tl_server_free(server);
}
