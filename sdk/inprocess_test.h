/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess_test.h - homes, planets and networks for nodes in a test's process
 *
 * Everything is on loopback. Each home brings a planet whose only root is the
 * first home made.
 */
#ifndef TL_SDK_INPROCESS_TEST_H
#define TL_SDK_INPROCESS_TEST_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <tapless/tapless.h>
#include <unistd.h>

#include "harness.h"

#include "base/alloc.h"
#include "crypto/crypto.h"
#include "os/file.h"
#include "os/random.h"
#include "sdk/temporary.h"
#include "wire/world.h"

#define TEST_WAIT_MS 60000

/* ThreadSanitizer knows descriptors by number and takes those of the service,
 * which has a table of its own, for those of the test: a close() there and a
 * read() here are no race. What our own code does is checked all the same. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "ignore_interceptors_accesses=1";
}

struct test_home {
	char path[FILE_PATH_SIZE];
	uint16_t port;
	struct identity id;
};

static uint8_t test_planet[WORLD_WIRE_MAX];
static size_t test_planet_len;

/* A port that nobody has, as UDP and as TCP. */
static TL_UNUSED uint16_t test_free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint16_t port;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQ(bind(tcp, (struct sockaddr *)&at, len), 0);
	CHECK_EQ(getsockname(tcp, (struct sockaddr *)&at, &len), 0);
	port = bind(udp, (struct sockaddr *)&at, len) == 0 ? ntohs(at.sin_port)
							   : 0;
	close(udp);
	close(tcp);
	return port ? port : test_free_port();
}

static TL_UNUSED void test_put(const struct test_home *h, const char *name,
			       struct bytes content)
{
	char path[FILE_PATH_SIZE];

	CHECK_EQ(tl_path_join(path, h->path, name), 0);
	CHECK_EQ(tl_file_write(path, content, 0600), 0);
}

static TL_UNUSED void test_get(const struct test_home *h, const char *name,
			       char *out, size_t size)
{
	char path[FILE_PATH_SIZE];
	struct buffer text;

	CHECK_EQ(tl_path_join(path, h->path, name), 0);
	CHECK_EQ(tl_file_read(&text, path, size - 1), 0);
	memcpy(out, text.at, text.n);
	out[text.n] = '\0';
	tl_free(text.at);
}

static TL_UNUSED void test_make_planet(const struct test_home *root)
{
	static struct world w;
	struct writer out = tl_writer(TL_BUFFER_OF(test_planet));

	w = (struct world){
		.type = WORLD_PLANET, .id = 77, .timestamp = 1, .n_roots = 1
	};
	w.roots[0].identity = root->id;
	w.roots[0].n_endpoints = 1;
	w.roots[0].endpoints[0] = (struct endpoint){ .family = 4,
						     .port = root->port,
						     .ip = { 127, 0, 0, 1 } };
	memcpy(w.update_key, root->id.pub, sizeof(w.update_key));
	tl_world_sign(&w, root->id.pub, root->id.priv);
	tl_write_world(&out, &w);
	CHECK(tl_writer_ok(&out));
	test_planet_len = tl_writer_bytes(&out).n;
}

static TL_UNUSED void test_make_home(struct test_home *h)
{
	static const char conf[] =
		"{ \"settings\": { \"allowLoopbackPaths\": true, "
		"\"allowSecondaryPort\": false, "
		"\"bind\": [ \"127.0.0.1\" ] } }";
	char text[IDENTITY_TEXT_SIZE];

	CHECK_EQ(tl_crypto_init(), 0);
	CHECK_EQ(tl_temporary_make(h->path), 0);
	h->port = test_free_port();
	CHECK_EQ(tl_identity_generate(&h->id, tl_random, NULL), 0);
	tl_identity_print(text, &h->id, true);
	test_put(h, "identity.secret", tl_bytes_from_str(text));
	test_put(h, "local.conf", tl_bytes_from_str(conf));
	if (!test_planet_len)
		test_make_planet(h);
}

static TL_UNUSED void test_remove_home(const struct test_home *h)
{
	tl_temporary_remove(h->path);
}

static TL_UNUSED struct zt_options *test_options(const struct test_home *h)
{
	struct zt_options *o = zt_options_new();

	CHECK(o);
	CHECK_EQ(zt_options_set_home(o, h ? h->path : NULL), ZT_OK);
	CHECK_EQ(zt_options_set_port(o, h ? h->port : 0), ZT_OK);
	CHECK_EQ(zt_options_set_planet(o, test_planet, test_planet_len), ZT_OK);
	return o;
}

static TL_UNUSED enum zt_err test_start(const struct test_home *h, int api)
{
	struct zt_options *o = test_options(h);
	enum zt_err err;

	CHECK_EQ(zt_options_set_api(o, api), ZT_OK);
	err = zt_start(o);
	zt_options_free(o);
	return err;
}

/* POST to the service's HTTP interface; it answers 200. */
static TL_UNUSED void test_post(const struct test_home *h, const char *path,
				const char *body)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(h->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char token[256];
	char text[2048];
	char answer[16] = "";
	int n;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	test_get(h, "authtoken.secret", token, sizeof(token));
	CHECK_EQ(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	n = snprintf(text, sizeof(text),
		     "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		     "X-ZT1-Auth: %s\r\nContent-Length: %zu\r\n"
		     "Connection: close\r\n\r\n%s",
		     path, token, strlen(body), body);
	CHECK(n > 0 && n < (int)sizeof(text));
	CHECK_EQ(write(fd, text, (size_t)n), n);
	CHECK_EQ(recv(fd, answer, 12, MSG_WAITALL), 12);
	CHECK_STR(answer, "HTTP/1.1 200");
	close(fd);
}

/* A public network of this node's controller, with addresses. */
static TL_UNUSED uint64_t test_make_network(const struct test_home *h)
{
	uint64_t id = h->id.addr.v << 24 | 1;
	char path[64];

	snprintf(path, sizeof(path), "/controller/network/%016llx",
		 (unsigned long long)id);
	test_post(h, path,
		  "{ \"private\": false, \"ipAssignmentPools\": [ { "
		  "\"ipRangeStart\": \"10.99.1.1\", "
		  "\"ipRangeEnd\": \"10.99.1.254\" } ], "
		  "\"routes\": [ { \"target\": \"10.99.1.0/24\", "
		  "\"via\": null } ], \"v4AssignMode\": { \"zt\": true }, "
		  "\"v6AssignMode\": { \"rfc4193\": true } }");
	return id;
}

static TL_UNUSED void test_join(uint64_t network)
{
	CHECK_EQ(zt_join(network), ZT_OK);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_wait_network(network, TEST_WAIT_MS), ZT_OK);
}

/* A network of the node in use, which has an API; joined. */
static TL_UNUSED uint64_t test_make_lan(const struct test_home *h)
{
	uint64_t network;

	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	network = test_make_network(h);
	test_join(network);
	return network;
}

/* A node with a network of its own, joined. */
static TL_UNUSED uint64_t test_start_lan(struct test_home *h)
{
	test_make_home(h);
	CHECK_EQ(test_start(h, 1), ZT_OK);
	return test_make_lan(h);
}

/* A further node. */
static TL_UNUSED struct zt_node *test_node_start(const struct test_home *h,
						 int api)
{
	struct zt_options *o = test_options(h);
	struct zt_node *node;

	CHECK_EQ(zt_options_set_api(o, api), ZT_OK);
	CHECK_EQ(zt_node_start(&node, o), ZT_OK);
	zt_options_free(o);
	return node;
}

static TL_UNUSED struct sockaddr_in test_address(uint64_t network,
						 uint16_t port)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	CHECK_EQ(zt_address(network, AF_INET, (struct sockaddr *)&a, &len),
		 ZT_OK);
	CHECK_EQ(len, sizeof(a));
	CHECK_EQ(a.sin_family, AF_INET);
	a.sin_port = htons(port);
	return a;
}

static TL_UNUSED int test_listen(struct sockaddr_in at)
{
	int fd = zt_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQ(zt_bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	CHECK_EQ(zt_listen(fd, 8), 0);
	return fd;
}

static TL_UNUSED int test_connect(struct sockaddr_in to)
{
	int fd = zt_socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0);
	CHECK_EQ(zt_connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* A connection between two sockets of this process. */
static TL_UNUSED void test_pair(int ends[2], uint64_t network, uint16_t port)
{
	struct sockaddr_in at = test_address(network, port);
	int l = test_listen(at);

	ends[0] = test_connect(at);
	ends[1] = zt_accept(l, NULL, NULL);
	CHECK(ends[1] >= 0);
	close(l);
}

static TL_UNUSED void test_exchange(const int ends[2])
{
	char got[6] = "";

	CHECK_EQ(send(ends[0], "hello", 5, MSG_NOSIGNAL), 5);
	CHECK_EQ(recv(ends[1], got, 5, MSG_WAITALL), 5);
	CHECK_STR(got, "hello");
	CHECK_EQ(send(ends[1], "there", 5, MSG_NOSIGNAL), 5);
	CHECK_EQ(recv(ends[0], got, 5, MSG_WAITALL), 5);
	CHECK_STR(got, "there");
}

#endif /* TL_SDK_INPROCESS_TEST_H */
