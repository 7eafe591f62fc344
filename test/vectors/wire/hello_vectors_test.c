/* SPDX-License-Identifier: Apache-2.0 */
/* HELLOs as nodes emit them, taken apart and put together again. */
#include "vectors/vector.h"
#include "wire/armor.h"
#include "wire/hello.h"

static json_t *cases(void)
{
	return tl_vector_array(tl_vector_load("armor"), "hello");
}

static struct armor *make_armor(const json_t *item)
{
	const char *a = tl_vector_text(item, "sender_identity");
	const char *b = tl_vector_text(item, "receiver_identity");
	struct identity mine;
	struct identity theirs;
	struct armor *armor;
	struct pair_key key;

	CHECK_EQ(tl_identity_parse(&mine, tl_bytes_from_str(a)), 0);
	CHECK_EQ(tl_identity_parse(&theirs, tl_bytes_from_str(b)), 0);
	if (mine.has_priv)
		CHECK_EQ(tl_identity_agree(&key, &mine, &theirs), 0);
	else
		CHECK_EQ(tl_identity_agree(&key, &theirs, &mine), 0);
	CHECK_BYTES(TL_BYTES_OF(key.b), tl_vector_bytes(item, "key48"));
	CHECK_EQ(tl_armor_new(&armor, &key), 0);
	return armor;
}

static void check_packet(const json_t *fields, const uint8_t *p, size_t n)
{
	CHECK_EQ(n, tl_vector_int(fields, "size"));
	CHECK_EQ(n, tl_vector_int(fields, "end_offset"));
	CHECK_EQ(tl_packet_id(p), tl_vector_u64(fields, "packet_id"));
	CHECK_EQ(tl_packet_dest(p).v, tl_vector_u64(fields, "destination"));
	CHECK_EQ(tl_packet_source(p).v, tl_vector_u64(fields, "source"));
	CHECK_EQ(p[PACKET_AT_FLAGS], tl_vector_int(fields, "flags_byte"));
	CHECK_MEM(p + PACKET_AT_MAC, tl_vector_fixed(fields, "mac", 8), 8);
	CHECK_EQ(p[PACKET_AT_VERB], tl_vector_int(fields, "verb_byte"));
}

static void check_version(const json_t *fields, const struct node_version *v)
{
	CHECK_EQ(v->protocol, tl_vector_int(fields, "protocol_version"));
	CHECK_EQ(v->major, tl_vector_int(fields, "major"));
	CHECK_EQ(v->minor, tl_vector_int(fields, "minor"));
	CHECK_EQ(v->revision, tl_vector_int(fields, "revision"));
}

static void check_endpoint(const json_t *fields, const char *key,
			   const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_SIZE];
	const char *want = tl_vector_text(fields, key);

	if (strcmp(want, "nil") == 0)
		CHECK(tl_endpoint_is_nil(e));
	else
		CHECK_STR(tl_endpoint_print(text, e), want);
}

static void check_moons(const json_t *fields, const struct hello *h)
{
	json_t *moons = tl_vector_get(fields, "moons");
	json_t *moon;
	size_t i;

	CHECK_EQ(h->n_moons, tl_vector_int(fields, "moon_count"));
	CHECK_EQ(h->n_moons, json_array_size(moons));
	json_array_foreach(moons, i, moon)
	{
		CHECK_EQ(tl_vector_int(moon, "type"), 127);
		CHECK_EQ(h->moons[i].id, tl_vector_u64(moon, "id"));
		CHECK_EQ(h->moons[i].timestamp,
			 tl_vector_int(moon, "timestamp"));
	}
}

/* Open, unmask and parse; the packet is in the clear afterwards. */
static void take_apart(struct armor *armor, const json_t *item,
		       struct buffer packet, struct hello *h)
{
	json_t *fields = tl_vector_get(item, "fields");
	struct reader r;
	size_t mask_at;

	CHECK_EQ(tl_armor_open(armor, packet), DROP_NONE);
	r = tl_reader(
		tl_bytes_skip(tl_buffer_bytes(packet), PACKET_HEADER_LEN));
	CHECK(tl_hello_parse(&r, h));
	mask_at = packet.n - r.rest.n;
	CHECK_EQ(mask_at, tl_vector_int(fields, "masked_offset"));
	CHECK_BYTES(r.rest, tl_vector_bytes(fields, "masked"));

	tl_armor_mask_field(armor, packet, mask_at);
	CHECK_BYTES(r.rest, tl_vector_bytes(fields, "unmasked"));
	CHECK(tl_hello_parse_moons(h, r.rest));
}

TEST(hello_is_taken_apart)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases(), i, item)
	{
		json_t *hello = tl_vector_get(item, "hello");
		json_t *fields = tl_vector_get(hello, "fields");
		struct buffer p = tl_vector_buffer(hello, "datagram");
		struct armor *armor = make_armor(item);
		char text[IDENTITY_TEXT_SIZE];
		struct hello h;

		check_packet(fields, p.at, p.n);
		take_apart(armor, hello, p, &h);
		check_version(fields, &h.version);
		CHECK_EQ(h.timestamp, tl_vector_int(fields, "timestamp"));
		CHECK_EQ(h.timestamp, tl_vector_int(hello, "sent_at"));
		CHECK_STR(tl_identity_print(text, &h.identity, false),
			  tl_vector_text(fields, "identity"));
		check_endpoint(fields, "destination_endpoint", &h.sent_to);
		CHECK_EQ(h.planet_id, tl_vector_u64(fields, "planet_id"));
		CHECK_EQ(h.planet_timestamp,
			 tl_vector_int(fields, "planet_timestamp"));
		check_moons(fields, &h);
		tl_armor_free(armor);
	}
}

TEST(hello_is_put_together_again)
{
	json_t *item;
	size_t i;

	json_array_foreach(cases(), i, item)
	{
		json_t *hello = tl_vector_get(item, "hello");
		struct buffer p = tl_vector_buffer(hello, "datagram");
		struct armor *armor = make_armor(item);
		uint8_t room[512];
		struct writer w = tl_writer(TL_BUFFER_OF(room));
		struct hello h;
		size_t mask_at;

		take_apart(armor, hello, p, &h);
		tl_packet_init(tl_write_room(&w, PACKET_HEADER_LEN),
			       tl_packet_id(p.at), tl_packet_dest(p.at),
			       tl_packet_source(p.at), VERB_HELLO);
		tl_hello_build(&w, &h, &mask_at);
		CHECK(tl_writer_ok(&w));
		tl_armor_mask_field(armor, tl_buffer(room, w.n), mask_at);
		CHECK_EQ(tl_armor_seal(armor, SUITE_POLY1305,
				       tl_buffer(room, w.n)),
			 0);
		CHECK_BYTES(tl_writer_bytes(&w),
			    tl_vector_bytes(hello, "datagram"));
		tl_armor_free(armor);
	}
}

static void check_ok(const json_t *ok, struct bytes plain)
{
	json_t *fields = tl_vector_get(ok, "fields");
	struct reader r = tl_reader(tl_bytes_skip(plain, PACKET_HEADER_LEN));
	uint8_t room[2048];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct ok_hello parsed;

	CHECK_EQ(tl_read_u8(&r), tl_vector_int(fields, "in_re_verb"));
	CHECK_EQ(tl_read_be64(&r), tl_vector_u64(fields, "in_re_packet_id"));
	CHECK(tl_ok_hello_parse(&r, &parsed));
	CHECK_EQ(r.rest.n, 0);
	CHECK_EQ(parsed.timestamp, tl_vector_int(fields, "timestamp_echo"));
	check_version(fields, &parsed.version);
	check_endpoint(fields, "observed_endpoint", &parsed.seen_at);
	CHECK_EQ(parsed.worlds.n, tl_vector_int(fields, "world_length"));
	CHECK_BYTES(parsed.worlds, tl_vector_bytes(fields, "worlds"));

	tl_ok_hello_build(&w, &parsed);
	CHECK_BYTES(tl_writer_bytes(&w),
		    tl_bytes_skip(plain, PACKET_HEADER_LEN + 9));
}

TEST(ok_hello_is_taken_apart_and_put_together_again)
{
	size_t n_ok = 0;
	json_t *item;
	size_t i;

	json_array_foreach(cases(), i, item)
	{
		struct armor *armor;
		struct buffer p;
		json_t *ok;

		if (!tl_vector_has(item, "ok"))
			continue;
		ok = tl_vector_get(item, "ok");
		armor = make_armor(item);
		p = tl_vector_buffer(ok, "datagram");
		CHECK_EQ(tl_packet_suite(p.at), tl_vector_int(ok, "suite"));
		CHECK_EQ(tl_armor_open(armor, p), DROP_NONE);
		CHECK_BYTES(tl_buffer_bytes(p),
			    tl_vector_bytes(ok, "plaintext"));
		check_packet(tl_vector_get(ok, "fields"), p.at, p.n);
		check_ok(ok, tl_buffer_bytes(p));
		tl_armor_free(armor);
		n_ok++;
	}
	CHECK_EQ(n_ok, 3);
}
