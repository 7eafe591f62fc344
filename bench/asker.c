/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asker.c - members that ask a controller for their configurations
 *
 *	asker IDENTITY ADDRESS:PORT NODES RATE SECONDS NETWORK...
 *
 * IDENTITY is the controller's public one. Makes NODES identities, which takes
 * 0.3 s for each, greets one every two seconds, and prints "ready". Then it asks RATE times a second,
 * each node for each network in turns, and no pair more often than every
 * 1.05 s, which is what a controller answers. Prints JSON: how many questions
 * were asked, and how many datagrams of at least 200 bytes came, of which a
 * configuration of a small network is one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "os/random.h"
#include "wire/armor.h"
#include "wire/config_request.h"
#include "wire/header.h"
#include "wire/hello.h"

#define NODES_MAX 256
#define ROOM 2048
#define ANSWER_MIN 200
#define TURN_NS 1050000000

struct member {
	struct identity id;
	struct armor *armor;
	int fd;
};

static struct identity controller;
static struct member members[NODES_MAX];
static size_t n_members;
static char **networks;
static size_t n_networks;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "asker: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t random_id(void)
{
	uint64_t v;

	tl_random(NULL, &v, sizeof(v));
	return v;
}

static void make_member(struct member *m, const struct sockaddr_in *to)
{
	struct pair_key key;
	int size = 4 << 20;

	if (tl_identity_generate(&m->id, tl_random, NULL) ||
	    tl_identity_agree(&key, &m->id, &controller) ||
	    tl_armor_new(&m->armor, &key))
		die("identity");
	m->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->fd < 0 ||
	    connect(m->fd, (const struct sockaddr *)to, sizeof(*to)))
		die("socket");
	setsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static void seal_and_send(struct member *m, enum suite suite,
			  struct buffer packet)
{
	if (tl_armor_seal(m->armor, suite, packet))
		die("armor");
	if (send(m->fd, packet.at, packet.n, 0) < 0 && errno != ENOBUFS &&
	    errno != EAGAIN && errno != ECONNREFUSED)
		die("send");
}

static void greet(struct member *m)
{
	struct hello h = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	uint8_t at[ROOM];
	struct writer w = tl_writer(TL_BUFFER_OF(at));
	size_t mask_at;

	h.identity = m->id;
	h.identity.has_priv = false;
	h.timestamp = (uint64_t)time(NULL) * 1000;
	tl_packet_init(at, random_id(), controller.addr, m->id.addr,
		       VERB_HELLO);
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, &h, &mask_at);
	tl_armor_mask_field(m->armor, tl_buffer(at, w.n), mask_at);
	seal_and_send(m, SUITE_POLY1305, tl_buffer(at, w.n));
}

static void ask(struct member *m, const char *network)
{
	struct config_metadata meta = tl_config_metadata_own(1, 14, 1);
	uint8_t metadata[CONFIG_METADATA_MAX];
	struct writer mw = tl_writer(TL_BUFFER_OF(metadata));
	uint8_t at[ROOM];
	struct writer w = tl_writer(TL_BUFFER_OF(at));
	struct config_request q = { .network = {
					    strtoull(network, NULL, 16) } };

	tl_config_metadata_build(&mw, &meta);
	q.metadata = tl_writer_bytes(&mw);
	tl_packet_init(at, random_id(), controller.addr, m->id.addr,
		       VERB_NETWORK_CONFIG_REQUEST);
	w.n = PACKET_HEADER_LEN;
	tl_write_config_request(&w, &q);
	seal_and_send(m, SUITE_SALSA_POLY1305, tl_buffer(at, w.n));
}

/* The reference sends nothing on a path before its own HELLO was answered. */
static void answer_hello(struct member *m, struct buffer in)
{
	struct ok_hello ok = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	uint8_t at[ROOM];
	struct writer w = tl_writer(TL_BUFFER_OF(at));
	struct hello h;
	struct reader r;

	if (tl_armor_open(m->armor, in) || tl_packet_verb(in.at) != VERB_HELLO)
		return;
	r = tl_reader(
		tl_bytes(in.at + PACKET_AT_PAYLOAD, in.n - PACKET_AT_PAYLOAD));
	if (!tl_hello_parse(&r, &h))
		return;
	ok.timestamp = h.timestamp;
	tl_packet_init(at, random_id(), controller.addr, m->id.addr, VERB_OK);
	w.n = PACKET_HEADER_LEN;
	tl_write_u8(&w, VERB_HELLO);
	tl_write_be64(&w, tl_packet_id(in.at));
	tl_ok_hello_build(&w, &ok);
	seal_and_send(m, SUITE_SALSA_POLY1305, tl_buffer(at, w.n));
}

static uint64_t collect(void)
{
	static uint8_t at[ROOM];
	uint64_t n_answers = 0;
	size_t i;

	for (i = 0; i < n_members; i++) {
		ssize_t n;

		while ((n = recv(members[i].fd, at, sizeof(at), 0)) > 0) {
			if (n >= ANSWER_MIN)
				n_answers++;
			else if (n > PACKET_HEADER_LEN &&
				 tl_packet_suite(at) == SUITE_POLY1305)
				answer_hello(&members[i],
					     tl_buffer(at, (size_t)n));
		}
	}
	return n_answers;
}

static void rest_until(int64_t when_ns)
{
	struct timespec t = { .tv_sec = (time_t)(when_ns / 1000000000),
			      .tv_nsec = (int)(when_ns % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void ask_all(int64_t rate, int64_t seconds)
{
	uint64_t pairs = n_members * n_networks;
	int64_t begin = now_ns();
	int64_t end = begin + seconds * 1000000000;
	int64_t step = 1000000000 / (rate > 0 ? rate : 1);
	uint64_t answers = 0;
	uint64_t asked = 0;

	if (!n_members || !n_networks)
		return;
	(void)collect();
	if ((int64_t)pairs * step < TURN_NS)
		step = TURN_NS / (int64_t)pairs;
	while (now_ns() < end) {
		uint64_t i = asked % pairs;

		rest_until(begin + (int64_t)asked * step);
		ask(&members[i % n_members], networks[i / n_members]);
		asked++;
		if (asked % 32 == 0)
			answers += collect();
	}
	rest_until(now_ns() + 300000000);
	answers += collect();
	printf("{\"asked\": %llu, \"answers\": %llu}\n",
	       (unsigned long long)asked, (unsigned long long)answers);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char *colon = argc > 6 ? strchr(argv[2], ':') : NULL;
	size_t i;

	if (!colon || tl_crypto_init() ||
	    tl_identity_parse(&controller, tl_bytes_from_str(argv[1]))) {
		fputs("usage: asker IDENTITY ADDRESS:PORT NODES RATE SECONDS "
		      "NETWORK...\n",
		      stderr);
		return 2;
	}
	*colon = '\0';
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		die(argv[2]);
	n_members = strtoul(argv[3], NULL, 10);
	networks = argv + 6;
	n_networks = (size_t)argc - 6;
	if (n_members < 1 || n_members > NODES_MAX)
		die("nodes");
	for (i = 0; i < n_members; i++)
		make_member(&members[i], &to);
	/* The reference hears one stranger of an address in two seconds. */
	for (i = 0; i < n_members; i++) {
		greet(&members[i]);
		rest_until(now_ns() + 2100000000);
		(void)collect();
	}
	/* The first answers make the members; they are not measured. */
	ask_all(strtoll(argv[4], NULL, 10), 3);
	puts("ready");
	fflush(stdout);
	if (getchar() == EOF)
		return 1;
	ask_all(strtoll(argv[4], NULL, 10), strtoll(argv[5], NULL, 10));
	return 0;
}
