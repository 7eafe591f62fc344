/* SPDX-License-Identifier: Apache-2.0 */
/* sizes.c - how much there is and has been, for those who watch */
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

size_t tl_controller_waiting(const struct controller *c)
{
	const struct list *batches[] = { &c->batches.open, &c->batches.flying };
	size_t n = 0;
	size_t i;

	tl_list_each(it, next, &c->pushes)
		n++;
	tl_list_each(it, next, &c->paced)
		n++;
	for (i = 0; i < TL_ARRAY_SIZE(batches); i++) {
		tl_list_each(it, next, batches[i])
			n += tl_container_of(it, struct change, node)->kind ==
			     CHANGE_ANSWER;
	}
	return n;
}

const struct controller_counts *tl_controller_counts(const struct controller *c)
{
	return &c->counts;
}
