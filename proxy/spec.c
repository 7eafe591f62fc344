/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/spec.h"

#include <errno.h>
#include <string.h>

#define UNIX_PREFIX "unix:"
#define UNIX_PREFIX_LEN (sizeof(UNIX_PREFIX) - 1)
#define FIELDS_MAX 4

static bool is_unix(const char *text)
{
	return strncmp(text, UNIX_PREFIX, UNIX_PREFIX_LEN) == 0;
}

static int parse_port(uint16_t *out, struct bytes text)
{
	uint32_t v = 0;
	size_t i;

	if (text.n == 0)
		return -EINVAL;
	for (i = 0; i < text.n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return -EINVAL;
		v = v * 10 + (uint32_t)(text.at[i] - '0');
		if (v > 65535)
			return -ERANGE;
	}
	*out = (uint16_t)v;
	return 0;
}

static int parse_path(char out[TARGET_PATH_SIZE], struct bytes text)
{
	if (text.n == 0)
		return -EINVAL;
	if (text.n >= TARGET_PATH_SIZE)
		return -ENAMETOOLONG;
	memcpy(out, text.at, text.n);
	out[text.n] = 0;
	return 0;
}

static struct bytes strip_brackets(struct bytes text)
{
	if (text.n >= 2 && text.at[0] == '[' && text.at[text.n - 1] == ']')
		return tl_bytes(text.at + 1, text.n - 2);
	return text;
}

/* The next field of @rest, which is moved on over its colon; brackets hold
 * colons together. False at the end, or after a bracket that does not end. */
static bool take_field(struct bytes *field, const char **rest)
{
	const char *at = *rest;
	const char *end;

	if (!at)
		return false;
	if (*at == '[') {
		end = strchr(at, ']');
		if (!end || (end[1] != 0 && end[1] != ':'))
			return false;
		end++;
	} else {
		end = at + strcspn(at, ":");
	}
	*field = tl_bytes(at, (size_t)(end - at));
	*rest = *end ? end + 1 : NULL;
	return true;
}

/* An address as it is bound: numeric, or the word for loopback. */
static int parse_bind(struct spec_listen *out, struct bytes text)
{
	char host[TARGET_NAME_SIZE];
	struct bytes b = strip_brackets(text);

	if (b.n == 0 || (b.n == 1 && b.at[0] == '*')) {
		out->bind = SPEC_ANY;
		return 0;
	}
	if (b.n >= sizeof(host))
		return -EINVAL;
	memcpy(host, b.at, b.n);
	host[b.n] = 0;
	if (strcmp(host, "localhost") == 0)
		return 0; /* the default of its side */
	if (!tl_place_parse(&out->ip, host, out->port))
		return -EINVAL;
	out->bind = SPEC_ADDRESS;
	return 0;
}

int tl_spec_parse_listen(struct spec_listen *out, const char *text)
{
	struct spec_listen l = { 0 };
	struct bytes a;
	struct bytes b;
	int r;

	if (is_unix(text)) {
		l.bind = SPEC_PATH;
		r = parse_path(l.path,
			       tl_bytes_from_str(text + UNIX_PREFIX_LEN));
		goto done;
	}
	if (!take_field(&a, &text))
		return -EINVAL;
	if (!text) {
		r = parse_port(&l.port, a);
		goto done;
	}
	if (!take_field(&b, &text) || text)
		return -EINVAL;
	r = parse_port(&l.port, b);
	if (r == 0)
		r = parse_bind(&l, a);
done:
	if (r == 0)
		*out = l;
	return r;
}

static int parse_to(struct target *out, struct bytes host, struct bytes port)
{
	uint16_t n;
	int r = parse_port(&n, port);

	if (r < 0)
		return r;
	return n == 0 ? -EINVAL
		      : tl_target_from_host(out, strip_brackets(host), n);
}

/* PATH:HOST:HOSTPORT; the path may hold colons, so from the end. */
static int parse_from_path(struct spec_forward *f, const char *text)
{
	const char *port = strrchr(text, ':');
	const char *host;
	int r;

	if (!port || port == text)
		return -EINVAL;
	host = port;
	if (host[-1] == ']')
		while (host > text && *host != '[')
			host--;
	while (host > text && host[-1] != ':')
		host--;
	if (host == text)
		return -EINVAL;

	f->listen.bind = SPEC_PATH;
	r = parse_path(f->listen.path,
		       tl_bytes(text, (size_t)(host - 1 - text)));
	if (r < 0)
		return r;
	return parse_to(&f->to, tl_bytes(host, (size_t)(port - host)),
			tl_bytes_from_str(port + 1));
}

static int parse_fields(struct spec_forward *f, const char *text)
{
	struct bytes field[FIELDS_MAX];
	struct bytes *at = field;
	size_t n = 0;
	int r;

	while (n < FIELDS_MAX && take_field(&field[n], &text)) {
		n++;
		if (n < 3 && text && is_unix(text))
			break;
	}
	if (text && (n > 2 || n == 0 || !is_unix(text)))
		return -EINVAL;
	if (n != (text ? 1 : 3) && n != (text ? 2 : 4))
		return -EINVAL;

	if (n % 2 == 0) /* BIND stands before the port */
		at++;
	r = parse_port(&f->listen.port, at[0]);
	if (r == 0 && at != field)
		r = parse_bind(&f->listen, field[0]);
	if (r < 0)
		return r;
	if (text)
		return parse_path(f->to.path,
				  tl_bytes_from_str(text + UNIX_PREFIX_LEN));
	return parse_to(&f->to, at[1], at[2]);
}

int tl_spec_parse_forward(struct spec_forward *out, const char *text)
{
	struct spec_forward f = { .reverse = out->reverse, .udp = out->udp };
	int r;

	if (is_unix(text))
		r = f.reverse ? -EOPNOTSUPP
			      : parse_from_path(&f, text + UNIX_PREFIX_LEN);
	else
		r = parse_fields(&f, text);
	if (r == 0 && f.to.path[0] && !f.reverse)
		r = -EOPNOTSUPP;
	if (r == 0 && f.udp && (f.to.path[0] || f.listen.bind == SPEC_PATH))
		r = -EOPNOTSUPP;
	if (r == 0)
		*out = f;
	return r;
}
