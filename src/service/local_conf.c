/* SPDX-License-Identifier: Apache-2.0 */
#include "service/local_conf.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "service/failure.h"

#define FILE_MAX (1 << 20)

/* Interfaces that are never the way to other nodes (vl1.md 7.15). */
static const char *const virtual_interfaces[] = { "zt", "tun", "tap" };

static int read_port(const json_t *settings, const char *key, int otherwise)
{
	const json_t *v = json_object_get(settings, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > 65535)
		return otherwise;
	return (int)json_integer_value(v);
}

static bool read_bool(const json_t *settings, const char *key, bool otherwise)
{
	const json_t *v = json_object_get(settings, key);

	return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

/* Texts of an array as addresses; what does not parse is left out. */
static size_t read_addresses(const json_t *list, struct endpoint *out,
			     size_t max)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < json_array_size(list) && n < max; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text && tl_endpoint_parse(&out[n], text) == 0)
			n++;
	}
	return n;
}

static void read_blacklist(struct local_conf *c, json_t *physical)
{
	const char *net;
	json_t *entry;

	json_object_foreach(physical, net, entry)
	{
		if (c->n_blacklist < LOCAL_CONF_NETS_MAX &&
		    json_is_true(json_object_get(entry, "blacklist")) &&
		    tl_endpoint_parse(&c->blacklist[c->n_blacklist], net) == 0)
			c->n_blacklist++;
	}
}

static void read_prefixes(struct local_conf *c, const json_t *list)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(virtual_interfaces); i++)
		c->skip_prefixes[n++] = virtual_interfaces[i];
	for (i = 0; i < json_array_size(list) && n < LOCAL_CONF_PREFIXES_MAX;
	     i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text && text[0])
			c->skip_prefixes[n++] = text;
	}
	c->skip_prefixes[n] = NULL;
}

static void read_settings(struct local_conf *c)
{
	const json_t *s = json_object_get(c->json, "settings");

	c->primary_port = read_port(s, "primaryPort", -1);
	c->secondary_port = read_port(s, "secondaryPort", 0);
	c->allow_secondary_port = read_bool(s, "allowSecondaryPort", true);
	c->allow_loopback_paths = read_bool(s, "allowLoopbackPaths", false);
	c->n_bind = read_addresses(json_object_get(s, "bind"), c->bind,
				   LOCAL_CONF_BIND_MAX);
	c->n_management =
		read_addresses(json_object_get(s, "allowManagementFrom"),
			       c->management, LOCAL_CONF_NETS_MAX);
	read_prefixes(c, json_object_get(s, "interfacePrefixBlacklist"));
	read_blacklist(c, json_object_get(c->json, "physical"));
}

int tl_local_conf_load(struct local_conf *c, const struct home *h,
		       char error[SERVICE_ERROR_SIZE])
{
	struct buffer text;
	json_error_t why;
	int r;

	memset(c, 0, sizeof(*c));
	r = tl_home_load(h, "local.conf", &text, FILE_MAX);
	if (r == -ENOENT) {
		c->json = json_object();
	} else if (r) {
		return tl_failure(error, r, "cannot read %s/local.conf: %s",
				  h->path, strerror(-r));
	} else {
		c->json = json_loadb((const char *)text.at, text.n, 0, &why);
		tl_free(text.at);
		if (!json_is_object(c->json)) {
			r = tl_failure(error, -EINVAL,
				       "%s/local.conf is not a JSON object "
				       "(line %d: %s); correct it or move it "
				       "away",
				       h->path, c->json ? 1 : why.line,
				       c->json ? "another type" : why.text);
			json_decref(c->json);
			c->json = NULL;
			return r;
		}
	}
	read_settings(c);
	return 0;
}

void tl_local_conf_fini(struct local_conf *c)
{
	json_decref(c->json);
	c->json = NULL;
}

bool tl_local_conf_contains(const struct endpoint *nets, size_t n,
			    const struct endpoint *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (tl_endpoint_contains(&nets[i], e))
			return true;
	}
	return false;
}
