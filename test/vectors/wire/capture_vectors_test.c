/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two captures of reference nodes, decrypted to the last byte.
 *
 * Theory of operation: frame n of the .pcap is described by entry n of the
 * .json. The frame's UDP payload is what is parsed, put together and decrypted;
 * the .json says what must come out.
 */
#include "vectors/vector.h"
#include "wire/armor.h"
#include "wire/compress.h"
#include "wire/fragment.h"
#include "wire/hello.h"

#define N_NODES 3
#define N_SLOTS 64

/* A packet of which not all parts have come. */
struct slot {
	uint64_t id;
	struct bytes parts[FRAGMENT_MAX_PARTS];
};

/**
 * struct capture - One capture being replayed
 * @frames:	what is left of the .pcap
 * @nodes:	identities with private keys
 * @armors:	keys of each pair of nodes, each way
 * @slots:	packets that came in parts
 * @counts:	opened packets by verb and suite
 */
struct capture {
	json_t *root;
	struct bytes frames;
	struct identity nodes[N_NODES];
	struct armor *armors[N_NODES][N_NODES];
	struct slot slots[N_SLOTS];
	size_t n_slots;
	json_t *counts;
};

static uint32_t load_le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

/* The file header of a classic .pcap of Ethernet frames, little-endian. */
static void open_pcap(struct capture *c, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.pcap", name);
	c->frames = tl_vector_file(file);
	CHECK(c->frames.n > 24);
	CHECK_EQ(load_le32(c->frames.at), 0xa1b2c3d4);
	CHECK_EQ(load_le32(c->frames.at + 20), 1);
	c->frames = tl_bytes_skip(c->frames, 24);
}

static struct bytes next_frame(struct capture *c)
{
	struct reader r = tl_reader(c->frames);
	struct bytes header = tl_read_slice(&r, 16);
	struct bytes frame;

	CHECK(tl_reader_ok(&r));
	CHECK_EQ(load_le32(header.at + 8), load_le32(header.at + 12));
	frame = tl_read_slice(&r, load_le32(header.at + 8));
	CHECK(tl_reader_ok(&r));
	c->frames = r.rest;
	return frame;
}

/* The payload of an Ethernet frame with IPv4 and UDP; none if it is ARP. */
static struct bytes udp_payload(struct bytes frame)
{
	struct reader r = tl_reader(frame);
	uint16_t ethertype;
	uint8_t version;
	uint16_t length;

	tl_read_skip(&r, 12);
	ethertype = tl_read_be16(&r);
	if (ethertype == 0x0806)
		return tl_bytes(NULL, 0);
	CHECK_EQ(ethertype, 0x0800);

	version = tl_read_u8(&r);
	CHECK_EQ(version >> 4, 4);
	tl_read_skip(&r, 5);
	CHECK_EQ(tl_read_be16(&r) & 0x3fff, 0); /* no IP fragment */
	tl_read_skip(&r, 1);
	CHECK_EQ(tl_read_u8(&r), 17);
	tl_read_skip(&r, 4u * (version & 15) - 10);

	tl_read_skip(&r, 4);
	length = tl_read_be16(&r);
	tl_read_skip(&r, 2);
	CHECK(length >= 8);
	frame = tl_read_slice(&r, length - 8u);
	CHECK(tl_reader_ok(&r));
	return frame;
}

static size_t node_of(const struct capture *c, const char *address)
{
	char text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; i < N_NODES; i++) {
		tl_address_print(text, c->nodes[i].addr);
		if (strcmp(text, address) == 0)
			return i;
	}
	FAIL("no node %s", address);
}

static void load_nodes(struct capture *c)
{
	json_t *nodes = tl_vector_array(c->root, "nodes");
	json_t *node;
	size_t i;

	CHECK_EQ(json_array_size(nodes), N_NODES);
	json_array_foreach(nodes, i, node)
	{
		const char *text = tl_vector_text(node, "identity_secret");

		CHECK_EQ(tl_identity_parse(&c->nodes[i],
					   tl_bytes_from_str(text)),
			 0);
		CHECK_EQ(c->nodes[i].addr.v, tl_vector_u64(node, "address"));
	}
}

static void make_keys(struct capture *c)
{
	json_t *pair;
	size_t i;

	json_array_foreach(tl_vector_array(c->root, "pair_keys"), i, pair)
	{
		size_t a = node_of(c, tl_vector_text(pair, "a"));
		size_t b = node_of(c, tl_vector_text(pair, "b"));
		struct pair_key key;

		CHECK_EQ(tl_identity_agree(&key, &c->nodes[a], &c->nodes[b]),
			 0);
		CHECK_BYTES(TL_BYTES_OF(key.b), tl_vector_bytes(pair, "key48"));
		CHECK_EQ(tl_armor_new(&c->armors[a][b], &key), 0);
		CHECK_EQ(tl_armor_new(&c->armors[b][a], &key), 0);
	}
}

static void capture_init(struct capture *c, const char *name)
{
	memset(c, 0, sizeof(*c));
	c->root = tl_vector_load(name);
	c->counts = json_object();
	open_pcap(c, name);
	load_nodes(c);
	make_keys(c);
}

static void capture_fini(struct capture *c)
{
	for (size_t i = 0; i < N_NODES; i++)
		for (size_t k = 0; k < N_NODES; k++)
			tl_armor_free(c->armors[i][k]);
	json_decref(c->counts);
}

static struct slot *find_slot(struct capture *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_slots; i++)
		if (c->slots[i].id == id)
			return &c->slots[i];
	CHECK(c->n_slots < N_SLOTS);
	c->slots[c->n_slots].id = id;
	return &c->slots[c->n_slots++];
}

static void free_slot(struct capture *c, struct slot *s)
{
	*s = c->slots[--c->n_slots];
	memset(&c->slots[c->n_slots], 0, sizeof(*s));
}

static bool flag(const json_t *item, const char *key)
{
	return tl_vector_has(item, key) && tl_vector_bool(item, key);
}

static void add_fragment(struct capture *c, const json_t *item,
			 struct bytes datagram)
{
	struct fragment f;

	CHECK(tl_is_fragment(datagram));
	CHECK(tl_fragment_parse(&f, datagram));
	CHECK_EQ(f.id, tl_vector_u64(item, "packet_id"));
	CHECK_EQ(f.dest.v, tl_vector_u64(item, "destination"));
	CHECK_EQ(f.no, tl_vector_int(item, "fragment_no"));
	CHECK_EQ(f.total, tl_vector_int(item, "fragments_total"));
	CHECK_EQ(f.hops, tl_vector_int(item, "hops"));
	find_slot(c, f.id)->parts[f.no] = f.data;
}

static void check_header(const json_t *item, const uint8_t *p)
{
	CHECK_EQ(tl_packet_id(p), tl_vector_u64(item, "packet_id"));
	CHECK_EQ(tl_packet_dest(p).v, tl_vector_u64(item, "destination"));
	CHECK_EQ(tl_packet_source(p).v, tl_vector_u64(item, "source"));
	CHECK_EQ(tl_packet_hops(p), tl_vector_int(item, "hops"));
	CHECK_EQ(tl_packet_suite(p), tl_vector_int(item, "suite"));
	CHECK_EQ((p[PACKET_AT_FLAGS] & PACKET_FLAG_FRAGMENTED) != 0,
		 flag(item, "fragmented"));
}

static void check_hello(struct armor *armor, const json_t *item,
			struct buffer packet)
{
	struct reader r = tl_reader(
		tl_bytes_skip(tl_buffer_bytes(packet), PACKET_HEADER_LEN));
	struct hello h;

	CHECK(tl_hello_parse(&r, &h));
	CHECK_EQ(h.identity.addr.v, tl_vector_u64(item, "source"));
	tl_armor_mask_field(armor, packet, packet.n - r.rest.n);
	CHECK_BYTES(r.rest, tl_vector_bytes(item, "hello_tail_unmasked"));
	CHECK(tl_hello_parse_moons(&h, r.rest));
	CHECK_EQ(h.n_moons, 0);
}

static void count(struct capture *c, const char *verb, unsigned int suite)
{
	char key[64];
	json_int_t n;

	snprintf(key, sizeof(key), "%s suite %u", verb, suite);
	n = json_integer_value(json_object_get(c->counts, key));
	CHECK_EQ(json_object_set_new(c->counts, key, json_integer(n + 1)), 0);
}

static void open_packet(struct capture *c, const json_t *item,
			struct buffer packet)
{
	static uint8_t room[PACKET_MAX_LEN];
	size_t from = node_of(c, tl_vector_text(item, "source"));
	size_t to = node_of(c, tl_vector_text(item, "destination"));
	struct armor *armor = c->armors[to][from];

	check_header(item, packet.at);
	CHECK(tl_vector_bool(item, "authentic"));
	CHECK_EQ(tl_armor_open(armor, packet), DROP_NONE);
	CHECK_EQ((packet.at[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED) != 0,
		 flag(item, "compressed"));
	CHECK_EQ(tl_packet_decompress(&packet, TL_BUFFER_OF(room)), DROP_NONE);

	CHECK_BYTES(tl_buffer_bytes(packet),
		    tl_vector_bytes(item, "plaintext"));
	CHECK_STR(tl_verb_name(tl_packet_verb(packet.at)),
		  tl_vector_text(item, "verb"));
	CHECK_EQ(tl_packet_verb(packet.at) == VERB_HELLO,
		 tl_vector_has(item, "hello_tail_unmasked"));
	if (tl_packet_verb(packet.at) == VERB_HELLO)
		check_hello(armor, item, packet);
	count(c, tl_vector_text(item, "verb"), tl_packet_suite(packet.at));
}

/* All parts are there: put them together and open what comes out. */
static void complete(struct capture *c, const json_t *item)
{
	static uint8_t whole[PACKET_MAX_LEN];
	struct slot *s = find_slot(c, tl_vector_u64(item, "packet_id"));
	struct writer w = tl_writer(TL_BUFFER_OF(whole));
	size_t total = (size_t)tl_vector_int(item, "fragments_total");

	for (size_t i = 0; i < total; i++) {
		CHECK(s->parts[i].n > 0);
		tl_write_bytes(&w, s->parts[i]);
	}
	CHECK(tl_writer_ok(&w));
	CHECK_EQ(w.n, tl_vector_int(item, "reassembled_length"));
	free_slot(c, s);
	open_packet(c, item, tl_buffer(whole, w.n));
}

static void replay_packet(struct capture *c, const json_t *item,
			  struct bytes datagram)
{
	static uint8_t copy[PACKET_MAX_LEN];

	CHECK(!tl_is_fragment(datagram));
	CHECK(datagram.n <= sizeof(copy));
	if (flag(item, "fragmented")) {
		check_header(item, datagram.at);
		find_slot(c, tl_packet_id(datagram.at))->parts[0] = datagram;
		return;
	}
	memcpy(copy, datagram.at, datagram.n);
	open_packet(c, item, tl_buffer(copy, datagram.n));
}

static void replay_datagram(struct capture *c, const json_t *item)
{
	const char *kind = tl_vector_text(item, "kind");
	struct bytes datagram = udp_payload(next_frame(c));

	if (strcmp(kind, "arp") == 0) {
		CHECK(!datagram.at);
		return;
	}
	CHECK_EQ(datagram.n, tl_vector_int(item, "length"));
	if (strcmp(kind, "junk") == 0) {
		CHECK(datagram.n < FRAGMENT_HEADER_LEN);
	} else if (strcmp(kind, "fragment") == 0) {
		add_fragment(c, item, datagram);
		if (flag(item, "completes"))
			complete(c, item);
	} else {
		CHECK_STR(kind, "packet");
		CHECK(!flag(item, "completes"));
		replay_packet(c, item, datagram);
	}
}

/* The totals by verb and suite are those of the .json, and no others. */
static void check_counts(struct capture *c)
{
	size_t n_counts = 0;
	const char *key;
	json_t *value;

	json_object_foreach(tl_vector_get(c->root, "counts"), key, value)
	{
		if (!strstr(key, " suite "))
			continue;
		CHECK_EQ(tl_vector_int(c->counts, key),
			 json_integer_value(value));
		n_counts++;
	}
	CHECK(n_counts > 0);
	CHECK_EQ(json_object_size(c->counts), n_counts);
}

static void replay(const char *name, size_t n_frames)
{
	struct capture c;
	json_t *item;
	size_t i;

	capture_init(&c, name);
	json_array_foreach(tl_vector_array(c.root, "datagrams"), i, item)
	{
		CHECK_EQ(tl_vector_int(item, "n"), i + 1);
		replay_datagram(&c, item);
	}
	CHECK_EQ(i, n_frames);
	CHECK_EQ(c.frames.n, 0);
	check_counts(&c);
	capture_fini(&c);
}

TEST(capture_of_direct_traffic)
{
	replay("lab_direct", 600);
}

TEST(capture_of_relayed_traffic)
{
	replay("lab_relay", 424);
}
