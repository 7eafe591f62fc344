/* SPDX-License-Identifier: Apache-2.0 */
#include "service/conf_reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"

#define SHOWN_MAX 48 /* characters of a wrong value */
#define WHERE_SIZE 256

void tl_conf_enter(struct conf_reader *r, const char *key)
{
	tl_assert(r->depth < CONF_DEPTH_MAX);
	r->path[r->depth++] = (struct json_step){ .key = key };
}

void tl_conf_enter_index(struct conf_reader *r, size_t index)
{
	tl_assert(r->depth < CONF_DEPTH_MAX);
	r->path[r->depth++] = (struct json_step){ .index = index };
}

void tl_conf_leave(struct conf_reader *r)
{
	r->depth--;
}

static bool is_plain(const char *key)
{
	for (; *key; key++) {
		if (!isalnum((unsigned char)*key))
			return false;
	}
	return true;
}

/* physical."10.0.0.0/8".mtu, or settings.bind[2] */
static void print_where(const struct conf_reader *r, char out[WHERE_SIZE])
{
	size_t n = 0;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < r->depth && n < WHERE_SIZE; i++) {
		const struct json_step *s = &r->path[i];
		const char *dot = i ? "." : "";
		int wrote;

		if (!s->key)
			wrote = snprintf(out + n, WHERE_SIZE - n, "[%zu]",
					 s->index);
		else if (is_plain(s->key))
			wrote = snprintf(out + n, WHERE_SIZE - n, "%s%s", dot,
					 s->key);
		else
			wrote = snprintf(out + n, WHERE_SIZE - n, "%s\"%s\"",
					 dot, s->key);
		n += wrote > 0 ? (size_t)wrote : 0;
	}
}

void tl_conf_one_line(char *text)
{
	for (; *text; text++) {
		if (iscntrl((unsigned char)*text))
			*text = '?';
	}
}

static TL_PRINTF(3, 0) void print(const struct conf_reader *r,
				  char line[SERVICE_ERROR_SIZE],
				  const char *format, va_list args)
{
	char where[WHERE_SIZE];
	size_t n;

	print_where(r, where);
	snprintf(line, SERVICE_ERROR_SIZE, "%s, line %u: %s%s", r->file,
		 tl_json_line(r->text, r->path, r->depth), where,
		 where[0] ? " " : "");
	n = strlen(line);
	vsnprintf(line + n, SERVICE_ERROR_SIZE - n, format, args);
	tl_conf_one_line(line);
}

void tl_conf_fail(struct conf_reader *r, const char *format, ...)
{
	va_list args;

	if (r->result)
		return;
	r->result = -EINVAL;
	va_start(args, format);
	print(r, r->error, format, args);
	va_end(args);
}

void tl_conf_warn(struct conf_reader *r, const char *format, ...)
{
	char line[SERVICE_ERROR_SIZE];
	va_list args;

	va_start(args, format);
	print(r, line, format, args);
	va_end(args);
	tl_warn("%s", line);
}

void tl_conf_refuse(struct conf_reader *r, const json_t *v, const char *wanted,
		    const char *example)
{
	char *text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);

	tl_conf_fail(r, "is %.*s, not %s; write for example %s", SHOWN_MAX,
		     text ? text : "something else", wanted, example);
	tl_free(text);
}

static const struct conf_key *find_key(const struct conf_key *keys,
				       const char *name)
{
	for (; keys->key; keys++) {
		if (strcmp(keys->key, name) == 0)
			return keys;
	}
	return NULL;
}

void tl_conf_object(struct conf_reader *r, json_t *v,
		    const struct conf_key *keys, void *out)
{
	const char *name;
	json_t *member;

	if (!tl_conf_is_object(r, v, SIZE_MAX))
		return;
	json_object_foreach(v, name, member)
	{
		const struct conf_key *k = find_key(keys, name);

		tl_conf_enter(r, name);
		if (k)
			k->read(r, member, (unsigned char *)out + k->offset);
		else
			tl_conf_warn(r, "is not known and does nothing");
		tl_conf_leave(r);
	}
}

bool tl_conf_is_object(struct conf_reader *r, json_t *v, size_t max)
{
	if (!json_is_object(v))
		tl_conf_refuse(r, v, "an object", "{}");
	else if (json_object_size(v) > max)
		tl_conf_fail(r, "has %zu entries; %zu are possible",
			     json_object_size(v), max);
	return !r->result;
}

bool tl_conf_is_list(struct conf_reader *r, json_t *v, size_t max)
{
	if (!json_is_array(v))
		tl_conf_refuse(r, v, "a list", "[]");
	else if (json_array_size(v) > max)
		tl_conf_fail(r, "has %zu entries; %zu are possible",
			     json_array_size(v), max);
	return !r->result;
}

size_t tl_conf_list(struct conf_reader *r, json_t *v, conf_fn read,
		    struct endpoint *out, size_t max)
{
	json_t *item;
	size_t i;

	if (!tl_conf_is_list(r, v, max))
		return 0;
	json_array_foreach(v, i, item)
	{
		tl_conf_enter_index(r, i);
		read(r, item, &out[i]);
		tl_conf_leave(r);
	}
	return r->result ? 0 : json_array_size(v);
}

int tl_conf_net_text(struct endpoint *out, const char *text)
{
	struct endpoint e;

	if (!text || !strchr(text, '/') || tl_endpoint_parse(&e, text) ||
	    e.port > tl_endpoint_ip_len(&e) * 8)
		return -EINVAL;
	*out = e;
	return 0;
}

void tl_conf_port(struct conf_reader *r, json_t *v, void *out)
{
	int *port = out;
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > 65535)
		tl_conf_refuse(r, v, "a port, 0 (any) to 65535", "9993");
	else
		*port = (int)n;
}

void tl_conf_bool(struct conf_reader *r, json_t *v, void *out)
{
	bool *is = out;

	if (!json_is_boolean(v))
		tl_conf_refuse(r, v, "true or false", "true");
	else
		*is = json_is_true(v);
}

/* Digits only. */
static bool read_digits(uint64_t *out, const char *text)
{
	char *end;

	if (!text || !isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !*end && !errno;
}

void tl_conf_u64(struct conf_reader *r, json_t *v, void *out)
{
	uint64_t *n = out;

	if (json_is_integer(v) && json_integer_value(v) >= 0)
		*n = (uint64_t)json_integer_value(v);
	else if (!read_digits(n, json_string_value(v)))
		tl_conf_refuse(r, v, "a number from 0 to 2^64-1", "101010");
}

void tl_conf_endpoint(struct conf_reader *r, json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct endpoint e = { 0 };

	if (!text || tl_endpoint_parse(&e, text) || !e.port)
		tl_conf_refuse(r, v, "an IP address and a port",
			       "\"198.51.100.7/9993\"");
	else
		memcpy(out, &e, sizeof(e));
}

void tl_conf_ip(struct conf_reader *r, json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct endpoint e = { 0 };

	if (!text || strchr(text, '/') || tl_endpoint_parse(&e, text))
		tl_conf_refuse(r, v, "an IP address", "\"192.168.1.5\"");
	else
		memcpy(out, &e, sizeof(e));
}

void tl_conf_net(struct conf_reader *r, json_t *v, void *out)
{
	struct endpoint e = { 0 };

	if (tl_conf_net_text(&e, json_string_value(v)))
		tl_conf_refuse(r, v, "an IP network with its prefix length",
			       "\"10.0.0.0/8\"");
	else
		memcpy(out, &e, sizeof(e));
}

static void warn_idle(struct conf_reader *r)
{
	tl_conf_warn(r, "is for the reference's own program and does nothing "
			"here");
}

void tl_conf_idle_text(struct conf_reader *r, json_t *v, void *out TL_UNUSED)
{
	/* What they are by default means that they do nothing. */
	static const char *const defaults[] = { "disable", "release", "none" };
	const char *text = json_string_value(v);
	size_t i;

	if (!text) {
		tl_conf_refuse(r, v, "a text", "\"disable\"");
		return;
	}
	for (i = 0; i < TL_ARRAY_SIZE(defaults); i++) {
		if (strcmp(text, defaults[i]) == 0)
			return;
	}
	warn_idle(r);
}

void tl_conf_idle_bool(struct conf_reader *r, json_t *v, void *out TL_UNUSED)
{
	if (!json_is_boolean(v))
		tl_conf_refuse(r, v, "true or false", "false");
	else if (json_is_true(v))
		warn_idle(r);
}

void tl_conf_idle_number(struct conf_reader *r, json_t *v, void *out TL_UNUSED)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		tl_conf_refuse(r, v, "a number", "1");
	else if (json_integer_value(v) > 1)
		warn_idle(r);
}

void tl_conf_idle_object(struct conf_reader *r, json_t *v, void *out TL_UNUSED)
{
	if (tl_conf_is_object(r, v, SIZE_MAX) && json_object_size(v))
		warn_idle(r);
}
