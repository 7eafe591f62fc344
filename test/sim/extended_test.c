/* SPDX-License-Identifier: Apache-2.0 */
/* extended_test.c - HELLOs in extended armor (vl1.md E.2): answered as others
 * are, and what strangers may cost us with them */
#include "test/sim/cast.h"

#include "crypto/aes.h"
#include "crypto/curve.h"
#include "crypto/hash.h"
#include "crypto/poly1305.h"
#include "crypto/salsa20.h"

/* Block by block, as vl1.md E.2 has it: no code of the receiver's. */
static void encrypt(const uint8_t key[32], uint8_t *packet, size_t n)
{
	uint8_t block[16] = { 0 };
	uint8_t stream[16];
	struct aes aes;
	size_t i;

	tl_aes_init(&aes, key);
	memcpy(block, packet, 12);
	for (i = 19; i < n; i++) {
		tl_store_be32(block + 12, (uint32_t)(i - 19) / 16);
		tl_aes_encrypt(&aes, stream, block);
		packet[i] ^= stream[(i - 19) % 16];
	}
}

/* In @room; with @scalar as the ephemeral key. Its length. */
static size_t wrap(uint8_t *packet, size_t n, const uint8_t scalar[32])
{
	uint8_t digest[64];
	uint8_t raw[32];

	CHECK_EQ(tl_x25519_agree(raw, scalar, lone.id.pub), 0);
	tl_sha512(digest, TL_BYTES_OF(raw));
	encrypt(digest, packet, n);
	tl_x25519_public(packet + n, scalar);
	return n + 32;
}

/* The MAC over a packet of suite 0 whose flag is set before it is made. */
static void seal_flagged(const struct actor *who, uint8_t *packet, size_t n)
{
	uint8_t once[64] = { 0 };
	struct salsa20 salsa;
	struct pair_key key;
	uint8_t tag[16];
	size_t i;

	CHECK_EQ(tl_identity_agree(&key, &who->id, &lone.id), 0);
	packet[PACKET_AT_FLAGS] |= PACKET_FLAG_ENCRYPTED;
	for (i = 0; i < 18; i++)
		key.b[i] ^= packet[i];
	key.b[18] ^= packet[18] & 0xf8;
	key.b[19] ^= (uint8_t)n;
	key.b[20] ^= (uint8_t)(n >> 8);
	tl_salsa20_init(&salsa, key.b, packet, 0);
	tl_salsa20_12_xor(&salsa, TL_BUFFER_OF(once));
	tl_poly1305(tag, once, tl_bytes(packet + 27, n - 27));
	memcpy(packet + PACKET_AT_MAC, tag, 8);
}

static size_t extended_hello(struct actor *who, uint8_t protocol)
{
	static uint8_t scalar[32] = { 7 };
	struct hello h = actor_hello_fields(who, &lone);
	size_t n;

	scalar[1]++;
	h.version.protocol = protocol;
	n = actor_hello_packet(who, &lone, TL_BUFFER_OF(room), &h);
	seal_flagged(who, room, n);
	return wrap(room, n, scalar);
}

static void send_extended(struct actor *who)
{
	size_t n = extended_hello(who, 13);

	lone_give(&lone, &who->at, tl_bytes(room, n));
}

TEST(extended_hello_of_a_peer_is_answered)
{
	start();
	send_extended(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	CHECK_EQ(peer_of(&a)->version.protocol, 13);
	CHECK_EQ(tl_peer_suite(peer_of(&a)), SUITE_AES_GMAC_SIV);
	finish();
}

TEST(extended_hello_of_a_stranger_makes_a_peer)
{
	struct actor c;

	start();
	actor_init(&c, &lone, LONE_C);
	lone.is_late = true;
	send_extended(&c);
	CHECK(!peer_of(&c));
	tl_node_on_validated(lone.node, &lone.waiting, true, lone.now);
	CHECK(peer_of(&c));
	CHECK_EQ(actor_count(&c, &lone, VERB_OK), 1);
	actor_fini(&c);
	finish();
}

TEST(extended_hello_through_a_relay_is_answered)
{
	start();
	a.hops = 2;
	send_extended(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

TEST(extended_hello_with_any_byte_changed_is_not_answered)
{
	size_t n;
	size_t i;

	start();
	n = extended_hello(&a, 13);
	for (i = PACKET_AT_MAC; i < n; i += 11) {
		/* Enough time for the gate to be open. */
		lone.now += 10000;
		room[i] ^= 0x20;
		lone_give(&lone, &a.at, tl_bytes(room, n));
		room[i] ^= 0x20;
	}
	CHECK_EQ(lone.n_sent, 0);
	CHECK(lone_drops(&lone, DROP_BAD_MAC) > 10);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}

TEST(extended_armor_around_anything_else_is_dropped)
{
	static const uint8_t scalar[32] = { 9 };
	size_t n;

	start();
	tl_packet_init(room, 77, lone.id.addr, a.id.addr, VERB_ECHO);
	n = PACKET_HEADER_LEN + 8;
	memset(room + PACKET_HEADER_LEN, 1, 8);
	seal_flagged(&a, room, n);
	n = wrap(room, n, scalar);
	lone_give(&lone, &a.at, tl_bytes(room, n));
	CHECK_EQ(lone.n_sent, 0);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 1);
	finish();
}

/* @count datagrams that look like it, from 10.1.@net.1. */
static void send_noise(uint8_t net, unsigned int count)
{
	const uint8_t ip[4] = { 10, 1, net, 1 };
	const struct endpoint from = tl_endpoint_ip4(ip, 9993);

	tl_packet_init(room, 1, lone.id.addr, a.id.addr, VERB_HELLO);
	room[PACKET_AT_FLAGS] = PACKET_FLAG_ENCRYPTED;
	memset(room + PACKET_AT_MAC, 5, 200);
	while (count--)
		lone_give(&lone, &from, tl_bytes(room, 200));
}

TEST(noise_of_one_prefix_is_looked_at_in_a_burst_and_then_slowly)
{
	start();
	send_noise(1, 100);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 32);
	CHECK_EQ(lone_drops(&lone, DROP_STRANGER_GATE), 68);
	/* Others are not concerned. */
	send_extended(&a);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	lone.now += 1000;
	send_noise(1, 100);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 36);
	CHECK_EQ(lone.n_sent, 1);
	finish();
}

TEST(noise_from_everywhere_shares_one_budget)
{
	unsigned int net;

	start();
	for (net = 0; net < 200; net++)
		send_noise((uint8_t)net, 10);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 256);
	lone.now += 1000;
	for (net = 0; net < 200; net++)
		send_noise((uint8_t)net, 2);
	CHECK_EQ(lone_drops(&lone, DROP_BAD_MAC), 256 + 200);
	/* HELLOs of the usual kind have a budget of their own. */
	actor_hello(&a, &lone);
	CHECK_EQ(actor_count(&a, &lone, VERB_OK), 1);
	finish();
}
