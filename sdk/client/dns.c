/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/dns.h"

#include <string.h>
#include <strings.h>

#include "base/reader.h"
#include "base/writer.h"

#define CLASS_IN 1
#define TYPE_CNAME 5
#define LABEL_MAX 63
#define FLAG_ANSWER 0x8000
#define FLAG_CUT 0x0200
#define FLAG_WANT_RECURSION 0x0100
#define MASK_OPCODE 0x7800
#define MASK_CODE 0x000f
#define CODE_NO_NAME 3
#define POINTER 0xc0

static bool write_name(struct writer *w, const char *name)
{
	const char *dot;
	size_t n;

	for (; *name; name = *dot ? dot + 1 : dot) {
		dot = strchrnul(name, '.');
		n = (size_t)(dot - name);
		if (n == 0 || n > LABEL_MAX)
			return false;
		tl_write_u8(w, (uint8_t)n);
		tl_write_bytes(w, tl_bytes(name, n));
	}
	tl_write_u8(w, 0);
	return true;
}

size_t tl_dns_query(uint8_t out[DNS_QUERY_MAX], uint16_t id, const char *name,
		    enum dns_type type)
{
	struct writer w = tl_writer(tl_buffer(out, DNS_QUERY_MAX));
	size_t len = strlen(name);

	if (len == 0 || len >= DNS_NAME_SIZE)
		return 0;
	tl_write_be16(&w, id);
	tl_write_be16(&w, FLAG_WANT_RECURSION);
	tl_write_be16(&w, 1);
	tl_write_zeroes(&w, 6);
	if (!write_name(&w, name))
		return 0;
	tl_write_be16(&w, (uint16_t)type);
	tl_write_be16(&w, CLASS_IN);
	return tl_writer_ok(&w) ? w.n : 0;
}

/**
 * struct message - An answer being read
 * @whole:	where pointers in names point into
 * @rest:	what has not been read
 */
struct message {
	struct bytes whole;
	struct reader rest;
};

/* One label, or the end, at @r into @out. 0: there are more; 1: the end; -1: no
 * name. */
static int read_label(struct reader *r, uint8_t n, char *out, size_t *len)
{
	struct bytes label = tl_read_slice(r, n);

	if (n == 0)
		return tl_reader_ok(r) ? 1 : -1;
	if (!tl_reader_ok(r) || n > LABEL_MAX ||
	    *len + (*len > 0) + n >= DNS_NAME_SIZE)
		return -1;
	/* What would make another name of it, as text, is no name of a host. */
	if (memchr(label.at, '.', n) || memchr(label.at, 0, n))
		return -1;
	if (*len > 0)
		out[(*len)++] = '.';
	memcpy(out + *len, label.at, n);
	*len += n;
	return 0;
}

/* A name, as text. Pointers lead backwards only, so this ends. */
static bool read_name(struct message *m, char out[DNS_NAME_SIZE])
{
	size_t limit = m->whole.n - m->rest.rest.n;
	struct reader elsewhere;
	struct reader *r = &m->rest;
	size_t len = 0;
	size_t to;
	uint8_t n;
	int ended = 0;

	while (ended == 0) {
		n = tl_read_u8(r);
		if ((n & POINTER) != POINTER) {
			ended = read_label(r, n, out, &len);
			continue;
		}
		to = (size_t)(n & ~POINTER) << 8 | tl_read_u8(r);
		if (!tl_reader_ok(r) || to >= limit)
			return false;
		limit = to;
		elsewhere =
			tl_reader(tl_bytes(m->whole.at + to, m->whole.n - to));
		r = &elsewhere;
	}
	out[len] = 0;
	return ended > 0;
}

static bool is_question(struct message *m, const char *name, enum dns_type type)
{
	char got[DNS_NAME_SIZE];

	return read_name(m, got) && strcasecmp(got, name) == 0 &&
	       tl_read_be16(&m->rest) == type &&
	       tl_read_be16(&m->rest) == CLASS_IN && tl_reader_ok(&m->rest);
}

/* One record: @wanted is whose addresses are looked for. */
static bool read_record(struct message *m, struct dns_answer *out,
			char wanted[DNS_NAME_SIZE], enum dns_type type)
{
	size_t len = type == DNS_A ? 4 : 16;
	char owner[DNS_NAME_SIZE];
	struct message data;
	uint16_t kind, class;
	bool is_wanted;

	if (!read_name(m, owner))
		return false;
	is_wanted = strcasecmp(owner, wanted) == 0;
	kind = tl_read_be16(&m->rest);
	class = tl_read_be16(&m->rest);
	tl_read_skip(&m->rest, 4);
	data.whole = m->whole;
	data.rest = tl_reader(tl_read_slice(&m->rest, tl_read_be16(&m->rest)));
	if (!tl_reader_ok(&m->rest))
		return false;
	if (!is_wanted || class != CLASS_IN)
		return true;
	if (kind == TYPE_CNAME) {
		/* Its pointers lead before it, and no further than here. */
		data.whole.n = (size_t)(data.rest.rest.at - m->whole.at) +
			       data.rest.rest.n;
		return read_name(&data, wanted);
	}
	if (kind == type && data.rest.rest.n == len &&
	    out->n < DNS_ADDRESSES_MAX)
		memcpy(out->ip[out->n++], data.rest.rest.at, len);
	return true;
}

static enum dns_result result_of(uint16_t flags)
{
	if (flags & FLAG_CUT)
		return DNS_CUT;
	if ((flags & MASK_CODE) == 0)
		return DNS_OK;
	return (flags & MASK_CODE) == CODE_NO_NAME ? DNS_NO_NAME : DNS_FAILED;
}

enum dns_result tl_dns_parse(struct dns_answer *out, struct bytes message,
			     uint16_t id, const char *name, enum dns_type type)
{
	struct message m = { .whole = message, .rest = tl_reader(message) };
	struct dns_answer found = { 0 };
	char wanted[DNS_NAME_SIZE];
	enum dns_result result;
	uint16_t got_id = tl_read_be16(&m.rest);
	uint16_t flags = tl_read_be16(&m.rest);
	uint16_t questions = tl_read_be16(&m.rest);
	uint16_t answers = tl_read_be16(&m.rest);

	tl_read_skip(&m.rest, 4);
	if (got_id != id || !(flags & FLAG_ANSWER) || (flags & MASK_OPCODE) ||
	    questions != 1 || !is_question(&m, name, type))
		return DNS_FOREIGN;
	result = result_of(flags);
	if (result != DNS_OK)
		return result;
	memcpy(wanted, name, strlen(name) + 1);
	for (; answers > 0; answers--) {
		if (!read_record(&m, &found, wanted, type))
			return DNS_FAILED;
	}
	*out = found;
	return DNS_OK;
}
