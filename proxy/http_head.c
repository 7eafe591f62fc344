/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/http_head.h"

#include <string.h>
#include <strings.h>

#define PORT_HTTP 80
#define BASIC "Basic "
#define CREDENTIALS_MAX 1024

#define BAD_REQUEST (-400)
#define TOO_LARGE (-431)
#define NOT_IMPLEMENTED (-501)
#define BAD_GATEWAY (-502)
#define BAD_VERSION (-505)

static bool is_token_byte(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z'))
		return true;
	return c != 0 && strchr("!#$%&'*+-.^_`|~", c);
}

static bool is_token(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++)
		if (!is_token_byte(b.at[i]))
			return false;
	return b.n > 0;
}

/* Visible bytes alone: what a target may hold. */
static bool is_visible(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++)
		if (b.at[i] <= ' ' || b.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_value(struct bytes b)
{
	size_t i;

	for (i = 0; i < b.n; i++)
		if ((b.at[i] < ' ' && b.at[i] != '\t') || b.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_same_word(struct bytes b, const char *word)
{
	size_t n = strlen(word);

	return b.n == n && strncasecmp((const char *)b.at, word, n) == 0;
}

static struct bytes trim(struct bytes b)
{
	while (b.n && (b.at[0] == ' ' || b.at[0] == '\t'))
		b = tl_bytes(b.at + 1, b.n - 1);
	while (b.n && (b.at[b.n - 1] == ' ' || b.at[b.n - 1] == '\t'))
		b.n--;
	return b;
}

static size_t find_byte(struct bytes b, uint8_t c)
{
	const uint8_t *at = b.n ? memchr(b.at, c, b.n) : NULL;

	return at ? (size_t)(at - b.at) : b.n;
}

/* What stands before the first @c, which is taken too; all if there is none. */
static struct bytes take_until(struct bytes *rest, uint8_t c)
{
	size_t n = find_byte(*rest, c);
	struct bytes b = tl_bytes_first(*rest, n);

	*rest = tl_bytes_skip(*rest, n + 1);
	return b;
}

/* Decimal digits alone; false also if it does not fit. */
static bool parse_number(uint64_t *out, struct bytes b, uint64_t max)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < b.n; i++) {
		if (b.at[i] < '0' || b.at[i] > '9')
			return false;
		if (v > (max - (uint64_t)(b.at[i] - '0')) / 10)
			return false;
		v = v * 10 + (uint64_t)(b.at[i] - '0');
	}
	*out = v;
	return b.n > 0;
}

struct field {
	struct bytes name;
	struct bytes value;
};

/* The next line of @rest, which has been seen to end. False if it is none. */
static bool take_field(struct field *f, struct bytes *rest)
{
	struct bytes line = take_until(rest, '\n');

	if (line.n < 2 || line.at[line.n - 1] != '\r')
		return false;
	line.n--;
	if (find_byte(line, ':') == line.n)
		return false;
	f->name = take_until(&line, ':');
	f->value = trim(line);
	return is_token(f->name) && is_value(f->value);
}

/* Length of the head, the empty line included; 0 if its end has not come. A
 * line that LF alone ends is refused later, by take_field(). */
static size_t find_end(struct bytes b)
{
	const uint8_t *at = b.n ? memmem(b.at, b.n, "\r\n\r\n", 4) : NULL;

	return at ? (size_t)(at - b.at) + 4 : 0;
}

/**
 * struct framing - What header lines say of the body
 * @n_lines:	all of them
 * @n_lengths, @n_codings: how many lines of either kind
 * @is_chunked:	the one coding is chunked
 */
struct framing {
	unsigned int n_lines;
	unsigned int n_lengths;
	unsigned int n_codings;
	bool is_chunked;
	uint64_t length;
};

/* False if the line is nonsense. */
static bool note_framing(struct framing *f, const struct field *line)
{
	f->n_lines++;
	if (is_same_word(line->name, "Content-Length")) {
		f->n_lengths++;
		return parse_number(&f->length, line->value, INT64_MAX);
	}
	if (is_same_word(line->name, "Transfer-Encoding")) {
		f->n_codings++;
		f->is_chunked = is_same_word(line->value, "chunked");
	}
	return true;
}

static bool is_contradictory(const struct framing *f)
{
	return f->n_lengths + f->n_codings > 1;
}

/* "host", "host:port" or "[v6]:port". */
static bool parse_authority(struct target *out, struct bytes a,
			    uint16_t default_port)
{
	struct bytes host;
	struct bytes rest;
	uint64_t port = default_port;
	size_t n;

	if (!is_visible(a) || find_byte(a, '@') < a.n)
		return false;
	if (a.n && a.at[0] == '[') {
		n = find_byte(a, ']');
		if (n == a.n)
			return false;
		host = tl_bytes(a.at + 1, n - 1);
		rest = tl_bytes_skip(a, n + 1);
	} else {
		n = find_byte(a, ':');
		host = tl_bytes_first(a, n);
		rest = tl_bytes_skip(a, n);
	}
	if (rest.n && (rest.at[0] != ':' ||
		       !parse_number(&port, tl_bytes_skip(rest, 1), 65535)))
		return false;
	if (port == 0 || tl_target_from_host(out, host, (uint16_t)port) != 0)
		return false;
	/* Brackets hold IPv6 addresses, and nothing else. */
	return (host.at != a.at) == (find_byte(host, ':') < host.n) &&
	       (host.at == a.at || out->ip.sa.sa_family);
}

static bool parse_target(struct http_request *q, struct bytes target)
{
	static const char scheme[] = "http://";
	size_t n = sizeof(scheme) - 1;
	struct bytes rest;
	size_t i;

	q->is_connect = tl_bytes_equal(q->method, tl_bytes_from_str("CONNECT"));
	if (q->is_connect)
		return parse_authority(&q->to, target, 0);
	if (target.n <= n || !is_visible(target) ||
	    strncasecmp((const char *)target.at, scheme, n) != 0)
		return false;

	rest = tl_bytes_skip(target, n);
	for (i = 0; i < rest.n && !strchr("/?#", rest.at[i]); i++)
		;
	q->authority = tl_bytes_first(rest, i);
	q->path = tl_bytes_skip(rest, i);
	return find_byte(q->path, '#') == q->path.n &&
	       parse_authority(&q->to, q->authority, PORT_HTTP);
}

static int parse_request_line(struct http_request *q, struct bytes line)
{
	static const char version[] = "HTTP/1.";
	size_t n = sizeof(version) - 1;
	struct bytes target;

	q->method = take_until(&line, ' ');
	target = take_until(&line, ' ');
	if (!is_token(q->method) || target.n == 0 || line.n != n + 1)
		return BAD_REQUEST;
	if (memcmp(line.at, "HTTP/", 5) != 0)
		return BAD_REQUEST;
	if (memcmp(line.at, version, n) != 0 ||
	    (line.at[n] != '0' && line.at[n] != '1'))
		return BAD_VERSION;
	q->minor = (unsigned int)(line.at[n] - '0');
	return parse_target(q, target) ? 0 : BAD_REQUEST;
}

static int parse_request_fields(struct http_request *q)
{
	struct bytes rest = q->fields;
	struct framing framing = { 0 };
	unsigned int n_hosts = 0;
	struct field f;

	while (rest.n) {
		if (!take_field(&f, &rest) || !note_framing(&framing, &f))
			return BAD_REQUEST;
		if (is_same_word(f.name, "Host"))
			n_hosts++;
		if (is_same_word(f.name, "Proxy-Authorization"))
			q->credentials = f.value;
	}
	if (framing.n_lines > HTTP_FIELDS_MAX)
		return TOO_LARGE;
	q->has_host = n_hosts > 0;
	if (n_hosts > 1 || is_contradictory(&framing))
		return BAD_REQUEST;
	if (framing.n_codings && q->minor == 0)
		return BAD_REQUEST;
	if (framing.n_codings && !framing.is_chunked)
		return NOT_IMPLEMENTED;
	if (q->is_connect)
		return 0; /* what follows is the tunnel's */
	q->framing = framing.is_chunked	 ? HTTP_BODY_CHUNKED
		     : framing.n_lengths ? HTTP_BODY_LENGTH
					 : HTTP_BODY_NONE;
	q->length = framing.length;
	return 0;
}

/* The first line of the head @b and the rest; false if no CR LF ends it. */
static bool take_line(struct bytes *line, struct bytes *fields, struct bytes b)
{
	*line = take_until(&b, '\n');
	if (line->n == 0 || line->at[line->n - 1] != '\r')
		return false;
	line->n--;
	*fields = tl_bytes_first(b, b.n - 2);
	return true;
}

int tl_http_parse_request(struct http_request *out, struct bytes b)
{
	struct http_request q = { 0 };
	size_t n = find_end(tl_bytes_first(b, HTTP_HEAD_MAX));
	struct bytes line;
	int r;

	if (n == 0)
		return b.n >= HTTP_HEAD_MAX ? TOO_LARGE : 0;
	if (!take_line(&line, &q.fields, tl_bytes_first(b, n)))
		return BAD_REQUEST;
	r = parse_request_line(&q, line);
	if (r == 0)
		r = parse_request_fields(&q);
	if (r < 0)
		return r;
	*out = q;
	return (int)n;
}

static bool parse_status_line(struct http_response *r, struct bytes line)
{
	static const char version[] = "HTTP/1.";
	size_t n = sizeof(version) - 1;
	uint64_t status;

	if (line.n < n + 5 || memcmp(line.at, version, n) != 0 ||
	    (line.at[n] != '0' && line.at[n] != '1') || line.at[n + 1] != ' ')
		return false;
	r->minor = (unsigned int)(line.at[n] - '0');
	r->line = tl_bytes_skip(line, n + 2);
	if (!parse_number(&status, tl_bytes_first(r->line, 3), 999) ||
	    status < 100 || (r->line.n > 3 && r->line.at[3] != ' '))
		return false;
	r->status = (unsigned int)status;
	return is_value(r->line);
}

static bool parse_response_fields(struct http_response *r, bool is_head)
{
	struct bytes rest = r->fields;
	struct framing framing = { 0 };
	struct field f;

	while (rest.n)
		if (!take_field(&f, &rest) || !note_framing(&framing, &f))
			return false;
	if (is_contradictory(&framing) || framing.n_lines > HTTP_FIELDS_MAX)
		return false;
	if (is_head || r->status < 200 || r->status == 204 || r->status == 304)
		r->framing = HTTP_BODY_NONE;
	else if (framing.is_chunked && r->minor == 1)
		r->framing = HTTP_BODY_CHUNKED;
	else
		r->framing = framing.n_lengths ? HTTP_BODY_LENGTH
					       : HTTP_BODY_TO_END;
	r->length = framing.length;
	return true;
}

int tl_http_parse_response(struct http_response *out, struct bytes b,
			   bool is_head)
{
	struct http_response r = { 0 };
	size_t n = find_end(tl_bytes_first(b, HTTP_HEAD_MAX));
	struct bytes line;

	if (n == 0)
		return b.n >= HTTP_HEAD_MAX ? BAD_GATEWAY : 0;
	if (!take_line(&line, &r.fields, tl_bytes_first(b, n)) ||
	    !parse_status_line(&r, line) || !parse_response_fields(&r, is_head))
		return BAD_GATEWAY;
	*out = r;
	return (int)n;
}

static void write_text(struct writer *w, const char *text)
{
	tl_write_bytes(w, tl_bytes_from_str(text));
}

/* Is @name in the list that a Connection line has? */
static bool is_in_list(struct bytes list, struct bytes name)
{
	struct bytes word;

	while (list.n) {
		word = trim(take_until(&list, ','));
		if (word.n == name.n && word.n &&
		    strncasecmp((const char *)word.at, (const char *)name.at,
				word.n) == 0)
			return true;
	}
	return false;
}

static bool is_named_by_connection(struct bytes fields, struct bytes name)
{
	struct field f;

	while (fields.n && take_field(&f, &fields))
		if (is_same_word(f.name, "Connection") &&
		    is_in_list(f.value, name))
			return true;
	return false;
}

/* Lines for this connection alone (RFC 9110 7.6.1). A Connection line may name
 * more of them, but never those that say what the message is. */
static bool is_hop_by_hop(struct bytes fields, struct bytes name)
{
	static const char *const always[] = {
		"Connection",
		"Proxy-Connection",
		"Keep-Alive",
		"Proxy-Authorization",
		"TE",
		"Upgrade",
		"Proxy-Authenticate",
		"Proxy-Authentication-Info",
	};
	static const char *const never[] = {
		"Host",
		"Content-Length",
		"Transfer-Encoding",
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(always); i++)
		if (is_same_word(name, always[i]))
			return true;
	for (i = 0; i < TL_ARRAY_SIZE(never); i++)
		if (is_same_word(name, never[i]))
			return false;
	return is_named_by_connection(fields, name);
}

static void write_fields(struct writer *w, struct bytes fields)
{
	struct bytes rest = fields;
	struct field f;

	while (rest.n && take_field(&f, &rest)) {
		if (is_hop_by_hop(fields, f.name))
			continue;
		tl_write_bytes(w, f.name);
		write_text(w, ": ");
		tl_write_bytes(w, f.value);
		write_text(w, "\r\n");
	}
}

void tl_http_write_request(struct writer *w, const struct http_request *q)
{
	bool is_options = is_same_word(q->method, "OPTIONS");

	tl_write_bytes(w, q->method);
	write_text(w, " ");
	if (q->path.n == 0 && is_options)
		write_text(w, "*");
	else if (q->path.n == 0 || q->path.at[0] != '/')
		write_text(w, "/");
	tl_write_bytes(w, q->path);
	write_text(w, q->minor ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
	if (!q->has_host) {
		write_text(w, "Host: ");
		tl_write_bytes(w, q->authority);
		write_text(w, "\r\n");
	}
	write_fields(w, q->fields);
	write_text(w, "Connection: close\r\n\r\n");
}

void tl_http_write_response(struct writer *w, const struct http_response *r)
{
	write_text(w, r->minor ? "HTTP/1.1 " : "HTTP/1.0 ");
	tl_write_bytes(w, r->line);
	write_text(w, "\r\n");
	write_fields(w, r->fields);
	if (r->status >= 200)
		write_text(w, "Connection: close\r\n");
	write_text(w, "\r\n");
}

static int digit64(uint8_t c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Bytes decoded, or -1. */
static int decode64(uint8_t *out, size_t size, struct bytes b)
{
	uint32_t bits = 0;
	size_t n = 0;
	size_t i;
	int d;

	while (b.n && b.at[b.n - 1] == '=')
		b.n--;
	for (i = 0; i < b.n; i++) {
		d = digit64(b.at[i]);
		if (d < 0)
			return -1;
		bits = (bits << 6 | (uint32_t)d) & 0xffffff;
		if (i % 4 == 0)
			continue;
		if (n == size)
			return -1;
		out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return (int)n;
}

bool tl_http_check_basic(struct bytes credentials, struct bytes expected)
{
	uint8_t got[CREDENTIALS_MAX];
	size_t n = sizeof(BASIC) - 1;
	bool is_right;
	int len;

	if (credentials.n <= n ||
	    strncasecmp((const char *)credentials.at, BASIC, n) != 0)
		return false;
	len = decode64(got, sizeof(got), trim(tl_bytes_skip(credentials, n)));
	is_right = len >= 0 && (size_t)len == expected.n &&
		   tl_equal_ct(got, expected.at, expected.n);
	tl_wipe(got, sizeof(got));
	return is_right;
}
