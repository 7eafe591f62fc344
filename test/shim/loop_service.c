/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop_service.c - the service's sockets without a network
 *
 * usage: loop_service NAME
 *        loop_service --token NAME
 *
 * Runs the real sockets on the real stack with one interface that owns
 * 10.77.0.1 and fd00:77::1; what programs send to these comes back to programs.
 * So the preload object is tested against the service without any engine
 * beneath. Names are host.zt and those of on_lookup(). Prints "ready" when programs may come, and ends with SIGTERM or when
 * its standard input does. The second form asks a running one for a session
 * token, as `tapless run` does, and prints it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/packet.h"
#include "os/clock.h"
#include "os/poll.h"
#include "os/random.h"
#include "sdk/client/call.h"
#include "sdk/client/endpoint.h"
#include "sockets/socket.h"
#include "stack/stack.h"

static struct packet_pool pool;
static struct sockets *sockets;
static bool is_ending;

static void on_output(void *ctx, const uint8_t dst[6], const uint8_t src[6],
		      uint16_t ethertype, struct packet *p)
{
	(void)ctx;
	(void)dst;
	(void)src;
	(void)ethertype;
	tl_packet_free(p); /* nobody else is on this network */
}

static bool on_resolve(void *ctx, const uint8_t ip6[16], uint8_t mac[6])
{
	(void)ctx;
	(void)ip6;
	(void)mac;
	return false;
}

static void on_groups(void *ctx)
{
	(void)ctx;
}

static void on_error(void *ctx, const struct ifc_error *e)
{
	(void)ctx;
	tl_sockets_on_ifc_error(sockets, e);
}

static void fill_random(void *ctx, struct buffer out)
{
	tl_random(ctx, out.at, out.n);
}

static void stack_random(void *at, size_t n)
{
	tl_random(NULL, at, n);
}

static void on_input(void *ctx, uint32_t events)
{
	char b[64];

	(void)ctx;
	if ((events & (WATCH_HUP | WATCH_ERR | WATCH_RDHUP)) ||
	    read(0, b, sizeof(b)) <= 0)
		is_ending = true;
}

static void must(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "loop_service: %s: %s\n", what, strerror(-r));
	exit(1);
}

static struct ifc *make_ifc(void)
{
	static const struct ifc_ops ops = { .output = on_output,
					    .resolve = on_resolve,
					    .groups_changed = on_groups,
					    .error = on_error };
	static const struct ifc_config config = { .name = "zt0",
						  .mac = { 2, 0, 0, 0, 0, 1 },
						  .mtu = 2800,
						  .tag = 1,
						  .ops = &ops };
	static const struct ifc_address list[] = {
		{ 4, 24, { 10, 77, 0, 1 } },
		{ 6, 64, { 0xfd, 0, 0, 0x77, [15] = 1 } },
	};
	struct ifc *ifc;

	must(tl_ifc_new(&ifc, &config), "interface");
	must(tl_ifc_set_addresses(ifc, list, TL_ARRAY_SIZE(list)), "addresses");
	return ifc;
}

static void answer(struct name_lookup *l, uint8_t family, const uint8_t ip[16])
{
	struct rpc_addr *a = &l->list[l->n++];

	*a = (struct rpc_addr){ .family = family };
	memcpy(a->ip, ip, 16);
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name);
	size_t m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

/* host.zt and v4.zt are this host; a server here knows *.dns.test and, as the
 * second of two, *.two.test. */
static uint32_t on_lookup(void *ctx, struct name_lookup *l)
{
	static const uint8_t v4[16] = { 10, 77, 0, 1 };
	static const uint8_t other4[16] = { 10, 77, 0, 2 };
	static const uint8_t v6[16] = { 0xfd, 0, 0, 0x77, [15] = 1 };
	const uint8_t *own = l->address.family == 4 ? v4 : v6;

	(void)ctx;
	l->kind = LOOKUP_ADDRESSES;
	if (l->address.family) {
		l->kind = LOOKUP_NAME;
		if (memcmp(l->address.ip, own, 16) == 0)
			snprintf(l->name, sizeof(l->name), "host.zt");
		return l->name[0] ? 0 : ENOENT;
	}
	if (ends_with(l->name, "dns.test") || ends_with(l->name, "two.test")) {
		l->kind = LOOKUP_SERVERS;
		if (ends_with(l->name, "two.test"))
			answer(l, 4, other4);
		answer(l, 4, v4);
		return 0;
	}
	if (!ends_with(l->name, ".zt"))
		return RPC_USE_HOST;
	if (strcmp(l->name, "host.zt") == 0)
		answer(l, 6, v6);
	if (strcmp(l->name, "host.zt") == 0 || strcmp(l->name, "v4.zt") == 0)
		answer(l, 4, v4);
	return l->n ? 0 : ENOENT;
}

static int timeout_ms(int64_t next_us, int64_t now_us)
{
	int64_t ms;

	if (next_us == INT64_MAX)
		return 1000;
	ms = (next_us - now_us + 999) / 1000;
	return (int)TL_MAX(0, TL_MIN(ms, 1000));
}

static void run(struct poll_set *set)
{
	bool more = false;
	int wait_ms;

	while (!is_ending) {
		wait_ms = timeout_ms(tl_stack_next_us(), tl_clock_us());
		tl_poll_run(set, more ? 0 : wait_ms);
		tl_stack_run(tl_clock_us());
		more = tl_sockets_end_pass(sockets, tl_clock_us());
		tl_stack_end_pass();
		/* What came back to us in that pass has news for programs. */
		more |= tl_sockets_end_pass(sockets, tl_clock_us());
	}
}

static int print_token(const char *name)
{
	struct call c = { .request = { .op = RPC_SESSION } };
	char text[2 * RPC_TOKEN_LEN + 1];

	must(tl_endpoint_set(name, geteuid(), NULL), "name");
	must(tl_call(&c), "session");
	if (c.reply.opt.n != RPC_TOKEN_LEN)
		return 1;
	printf("%s\n", tl_hex_encode(text, c.reply.opt));
	return 0;
}

int main(int argc, char **argv)
{
	struct sockets_config config = { .owner = geteuid(),
					 .random = fill_random };
	struct watch input = { .fn = on_input };
	struct poll_set *set;
	struct ifc *ifc;

	if (argc == 3 && strcmp(argv[1], "--token") == 0)
		return print_token(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--lazy-names") == 0) {
		config.eager_names = 1;
		argv++;
	} else if (argc != 2) {
		fprintf(stderr,
			"usage: loop_service [--token|--lazy-names] NAME\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	must(tl_poll_new(&set), "poll");
	tl_packet_pool_init(&pool, 256, 8192);
	must(tl_stack_init(&pool, stack_random, tl_clock_us()), "stack");
	ifc = make_ifc();
	config.poll = set;
	config.name = argv[1];
	config.lookup = on_lookup;
	tl_random(NULL, config.secret, sizeof(config.secret));
	must(tl_sockets_new(&sockets, &config), "sockets");
	if (tl_poll_add(set, &input, 0, WATCH_IN) < 0)
		fprintf(stderr, "loop_service: runs until it is killed\n");

	printf("ready\n");
	fflush(stdout);
	run(set);

	tl_poll_del(set, &input);
	tl_sockets_on_ifc_gone(sockets, ifc);
	tl_sockets_free(sockets);
	tl_ifc_free(ifc);
	tl_stack_fini();
	tl_packet_pool_fini(&pool);
	tl_poll_free(set);
	return 0;
}
