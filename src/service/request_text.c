/* SPDX-License-Identifier: Apache-2.0 */
#include "service/request_text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "service/http_access.h"

#define END "\r\n\r\n"

size_t tl_request_head_len(struct bytes got)
{
	const uint8_t *end = got.n ? memmem(got.at, got.n, END, 4) : NULL;

	return end ? (size_t)(end - got.at) + 4 : 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; what becomes free behind it is zeroed. False for digits that are
 * none, and for a zero byte, behind which nobody would look. */
static bool decode_percent(char *s)
{
	char *out = s;

	for (; *s; s++, out++) {
		int high;
		int low;

		*out = *s;
		if (*s != '%')
			continue;
		high = digit(s[1]);
		low = high < 0 ? -1 : digit(s[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*out = (char)(high << 4 | low);
		s += 2;
	}
	memset(out, 0, (size_t)(s - out));
	return true;
}

/* Parameters become strings, one behind the other. */
static bool split_query(struct request_text *out, char *query)
{
	char *at;

	out->query = query;
	out->query_len = strlen(query);
	for (at = query; (at = strchr(at, '&')); at++)
		*at = 0;
	for (at = query; at < query + out->query_len; at += strlen(at) + 1)
		if (!decode_percent(at))
			return false;
	return true;
}

static void set_method(struct request_text *out, const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} methods[] = {
		{ "GET", HTTP_GET },	   { "HEAD", HTTP_GET },
		{ "POST", HTTP_POST },	   { "PUT", HTTP_POST },
		{ "DELETE", HTTP_DELETE },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(methods); i++) {
		if (strcmp(methods[i].name, name) != 0)
			continue;
		out->method = methods[i].method;
		out->has_method = true;
		out->is_head = i == 1;
	}
}

/* "METHOD /path?query HTTP/1.x" */
static int parse_first_line(struct request_text *out, char *line)
{
	char *target = strchr(line, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;
	char *query;

	if (!version || target[1] != '/' ||
	    (strcmp(version + 1, "HTTP/1.1") != 0 &&
	     strcmp(version + 1, "HTTP/1.0") != 0))
		return -EBADMSG;
	*target++ = 0;
	*version = 0;
	query = strchr(target, '?');
	if (query)
		*query++ = 0;
	out->path = target;
	set_method(out, line);
	return decode_percent(target) &&
			       split_query(out, query ? query : version)
		       ? 0
		       : -EBADMSG;
}

/* Decimal digits and nothing else (RFC 9110 8.6). */
static int parse_length(uint64_t *out, const char *text)
{
	uint64_t v = 0;

	if (!*text)
		return -EBADMSG;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EBADMSG;
		if (v > UINT64_MAX / 20)
			v = UINT64_MAX / 20; /* too much all the same */
		v = v * 10 + (uint64_t)(*text - '0');
	}
	*out = v;
	return 0;
}

/* What the fields have said of the token, and how long the body is. */
struct fields {
	const char *auth;
	const char *authorization;
	bool has_length;
};

static int take_field(struct request_text *out, struct fields *f,
		      const char *name, const char *value)
{
	uint64_t n;

	if (strcasecmp(name, "X-ZT1-Auth") == 0) {
		f->auth = value;
	} else if (strcasecmp(name, "Authorization") == 0) {
		f->authorization = value;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		out->is_chunked = true;
	} else if (strcasecmp(name, "Expect") == 0) {
		out->expects = strcasecmp(value, "100-continue") == 0;
	} else if (strcasecmp(name, "Content-Length") == 0) {
		if (parse_length(&n, value) ||
		    (f->has_length && n != out->body_len))
			return -EBADMSG;
		f->has_length = true;
		out->body_len = n;
	}
	return 0;
}

/* "Name: value"; no line goes on with the next one (RFC 9112 5.2). */
static int parse_field(struct request_text *out, struct fields *f, char *line)
{
	char *colon = strchr(line, ':');
	char *value;
	size_t n;

	if (!colon || colon == line ||
	    strcspn(line, " \t") < strcspn(line, ":"))
		return -EBADMSG;
	*colon = 0;
	value = colon + 1;
	value += strspn(value, " \t");
	n = strlen(value);
	while (n && strchr(" \t", value[n - 1]))
		n--;
	value[n] = 0;
	return take_field(out, f, line, value);
}

/* The line at *@atp, zero-terminated in place of its end. Moves on. */
static char *next_line(char **atp)
{
	char *line = *atp;
	char *end = strstr(line, "\r\n");

	if (!end)
		return NULL;
	*end = 0;
	*atp = end + 2;
	return line;
}

int tl_request_parse(struct request_text *out, struct buffer head)
{
	struct fields f = { 0 };
	char *at = (char *)head.at;
	char *line;
	int r;

	*out = (struct request_text){ 0 };
	if (head.n < 4 || memchr(at, 0, head.n))
		return -EBADMSG;
	/* In place of the last line end, which is looked at no more. */
	at[head.n - 1] = 0;
	at[head.n - 2] = 0;
	line = next_line(&at);
	r = line ? parse_first_line(out, line) : -EBADMSG;
	while (!r && (line = next_line(&at)))
		r = parse_field(out, &f, line);
	if (r)
		return r;
	out->token = tl_http_access_token(f.auth, tl_request_query(out, "auth"),
					  f.authorization);
	return 0;
}

const char *tl_request_query(const struct request_text *q, const char *name)
{
	const char *end = q->query + q->query_len;
	size_t n = strlen(name);
	const char *at;

	for (at = q->query; at < end; at += strlen(at) + 1)
		if (strncmp(at, name, n) == 0 && at[n] == '=')
			return at + n + 1;
	return NULL;
}
