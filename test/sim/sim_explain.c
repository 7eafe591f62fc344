/* SPDX-License-Identifier: Apache-2.0 */
/* sim_explain.c - what a failed simulation says of its nodes */
#include "sim.h"

static void print_slot(FILE *out, const struct path_slot *slot, bool is_best,
		       int64_t now)
{
	const struct path *p = slot->path;
	char text[ENDPOINT_TEXT_SIZE];

	fprintf(out,
		"    %s%s socket %d heard %lld in %lld out %lld latency %d%s\n",
		is_best ? "* " : "  ", tl_endpoint_print(text, &p->remote),
		p->socket, (long long)(now - slot->last_receive_ms),
		(long long)(now - p->last_in_ms),
		(long long)(now - p->last_out_ms), p->latency_ms,
		tl_path_is_dead(p, now) ? " dead" : "");
}

void sim_explain(FILE *out, struct sim *s, unsigned int i, unsigned int about)
{
	struct sim_node *node = sim_node(s, i);
	struct peer *peer =
		tl_node_find_peer(node->node, sim_node(s, about)->id.addr);
	const struct path *best;
	unsigned int k;

	fprintf(out, "  host %u%s of host %u: ", i,
		node->is_down ? " (down)" : "", about);
	if (!peer) {
		fputs("not known\n", out);
		return;
	}
	best = tl_peer_best_path(peer, PATHS_USABLE, sim_now(s));
	fprintf(out, "%u paths, heard %lld ms ago%s\n", peer->n_slots,
		(long long)(sim_now(s) - peer->last_receive_ms),
		best ? "" : ", none usable");
	for (k = 0; k < peer->n_slots; k++)
		print_slot(out, &peer->slots[k], peer->slots[k].path == best,
			   sim_now(s));
}
