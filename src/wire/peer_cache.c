/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/peer_cache.h"

#include <errno.h>

#define FORMAT 2

void tl_peer_cache_add(struct peer_cache *c, const struct endpoint *e)
{
	unsigned int i;

	for (i = 0; i < c->n_endpoints; i++) {
		if (tl_endpoint_equal(&c->endpoints[i], e))
			return;
	}
	if (c->n_endpoints < PEER_CACHE_MAX_ENDPOINTS)
		c->endpoints[c->n_endpoints++] = *e;
}

/* The file has more room than a version has anywhere else. */
static uint8_t read_small(struct reader *r)
{
	uint16_t v = tl_read_be16(r);

	if (v > UINT8_MAX)
		tl_reader_fail(r);
	return (uint8_t)v;
}

static struct node_version read_version(struct reader *r)
{
	struct node_version v;

	v.protocol = read_small(r);
	v.major = read_small(r);
	v.minor = read_small(r);
	v.revision = tl_read_be16(r);
	return v;
}

static void read_endpoints(struct reader *r, struct peer_cache *c)
{
	unsigned int n = tl_read_be16(r);

	while (n-- && tl_reader_ok(r)) {
		struct endpoint e = tl_read_endpoint(r);

		if (!tl_endpoint_is_nil(&e))
			tl_peer_cache_add(c, &e);
	}
}

int tl_peer_cache_parse(struct peer_cache *out, struct bytes file)
{
	struct reader r = tl_reader(file);
	struct peer_cache c = { 0 };

	if (tl_read_u8(&r) != FORMAT)
		return -EINVAL;
	tl_read_identity(&r, &c.identity);
	c.version = read_version(&r);
	read_endpoints(&r, &c);
	if (c.identity.has_priv) {
		tl_identity_wipe(&c.identity);
		return -EINVAL;
	}
	if (!tl_reader_done(&r) || tl_address_is_reserved(c.identity.addr))
		return -EINVAL;
	*out = c;
	return 0;
}

void tl_peer_cache_build(struct writer *w, const struct peer_cache *c)
{
	unsigned int i;

	tl_assert(c->n_endpoints <= PEER_CACHE_MAX_ENDPOINTS);

	tl_write_u8(w, FORMAT);
	tl_write_identity(w, &c->identity);
	tl_write_be16(w, c->version.protocol);
	tl_write_be16(w, c->version.major);
	tl_write_be16(w, c->version.minor);
	tl_write_be16(w, c->version.revision);
	tl_write_be16(w, (uint16_t)c->n_endpoints);
	for (i = 0; i < c->n_endpoints; i++)
		tl_write_endpoint(w, &c->endpoints[i]);
}
