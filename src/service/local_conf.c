/* SPDX-License-Identifier: Apache-2.0 */
#include "service/local_conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "service/conf_reader.h"
#include "service/failure.h"
#include "service/spin.h"
#include "wire/header.h"

#define DEFAULT_BUSY_POLL_US 50
#define FILE_MAX (1 << 20)
#define NAME_CHARS                                                             \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"

/* Interfaces that are never the way to other nodes (vl1.md 7.15). */
static const char *const own_prefixes[LOCAL_CONF_OWN_PREFIXES] = { "zt", "tun",
								   "tap" };

static void read_bind(struct conf_reader *r, json_t *v, void *out)
{
	struct local_conf *c = out;

	c->n_bind =
		tl_conf_list(r, v, tl_conf_ip, c->bind, LOCAL_CONF_BIND_MAX);
}

static void read_management(struct conf_reader *r, json_t *v, void *out)
{
	struct local_conf *c = out;

	c->n_management = tl_conf_list(r, v, tl_conf_net, c->management,
				       LOCAL_CONF_NETS_MAX);
}

static void read_prefixes(struct conf_reader *r, json_t *v, void *out)
{
	struct local_conf *c = out;
	size_t n = LOCAL_CONF_OWN_PREFIXES;
	json_t *item;
	size_t i;

	if (!tl_conf_is_list(r, v, LOCAL_CONF_PREFIXES_MAX))
		return;
	json_array_foreach(v, i, item)
	{
		const char *text = json_string_value(item);

		tl_conf_enter_index(r, i);
		if (!text || !text[0])
			tl_conf_refuse(r, item, "the beginning of a name",
				       "\"docker\"");
		else
			c->skip_prefixes[n++] = text;
		tl_conf_leave(r);
	}
}

/* One whose last label is a number is an address that is wrong. */
static bool is_host_name(const char *text, size_t n)
{
	size_t last = n;

	while (last && text[last - 1] >= '0' && text[last - 1] <= '9')
		last--;
	return n && n < LOCAL_CONF_NAME_SIZE && strspn(text, NAME_CHARS) == n &&
	       last && text[last - 1] != '.';
}

/* "NAME/PORT" */
static bool read_named_relay(struct local_conf *c, const char *text)
{
	const char *slash = strrchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : 0;
	struct endpoint any;
	char port[16];

	if (!is_host_name(text, n) || strlen(slash) > 6)
		return false;
	/* The port is read as that of an address. */
	snprintf(port, sizeof(port), "0.0.0.0%s", slash);
	if (tl_endpoint_parse(&any, port) || !any.port)
		return false;
	memcpy(c->tcp_relay_name, text, n);
	c->tcp_relay = (struct endpoint){ .port = any.port };
	return true;
}

static void read_tcp_relay(struct conf_reader *r, json_t *v, void *out)
{
	const char *text = json_string_value(v);
	struct local_conf *c = out;

	if (!text || !read_named_relay(c, text))
		tl_conf_endpoint(r, v, &c->tcp_relay);
}

static void read_busy_poll(struct conf_reader *r, json_t *v, void *out)
{
	json_int_t us = json_integer_value(v);
	int *busy_poll_us = out;

	if (!json_is_integer(v) || us < 0 || us > SPIN_LIMIT_US)
		tl_conf_refuse(r, v, "a number of microseconds, 0 to 1000",
			       "50");
	else
		*busy_poll_us = (int)us;
}

static void read_file_name(struct conf_reader *r, json_t *v, void *out)
{
	const char *text = json_string_value(v);
	size_t n = text ? strlen(text) : 0;

	if (!n || n >= LOCAL_CONF_NAME_SIZE)
		tl_conf_refuse(r, v, "the name of a file",
			       "\"/etc/ssl/node.pem\"");
	else
		memcpy(out, text, n + 1);
}

#define AT(member) offsetof(struct local_conf, member)

/* vl1.md 11.3, api.md 4.4. */
static const struct conf_key setting_keys[] = {
	{ "primaryPort", tl_conf_port, AT(primary_port) },
	{ "secondaryPort", tl_conf_port, AT(secondary_port) },
	{ "tertiaryPort", tl_conf_port, AT(tertiary_port) },
	{ "allowSecondaryPort", tl_conf_bool, AT(allow_secondary_port) },
	{ "allowLoopbackPaths", tl_conf_bool, AT(allow_loopback_paths) },
	{ "allowLanDiscovery", tl_conf_bool, AT(allow_lan_discovery) },
	{ "portMappingEnabled", tl_conf_bool, AT(port_mapping_enabled) },
	{ "allowTcpFallbackRelay", tl_conf_bool, AT(allow_tcp_relay) },
	{ "forceTcpRelay", tl_conf_bool, AT(force_tcp_relay) },
	{ "tcpFallbackRelay", read_tcp_relay, 0 },
	{ "lowBandwidthMode", tl_conf_bool, AT(is_low_bandwidth) },
	{ "busyPoll", read_busy_poll, AT(busy_poll_us) },
	{ "bind", read_bind, 0 },
	{ "interfacePrefixBlacklist", read_prefixes, 0 },
	{ "allowManagementFrom", read_management, 0 },
	{ "tlsCertificate", read_file_name, AT(tls_certificate) },
	{ "tlsKey", read_file_name, AT(tls_key) },
	{ "tlsPort", tl_conf_port, AT(tls_port) },
	{ "softwareUpdate", tl_conf_idle_text, 0 },
	{ "softwareUpdateChannel", tl_conf_idle_text, 0 },
	{ "softwareUpdateDist", tl_conf_idle_bool, 0 },
	{ "multicoreEnabled", tl_conf_idle_bool, 0 },
	{ "cpuPinningEnabled", tl_conf_idle_bool, 0 },
	{ "enableWebServer", tl_conf_idle_bool, 0 },
	{ "controllerDbPath", tl_conf_idle_text, 0 },
	{ "ssoRedirectURL", tl_conf_idle_text, 0 },
	{ "defaultBondingPolicy", tl_conf_idle_text, 0 },
	{ "concurrency", tl_conf_idle_number, 0 },
	{ "controllerDb", tl_conf_idle_object, 0 },
	{ "redis", tl_conf_idle_object, 0 },
	{ "policies", tl_conf_idle_object, 0 },
	{ "peerSpecificBonds", tl_conf_idle_object, 0 },
	{ NULL, NULL, 0 },
};

static void read_settings(struct conf_reader *r, json_t *v, void *out)
{
	tl_conf_object(r, v, setting_keys, out);
}

/* One entry of "physical". */
struct physical {
	bool is_blacklisted;
	uint64_t trusted_path;
	size_t mtu;
};

/* Beyond the ends of what a path can have it is the end. */
static void read_mtu(struct conf_reader *r, json_t *v, void *out)
{
	size_t *mtu = out;
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0) {
		tl_conf_refuse(r, v, "a number of bytes, 0 for the default",
			       "1400");
		return;
	}
	*mtu = n ? TL_MAX(TL_MIN((size_t)n, (size_t)MTU_MAX), (size_t)MTU_MIN)
		 : 0;
	if (n && (json_int_t)*mtu != n)
		tl_conf_warn(r, "the nearest that is possible, %zu, is taken",
			     *mtu);
}

static const struct conf_key physical_keys[] = {
	{ "blacklist", tl_conf_bool,
	  offsetof(struct physical, is_blacklisted) },
	{ "trustedPathId", tl_conf_u64,
	  offsetof(struct physical, trusted_path) },
	{ "mtu", read_mtu, offsetof(struct physical, mtu) },
	{ NULL, NULL, 0 },
};

static void add_physical(struct conf_reader *r, struct local_conf *c,
			 const struct endpoint *net, const struct physical *p)
{
	if (!net->port && (p->is_blacklisted || p->trusted_path)) {
		tl_conf_fail(r, "would mean all addresses there are; give a "
				"prefix length above 0");
		return;
	}
	if (p->is_blacklisted)
		c->blacklist[c->n_blacklist++] = *net;
	if (p->trusted_path || p->mtu)
		c->nets[c->n_nets++] =
			(struct local_net){ *net, p->trusted_path, p->mtu };
}

static void read_physical(struct conf_reader *r, json_t *v, void *out)
{
	const char *text;
	json_t *entry;

	if (!tl_conf_is_object(r, v, LOCAL_CONF_NETS_MAX))
		return;
	json_object_foreach(v, text, entry)
	{
		struct physical p = { 0 };
		struct endpoint net;

		tl_conf_enter(r, text);
		if (tl_conf_net_text(&net, text))
			tl_conf_fail(r, "is no IP network; give address and "
					"prefix length, as in 10.0.0.0/8");
		tl_conf_object(r, entry, physical_keys, &p);
		if (!r->result)
			add_physical(r, out, &net, &p);
		tl_conf_leave(r);
	}
}

static void read_try(struct conf_reader *r, json_t *v, void *out)
{
	struct local_list *list = out;

	list->n = tl_conf_list(r, v, tl_conf_endpoint, list->e,
			       LOCAL_CONF_OF_PEER_MAX);
}

static void read_networks(struct conf_reader *r, json_t *v, void *out)
{
	struct local_list *list = out;

	list->n = tl_conf_list(r, v, tl_conf_net, list->e,
			       LOCAL_CONF_OF_PEER_MAX);
}

static const struct conf_key virtual_keys[] = {
	{ "try", read_try, offsetof(struct local_peer, try_at) },
	{ "blacklist", read_networks, offsetof(struct local_peer, blacklist) },
	{ NULL, NULL, 0 },
};

static void read_virtual(struct conf_reader *r, json_t *v, void *out)
{
	struct local_conf *c = out;
	const char *text;
	json_t *entry;

	if (!tl_conf_is_object(r, v, LOCAL_CONF_PEERS_MAX) ||
	    !json_object_size(v))
		return;
	c->peers = tl_alloc_array(json_object_size(v), sizeof(*c->peers));
	if (!c->peers) {
		r->result = -ENOMEM;
		return;
	}
	json_object_foreach(v, text, entry)
	{
		struct local_peer *p = &c->peers[c->n_peers];

		tl_conf_enter(r, text);
		*p = (struct local_peer){ 0 };
		if (tl_address_parse(&p->address, tl_bytes_from_str(text)))
			tl_conf_fail(r, "is no node's address; give ten digits "
					"of 0-9 and a-f");
		tl_conf_object(r, entry, virtual_keys, p);
		c->n_peers++;
		tl_conf_leave(r);
	}
}

static const struct conf_key file_keys[] = {
	{ "settings", read_settings, 0 },
	{ "physical", read_physical, 0 },
	{ "virtual", read_virtual, 0 },
	{ NULL, NULL, 0 },
};

static void set_defaults(struct local_conf *c)
{
	memset(c, 0, sizeof(*c));
	c->primary_port = -1;
	c->allow_secondary_port = true;
	c->busy_poll_us = DEFAULT_BUSY_POLL_US;
	c->allow_lan_discovery = true;
	c->port_mapping_enabled = true;
	c->allow_tcp_relay = true;
	memcpy(c->skip_prefixes, own_prefixes, sizeof(own_prefixes));
}

int tl_local_conf_parse(struct local_conf *c, struct bytes text,
			const char *file, char error[SERVICE_ERROR_SIZE])
{
	struct conf_reader r = { .file = file, .text = text, .error = error };
	json_error_t why;

	set_defaults(c);
	c->json = json_loadb((const char *)text.at, text.n,
			     JSON_REJECT_DUPLICATES, &why);
	if (!c->json) {
		tl_failure(error, -EINVAL,
			   "%s, line %d, column %d: %s; correct it, or move "
			   "the file away",
			   file, why.line, why.column, why.text);
		/* It quotes the file. */
		tl_conf_one_line(error);
		return -EINVAL;
	}
	tl_conf_object(&r, c->json, file_keys, c);
	if (r.result == -ENOMEM)
		tl_failure(error, -ENOMEM, "out of memory");
	if (r.result)
		tl_local_conf_fini(c);
	return r.result;
}

int tl_local_conf_load(struct local_conf *c, const struct home *h,
		       char error[SERVICE_ERROR_SIZE])
{
	char path[FILE_PATH_SIZE + 16];
	struct buffer text;
	int r = tl_home_load(h, "local.conf", &text, FILE_MAX);

	if (r == -ENOENT) {
		set_defaults(c);
		c->json = json_object();
		return c->json ? 0
			       : tl_failure(error, -ENOMEM, "out of memory");
	}
	if (r)
		return tl_failure(error, r, "cannot read %s/local.conf: %s",
				  h->path, strerror(-r));
	snprintf(path, sizeof(path), "%s/local.conf", h->path);
	r = tl_local_conf_parse(c, tl_buffer_bytes(text), path, error);
	tl_free(text.at);
	return r;
}

void tl_local_conf_fini(struct local_conf *c)
{
	json_decref(c->json);
	c->json = NULL;
	tl_free(c->peers);
	c->peers = NULL;
	c->n_peers = 0;
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

const struct local_peer *tl_local_conf_peer(const struct local_conf *c,
					    struct address who)
{
	size_t i;

	for (i = 0; i < c->n_peers; i++) {
		if (tl_address_equal(c->peers[i].address, who))
			return &c->peers[i];
	}
	return NULL;
}
