/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/hello.h"

#define MOON_NOTE_LEN 17
#define MOON_NOTE_TYPE 127

static void write_version(struct writer *w, const struct node_version *v)
{
	tl_write_u8(w, v->protocol);
	tl_write_u8(w, v->major);
	tl_write_u8(w, v->minor);
	tl_write_be16(w, v->revision);
}

static struct node_version read_version(struct reader *r)
{
	struct node_version v;

	v.protocol = tl_read_u8(r);
	v.major = tl_read_u8(r);
	v.minor = tl_read_u8(r);
	v.revision = tl_read_be16(r);
	return v;
}

void tl_hello_build(struct writer *w, const struct hello *hello,
		    size_t *mask_at)
{
	tl_assert(hello->n_moons <= HELLO_MAX_MOONS);

	write_version(w, &hello->version);
	tl_write_be64(w, hello->timestamp);
	tl_write_identity(w, &hello->identity);
	tl_write_endpoint(w, &hello->sent_to);
	tl_write_be64(w, hello->planet_id);
	tl_write_be64(w, hello->planet_timestamp);

	*mask_at = w->n;
	tl_write_be16(w, (uint16_t)hello->n_moons);
	for (unsigned int i = 0; i < hello->n_moons; i++) {
		tl_write_u8(w, MOON_NOTE_TYPE);
		tl_write_be64(w, hello->moons[i].id);
		tl_write_be64(w, hello->moons[i].timestamp);
	}
}

bool tl_hello_parse(struct reader *r, struct hello *out)
{
	*out = (struct hello){ 0 };
	out->version = read_version(r);
	out->timestamp = tl_read_be64(r);
	tl_read_identity(r, &out->identity);
	if (!tl_reader_ok(r) || out->identity.has_priv) {
		tl_identity_wipe(&out->identity);
		return false;
	}

	if (r->rest.n > 0)
		out->sent_to = tl_read_endpoint(r);
	if (r->rest.n < 16) {
		tl_read_skip(r, r->rest.n);
	} else {
		out->planet_id = tl_read_be64(r);
		out->planet_timestamp = tl_read_be64(r);
	}
	return tl_reader_ok(r);
}

bool tl_hello_parse_moons(struct hello *out, struct bytes tail)
{
	struct reader r = tl_reader(tail);
	size_t n;

	out->n_moons = 0;
	if (tail.n == 0)
		return true;

	n = tl_read_be16(&r);
	if (r.failed || n > r.rest.n / MOON_NOTE_LEN)
		return false;

	for (; n > 0 && out->n_moons < HELLO_MAX_MOONS; n--) {
		struct moon_note *moon = &out->moons[out->n_moons];
		uint8_t type = tl_read_u8(&r);

		moon->id = tl_read_be64(&r);
		moon->timestamp = tl_read_be64(&r);
		if (type == MOON_NOTE_TYPE)
			out->n_moons++;
	}
	return true;
}

void tl_ok_hello_build(struct writer *w, const struct ok_hello *ok)
{
	if (ok->worlds.n > UINT16_MAX) {
		w->failed = true;
		return;
	}
	tl_write_be64(w, ok->timestamp);
	write_version(w, &ok->version);
	tl_write_endpoint(w, &ok->seen_at);
	tl_write_be16(w, (uint16_t)ok->worlds.n);
	tl_write_bytes(w, ok->worlds);
}

bool tl_ok_hello_parse(struct reader *r, struct ok_hello *out)
{
	*out = (struct ok_hello){ 0 };
	out->timestamp = tl_read_be64(r);
	out->version = read_version(r);
	if (r->rest.n > 0)
		out->seen_at = tl_read_endpoint(r);
	if (r->rest.n > 0)
		out->worlds = tl_read_slice(r, tl_read_be16(r));
	return tl_reader_ok(r);
}
