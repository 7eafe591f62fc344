/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_speedtest.c - how fast is it to a node? The client's side, and options */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "cli/cmd.h"
#include "cli/number_arg.h"
#include "cli/proxy_arg.h"
#include "cli/speedtest_flow.h"
#include "cli/speedtest_server.h"
#include "cli/stop.h"
#include "os/clock.h"
#include <tapless/tapless.h>

#define SECONDS_DEFAULT 10
#define MBIT_DEFAULT 100
#define ANSWER_MS 10000
#define GRACE_S 10
#define SUM_MS 30000 /* the server's grace, and an answer that gets lost */
#define HELLO_EVERY_MS 200

/**
 * struct speedtest - What is asked for, and what came of it
 * @seconds:	JSON: bits a second of each second
 * @server:	what the server has received, if it does
 */
struct speedtest {
	const struct cli *cli;
	const char *target;
	int64_t port;
	bool is_server;
	bool has_port;
	struct speedtest_request request;
	int control;
	int udp;
	json_t *seconds;
	struct speedtest_sum server;
	bool has_server;
};

static double mbit(uint64_t bytes, uint64_t us)
{
	return us ? (double)bytes * 8 / (double)us : 0;
}

static void on_second(void *ctx, unsigned int second, uint64_t bytes)
{
	struct speedtest *t = ctx;
	double rate = mbit(bytes, 1000000);

	if (t->cli->json) {
		json_array_append_new(t->seconds, json_real(rate));
		return;
	}
	printf("%4u s  %10.1f Mbit/s\n", second, rate);
	fflush(stdout);
}

/* The server's last line, or the end of its side. */
static bool take_sum(void *ctx)
{
	struct speedtest *t = ctx;
	char line[SPEEDTEST_LINE_MAX];

	if (tl_flow_read_line(line, t->control, SUM_MS) == 0)
		t->has_server = tl_speedtest_parse_sum(&t->server, line);
	return true;
}

static int run_tcp(struct speedtest *t, struct flow *f)
{
	int err;

	f->fd = t->control;
	f->other_fd = -1;
	if (t->request.is_reverse)
		return tl_flow_receive_stream(f, t->request.seconds + GRACE_S);
	err = tl_flow_send_stream(f, t->request.seconds);
	if (err && err != -EINTR)
		return err;
	zt_shutdown(t->control, SHUT_WR);
	take_sum(t);
	return t->has_server || err ? 0 : -ECONNRESET;
}

/* Say where we are, until the first datagram has come. */
static int call_for_datagrams(struct speedtest *t)
{
	struct pollfd p = { .fd = t->udp, .events = POLLIN };
	int64_t end_ms = tl_clock_ms() + ANSWER_MS;
	uint8_t head[SPEEDTEST_HEAD] = { 0 };

	tl_store_be64(head, t->request.token);
	while (tl_clock_ms() < end_ms && !tl_stop_wanted()) {
		if (zt_sendto(t->udp, head, sizeof(head), 0, NULL, 0) < 0 &&
		    errno != EAGAIN)
			return -errno;
		if (poll(&p, 1, HELLO_EVERY_MS) > 0)
			return 0;
	}
	return -ETIMEDOUT;
}

static int run_udp(struct speedtest *t, struct flow *f)
{
	int err;

	f->fd = t->udp;
	f->other_fd = -1;
	if (t->request.is_reverse) {
		err = call_for_datagrams(t);
		if (err)
			return err;
		f->other_fd = t->control;
		f->on_other = take_sum;
		return tl_flow_receive_datagrams(f, t->request.token,
						 t->request.seconds + GRACE_S);
	}
	err = tl_flow_send_datagrams(f, &t->request);
	if (err && err != -EINTR)
		return err;
	zt_shutdown(t->control, SHUT_WR);
	take_sum(t);
	return t->has_server || err ? 0 : -ECONNRESET;
}

static void put_sum(json_t *o, const char *key, const struct speedtest_sum *s)
{
	json_object_set_new(o, key,
			    json_pack("{s:I,s:I,s:I,s:f}", "bytes",
				      (json_int_t)s->bytes, "us",
				      (json_int_t)s->us, "datagrams",
				      (json_int_t)s->datagrams, "mbit",
				      mbit(s->bytes, s->us)));
}

static void print_json(const struct speedtest *t,
		       const struct speedtest_sum *sent,
		       const struct speedtest_sum *got)
{
	json_t *o = json_object();

	json_object_set_new(o, "protocol",
			    json_string(t->request.is_udp ? "udp" : "tcp"));
	json_object_set_new(o, "reverse", json_boolean(t->request.is_reverse));
	json_object_set(o, "mbitEachSecond", t->seconds);
	if (sent)
		put_sum(o, "sent", sent);
	if (got)
		put_sum(o, "received", got);
	tl_cli_print_json(o);
	json_decref(o);
}

static void print_text(const struct speedtest *t,
		       const struct speedtest_sum *sent,
		       const struct speedtest_sum *got)
{
	if (sent)
		printf("sent      %12.1f Mbit/s, %llu bytes in %.2f s\n",
		       mbit(sent->bytes, sent->us),
		       (unsigned long long)sent->bytes,
		       (double)sent->us / 1000000);
	if (got)
		printf("received  %12.1f Mbit/s, %llu bytes in %.2f s\n",
		       mbit(got->bytes, got->us),
		       (unsigned long long)got->bytes,
		       (double)got->us / 1000000);
	if (t->request.is_udp && sent && got && sent->datagrams)
		printf("lost      %12.2f %%, %lld of %llu datagrams\n",
		       100 - 100.0 * (double)got->datagrams /
				       (double)sent->datagrams,
		       (long long)(sent->datagrams - got->datagrams),
		       (unsigned long long)sent->datagrams);
}

static void print(const struct speedtest *t, const struct flow *f)
{
	const struct speedtest_sum *theirs = t->has_server ? &t->server : NULL;
	bool receives = t->request.is_reverse;
	const struct speedtest_sum *sent = receives ? theirs : &f->sum;
	const struct speedtest_sum *got = receives ? &f->sum : theirs;

	if (t->cli->json)
		print_json(t, sent, got);
	else
		print_text(t, sent, got);
}

/* A connected socket; negative after saying why not. */
static int dial(const struct speedtest *t, int type, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = type };
	struct addrinfo *list = NULL;
	char service[8];
	int fd;
	int r;

	snprintf(service, sizeof(service), "%u", port);
	r = zt_getaddrinfo(t->target, service, &hints, &list);
	if (r) {
		tl_cli_fail(EXIT_FAILED,
			    "speedtest: %s is no virtual address or name: %s",
			    t->target, gai_strerror(r));
		return -1;
	}
	fd = zt_socket(list->ai_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || zt_connect(fd, list->ai_addr, list->ai_addrlen) != 0) {
		tl_cli_fail(EXIT_FAILED,
			    "speedtest: cannot connect to %s port %u: %s; run "
			    "tapless speedtest --server there",
			    t->target, port, strerror(errno));
		if (fd >= 0)
			zt_close(fd);
		fd = -1;
	}
	zt_freeaddrinfo(list);
	return fd;
}

/* EXIT_OK if the server is ready. */
static int greet(struct speedtest *t)
{
	char line[SPEEDTEST_LINE_MAX];
	uint16_t port = 0;
	int err;

	tl_speedtest_print_request(line, &t->request);
	err = tl_flow_write_line(t->control, line);
	if (!err)
		err = tl_flow_read_line(line, t->control, ANSWER_MS);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "speedtest: %s gives no answer: %s",
				   t->target, strerror(-err));
	if (strncmp(line, "NO ", 3) == 0)
		return tl_cli_fail(EXIT_FAILED, "speedtest: %s says: %s",
				   t->target, line + 3);
	if (!tl_speedtest_parse_ok(&port, line))
		return tl_cli_fail(EXIT_FAILED,
				   "speedtest: what answers at %s port %lld is "
				   "no tapless speedtest --server",
				   t->target, (long long)t->port);
	if (!t->request.is_udp)
		return EXIT_OK;
	t->udp = dial(t, SOCK_DGRAM, port);
	if (t->udp >= 0)
		tl_flow_make_room(t->udp);
	return t->udp < 0 ? EXIT_FAILED : EXIT_OK;
}

static int run_client(struct speedtest *t)
{
	struct flow f = { .on_second = on_second, .ctx = t };
	int status;
	int err;

	t->control = dial(t, SOCK_STREAM, (uint16_t)t->port);
	if (t->control < 0)
		return EXIT_FAILED;
	status = greet(t);
	if (status)
		return status;
	err = t->request.is_udp ? run_udp(t, &f) : run_tcp(t, &f);
	if (err && err != -EINTR)
		return tl_cli_fail(EXIT_FAILED, "speedtest: it was cut: %s",
				   strerror(-err));
	print(t, &f);
	return EXIT_OK;
}

static int take_word(struct speedtest *t, const char *word)
{
	if (*word == '-')
		return tl_cli_fail(EXIT_USAGE,
				   "speedtest does not know %s, or it lacks a "
				   "value; see tapless speedtest --help",
				   word);
	if (!t->is_server && !t->target) {
		t->target = word;
		return EXIT_OK;
	}
	if (t->has_port)
		return tl_cli_fail(EXIT_USAGE,
				   "speedtest: %s is one word too many", word);
	t->has_port = true;
	return tl_cli_whole(&t->port, "port", word, 1, UINT16_MAX);
}

static int parse(struct speedtest *t, char **argv)
{
	int64_t seconds = SECONDS_DEFAULT;
	int64_t rate = MBIT_DEFAULT;
	int err = EXIT_OK;

	for (argv++; !err && *argv; argv++) {
		const char *value;

		if (strcmp(*argv, "--udp") == 0)
			t->request.is_udp = true;
		else if (strcmp(*argv, "--reverse") == 0)
			t->request.is_reverse = true;
		else if (strcmp(*argv, "--server") == 0)
			t->is_server = true;
		else if ((value = tl_cli_option(&argv, 't', "--time")))
			err = tl_cli_whole(&seconds, "-t", value, 1,
					   SPEEDTEST_SECONDS_MAX);
		else if ((value = tl_cli_option(&argv, 'b', "--rate")))
			err = tl_cli_whole(&rate, "-b", value, 1,
					   SPEEDTEST_MBIT_MAX);
		else
			err = take_word(t, *argv);
	}
	if (!err && !t->is_server && !t->target)
		err = tl_cli_fail(EXIT_USAGE,
				  "speedtest to whom? Give a virtual address "
				  "or name, or --server");
	t->request.seconds = (unsigned int)seconds;
	t->request.mbit = t->request.is_udp ? (unsigned int)rate : 0;
	return err;
}

int tl_cmd_speedtest(const struct cli *cli, int argc TL_UNUSED, char **argv)
{
	struct speedtest t = {
		.cli = cli, .port = SPEEDTEST_PORT, .control = -1, .udp = -1
	};
	int status = parse(&t, argv);

	if (status == EXIT_OK)
		status = tl_cli_start_client(cli->home);
	if (status)
		return status;
	if (getrandom(&t.request.token, sizeof(t.request.token), 0) < 0)
		return tl_cli_fail(EXIT_FAILED, "no random numbers: %s",
				   strerror(errno));
	tl_stop_catch();
	t.seconds = json_array();
	status = t.is_server ? tl_speedtest_serve((uint16_t)t.port)
			     : run_client(&t);
	json_decref(t.seconds);
	if (t.udp >= 0)
		zt_close(t.udp);
	if (t.control >= 0)
		zt_close(t.control);
	return tl_cli_leave(status);
}
