/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/member_object.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

int tl_member_object_new(struct member_object **op, struct network_id network,
			 struct address address, int64_t now)
{
	struct member_object *o = tl_alloc_zeroed(sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->network = network;
	o->address = address;
	o->creation_ms = now;
	o->version = (struct member_version){ -1, -1, -1, -1 };
	*op = o;
	return 0;
}

void tl_member_object_free(struct member_object *o)
{
	if (!o)
		return;
	tl_free(o->ips);
	tl_free(o->tags);
	tl_free(o->capabilities);
	tl_free(o->name);
	tl_free(o->token);
	tl_free(o);
}

/* A copy of @n elements; an array of none is NULL. */
static int copy_array(void *outp, const void *from, size_t n, size_t size)
{
	void *copy = NULL;

	if (n) {
		copy = tl_alloc_array(n, size);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, from, n * size);
	}
	memcpy(outp, &copy, sizeof(copy));
	return 0;
}

static int copy_text(char **outp, const char *from)
{
	*outp = from ? tl_strdup(from) : NULL;
	return from && !*outp ? -ENOMEM : 0;
}

int tl_member_object_copy(struct member_object **op,
			  const struct member_object *o)
{
	struct member_object *c = tl_alloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = *o;
	c->ips = NULL;
	c->tags = NULL;
	c->capabilities = NULL;
	c->name = NULL;
	c->token = NULL;
	if (copy_array(&c->ips, o->ips, o->n_ips, sizeof(*o->ips)) ||
	    copy_array(&c->tags, o->tags, o->n_tags, sizeof(*o->tags)) ||
	    copy_array(&c->capabilities, o->capabilities, o->n_capabilities,
		       sizeof(*o->capabilities)) ||
	    copy_text(&c->name, o->name) || copy_text(&c->token, o->token)) {
		tl_member_object_free(c);
		return -ENOMEM;
	}
	*op = c;
	return 0;
}

/* Room for one element more in the array at @arrayp. */
static int grow(void *arrayp, size_t n, size_t max, size_t size)
{
	void *array;

	if (n >= max)
		return -ENOSPC;
	memcpy(&array, arrayp, sizeof(array));
	array = tl_realloc(array, (n + 1) * size);
	if (!array)
		return -ENOMEM;
	memcpy(arrayp, &array, sizeof(array));
	return 0;
}

int tl_member_object_add_ip(struct member_object *o, const struct endpoint *ip)
{
	size_t i;
	int err;

	for (i = 0; i < o->n_ips; i++) {
		if (tl_endpoint_same_ip(&o->ips[i], ip))
			return 0;
	}
	err = grow(&o->ips, o->n_ips, MEMBER_MAX_IPS, sizeof(*o->ips));
	if (err)
		return err;
	o->ips[o->n_ips] = *ip;
	o->ips[o->n_ips++].port = 0;
	return 0;
}

int tl_member_object_set_tag(struct member_object *o, uint32_t id,
			     uint32_t value)
{
	size_t i = 0;
	int err;

	while (i < o->n_tags && o->tags[i].id < id)
		i++;
	if (i < o->n_tags && o->tags[i].id == id) {
		o->tags[i].value = value;
		return 0;
	}
	err = grow(&o->tags, o->n_tags, MEMBER_MAX_TAGS, sizeof(*o->tags));
	if (err)
		return err;
	memmove(&o->tags[i + 1], &o->tags[i],
		(o->n_tags - i) * sizeof(*o->tags));
	o->tags[i] = (struct member_tag){ .id = id, .value = value };
	o->n_tags++;
	return 0;
}

int tl_member_object_add_capability(struct member_object *o, uint32_t id)
{
	size_t i = 0;
	int err;

	while (i < o->n_capabilities && o->capabilities[i] < id)
		i++;
	if (i < o->n_capabilities && o->capabilities[i] == id)
		return 0;
	err = grow(&o->capabilities, o->n_capabilities, MEMBER_MAX_CAPABILITIES,
		   sizeof(*o->capabilities));
	if (err)
		return err;
	memmove(&o->capabilities[i + 1], &o->capabilities[i],
		(o->n_capabilities - i) * sizeof(*o->capabilities));
	o->capabilities[i] = id;
	o->n_capabilities++;
	return 0;
}

const struct member_tag *
tl_member_object_find_tag(const struct member_object *o, uint32_t id)
{
	size_t i;

	for (i = 0; i < o->n_tags; i++) {
		if (o->tags[i].id == id)
			return &o->tags[i];
	}
	return NULL;
}

int tl_member_object_authorize(struct member_object *o, enum member_grant grant,
			       const char *token, int64_t now)
{
	char *copy;

	if (copy_text(&copy, token))
		return -ENOMEM;
	tl_free(o->token);
	o->token = copy;
	o->authorized = true;
	o->grant = grant;
	o->last_authorized_ms = now;
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_lists(const struct member_object *a,
		       const struct member_object *b)
{
	size_t i;

	if (a->n_ips != b->n_ips || a->n_tags != b->n_tags ||
	    a->n_capabilities != b->n_capabilities)
		return false;
	for (i = 0; i < a->n_ips; i++) {
		if (!tl_endpoint_same_ip(&a->ips[i], &b->ips[i]))
			return false;
	}
	for (i = 0; i < a->n_tags; i++) {
		if (a->tags[i].id != b->tags[i].id ||
		    a->tags[i].value != b->tags[i].value)
			return false;
	}
	for (i = 0; i < a->n_capabilities; i++) {
		if (a->capabilities[i] != b->capabilities[i])
			return false;
	}
	return true;
}

static bool same_version(const struct member_version *a,
			 const struct member_version *b)
{
	return a->major == b->major && a->minor == b->minor &&
	       a->revision == b->revision && a->protocol == b->protocol;
}

bool tl_member_object_equal(const struct member_object *a,
			    const struct member_object *b)
{
	return a->has_identity == b->has_identity &&
	       memcmp(a->pub, b->pub, sizeof(a->pub)) == 0 &&
	       a->authorized == b->authorized &&
	       a->active_bridge == b->active_bridge &&
	       a->no_auto_ips == b->no_auto_ips &&
	       a->sso_exempt == b->sso_exempt && a->grant == b->grant &&
	       a->creation_ms == b->creation_ms &&
	       a->last_authorized_ms == b->last_authorized_ms &&
	       a->last_deauthorized_ms == b->last_deauthorized_ms &&
	       a->auth_expiry_ms == b->auth_expiry_ms &&
	       a->trace_target.v == b->trace_target.v &&
	       a->trace_level == b->trace_level &&
	       same_version(&a->version, &b->version) &&
	       same_text(a->name, b->name) && same_text(a->token, b->token) &&
	       same_lists(a, b);
}
