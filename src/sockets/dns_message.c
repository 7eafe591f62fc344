/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_message.h"

#include <string.h>
#include <strings.h>

#define CLASS_IN 1
#define LABEL_MAX 63
#define FLAG_ANSWER 0x8000
#define MASK_OPCODE 0x7800
#define FLAG_CUT 0x0200
#define FLAG_WANT_RECURSION 0x0100
#define FLAG_RECURSION 0x0080
#define MASK_CODE 0x000f
#define POINTER 0xc0
#define TO_QUESTION 0xc00c /* a pointer to the name in the question */
#define TTL_S 10 /* members come, go and change their addresses */
#define OWN_ROOM 1232 /* what datagrams are let be, where they may be lost */
#define OPTION_WHY 15 /* RFC 8914 */
#define WHY_OTHER 0
#define WHY_MAX 128
#define RECORDS_MAX 64 /* behind a question, where one is usual */

/* A name without pointers, as text: the only kind that a question has. What
 * would be another name as text is no name of a host. */
static bool read_name(struct reader *r, char out[RPC_HOST_NAME_MAX + 1])
{
	struct bytes label;
	size_t len = 0;
	uint8_t n;

	while ((n = tl_read_u8(r)) != 0) {
		label = tl_read_slice(r, n);
		if (!tl_reader_ok(r) || n > LABEL_MAX ||
		    len + (len > 0) + n > RPC_HOST_NAME_MAX ||
		    memchr(label.at, '.', n) || memchr(label.at, 0, n))
			return false;
		if (len > 0)
			out[len++] = '.';
		memcpy(out + len, label.at, n);
		len += n;
	}
	out[len] = 0;
	return tl_reader_ok(r);
}

/* A name that is not looked at. */
static void skip_name(struct reader *r)
{
	uint8_t n;

	do {
		n = tl_read_u8(r);
		if ((n & POINTER) == POINTER) {
			tl_read_skip(r, 1);
			return;
		}
		tl_read_skip(r, n);
	} while (n > 0 && tl_reader_ok(r));
}

static void read_extensions(struct dns_question *q, struct reader *r,
			    size_t n_records)
{
	uint16_t type, size;

	q->room = DNS_ROOM_MIN;
	for (; n_records > 0 && tl_reader_ok(r); n_records--) {
		skip_name(r);
		type = tl_read_be16(r);
		size = tl_read_be16(r);
		tl_read_skip(r, 4);
		tl_read_skip(r, tl_read_be16(r));
		if (type != DNS_RECORD_OPT || !tl_reader_ok(r))
			continue;
		q->has_edns = true;
		q->room = TL_MIN(TL_MAX((size_t)size, (size_t)DNS_ROOM_MIN),
				 (size_t)DNS_ROOM_MAX);
	}
}

bool tl_dns_question_read(struct dns_question *out, struct bytes message)
{
	struct dns_question q = { 0 };
	struct reader r = tl_reader(message);
	uint16_t flags, n, n_before, n_records;

	q.id = tl_read_be16(&r);
	flags = tl_read_be16(&r);
	n = tl_read_be16(&r);
	n_before = tl_read_be16(&r);
	n_before |= tl_read_be16(&r);
	n_records = tl_read_be16(&r);
	if ((flags & (FLAG_ANSWER | MASK_OPCODE)) || n != 1 || n_before != 0 ||
	    n_records > RECORDS_MAX || !read_name(&r, q.name))
		return false;
	q.type = tl_read_be16(&r);
	q.class = tl_read_be16(&r);
	if (!tl_reader_ok(&r))
		return false;
	q.end = message.n - r.rest.n;
	read_extensions(&q, &r, n_records);
	if (!tl_reader_ok(&r))
		return false;
	*out = q;
	return true;
}

/* --- answers --- */

static void write_name(struct writer *w, const char *name)
{
	const char *dot;
	size_t n;

	for (; *name; name = *dot ? dot + 1 : dot) {
		dot = strchrnul(name, '.');
		n = (size_t)(dot - name);
		tl_assert(n > 0 && n <= LABEL_MAX);
		tl_write_u8(w, (uint8_t)n);
		tl_write_bytes(w, tl_bytes(name, n));
	}
	tl_write_u8(w, 0);
}

static void write_record_head(struct writer *w, uint16_t type, size_t n)
{
	tl_write_be16(w, TO_QUESTION);
	tl_write_be16(w, type);
	tl_write_be16(w, CLASS_IN);
	tl_write_be32(w, TTL_S);
	tl_write_be16(w, (uint16_t)n);
}

static bool wants(const struct dns_question *q, const struct rpc_addr *a)
{
	if (q->type == DNS_RECORD_ANY)
		return true;
	return q->type == (a->family == 4 ? DNS_RECORD_A : DNS_RECORD_AAAA);
}

/* How many records it wrote. */
static uint16_t write_addresses(struct writer *w, const struct dns_question *q,
				const struct dns_reply *reply)
{
	struct writer before;
	uint16_t n = 0;
	size_t len;

	for (size_t i = 0; i < reply->n; i++) {
		const struct rpc_addr *a = &reply->list[i];

		if (!wants(q, a))
			continue;
		before = *w;
		len = a->family == 4 ? 4 : 16;
		write_record_head(
			w, a->family == 4 ? DNS_RECORD_A : DNS_RECORD_AAAA,
			len);
		tl_write_bytes(w, tl_bytes(a->ip, len));
		if (!tl_writer_ok(w)) {
			*w = before;
			break;
		}
		n++;
	}
	return n;
}

static uint16_t write_pointer(struct writer *w, const char *name)
{
	/* Each label's length takes the place of a dot, and the end a byte. */
	write_record_head(w, DNS_RECORD_PTR, strlen(name) + 2);
	write_name(w, name);
	return 1;
}

static size_t extensions_len(const struct dns_question *q, const char *why)
{
	if (!q->has_edns)
		return 0;
	return why ? 11 + 6 + strlen(why) : 11;
}

static void write_extensions(struct writer *w, const struct dns_question *q,
			     const char *why)
{
	size_t n = why ? strlen(why) : 0;

	if (!q->has_edns)
		return;
	tl_assert(n <= WHY_MAX);
	tl_write_u8(w, 0);
	tl_write_be16(w, DNS_RECORD_OPT);
	tl_write_be16(w, OWN_ROOM);
	tl_write_zeroes(w, 4);
	tl_write_be16(w, (uint16_t)(why ? n + 6 : 0));
	if (!why)
		return;
	tl_write_be16(w, OPTION_WHY);
	tl_write_be16(w, (uint16_t)(n + 2));
	tl_write_be16(w, WHY_OTHER);
	tl_write_bytes(w, tl_bytes(why, n));
}

static void write_head(struct writer *w, struct bytes message,
		       const struct dns_question *q, unsigned int flags)
{
	unsigned int asked = tl_load_be16(message.at + 2);

	flags |= FLAG_ANSWER | FLAG_RECURSION | (asked & FLAG_WANT_RECURSION);
	tl_write_be16(w, q->id);
	tl_write_be16(w, (uint16_t)flags);
	tl_write_be16(w, 1);
	tl_write_zeroes(w, 4); /* how many records: known at the end */
	tl_write_be16(w, q->has_edns);
	tl_write_bytes(w, tl_bytes(message.at + DNS_HEADER_LEN,
				   q->end - DNS_HEADER_LEN));
}

size_t tl_dns_reply_build(struct buffer out, struct bytes message,
			  const struct dns_question *q,
			  const struct dns_reply *reply, size_t room)
{
	size_t extra = extensions_len(q, reply->why);
	struct writer w;
	uint16_t n = 0;

	tl_assert(room >= DNS_ROOM_MIN && room <= out.n);
	w = tl_writer(tl_buffer(out.at, room - extra));
	write_head(&w, message, q, reply->code);
	if (reply->name && q->type == DNS_RECORD_PTR)
		n = write_pointer(&w, reply->name);
	else
		n = write_addresses(&w, q, reply);
	w.room.n = room;
	write_extensions(&w, q, reply->why);
	tl_assert(tl_writer_ok(&w));
	tl_store_be16(out.at + 6, n);
	return w.n;
}

size_t tl_dns_reply_cut(struct buffer out, struct bytes message,
			const struct dns_question *q)
{
	struct writer w = tl_writer(out);

	write_head(&w, message, q, FLAG_CUT);
	write_extensions(&w, q, NULL);
	tl_assert(tl_writer_ok(&w));
	return w.n;
}

/* --- answers of others --- */

bool tl_dns_is_reply_to(struct bytes answer, uint16_t id,
			const struct dns_question *q)
{
	struct reader r = tl_reader(answer);
	char name[RPC_HOST_NAME_MAX + 1];
	uint16_t got_id = tl_read_be16(&r);
	uint16_t flags = tl_read_be16(&r);
	uint16_t n = tl_read_be16(&r);

	tl_read_skip(&r, 6);
	return got_id == id && (flags & FLAG_ANSWER) &&
	       !(flags & MASK_OPCODE) && n == 1 && read_name(&r, name) &&
	       strcasecmp(name, q->name) == 0 && tl_read_be16(&r) == q->type &&
	       tl_read_be16(&r) == q->class && tl_reader_ok(&r);
}

bool tl_dns_reply_is_cut(struct bytes answer)
{
	return tl_load_be16(answer.at + 2) & FLAG_CUT;
}

enum dns_code tl_dns_reply_code(struct bytes answer)
{
	return (enum dns_code)(tl_load_be16(answer.at + 2) & MASK_CODE);
}

/* Bytes of the answers that fit into @room with what stands before them; how
 * many these are goes to @n. 0: broken. */
static size_t fitting(uint16_t *n, struct bytes answer, size_t room)
{
	struct reader r = tl_reader(answer);
	size_t end;
	uint16_t total;

	tl_read_skip(&r, 6);
	total = tl_read_be16(&r);
	tl_read_skip(&r, 4);
	skip_name(&r);
	tl_read_skip(&r, 4);
	end = answer.n - r.rest.n;
	for (*n = 0; *n < total && tl_reader_ok(&r); (*n)++) {
		skip_name(&r);
		tl_read_skip(&r, 8);
		tl_read_skip(&r, tl_read_be16(&r));
		if (answer.n - r.rest.n > room)
			break;
		end = answer.n - r.rest.n;
	}
	return tl_reader_ok(&r) && end <= room ? end : 0;
}

size_t tl_dns_reply_shorten(struct buffer answer, const struct dns_question *q,
			    size_t room)
{
	unsigned int flags = tl_load_be16(answer.at + 2) & ~(unsigned)FLAG_CUT;
	bool is_address = q->type == DNS_RECORD_A || q->type == DNS_RECORD_AAAA;
	size_t end;
	uint16_t n;

	if (answer.n <= room)
		return answer.n;
	end = fitting(&n, tl_buffer_bytes(answer), room);
	if (end == 0)
		return 0;
	/* An alias without its address would be no answer. */
	if (!is_address || n < 2)
		flags |= FLAG_CUT;
	tl_store_be16(answer.at + 2, (uint16_t)flags);
	tl_store_be16(answer.at + 6, n);
	memset(answer.at + 8, 0, 4);
	return end;
}

/* --- names of addresses --- */

/* One label of decimal digits, 0..255, without a leading zero. */
static bool take_byte(uint8_t *out, const char **at)
{
	const char *p = *at;
	unsigned int v = 0;

	while (*p >= '0' && *p <= '9' && p - *at < 3)
		v = v * 10 + (unsigned int)(*p++ - '0');
	if (p == *at || v > 255 || *p != '.' || (**at == '0' && p - *at > 1))
		return false;
	*out = (uint8_t)v;
	*at = p + 1;
	return true;
}

static bool take_nibble(uint8_t *out, const char **at)
{
	static const char digits[] = "0123456789abcdef";
	char c = **at;
	const char *p;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	p = c ? strchr(digits, c) : NULL;
	if (!p || (*at)[1] != '.')
		return false;
	*out = (uint8_t)(p - digits);
	*at += 2;
	return true;
}

static bool reverse4(struct rpc_addr *out, const char *name)
{
	for (size_t i = 4; i > 0; i--)
		if (!take_byte(&out->ip[i - 1], &name))
			return false;
	out->family = 4;
	return strcasecmp(name, "in-addr.arpa") == 0;
}

static bool reverse6(struct rpc_addr *out, const char *name)
{
	uint8_t low, high;

	for (size_t i = 16; i > 0; i--) {
		if (!take_nibble(&low, &name) || !take_nibble(&high, &name))
			return false;
		out->ip[i - 1] = (uint8_t)(high << 4 | low);
	}
	out->family = 6;
	return strcasecmp(name, "ip6.arpa") == 0;
}

bool tl_dns_reverse(struct rpc_addr *out, const char *name)
{
	*out = (struct rpc_addr){ 0 };
	if (reverse4(out, name))
		return true;
	*out = (struct rpc_addr){ 0 };
	return reverse6(out, name);
}
