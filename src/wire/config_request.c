/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/config_request.h"

#include <string.h>

#include "wire/capability.h"
#include "wire/dictionary.h"
#include "wire/header.h"
#include "wire/netconf.h"

#define VENDOR_UNSPECIFIED 0
#define RULES_REVISION 1

void tl_read_config_request(struct reader *r, struct config_request *out)
{
	memset(out, 0, sizeof(*out));
	out->network.v = tl_read_be64(r);
	if (r->rest.n == 0)
		return;
	out->metadata = tl_read_slice(r, tl_read_be16(r));
	if (r->rest.n == 0)
		return;
	out->revision = tl_read_be64(r);
	out->timestamp = (int64_t)tl_read_be64(r);
}

void tl_write_config_request(struct writer *w, const struct config_request *q)
{
	tl_assert(q->metadata.n <= UINT16_MAX);
	tl_write_be64(w, q->network.v);
	tl_write_be16(w, (uint16_t)q->metadata.n);
	tl_write_bytes(w, q->metadata);
	tl_write_be64(w, q->revision);
	tl_write_be64(w, (uint64_t)q->timestamp);
}

/**
 * struct number_key - A numeric key of the metadata
 * @at:		where its value is kept in struct config_metadata
 */
struct number_key {
	const char *key;
	size_t at;
};

/* In the order in which they are written; "o" and "a" follow. */
static const struct number_key number_keys[] = {
	{ "v", offsetof(struct config_metadata, config_version) },
	{ "vend", offsetof(struct config_metadata, vendor) },
	{ "pv", offsetof(struct config_metadata, protocol_version) },
	{ "majv", offsetof(struct config_metadata, version_major) },
	{ "minv", offsetof(struct config_metadata, version_minor) },
	{ "revv", offsetof(struct config_metadata, version_revision) },
	{ "mr", offsetof(struct config_metadata, max_rules) },
	{ "mc", offsetof(struct config_metadata, max_capabilities) },
	{ "mcr", offsetof(struct config_metadata, max_capability_rules) },
	{ "mt", offsetof(struct config_metadata, max_tags) },
	{ "f", offsetof(struct config_metadata, flags) },
	{ "revr", offsetof(struct config_metadata, rules_revision) },
};

static void get_text(char *out, size_t size, struct bytes dict, const char *key)
{
	size_t n = 0;

	tl_dict_get(dict, key, tl_buffer(out, size - 1), &n);
	out[n] = '\0';
}

void tl_config_metadata_parse(struct config_metadata *out, struct bytes dict)
{
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < TL_ARRAY_SIZE(number_keys); i++) {
		uint64_t v = tl_dict_get_uint(dict, number_keys[i].key, 0);

		memcpy((char *)out + number_keys[i].at, &v, sizeof(v));
	}
	get_text(out->platform, sizeof(out->platform), dict, "o");
	get_text(out->auth, sizeof(out->auth), dict, "a");
}

void tl_config_metadata_build(struct writer *w, const struct config_metadata *m)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(number_keys); i++) {
		uint64_t v;

		memcpy(&v, (const char *)m + number_keys[i].at, sizeof(v));
		tl_dict_add_uint(w, number_keys[i].key, v);
	}
	tl_dict_add_text(w, "o", m->platform);
	if (m->auth[0] != '\0')
		tl_dict_add_text(w, "a", m->auth);
}

struct config_metadata tl_config_metadata_own(unsigned int version_major,
					      unsigned int version_minor,
					      unsigned int version_revision)
{
	return (struct config_metadata){
		.config_version = NETCONF_VERSION,
		.vendor = VENDOR_UNSPECIFIED,
		.protocol_version = PROTOCOL_VERSION,
		.version_major = version_major,
		.version_minor = version_minor,
		.version_revision = version_revision,
		.max_rules = NETCONF_MAX_RULES,
		.max_capabilities = NETCONF_MAX_CAPABILITIES,
		.max_capability_rules = CAPABILITY_MAX_RULES,
		.max_tags = NETCONF_MAX_TAGS,
		.rules_revision = RULES_REVISION,
	};
}
