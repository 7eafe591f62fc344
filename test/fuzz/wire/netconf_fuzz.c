/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations: what parses can be written, and is then the same. */
#include "wire/netconf.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Escapes make it longer, and 1 MiB of room is more than the limit. */
static uint8_t room[1 << 20];

static void try_again(const struct netconf *conf)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct netconf *again;
	int err = tl_netconf_build(&w, conf);

	if (err < 0) {
		tl_assert(err == -EMSGSIZE);
		return;
	}
	err = tl_netconf_parse(&again, tl_writer_bytes(&w));
	tl_assert(err == 0);
	tl_assert(again->network.v == conf->network.v);
	tl_assert(again->n_rules == conf->n_rules);
	tl_assert(again->n_capabilities == conf->n_capabilities);
	tl_assert(again->n_tags == conf->n_tags);
	tl_assert(again->n_routes == conf->n_routes);
	tl_assert(tl_netconf_equal(again, again));
	tl_netconf_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netconf *conf;

	if (tl_netconf_parse(&conf, tl_bytes(data, size)) != 0)
		return 0;
	tl_assert(conf->mtu >= NETCONF_MTU_MIN && conf->mtu <= NETCONF_MTU_MAX);
	tl_assert(conf->n_rules <= NETCONF_MAX_RULES);
	try_again(conf);
	tl_netconf_free(conf);
	return 0;
}
