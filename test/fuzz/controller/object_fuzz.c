/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the store and bodies of POSTs: what is taken must be shown, stored
 * and read again the same.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/body_check.h"
#include "controller/json.h"
#include "controller/member_object.h"
#include "controller/network_object.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct network_id net = { 0x1e80fd6eb40000a1 };
static const struct address addr = { 0xcc85670443 };

static void check_network(const struct network_object *o)
{
	char *text = tl_json_print(o->doc);
	struct network_object *again;

	tl_assert(text);
	tl_assert(tl_network_object_load(&again, net,
					 tl_bytes_from_str(text)) == 0);
	tl_assert(json_equal(again->doc, o->doc));
	tl_free(text);
	tl_network_object_free(again);
}

/* What is refused has a reason, which begins with a field of the body. */
static void check_body(const json_t *body)
{
	struct object_error why;
	char name[sizeof(why.text)];

	why.text[0] = '\0';
	if (tl_body_check_network(body, &why) == 0 &&
	    tl_body_check_member(body, &why) == 0)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(why.text, "[.:"),
		 why.text);
	tl_assert(json_object_get(body, name));
}

static void try_network(struct bytes text, const json_t *body)
{
	struct network_object *base;
	struct network_object *o;
	struct object_error why;

	if (tl_network_object_new(&base, net, 1))
		return;
	if (json_is_object(body) &&
	    tl_network_object_merge(&o, base, body, &why) == 0) {
		check_network(o);
		tl_network_object_free(o);
	}
	tl_network_object_free(base);
	if (tl_network_object_load(&o, net, text) == 0) {
		check_network(o);
		tl_network_object_free(o);
	}
}

static void check_member(const struct member_object *o)
{
	char *text = tl_member_object_text(o);
	json_t *j = tl_json_parse(tl_bytes_from_str(text));
	struct member_object *again;

	tl_assert(text && j);
	tl_assert(tl_member_object_load(&again, net, addr,
					tl_bytes_from_str(text)) == 0);
	tl_assert(tl_member_object_equal(o, again));
	tl_assert(o->revision == again->revision);
	tl_free(text);
	json_decref(j);
	tl_member_object_free(again);
	text = tl_member_object_row(o);
	tl_assert(text);
	tl_assert(tl_member_object_load(&again, net, addr,
					tl_bytes_from_str(text)) == 0);
	tl_assert(tl_member_object_equal(o, again));
	tl_free(text);
	tl_member_object_free(again);
}

static void try_member(struct bytes text, const json_t *body)
{
	struct member_object *o;
	struct object_error why;

	if (tl_member_object_new(&o, net, addr, 1))
		return;
	if (json_is_object(body) &&
	    tl_member_object_merge(o, body, &why, 2) == 0)
		check_member(o);
	tl_member_object_free(o);
	if (tl_member_object_load(&o, net, addr, text) == 0) {
		check_member(o);
		tl_member_object_free(o);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = tl_bytes(data, size);
	json_t *body = tl_json_parse(text);

	if (json_is_object(body))
		check_body(body);
	try_network(text, body);
	try_member(text, body);
	json_decref(body);
	return 0;
}
