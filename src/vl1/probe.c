/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c - round trips that somebody asks for, and what was tried with a peer
 */
#include "vl1/node_impl.h"

#include "base/alloc.h"

void tl_node_echo(struct node *n, struct address who, struct bytes payload,
		  int64_t now)
{
	struct packet *p = tl_node_packet(n, who, VERB_ECHO);

	if (!p)
		return;
	if (!tl_packet_append(p, payload)) {
		tl_packet_free(p);
		return;
	}
	tl_node_send(n, p, SEND_EXPECT_REPLY, now);
}

enum rx_outcome tl_probe_on_ok(struct node *n, const struct rx *rx,
			       const struct reader *r)
{
	if (n->host->echoed && r->rest.n)
		n->host->echoed(n->host_ctx, rx, r->rest);
	return RX_DONE;
}

void tl_probe_note(struct node *n, struct peer *peer, enum trial_kind kind,
		   const struct endpoint *remote)
{
	if (!peer->trials)
		peer->trials = tl_alloc_zeroed(sizeof(*peer->trials));
	if (peer->trials)
		tl_trial_note(peer->trials, kind, remote, n->now);
}
