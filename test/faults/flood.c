/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.c - what an attacker can send to a node without being anybody
 *
 *	flood IDENTITY PEER ADDRESS:PORT RATE SECONDS
 *
 * IDENTITY is the node's public one, PEER the address of a node that it knows.
 * Sends RATE datagrams a second, of eight kinds in turns, each from another
 * address of 127/8, in 8,000 networks of 256: HELLOs with a right MAC of
 * identities whose addresses are made up (two of eight), the same with a wrong
 * MAC, packets of PEER in suites 3 and 1 and of strangers, heads of packets
 * in parts, and parts. Prints how many were sent as "sent N".
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
#include "crypto/curve.h"
#include "os/random.h"
#include "wire/armor.h"
#include "wire/fragment.h"
#include "wire/header.h"
#include "wire/hello.h"

#define HELLOS 1024
#define ROOM 512
#define BATCH 64
#define NETWORKS 8000
#define KINDS 8

struct datagram {
	size_t n;
	uint8_t at[ROOM];
};

static struct datagram hellos[HELLOS];
static struct identity victim;
static struct address peer;
static uint64_t state = 1;

static void die(const char *what)
{
	fprintf(stderr, "flood: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Not secret: only different each time. */
static uint64_t draw(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state ^ state >> 29;
}

/* Real keys, and an address that was never derived from them. */
static void forge_identity(struct identity *id)
{
	tl_random(NULL, id->priv, sizeof(id->priv));
	tl_x25519_public(id->pub, id->priv);
	tl_ed25519_public(id->pub + 32, id->priv + 32);
	id->addr.v = draw() >> 24;
	id->has_priv = true;
}

static void make_hello(struct datagram *d)
{
	struct hello h = { .version = { PROTOCOL_VERSION, 1, 14, 1 } };
	struct writer w = tl_writer(tl_buffer(d->at, ROOM));
	struct armor *armor = NULL;
	struct pair_key key;
	size_t mask_at;

	forge_identity(&h.identity);
	if (tl_identity_agree(&key, &h.identity, &victim) ||
	    tl_armor_new(&armor, &key))
		die("keys");
	h.identity.has_priv = false;
	tl_packet_init(d->at, draw(), victim.addr, h.identity.addr, VERB_HELLO);
	w.n = PACKET_HEADER_LEN;
	tl_hello_build(&w, &h, &mask_at);
	d->n = w.n;
	tl_armor_mask_field(armor, tl_buffer(d->at, d->n), mask_at);
	if (tl_armor_seal(armor, SUITE_POLY1305, tl_buffer(d->at, d->n)))
		die("armor");
	tl_armor_free(armor);
}

/* Noise behind a proper header. */
static void make_packet(struct datagram *d, struct address source, int suite,
			uint8_t flags)
{
	d->n = 200 + (size_t)(draw() % 200);
	for (size_t i = 0; i + 8 <= ROOM; i += 8)
		tl_store_be64(d->at + i, draw());
	tl_packet_init(d->at, draw(), victim.addr, source, VERB_FRAME);
	d->at[PACKET_AT_FLAGS] = (uint8_t)(suite << 3 | flags);
	tl_store_be64(d->at + 19, draw());
}

static void make(struct datagram *d, uint64_t i)
{
	struct address stranger = { .v = draw() >> 25 };

	switch (i % KINDS) {
	case 0:
	case 4:
		*d = hellos[draw() % HELLOS];
		break;
	case 1:
		*d = hellos[draw() % HELLOS];
		d->at[20] ^= (uint8_t)(1 + draw() % 255);
		break;
	case 2:
		make_packet(d, peer, 3, 0);
		break;
	case 3:
		make_packet(d, peer, 1, 0x80);
		break;
	case 5:
		make_packet(d, stranger, 1, 0x80);
		break;
	case 6:
		make_packet(d, peer, 3, PACKET_FLAG_FRAGMENTED);
		break;
	default:
		make_packet(d, peer, 3, 0);
		d->at[13] = 0xff;
		d->at[14] = 0x21;
		d->at[15] = 0;
		break;
	}
}

/* A source that the kernel is told with the datagram. */
static void set_source(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	struct in_pktinfo info = { .ipi_ifindex = 0 };
	uint32_t net = (uint32_t)(draw() % NETWORKS);

	/* 127.1.0.0/24 and on. */
	info.ipi_spec_dst.s_addr =
		htonl(0x7f010000u + (net << 8) + 1 + (uint32_t)(draw() % 250));
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static unsigned int send_batch(int fd, struct sockaddr_in *to, uint64_t first)
{
	static struct datagram datagrams[BATCH];
	static _Alignas(8) char control[BATCH][64];
	struct mmsghdr batch[BATCH];
	struct iovec iov[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		make(&datagrams[i], first + i);
		iov[i] = (struct iovec){ datagrams[i].at, datagrams[i].n };
		batch[i].msg_hdr = (struct msghdr){
			.msg_name = to,
			.msg_namelen = sizeof(*to),
			.msg_iov = &iov[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo)),
		};
		set_source(&batch[i].msg_hdr);
	}
	n = sendmmsg(fd, batch, BATCH, 0);
	if (n < 0 && errno != ENOBUFS && errno != ECONNREFUSED)
		die("sendmmsg");
	return n > 0 ? (unsigned int)n : 0;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void wait_for(int64_t when_ns)
{
	struct timespec t = { .tv_sec = (time_t)(when_ns / 1000000000),
			      .tv_nsec = (int)(when_ns % 1000000000) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void flood(struct sockaddr_in *to, int64_t rate, int64_t seconds)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int64_t begin = now_ns();
	int64_t total = rate * seconds;
	int64_t tried = 0;
	uint64_t sent = 0;

	if (fd < 0)
		die("socket");
	while (tried < total && now_ns() < begin + seconds * 1000000000) {
		wait_for(begin + tried * 1000000000 / rate);
		sent += send_batch(fd, to, (uint64_t)tried);
		tried += BATCH;
	}
	printf("sent %llu\n", (unsigned long long)sent);
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char *colon = argc == 6 ? strchr(argv[3], ':') : NULL;

	if (!colon) {
		fputs("usage: flood IDENTITY PEER ADDRESS:PORT RATE SECONDS\n",
		      stderr);
		return 2;
	}
	if (tl_crypto_init())
		die("crypto");
	*colon = '\0';
	if (tl_identity_parse(&victim, tl_bytes_from_str(argv[1])) ||
	    tl_address_parse(&peer, tl_bytes_from_str(argv[2])) ||
	    inet_pton(AF_INET, argv[3], &to.sin_addr) != 1)
		die("arguments");
	to.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	tl_random(NULL, &state, sizeof(state));
	for (size_t i = 0; i < HELLOS; i++)
		make_hello(&hellos[i]);
	puts("ready");
	fflush(stdout);
	flood(&to, strtoll(argv[4], NULL, 10), strtoll(argv[5], NULL, 10));
	return 0;
}
