/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors/vector.h"

#include <sys/stat.h>

#define DATA_DIR TL_SOURCE_DIR "/test/vectors/data/"

/* Everything handed out, so that leak checkers find it. */
struct kept {
	struct kept *next;
	uint8_t data[];
};

static struct kept *all_kept;
static json_t *roots;

static uint8_t *keep(size_t n)
{
	struct kept *k = malloc(sizeof(*k) + n);

	CHECK(k);
	k->next = all_kept;
	all_kept = k;
	return k->data;
}

json_t *tl_vector_load(const char *name)
{
	char path[512];
	json_error_t error;
	json_t *root;

	snprintf(path, sizeof(path), DATA_DIR "%s.json", name);
	root = json_load_file(path, 0, &error);
	if (!root)
		FAIL("%s: line %d: %s", path, error.line, error.text);
	if (!roots)
		roots = json_array();
	CHECK_EQ(json_array_append_new(roots, root), 0);
	return root;
}

struct bytes tl_vector_file(const char *name)
{
	char path[512];
	struct stat st;
	uint8_t *at;
	FILE *f;

	snprintf(path, sizeof(path), DATA_DIR "%s", name);
	f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) != 0)
		FAIL("cannot read %s", path);
	at = keep((size_t)st.st_size);
	CHECK_EQ(fread(at, 1, (size_t)st.st_size, f), st.st_size);
	fclose(f);
	return tl_bytes(at, (size_t)st.st_size);
}

bool tl_vector_has(const json_t *object, const char *key)
{
	return json_object_get(object, key) != NULL;
}

json_t *tl_vector_get(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		FAIL("no element \"%s\"", key);
	return value;
}

json_t *tl_vector_array(const json_t *object, const char *key)
{
	json_t *value = tl_vector_get(object, key);

	if (json_array_size(value) == 0)
		FAIL("\"%s\" is no array or has no elements", key);
	return value;
}

const char *tl_vector_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(tl_vector_get(object, key));

	if (!text)
		FAIL("\"%s\" is no string", key);
	return text;
}

long long tl_vector_int(const json_t *object, const char *key)
{
	json_t *value = tl_vector_get(object, key);

	if (!json_is_integer(value))
		FAIL("\"%s\" is no integer", key);
	return json_integer_value(value);
}

bool tl_vector_bool(const json_t *object, const char *key)
{
	json_t *value = tl_vector_get(object, key);

	if (!json_is_boolean(value))
		FAIL("\"%s\" is no boolean", key);
	return json_is_true(value);
}

static uint8_t nibble(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	if (!at)
		FAIL("'%c' is no lower-case hexadecimal digit", c);
	return (uint8_t)(at - digits);
}

struct buffer tl_vector_unhex(const char *text)
{
	size_t n = strlen(text) / 2;
	uint8_t *at = keep(n);

	CHECK_EQ(strlen(text) % 2, 0);
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(nibble(text[2 * i]) << 4 |
				  nibble(text[2 * i + 1]));
	return tl_buffer(at, n);
}

struct buffer tl_vector_buffer(const json_t *object, const char *key)
{
	return tl_vector_unhex(tl_vector_text(object, key));
}

struct bytes tl_vector_bytes(const json_t *object, const char *key)
{
	return tl_buffer_bytes(tl_vector_buffer(object, key));
}

const uint8_t *tl_vector_fixed(const json_t *object, const char *key, size_t n)
{
	struct bytes b = tl_vector_bytes(object, key);

	if (b.n != n)
		FAIL("\"%s\" has %zu bytes, not %zu", key, b.n, n);
	return b.at;
}

uint64_t tl_vector_u64(const json_t *object, const char *key)
{
	const char *text = tl_vector_text(object, key);
	uint64_t v = 0;

	if (strlen(text) > 16)
		FAIL("\"%s\" has more than 16 digits", key);
	for (; *text; text++)
		v = v << 4 | nibble(*text);
	return v;
}
