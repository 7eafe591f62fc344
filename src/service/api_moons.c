/* SPDX-License-Identifier: Apache-2.0 */
/* api_moons.c - /moon of the HTTP interface (api.md 2.6) */
#include "service/api_moons.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static json_t *hex_json(const uint8_t *at, size_t n)
{
	char text[2 * SIGNATURE_LEN + 1];

	tl_assert(n <= SIGNATURE_LEN);
	tl_hex_encode(text, tl_bytes(at, n));
	return json_string(text);
}

static json_t *root_json(const struct world_root *root)
{
	char text[IDENTITY_TEXT_SIZE];
	json_t *endpoints = json_array();
	json_t *o = json_object();
	unsigned int i;

	for (i = 0; i < root->n_endpoints; i++)
		json_array_append_new(endpoints,
				      json_string(tl_endpoint_print(
					      text, &root->endpoints[i])));
	json_object_set_new(
		o, "identity",
		json_string(tl_identity_print(text, &root->identity, false)));
	json_object_set_new(o, "stableEndpoints", endpoints);
	return o;
}

static json_t *moon_json(const struct node_moon *m)
{
	const struct world *w = m->world;
	json_t *roots = json_array();
	json_t *o = json_object();
	char text[24];
	unsigned int i;

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)m->id);
	json_object_set_new(o, "id", json_string(text));
	json_object_set_new(o, "timestamp",
			    json_integer(w ? (json_int_t)w->timestamp : 0));
	json_object_set_new(o, "signature",
			    w ? hex_json(w->signature.b, sizeof(w->signature.b))
			      : json_null());
	json_object_set_new(o, "updatesMustBeSignedBy",
			    w ? hex_json(w->update_key, sizeof(w->update_key))
			      : json_null());
	for (i = 0; w && i < w->n_roots; i++)
		json_array_append_new(roots, root_json(&w->roots[i]));
	json_object_set_new(o, "roots", roots);
	json_object_set_new(o, "waiting", json_boolean(!w));
	if (!w)
		json_object_set_new(
			o, "seed",
			json_string(tl_address_print(text, m->seed)));
	return o;
}

json_t *tl_api_moons(const struct service *s)
{
	json_t *list = json_array();
	struct node_moon m;
	size_t i;

	for (i = 0; tl_node_moon_at(s->node, i, &m); i++)
		json_array_append_new(list, moon_json(&m));
	return list;
}

/* Zero if there is none; false if it is something else than an address. */
static bool read_seed(struct address *out, struct bytes body)
{
	json_t *json = json_loadb((const char *)body.at, body.n, 0, NULL);
	const json_t *seed = json_object_get(json, "seed");
	const char *text = json_string_value(seed);
	size_t n = text ? strlen(text) : 0;
	bool is_good = !seed || json_is_null(seed);

	out->v = 0;
	if (n >= 1 && n < ADDRESS_TEXT_SIZE)
		is_good = tl_hex_to_u64(&out->v, n, tl_bytes_from_str(text)) ==
			  0;
	json_decref(json);
	return is_good;
}

static json_t *refusal(int err)
{
	const char *why = err == -ENOBUFS  ? "too many moons"
			  : err == -ENOMEM ? "out of memory"
			  : err == -EINVAL ? "the seed cannot be a root, or "
					     "the file in moons.d is no moon"
					   : "the file in moons.d cannot be "
					     "used; see the log";

	return json_pack("{s:s}", "error", why);
}

json_t *tl_api_moon(struct service *s, enum http_method method,
		    const char *digits, struct bytes body, unsigned int *status)
{
	struct node_moon m;
	struct address seed;
	struct address id;
	int r = 0;

	if (tl_address_parse(&id, tl_bytes_from_str(digits))) {
		*status = 404;
		return NULL;
	}
	if (method == HTTP_DELETE) {
		tl_moons_deorbit(s, id.v);
		return json_pack("{s:b}", "result", true);
	}
	if (method == HTTP_POST && !read_seed(&seed, body)) {
		*status = 400;
		return json_pack("{s:s}", "error",
				 "seed: not an address of up to ten "
				 "hexadecimal digits");
	}
	if (method == HTTP_POST)
		r = tl_moons_orbit(s, id.v, seed);
	if (r && r != -ENOENT) {
		*status = 400;
		return refusal(r);
	}
	return tl_moons_find(s, id.v, &m) ? moon_json(&m) : json_object();
}
