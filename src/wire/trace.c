/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/trace.h"

#include <stdio.h>
#include <string.h>

#include "wire/dictionary.h"

#define KEY_MAX 32
#define VALUE_MAX 512
#define HEX_MAX 32
#define NUMBER_LEN 16

bool tl_read_trace(struct reader *r, struct bytes *dict)
{
	const uint8_t *end;
	size_t n;

	if (r->failed || !r->rest.n)
		return false;
	end = memchr(r->rest.at, 0, r->rest.n);
	n = end ? (size_t)(end - r->rest.at) : 0;
	if (n == 0 || n > TRACE_DICT_MAX) {
		tl_reader_fail(r);
		return false;
	}
	*dict = tl_read_slice(r, n);
	tl_read_skip(r, 1);
	return tl_reader_ok(r);
}

unsigned int tl_trace_event(struct bytes dict)
{
	uint64_t event = tl_dict_get_uint(dict, "event", 0);

	return event <= 0xffff ? (unsigned int)event : 0;
}

const char *tl_trace_event_text(unsigned int event)
{
	switch (event) {
	case 0x1000:
		return "paths reset";
	case 0x1001:
		return "unknown path is being confirmed";
	case TRACE_PATH_LEARNED:
		return "path learned";
	case 0x1003:
		return "peer redirected";
	case 0x1004:
		return "authentication failed";
	case 0x1005:
		return "invalid packet";
	case TRACE_FRAME_NOT_SENT:
		return "frame not sent";
	case TRACE_ACCESS_DENIED:
		return "packet of one who is no member";
	case TRACE_FRAME_NOT_TAKEN:
		return "frame not taken";
	case TRACE_CREDENTIAL_REJECTED:
		return "credential rejected";
	case 0x2005:
		return "configuration asked for";
	case TRACE_FILTER:
		return "frame judged by the rules";
	default:
		return "unknown event";
	}
}

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_number(struct bytes v)
{
	size_t i;

	for (i = 0; i < v.n; i++) {
		if (!is_hex_digit(v.at[i]))
			return false;
	}
	return v.n == NUMBER_LEN;
}

static bool is_printable(struct bytes v)
{
	size_t i;

	for (i = 0; i < v.n; i++) {
		if (v.at[i] < ' ' || v.at[i] > '~')
			return false;
	}
	return true;
}

/* How many digits a number has at least: those that name something are whole,
 * as people and other commands write them. */
static size_t least_digits(const char *key)
{
	static const struct {
		const char *key;
		size_t n;
	} names[] = {
		{ "networkId", 16 },
		{ "networkControllerId", 10 },
		{ "remoteZtAddr", 10 },
		{ "sourceZtAddr", 10 },
		{ "destZtAddr", 10 },
		{ "credIssuedTo", 10 },
		{ "credRevocationTarget", 10 },
		{ "sourceMac", 12 },
		{ "destMac", 12 },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (strcmp(names[i].key, key) == 0)
			return names[i].n;
	}
	return 1;
}

/* A value as it is shown. @out: room for VALUE_MAX + 1 characters. */
static void print_value(char *out, const char *key, struct bytes v)
{
	size_t least = least_digits(key);
	size_t i;

	if (is_number(v)) {
		while (v.n > least && v.at[0] == '0')
			v = tl_bytes_skip(v, 1);
	}
	if (is_printable(v)) {
		memcpy(out, v.at, v.n);
		out[v.n] = '\0';
		return;
	}
	while (v.n && v.at[v.n - 1] == 0)
		v.n--;
	v = tl_bytes_first(v, HEX_MAX);
	for (i = 0; i < v.n; i++)
		snprintf(out + 2 * i, 3, "%02x", v.at[i]);
	out[2 * v.n] = '\0';
}

/* The key of the line, as text. False if it has none that we would show. */
static bool read_key(char out[KEY_MAX + 1], struct bytes line)
{
	const uint8_t *end = line.n ? memchr(line.at, '=', line.n) : NULL;
	size_t n = end ? (size_t)(end - line.at) : 0;

	if (n == 0 || n > KEY_MAX || !is_printable(tl_bytes(line.at, n)))
		return false;
	memcpy(out, line.at, n);
	out[n] = '\0';
	return true;
}

static struct bytes next_line(struct bytes *rest)
{
	const uint8_t *end = memchr(rest->at, '\n', rest->n);
	size_t n = end ? (size_t)(end - rest->at) : rest->n;
	struct bytes line = tl_bytes(rest->at, n);

	*rest = tl_bytes_skip(*rest, end ? n + 1 : n);
	return line;
}

char *tl_trace_print(char out[TRACE_TEXT_MAX], struct bytes dict)
{
	uint8_t room[VALUE_MAX];
	char text[VALUE_MAX + 1];
	char key[KEY_MAX + 1];
	struct bytes rest = dict;
	size_t used = 0;

	out[0] = '\0';
	while (rest.n) {
		struct bytes line = next_line(&rest);
		size_t n = 0;

		if (!read_key(key, line) || strcmp(key, "event") == 0 ||
		    !tl_dict_get(line, key, TL_BUFFER_OF(room), &n))
			continue;
		print_value(text, key, tl_bytes(room, n));
		if (strlen(key) + strlen(text) + 3 > TRACE_TEXT_MAX - used)
			break;
		used += (size_t)snprintf(out + used, TRACE_TEXT_MAX - used,
					 "%s%s=%s", used ? " " : "", key, text);
	}
	return out;
}
