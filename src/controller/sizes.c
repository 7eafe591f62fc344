/* SPDX-License-Identifier: Apache-2.0 */
/* sizes.c - how many networks and members there are, for those who watch */
#include "controller/controller_impl.h"

void tl_controller_sizes(const struct controller *c, size_t *networks,
			 size_t *members)
{
	struct map_walk walk = { 0 };
	struct map_node *node;
	size_t n = 0;

	while ((node = tl_map_step(&c->networks, &walk)))
		n += tl_container_of(node, struct served_network, node)
			     ->members.count;
	*networks = c->networks.count;
	*members = n;
}
