/* SPDX-License-Identifier: Apache-2.0 */
#include "vl1/node_impl.h"

const uint16_t tl_latency_ends_ms[LATENCY_BUCKETS - 1] = {
	1, 3, 6, 10, 30, 60, 100, 300, 600, 1000,
};

void tl_latency_count(struct latency_counts *l, int64_t rtt_ms)
{
	unsigned int i = 0;

	if (rtt_ms < 0)
		return;
	while (i < LATENCY_BUCKETS - 1 && rtt_ms > tl_latency_ends_ms[i])
		i++;
	l->n[i]++;
	l->sum_ms += (uint64_t)rtt_ms;
}

/* The code of an ERROR, 0 if it has none. */
static unsigned int error_code(struct bytes packet)
{
	struct reader r = tl_reader(tl_bytes_skip(packet, PACKET_AT_PAYLOAD));
	unsigned int code;

	tl_read_skip(&r, 9);
	code = tl_read_u8(&r);
	return tl_reader_ok(&r) && code < COUNT_ERRORS ? code : 0;
}

void tl_count_received(struct node *n, struct peer *peer, struct bytes packet)
{
	unsigned int verb = tl_packet_verb(packet.at);

	n->counts.received[verb]++;
	peer->counts.received++;
	if (verb != VERB_ERROR)
		return;
	n->counts.errors_received[error_code(packet)]++;
	peer->counts.errors++;
}

void tl_count_sent(struct node *n, struct peer *peer, struct bytes packet)
{
	unsigned int verb = tl_packet_verb(packet.at);

	n->counts.sent[verb]++;
	peer->counts.sent++;
	if (verb == VERB_ERROR)
		n->counts.errors_sent[error_code(packet)]++;
}

void tl_count_latency(struct node *n, struct peer *peer, int64_t rtt_ms)
{
	tl_latency_count(&n->counts.latency, rtt_ms);
	tl_latency_count(&peer->counts.latency, rtt_ms);
}

struct node_sizes tl_node_sizes(const struct node *n)
{
	return (struct node_sizes){
		.peers = n->peers.count,
		.paths = n->paths.count,
		.waiting_to_send = n->n_tx,
		.waiting_to_decode = n->n_rx,
	};
}

const struct node_counts *tl_node_counts(const struct node *n)
{
	return &n->counts;
}
