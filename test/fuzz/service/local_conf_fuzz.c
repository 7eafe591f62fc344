/* SPDX-License-Identifier: Apache-2.0 */
/* local.conf: taken as a whole, or refused in one line that names the file. */
#include <string.h>

#include "service/local_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct local_conf *c)
{
	size_t i;

	tl_assert(c->primary_port >= -1 && c->primary_port <= 65535);
	tl_assert(c->n_bind <= LOCAL_CONF_BIND_MAX);
	tl_assert(c->n_blacklist <= LOCAL_CONF_NETS_MAX);
	for (i = 0; i < c->n_nets; i++)
		tl_assert(c->nets[i].mtu || c->nets[i].trusted_path);
	for (i = 0; i < c->n_peers; i++)
		tl_assert(tl_local_conf_peer(c, c->peers[i].address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct local_conf c;
	char error[SERVICE_ERROR_SIZE] = "";

	if (tl_local_conf_parse(&c, tl_bytes(data, size), "FILE", error) == 0) {
		check(&c);
		tl_local_conf_fini(&c);
		return 0;
	}
	tl_assert(strncmp(error, "FILE, line ", 11) == 0);
	tl_assert(!strchr(error, '\n'));
	tl_assert(!c.json && !c.peers);
	return 0;
}
