/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collision_test.c - a node whose address somebody else has gets another
 *
 * The root is this test: a socket that takes the node's HELLOs and says so.
 */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>

#include "wire/armor.h"
#include "wire/hello.h"

#define SAVED "identity.secret.saved_after_collision"
#define NETWORK 0x1122334455667788

static int root_fd;
static struct test_home root;
static struct test_home home;

/* The newest HELLO: who sent it, from where, its packet ID. */
static struct identity from;
static struct sockaddr_in from_at;
static uint64_t hello_id;

static void start_root(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };

	test_make_home(&root);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons(root.port);
	root_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(root_fd >= 0);
	CHECK_EQ(bind(root_fd, (struct sockaddr *)&at, sizeof(at)), 0);
	test_make_planet(&root);
}

/* False for anything else than a HELLO. */
static bool take_hello(void)
{
	static uint8_t packet[PACKET_MAX_LEN];
	socklen_t len = sizeof(from_at);
	struct hello hello;
	struct reader r;
	ssize_t n = recvfrom(root_fd, packet, sizeof(packet), 0,
			     (struct sockaddr *)&from_at, &len);

	CHECK(n > 0);
	if (n < PACKET_HEADER_LEN || tl_packet_verb(packet) != VERB_HELLO ||
	    tl_packet_suite(packet) != SUITE_POLY1305)
		return false;
	r = tl_reader(tl_bytes(packet + PACKET_AT_PAYLOAD,
			       (size_t)n - PACKET_AT_PAYLOAD));
	CHECK(tl_hello_parse(&r, &hello));
	from = hello.identity;
	hello_id = tl_packet_id(packet);
	return true;
}

/* The next HELLO; of somebody else than @old if that is given. */
static void wait_hello(const struct identity *old)
{
	struct pollfd p = { .fd = root_fd, .events = POLLIN };

	do {
		CHECK_EQ(poll(&p, 1, TEST_WAIT_MS), 1);
	} while (!take_hello() || (old && tl_identity_equal(old, &from)));
}

static void say_collision(void)
{
	uint8_t packet[PACKET_AT_PAYLOAD + 10];
	struct armor *armor;
	struct pair_key key;

	CHECK_EQ(tl_identity_agree(&key, &root.id, &from), 0);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	tl_packet_init(packet, hello_id + 1, from.addr, root.id.addr,
		       VERB_ERROR);
	packet[PACKET_AT_PAYLOAD] = VERB_HELLO;
	tl_store_be64(packet + PACKET_AT_PAYLOAD + 1, hello_id);
	packet[PACKET_AT_PAYLOAD + 9] = ERROR_IDENTITY_COLLISION;
	CHECK_EQ(tl_armor_seal(armor, SUITE_SALSA_POLY1305,
			       TL_BUFFER_OF(packet)),
		 0);
	tl_armor_free(armor);
	CHECK_EQ(sendto(root_fd, packet, sizeof(packet), 0,
			(struct sockaddr *)&from_at, sizeof(from_at)),
		 sizeof(packet));
}

static void check_file(const char *name, const struct identity *id)
{
	char text[IDENTITY_TEXT_SIZE];
	char got[IDENTITY_TEXT_SIZE + 1];

	test_get(&home, name, got, sizeof(got));
	tl_identity_print(text, id, id->has_priv);
	CHECK_STR(got, text);
}

static void read_own(struct identity *id)
{
	char got[IDENTITY_TEXT_SIZE + 1];

	test_get(&home, "identity.secret", got, sizeof(got));
	CHECK_EQ(tl_identity_parse(id, tl_bytes_from_str(got)), 0);
	CHECK(id->has_priv);
	CHECK_EQ(tl_identity_validate(id), 0);
}

static bool exists(const char *name)
{
	char path[FILE_PATH_SIZE];
	struct stat st;

	CHECK_EQ(tl_path_join(path, home.path, name), 0);
	return stat(path, &st) == 0;
}

static void begin(void)
{
	start_root();
	test_make_home(&home);
	CHECK_EQ(test_start(&home, 1), ZT_OK);
	CHECK_EQ(zt_join(NETWORK), ZT_OK);
	wait_hello(NULL);
	CHECK(tl_identity_equal(&from, &home.id));
}

static void end(void)
{
	CHECK_EQ(zt_stop(), ZT_OK);
	close(root_fd);
	test_remove_home(&home);
	test_remove_home(&root);
}

TEST(collision_gives_the_node_another_identity)
{
	struct identity own;

	begin();
	say_collision();
	wait_hello(&home.id);
	read_own(&own);
	CHECK(tl_identity_equal(&own, &from));
	CHECK(!tl_address_equal(own.addr, home.id.addr));
	check_file(SAVED, &home.id);
	own.has_priv = false;
	check_file("identity.public", &own);
	CHECK_EQ(zt_node_id(), own.addr.v);
	/* It is joined still, and asks as the new member. */
	CHECK(exists("networks.d/1122334455667788.conf"));
	CHECK_EQ(zt_leave(NETWORK), ZT_OK);

	/* Not again and again. */
	say_collision();
	wait_hello(NULL);
	say_collision();
	wait_hello(NULL);
	CHECK(tl_identity_equal(&own, &from));
	CHECK(!exists(SAVED "-2"));
	end();
}

TEST(collision_keeps_what_was_saved_before)
{
	begin();
	test_put(&home, SAVED, tl_bytes_from_str("earlier"));
	say_collision();
	wait_hello(&home.id);
	check_file(SAVED "-2", &home.id);
	end();
}

/* A node goes on with what it has if it cannot keep that. */
TEST(collision_without_room_for_the_old_identity_changes_nothing)
{
	char name[sizeof(SAVED) + 4] = SAVED;
	struct identity own;
	int i;

	begin();
	for (i = 2; i < 11; i++) {
		test_put(&home, name, tl_bytes_from_str("earlier"));
		snprintf(name, sizeof(name), SAVED "-%d", i);
	}
	say_collision();
	wait_hello(NULL);
	wait_hello(NULL);
	CHECK(tl_identity_equal(&from, &home.id));
	read_own(&own);
	CHECK(tl_identity_equal(&own, &home.id));
	CHECK(!exists(SAVED "-10"));
	end();
}

/* Its controller's network is another node's from now on. */
TEST(collision_while_sockets_are_open_leaves_them_to_their_programs)
{
	struct sockaddr_in at;
	uint64_t network;
	char byte;
	int fd;

	begin();
	network = test_make_network(&home);
	CHECK_EQ(zt_join(network), ZT_OK);
	CHECK_EQ(zt_wait_network(network, TEST_WAIT_MS), ZT_OK);
	at = test_address(network, 80);
	fd = test_listen(at);
	wait_hello(NULL);
	say_collision();
	wait_hello(&home.id);
	CHECK_EQ(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	close(fd);
	CHECK_EQ(zt_leave(network), ZT_OK);
	end();
}
