/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netconf.h - a member's configuration of a network (vl2.md 5)
 *
 * A heap object that owns all it points to. Parsing takes the dictionary as a
 * controller wrote it and refuses what is over a limit; building writes the
 * keys in the usual order, so that parsing and building give the same bytes.
 */
#ifndef TL_WIRE_NETCONF_H
#define TL_WIRE_NETCONF_H

#include "wire/capability.h"
#include "wire/com.h"
#include "wire/ownership.h"
#include "wire/tag.h"

#define NETCONF_VERSION 7
#define NETCONF_VERSION_MIN 6
#define NETCONF_DICT_MAX 484519 /* a dictionary of this length is too long */
#define NETCONF_MAX_RULES 1024
#define NETCONF_MAX_CAPABILITIES 128
#define NETCONF_MAX_TAGS 128
#define NETCONF_MAX_OWNERSHIPS 4
#define NETCONF_MAX_SPECIALISTS 256
#define NETCONF_MAX_ROUTES 128
#define NETCONF_MAX_ADDRESSES 32
#define NETCONF_MAX_DNS_SERVERS 4
#define NETCONF_DOMAIN_SIZE 128 /* with a zero, as all SIZEs */
#define NETCONF_NAME_SIZE 128
#define NETCONF_URL_SIZE 2048
#define NETCONF_NONCE_SIZE 128
#define NETCONF_STATE_SIZE 256
#define NETCONF_CLIENT_ID_SIZE 256
#define NETCONF_PROVIDER_SIZE 64
#define NETCONF_MTU_DEFAULT 2800
#define NETCONF_MTU_MIN 1280
#define NETCONF_MTU_MAX 10000
#define NETCONF_MAX_DELTA_DEFAULT 1800000 /* ms, vl2.md 6.9 */
#define NETCONF_MAX_DELTA_MIN 300000
#define NETCONF_MAX_DELTA_MAX 7200000

/* vl2.md 5.3 */
#define NETCONF_BROADCAST 0x02
#define NETCONF_NDP_EMULATION 0x04
#define NETCONF_UNSUPPORTED_MATCHES 0x08
#define NETCONF_NO_COMPRESSION 0x10

/* Roles in a specialist's upper 24 bits (vl2.md 5.4). */
#define SPECIALIST_BRIDGE UINT64_C(0x0000020000000000)
#define SPECIALIST_ANCHOR UINT64_C(0x0000040000000000)
#define SPECIALIST_REPLICATOR UINT64_C(0x0000080000000000)
#define SPECIALIST_ADDRESS UINT64_C(0x000000ffffffffff)

/**
 * struct route - Where packets to a network go
 * @target:	network; port is the prefix length
 * @via:	gateway, nil if on-link
 */
struct route {
	struct endpoint target;
	struct endpoint via;
	uint16_t flags;
	uint16_t metric;
};

/* Name service; unused servers are nil. */
struct netconf_dns {
	char domain[NETCONF_DOMAIN_SIZE];
	struct endpoint servers[NETCONF_MAX_DNS_SERVERS];
};

/**
 * struct netconf_sso - Single sign-on
 * @url:	login page, version 0
 * @expiry:	end of the login in controller time, ms; version 0
 * @issuer, @endpoint, @nonce, @state, @client_id, @provider: version 1
 */
struct netconf_sso {
	uint64_t version;
	bool enabled;
	int64_t expiry;
	char url[NETCONF_URL_SIZE];
	char issuer[NETCONF_URL_SIZE];
	char endpoint[NETCONF_URL_SIZE];
	char nonce[NETCONF_NONCE_SIZE];
	char state[NETCONF_STATE_SIZE];
	char client_id[NETCONF_CLIENT_ID_SIZE];
	char provider[NETCONF_PROVIDER_SIZE];
};

/**
 * struct netconf - All that a controller tells a member
 * @timestamp:	controller's time of issue, ms
 * @max_delta:	how far credentials' times may be from @timestamp, ms
 * @com:		@com.n is 0 if there is none
 * @capabilities: ascending by id; @n_capabilities of them
 * @tags:	ascending by id; @n_tags of them
 * @rules:	base rules in their wire form, @rules_len bytes holding
 *		@n_rules; whole, but not interpreted
 * @sso:	NULL if single sign-on is disabled, version 0, without a URL
 */
struct netconf {
	uint64_t version;
	struct network_id network;
	int64_t timestamp;
	int64_t max_delta;
	uint64_t revision;
	struct address issued_to;
	struct address trace_target;
	uint64_t trace_level;
	uint64_t flags;
	uint64_t multicast_limit;
	bool is_public;
	char name[NETCONF_NAME_SIZE];
	unsigned int mtu;
	struct com com;
	struct capability *capabilities;
	size_t n_capabilities;
	struct tag *tags;
	size_t n_tags;
	struct ownership ownerships[NETCONF_MAX_OWNERSHIPS];
	size_t n_ownerships;
	uint64_t specialists[NETCONF_MAX_SPECIALISTS];
	size_t n_specialists;
	struct route routes[NETCONF_MAX_ROUTES];
	size_t n_routes;
	struct endpoint addresses[NETCONF_MAX_ADDRESSES];
	size_t n_addresses;
	uint8_t *rules;
	size_t rules_len;
	unsigned int n_rules;
	struct netconf_dns dns;
	struct netconf_sso *sso;
};

/**
 * tl_netconf_new() - An empty configuration with the defaults of vl2.md 5.1
 *
 * Return: 0, or -ENOMEM.
 */
TL_MUST_USE int tl_netconf_new(struct netconf **confp);

/* Accepts NULL. */
void tl_netconf_free(struct netconf *conf);

/**
 * tl_netconf_parse() - Read a dictionary
 *
 * Neither the network nor the recipient is compared with anything, and no
 * credential is verified.
 *
 * Return: 0 with *@confp owned by the caller, -EBADMSG if it must be rejected,
 * or -ENOMEM.
 */
TL_MUST_USE int tl_netconf_parse(struct netconf **confp, struct bytes dict);

/* Copy @n_rules rules in their wire form. 0, -EINVAL or -ENOMEM. */
TL_MUST_USE int tl_netconf_set_rules(struct netconf *conf, struct bytes rules);

/* Room for @n capabilities or tags, all zero, in the place of what was there.
 * 0, -EINVAL if over the limit, or -ENOMEM. */
TL_MUST_USE int tl_netconf_alloc_capabilities(struct netconf *conf, size_t n);
TL_MUST_USE int tl_netconf_alloc_tags(struct netconf *conf, size_t n);

/* Make @conf->sso, all zero, unless it is there. 0 or -ENOMEM. */
TL_MUST_USE int tl_netconf_alloc_sso(struct netconf *conf);

/**
 * tl_netconf_build() - Write a configuration as a dictionary
 * @w:		room for less than NETCONF_DICT_MAX bytes
 *
 * Return: 0, -EMSGSIZE if it does not fit or reaches NETCONF_DICT_MAX, or
 * -ENOMEM.
 */
TL_MUST_USE int tl_netconf_build(struct writer *w, const struct netconf *conf);

/* Identical in every field? */
bool tl_netconf_equal(const struct netconf *a, const struct netconf *b);

#endif /* TL_WIRE_NETCONF_H */
