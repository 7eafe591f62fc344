/* SPDX-License-Identifier: Apache-2.0 */
/*
 * over_libzt.c - the same as bulk.c and pingpong.c, written for libzt
 *
 *	over_libzt serve HOME PLANET NETWORK
 *		says "address ADDRESS", then "ready"; both services, until it is
 *		terminated
 *	over_libzt bulk HOME PLANET NETWORK ADDRESS SECONDS
 *	over_libzt pingpong HOME PLANET NETWORK ADDRESS ROUNDS [SECONDS]
 *
 * The node lives in the program, so its processor time is the program's.
 * bench/measure compiles it with the library that LIBZT names; the build of the
 * project does not.
 */
#include <ZeroTierSockets.h>
#include <pthread.h>

#include "../endpoint.h"
#include "../percentiles.h"

#define BULK_PORT 7003
#define PINGPONG_PORT 7000
#define BLOCK (128 * 1024)
#define BYTES 64
#define LOOK_MS 20
#define LOOKS 3000
#define CONNECT_MS 10000

struct answer {
	uint64_t bytes;
	int64_t cpu_ns;
};

static char address[ZTS_IP_MAX_STR_LEN];

/* --- the node --- */

static int is_online(uint64_t unused)
{
	(void)unused;
	return zts_node_is_online();
}

static void wait_for(int (*is_it)(uint64_t), uint64_t arg, const char *what)
{
	int i;

	for (i = 0; i < LOOKS; i++) {
		if (is_it(arg) == 1)
			return;
		zts_util_delay(LOOK_MS);
	}
	errno = ETIMEDOUT;
	die(what);
}

static void set_planet(const char *path)
{
	static char planet[8192];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		die(path);
	n = fread(planet, 1, sizeof(planet), f);
	fclose(f);
	if (zts_init_set_roots(planet, (unsigned int)n) != ZTS_ERR_OK)
		die("zts_init_set_roots");
}

/* A member with an address when it returns */
static void start_node(char **argv)
{
	uint64_t network = strtoull(argv[2], NULL, 16);

	if (zts_init_from_storage(argv[0]) != ZTS_ERR_OK)
		die("zts_init_from_storage");
	set_planet(argv[1]);
	if (zts_node_start() != ZTS_ERR_OK)
		die("zts_node_start");
	wait_for(is_online, 0, "not online");
	if (zts_net_join(network) != ZTS_ERR_OK)
		die("zts_net_join");
	wait_for(zts_net_transport_is_ready, network, "no network");
	if (zts_addr_get_str(network, ZTS_AF_INET, address, sizeof(address)) !=
	    ZTS_ERR_OK)
		die("zts_addr_get_str");
}

static int connect_at(const char *to, unsigned short port)
{
	int fd = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);

	if (fd < 0 || zts_connect(fd, to, port, CONNECT_MS))
		die("zts_connect");
	zts_set_no_delay(fd, 1);
	return fd;
}

/* Return: false at the end of the stream. */
static bool receive(int fd, void *to, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = zts_read(fd, (char *)to + got, len - got);
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	return true;
}

static void transmit(int fd, const void *from, size_t len)
{
	size_t sent = 0;
	ssize_t n;

	while (sent < len) {
		n = zts_write(fd, (const char *)from + sent, len - sent);
		if (n < 0)
			die("zts_write");
		sent += (size_t)n;
	}
}

/* --- serve --- */

static void take(int fd)
{
	static char block[BLOCK];
	int64_t before = cpu_ns();
	struct answer a = { 0 };
	ssize_t n;

	while ((n = zts_read(fd, block, sizeof(block))) > 0)
		a.bytes += (uint64_t)n;
	a.cpu_ns = cpu_ns() - before;
	transmit(fd, &a, sizeof(a));
}

static void echo(int fd)
{
	char message[BYTES];

	while (receive(fd, message, sizeof(message)))
		transmit(fd, message, sizeof(message));
}

struct service {
	unsigned short port;
	void (*serve)(int fd);
};

static void *run_service(void *arg)
{
	const struct service *s = arg;
	int listener = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);
	int fd;

	if (listener < 0 || zts_bind(listener, address, s->port) ||
	    zts_listen(listener, 16))
		die("zts_listen");
	for (;;) {
		fd = zts_accept(listener, NULL, 0, NULL);
		if (fd < 0)
			die("zts_accept");
		zts_set_no_delay(fd, 1);
		s->serve(fd);
		zts_close(fd);
	}
}

static void serve(void)
{
	static struct service services[2] = { { BULK_PORT, take },
					      { PINGPONG_PORT, echo } };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_service, &services[0]))
		die("pthread_create");
	printf("address %s\nready\n", address);
	fflush(stdout);
	run_service(&services[1]);
}

/* --- ask --- */

static void bulk(const char *to, int64_t seconds)
{
	static char block[BLOCK];
	int fd = connect_at(to, BULK_PORT);
	int64_t before = cpu_ns();
	int64_t start = now_ns();
	int64_t end = start + seconds * 1000000000;
	struct answer a;
	double took_s;

	while (now_ns() < end)
		transmit(fd, block, sizeof(block));
	zts_shutdown_wr(fd);
	if (!receive(fd, &a, sizeof(a)))
		die("no answer of the sink");
	took_s = (double)(now_ns() - start) / 1e9;
	zts_close(fd);
	printf("{\"mbit_s\": %.0f, \"gbytes\": %.6f, \"apps_cpu_s\": %.4f}\n",
	       (double)a.bytes * 8 / 1e6 / took_s, (double)a.bytes / 1e9,
	       (double)(cpu_ns() - before + a.cpu_ns) / 1e9);
}

static int64_t one_round(int fd)
{
	char message[BYTES] = { 0 };
	int64_t start = now_ns();

	transmit(fd, message, sizeof(message));
	if (!receive(fd, message, sizeof(message)))
		die("the other end closed");
	return now_ns() - start;
}

/* @seconds: 0: no limit */
static void pingpong(const char *to, size_t rounds, int64_t seconds)
{
	int64_t *ns = calloc(rounds, sizeof(*ns));
	int fd = connect_at(to, PINGPONG_PORT);
	int64_t end = seconds ? now_ns() + seconds * 1000000000 : INT64_MAX;
	size_t n = 0;
	size_t i;

	if (!ns)
		die("calloc");
	for (i = 0; !seconds && i < rounds / 10; i++)
		one_round(fd);
	while (n == 0 || (n < rounds && now_ns() < end))
		ns[n++] = one_round(fd);
	zts_close(fd);
	print_percentiles(ns, n);
	free(ns);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "serve")) {
		start_node(argv + 2);
		serve();
	}
	if (argc == 7 && !strcmp(argv[1], "bulk")) {
		start_node(argv + 2);
		bulk(argv[5], (int64_t)strtoul(argv[6], NULL, 10));
		return 0;
	}
	if ((argc == 7 || argc == 8) && !strcmp(argv[1], "pingpong")) {
		start_node(argv + 2);
		pingpong(argv[5], strtoul(argv[6], NULL, 10),
			 argc == 8 ? (int64_t)strtoul(argv[7], NULL, 10) : 0);
		return 0;
	}
	fputs("usage: over_libzt serve HOME PLANET NETWORK\n"
	      "       over_libzt bulk HOME PLANET NETWORK ADDRESS SECONDS\n"
	      "       over_libzt pingpong HOME PLANET NETWORK ADDRESS ROUNDS\n"
	      "                  [SECONDS]\n",
	      stderr);
	return 2;
}
