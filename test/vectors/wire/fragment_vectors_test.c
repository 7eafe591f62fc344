/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the reference cuts packets. We cut them otherwise, into datagrams of
 * equal size, but into no more of them.
 */
#include "vectors/vector.h"
#include "wire/armor.h"
#include "wire/fragment.h"

static uint8_t whole[16 * MTU_DEFAULT];

static struct bytes datagram_at(json_t *datagrams, size_t i)
{
	json_t *d = json_array_get(datagrams, i);

	CHECK(json_is_object(d));
	CHECK_EQ(tl_vector_bytes(d, "bytes").n, tl_vector_int(d, "length"));
	return tl_vector_bytes(d, "bytes");
}

/* Put the reference's datagrams together; returns how many bytes. */
static size_t join(json_t *datagrams)
{
	size_t total = json_array_size(datagrams);
	struct bytes head = datagram_at(datagrams, 0);
	size_t n = head.n;

	memcpy(whole, head.at, head.n);
	CHECK(!tl_is_fragment(head));
	CHECK_EQ((head.at[PACKET_AT_FLAGS] & PACKET_FLAG_FRAGMENTED) != 0,
		 total > 1);
	for (size_t i = 1; i < total; i++) {
		struct bytes d = datagram_at(datagrams, i);
		struct fragment f;

		CHECK(tl_is_fragment(d));
		CHECK_EQ(tl_fragment_parse(&f, d), total <= 7);
		CHECK_EQ(f.id, tl_packet_id(head.at));
		CHECK_EQ(f.dest.v, tl_packet_dest(head.at).v);
		CHECK_EQ(f.no, i);
		CHECK_EQ(f.total, total);
		CHECK_EQ(f.hops, 0);
		CHECK(n + f.data.n <= sizeof(whole));
		memcpy(whole + n, f.data.at, f.data.n);
		n += f.data.n;
	}
	return n;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Cut @packet as we do, read the pieces back, and compare. */
static void check_our_cuts(struct bytes packet, size_t reference_total)
{
	struct cuts cuts = tl_fragment_plan(packet.n, MTU_DEFAULT);
	static uint8_t joined[PACKET_MAX_LEN];
	size_t n = cuts.head_len;

	CHECK_EQ(cuts.n, reference_total);
	memcpy(joined, packet.at, n);
	for (unsigned int no = 1; no < cuts.n; no++) {
		uint8_t d[MTU_DEFAULT];
		size_t len = smaller(cuts.part_len, packet.n - n);
		struct fragment f;

		CHECK_EQ(cuts.part_len + FRAGMENT_HEADER_LEN, cuts.head_len);
		if (no + 1 < cuts.n)
			CHECK_EQ(len, cuts.part_len);
		tl_fragment_header(d, packet.at, no, cuts.n);
		memcpy(d + FRAGMENT_HEADER_LEN, packet.at + n, len);
		CHECK(tl_fragment_parse(
			&f, tl_bytes(d, FRAGMENT_HEADER_LEN + len)));
		CHECK_EQ(f.no, no);
		memcpy(joined + n, f.data.at, f.data.n);
		n += f.data.n;
	}
	CHECK_BYTES(tl_bytes(joined, n), packet);
}

static struct armor *make_armor(const json_t *root)
{
	struct armor *armor;
	struct pair_key key;

	memcpy(key.b, tl_vector_fixed(root, "key48", PAIR_KEY_LEN),
	       PAIR_KEY_LEN);
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	return armor;
}

TEST(fragment_constants)
{
	json_t *root = tl_vector_load("fragment");

	CHECK_EQ(tl_vector_int(root, "physical_mtu"), MTU_DEFAULT);
	CHECK_EQ(tl_vector_int(root, "fragment_header_length"),
		 FRAGMENT_HEADER_LEN);
	CHECK_EQ(tl_vector_int(root, "max_fragments"), FRAGMENT_MAX_PARTS);
}

TEST(fragment_frames_in_pieces)
{
	json_t *root = tl_vector_load("fragment");
	struct armor *armor = make_armor(root);
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "packets"), i, item)
	{
		json_t *datagrams = tl_vector_array(item, "datagrams");
		struct buffer p = tl_vector_buffer(item, "packet_armored");
		size_t n = join(datagrams);

		CHECK_EQ(n, tl_vector_int(item, "packet_length"));
		CHECK_BYTES(tl_bytes(whole, n), tl_buffer_bytes(p));
		check_our_cuts(tl_buffer_bytes(p), json_array_size(datagrams));
		CHECK_EQ(tl_packet_suite(p.at), tl_vector_int(item, "suite"));
		CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(item, "packet_plaintext"));
	}
	tl_armor_free(armor);
}

TEST(fragment_user_messages_in_pieces)
{
	json_t *root = tl_vector_load("fragment");
	struct armor *armor = make_armor(root);
	size_t n_too_long = 0;
	json_t *item;
	size_t i;

	json_array_foreach(tl_vector_array(root, "user_messages"), i, item)
	{
		json_t *datagrams = tl_vector_array(item, "datagrams");
		struct bytes message = tl_vector_bytes(item, "message_hex");
		size_t n = join(datagrams);
		struct buffer p = tl_buffer(whole, n);

		CHECK_EQ(n, tl_vector_int(item, "packet_length"));
		if (json_array_size(datagrams) > FRAGMENT_MAX_PARTS) {
			/* Every receiver drops these; we do not send them. */
			CHECK_EQ(tl_fragment_plan(n, MTU_DEFAULT).n, 0);
			n_too_long++;
		} else {
			check_our_cuts(tl_bytes(whole, n),
				       json_array_size(datagrams));
		}
		CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
		CHECK_EQ(p.at[PACKET_AT_VERB], VERB_USER_MESSAGE);
		CHECK_EQ(tl_load_be64(p.at + PACKET_AT_PAYLOAD),
			 tl_vector_u64(item, "message_type"));
		CHECK_BYTES(tl_bytes_skip(tl_buffer_bytes(p),
					  PACKET_AT_PAYLOAD + 8),
			    message);
		CHECK_EQ(message.n, tl_vector_int(item, "user_message_length"));
	}
	CHECK_EQ(n_too_long, 2);
	tl_armor_free(armor);
}
