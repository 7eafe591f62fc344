/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/world_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "cli/cmd.h"

json_t *tl_cli_key_json(const uint8_t key[64])
{
	char text[KEY_TEXT_SIZE];
	json_t *json;

	tl_hex_encode(text, tl_bytes(key, 64));
	json = json_string(text);
	tl_wipe(text, sizeof(text));
	return json;
}

static json_t *root_json(const struct world_root *root)
{
	char text[IDENTITY_TEXT_SIZE];
	json_t *endpoints = json_array();
	unsigned int i;

	for (i = 0; i < root->n_endpoints; i++)
		json_array_append_new(endpoints,
				      json_string(tl_endpoint_print(
					      text, &root->endpoints[i])));
	tl_identity_print(text, &root->identity, false);
	return json_pack("{s:s, s:o}", "identity", text, "stableEndpoints",
			 endpoints);
}

json_t *tl_cli_roots_json(const struct world *w)
{
	json_t *roots = json_array();
	unsigned int i;

	for (i = 0; i < w->n_roots; i++)
		json_array_append_new(roots, root_json(&w->roots[i]));
	return roots;
}

bool tl_cli_add_endpoint(struct world_root *root, const char *text)
{
	struct endpoint e;

	if (tl_endpoint_parse(&e, text) != 0 || e.family == 0 || e.port == 0) {
		tl_cli_fail(EXIT_FAILED,
			    "\"%s\" is no endpoint; one looks like "
			    "192.0.2.1/9993 or 2001:db8::1/9993",
			    text);
		return false;
	}
	if (root->n_endpoints == WORLD_MAX_ENDPOINTS) {
		tl_cli_fail(EXIT_FAILED,
			    "a root cannot have more than %d endpoints",
			    WORLD_MAX_ENDPOINTS);
		return false;
	}
	root->endpoints[root->n_endpoints++] = e;
	return true;
}

static bool read_root(struct world *w, const json_t *json, const char *name)
{
	const char *identity = tl_cli_str(json, "identity", "");
	const json_t *endpoints = json_object_get(json, "stableEndpoints");
	struct world_root *root;
	size_t i;

	if (w->n_roots == WORLD_MAX_ROOTS) {
		tl_cli_fail(EXIT_FAILED, "%s has more than %d roots", name,
			    WORLD_MAX_ROOTS);
		return false;
	}
	root = &w->roots[w->n_roots++];
	if (tl_identity_parse(&root->identity, tl_bytes_from_str(identity)) !=
	    0) {
		tl_cli_fail(EXIT_FAILED,
			    "root %u in %s has no valid \"identity\"",
			    w->n_roots, name);
		return false;
	}
	for (i = 0; i < json_array_size(endpoints); i++) {
		const char *e = json_string_value(json_array_get(endpoints, i));

		if (!tl_cli_add_endpoint(root, e ? e : ""))
			return false;
	}
	return true;
}

static bool read_key(uint8_t out[64], const json_t *json, const char *field,
		     const char *name)
{
	const char *text = tl_cli_str(json, field, "");

	if (tl_hex_decode(out, 64, tl_bytes_from_str(text)) == 0)
		return true;
	tl_cli_fail(EXIT_FAILED, "\"%s\" in %s is not 128 hexadecimal digits",
		    field, name);
	return false;
}

static bool read_type_and_id(struct world *out, const json_t *json,
			     const char *name)
{
	const char *type = tl_cli_str(json, "worldType", "");
	const char *id = tl_cli_str(json, "id", "");
	size_t n = strlen(id);

	if (strcmp(type, "moon") == 0)
		out->type = WORLD_MOON;
	else if (strcmp(type, "planet") == 0)
		out->type = WORLD_PLANET;
	if (out->type == WORLD_NULL ||
	    strcmp(tl_cli_str(json, "objtype", "world"), "world") != 0) {
		tl_cli_fail(EXIT_FAILED,
			    "%s defines no world: \"worldType\" must be moon "
			    "or planet",
			    name);
		return false;
	}
	if (n < 1 || n > 16 ||
	    tl_hex_to_u64(&out->id, n, tl_bytes_from_str(id)) != 0 ||
	    out->id == 0) {
		tl_cli_fail(EXIT_FAILED,
			    "\"id\" in %s is no world's id: 10 hexadecimal "
			    "digits, not zero",
			    name);
		return false;
	}
	return true;
}

int tl_cli_definition_read(struct world *out, struct key_pair *sign,
			   const json_t *json, const char *name)
{
	const json_t *roots = json_object_get(json, "roots");
	size_t i;

	memset(out, 0, sizeof(*out));
	if (!read_type_and_id(out, json, name) ||
	    !read_key(sign->pub, json, "signingKey", name) ||
	    !read_key(sign->priv, json, "signingKey_SECRET", name) ||
	    !read_key(out->update_key, json, "updatesMustBeSignedBy", name))
		return EXIT_FAILED;
	if (json_array_size(roots) == 0)
		return tl_cli_fail(EXIT_FAILED, "%s has no \"roots\"", name);
	for (i = 0; i < json_array_size(roots); i++)
		if (!read_root(out, json_array_get(roots, i), name))
			return EXIT_FAILED;
	return EXIT_OK;
}

static int by_endpoint(const void *a, const void *b)
{
	return tl_endpoint_compare(a, b);
}

static int by_identity(const void *a, const void *b)
{
	const struct world_root *x = a;
	const struct world_root *y = b;

	return tl_identity_compare(&x->identity, &y->identity);
}

static void sort_endpoints(struct world_root *root)
{
	unsigned int n = 0;
	unsigned int i;

	qsort(root->endpoints, root->n_endpoints, sizeof(root->endpoints[0]),
	      by_endpoint);
	for (i = 0; i < root->n_endpoints; i++)
		if (n == 0 || !tl_endpoint_equal(&root->endpoints[n - 1],
						 &root->endpoints[i]))
			root->endpoints[n++] = root->endpoints[i];
	root->n_endpoints = n;
}

void tl_cli_world_sort(struct world *w)
{
	unsigned int i;

	qsort(w->roots, w->n_roots, sizeof(w->roots[0]), by_identity);
	for (i = 0; i < w->n_roots; i++)
		sort_endpoints(&w->roots[i]);
}

struct bytes tl_cli_world_bytes(uint8_t *out, const struct world *w)
{
	struct writer writer = tl_writer(tl_buffer(out, WORLD_WIRE_MAX));

	tl_write_world(&writer, w);
	tl_assert(tl_writer_ok(&writer)); /* room for the largest world */
	return tl_writer_bytes(&writer);
}
