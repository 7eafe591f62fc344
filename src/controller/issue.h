/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issue.h - a member's configuration with its signed credentials
 * (vl2.md 14.4, 14.5)
 */
#ifndef TL_CONTROLLER_ISSUE_H
#define TL_CONTROLLER_ISSUE_H

#include "controller/assign.h"
#include "wire/rules.h"

/**
 * struct issue - All that goes into one configuration; borrowed
 * @self:	the controller, with private key
 * @recipient:	whose identity the certificate of membership names
 * @bridges:	all active bridges of the network
 * @has_rules_engine: whether the member understands rules, capabilities and
 *		tags; if not it gets a single ACCEPT
 * @timestamp:	of the configuration and of all credentials in it
 */
struct issue {
	const struct identity *self;
	const struct identity *recipient;
	const struct network_object *network;
	const struct member_object *member;
	const struct assignment *assignment;
	const struct address *bridges;
	size_t n_bridges;
	bool has_rules_engine;
	int64_t timestamp;
};

/* Return: 0 with *@confp owned by the caller, -ENOMEM, or -EINVAL if what is
 * stored cannot be issued. */
TL_MUST_USE int tl_issue(struct netconf **confp, const struct issue *in);

#endif /* TL_CONTROLLER_ISSUE_H */
