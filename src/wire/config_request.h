/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_request.h - asking a controller for a configuration (vl2.md 4.3), and
 * its refusal (4.5)
 */
#ifndef TL_WIRE_CONFIG_REQUEST_H
#define TL_WIRE_CONFIG_REQUEST_H

#include "wire/address.h"

#define CONFIG_METADATA_MAX 1023 /* bytes of dictionary */
#define CONFIG_TOKEN_SIZE 512 /* with a zero */
#define CONFIG_PLATFORM_SIZE 64

/**
 * struct config_request - Payload of NETWORK_CONFIG_REQUEST
 * @metadata:	dictionary; borrowed
 * @revision:	of the configuration the member has, 0 if none
 * @timestamp:	of the same, ms
 */
struct config_request {
	struct network_id network;
	struct bytes metadata;
	uint64_t revision;
	int64_t timestamp;
};

/* The packet may end after the network ID or after the metadata. */
void tl_read_config_request(struct reader *r, struct config_request *out);
void tl_write_config_request(struct writer *w, const struct config_request *q);

/**
 * struct config_metadata - What a member says about itself
 * @auth:	text of key "a" ("token:..."), empty if not sent
 *
 * Numbers are 0 where the member did not send them.
 */
struct config_metadata {
	uint64_t config_version;
	uint64_t vendor;
	uint64_t protocol_version;
	uint64_t version_major;
	uint64_t version_minor;
	uint64_t version_revision;
	uint64_t max_rules;
	uint64_t max_capabilities;
	uint64_t max_capability_rules;
	uint64_t max_tags;
	uint64_t flags;
	uint64_t rules_revision;
	char platform[CONFIG_PLATFORM_SIZE];
	char auth[CONFIG_TOKEN_SIZE];
};

void tl_config_metadata_parse(struct config_metadata *out, struct bytes dict);

/* In the usual order; "a" only if there is one. */
void tl_config_metadata_build(struct writer *w,
			      const struct config_metadata *m);

/* What this implementation says, but for @platform and @auth. */
struct config_metadata tl_config_metadata_own(unsigned int version_major,
					      unsigned int version_minor,
					      unsigned int version_revision);

#endif /* TL_WIRE_CONFIG_REQUEST_H */
