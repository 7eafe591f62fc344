/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receive.c - from datagrams to verbs (vl1.md 2.8, 3.6, 7.3)
 *
 * Datagrams come in batches as the kernel coalesced them. The parts of one
 * packet then lie one behind the other, and are joined by closing the gap that
 * the fragment header leaves; only parts that come apart are copied, into
 * reassembly slots.
 */
#include "vl1/node_impl.h"

#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "wire/compress.h"
#include "wire/extended_armor.h"

#define ECHO_GATE_MS 166
#define ECHO_BURST 4 /* somebody's ping and our keepalive meet */
#define STRAY_ECHO_BURST 8 /* a peer probes from each of its sockets */
#define WAITING_PER_SOURCE 32

static void free_waiting(struct waiting *w)
{
	tl_packet_free(w->packet);
	tl_free(w);
}

/*
 * Room for one more packet of @source. A full queue gives up its oldest packet
 * that is not authentic yet, as anybody can send such, else its oldest of all;
 * no source has more than its share, so one cannot push out the others.
 */
static bool make_room(struct node *n, struct address source, bool is_open)
{
	struct waiting *victim = NULL;
	unsigned int n_same = 0;

	tl_list_each(it, next, &n->rx_queue) {
		struct waiting *w = tl_container_of(it, struct waiting, link);

		n_same += w->is_open == is_open &&
			  tl_address_equal(w->source, source);
		if (!victim || (victim->is_open && !w->is_open))
			victim = w;
	}
	if (n_same >= WAITING_PER_SOURCE)
		return false;
	if (n->n_rx < RX_QUEUE_MAX)
		return true;
	tl_list_remove(&victim->link);
	n->n_rx--;
	free_waiting(victim);
	tl_node_drop(n, DROP_QUEUE_FULL);
	return true;
}

/* Everything a queued packet needs to be decoded again. */
static void defer(struct node *n, const struct path *from, struct bytes packet,
		  bool is_open)
{
	struct address source = tl_packet_source(packet.at);
	struct waiting *w;

	if (!make_room(n, source, is_open)) {
		tl_node_drop(n, DROP_QUEUE_FULL);
		return;
	}
	w = tl_alloc_zeroed(sizeof(*w));
	if (w)
		w->packet = tl_packet_new(n->pool);
	if (!w || !w->packet || !tl_packet_append(w->packet, packet)) {
		if (w)
			tl_packet_free(w->packet);
		tl_free(w);
		tl_node_drop(n, DROP_NO_MEMORY);
		return;
	}
	if (!n->n_tx && !n->n_rx)
		n->next_retry_ms = n->now + QUEUE_RETRY_MS;
	w->source = source;
	w->from = *from;
	w->from.interned = false;
	w->from.refs = 0;
	w->is_open = is_open;
	w->when_ms = n->now;
	tl_list_append(&n->rx_queue, &w->link);
	n->n_rx++;
}

/* Network and update. */
#define CONFIG_TAKEN_LEN 16

static bool is_upper_verb(unsigned int verb)
{
	return (verb >= VERB_FRAME && verb <= VERB_MULTICAST_FRAME &&
		verb != VERB_ECHO) ||
	       verb == VERB_USER_MESSAGE || verb == VERB_REMOTE_TRACE;
}

static enum rx_outcome to_upper(struct node *n, struct rx *rx)
{
	if (!n->upper || !n->upper->receive)
		return RX_DONE;
	return n->upper->receive(n->upper_ctx, rx);
}

/* A node of the reference that uses a TCP relay sends its answers by UDP, too,
 * from an address where nothing may get in. */
static bool is_answer_from_there(const struct node *n, const struct rx *rx,
				 uint64_t in_re)
{
	return tl_expect_was_sent_to(&n->expect, in_re, rx->peer->id.addr,
				     &rx->path->remote, rx->now);
}

/* Pushes of configurations are not noted: there may be very many at once. What
 * answers them names something that was drawn, and VL2 knows it (vl2.md 4.8:
 * the verb is that of ECHO). */
static bool is_config_taken(unsigned int in_re_verb, struct bytes rest)
{
	return (in_re_verb == VERB_ECHO || in_re_verb == VERB_NETWORK_CONFIG) &&
	       rest.n == CONFIG_TAKEN_LEN;
}

static enum rx_outcome on_ok(struct node *n, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int in_re_verb = tl_read_u8(&r);
	uint64_t in_re = tl_read_be64(&r);

	if (!tl_reader_ok(&r)) {
		tl_node_drop(n, DROP_MALFORMED);
		return RX_IGNORED;
	}
	if (!tl_node_is_expected(n, rx, in_re)) {
		if (is_config_taken(in_re_verb, r.rest))
			return to_upper(n, rx);
		tl_node_drop(n, DROP_UNEXPECTED);
		return RX_IGNORED;
	}
	rx->is_proof = rx->hops == 0 && is_answer_from_there(n, rx, in_re);
	switch (in_re_verb) {
	case VERB_HELLO:
		return tl_greet_on_ok(n, rx, &r);
	case VERB_WHOIS:
		return tl_whois_on_ok(n, rx, &r);
	case VERB_ECHO:
		return tl_probe_on_ok(n, rx, &r);
	default:
		return is_upper_verb(in_re_verb) ? to_upper(n, rx) : RX_DONE;
	}
}

static enum rx_outcome on_error(struct node *n, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int in_re_verb = tl_read_u8(&r);
	unsigned int code;

	tl_read_skip(&r, 8);
	code = tl_read_u8(&r);
	if (!tl_reader_ok(&r)) {
		tl_node_drop(n, DROP_MALFORMED);
		return RX_IGNORED;
	}
	if (code == ERROR_IDENTITY_COLLISION && in_re_verb == VERB_HELLO) {
		if (rx->peer->is_upstream && n->host->collision)
			n->host->collision(n->host_ctx);
		return RX_DONE;
	}
	return to_upper(n, rx);
}

/* Only paths in the table remember when they answered; for all others of a peer
 * there is one gate, or changing ports would open it. */
static bool may_answer_echo(const struct rx *rx)
{
	struct path *path = rx->path;

	if (!path->interned)
		return tl_bucket_take(&rx->peer->stray_echoes, ECHO_GATE_MS,
				      STRAY_ECHO_BURST, rx->now);
	return tl_bucket_take(&path->echoes, ECHO_GATE_MS, ECHO_BURST, rx->now);
}

static enum rx_outcome on_echo(struct node *n, struct rx *rx)
{
	struct packet *p;

	if (tl_tunnel_is_past(n, rx) || !may_answer_echo(rx)) {
		tl_node_drop(n, DROP_GATE);
		return RX_IGNORED;
	}
	p = tl_node_ok(n, rx);
	if (p && tl_packet_append(p, tl_rx_payload(rx)))
		tl_node_reply(n, rx, p, SEND_PLAIN);
	else
		tl_packet_free(p);
	return RX_DONE;
}

/* One call a verb; what is not listed is ignored but counts as heard. */
static enum rx_outcome dispatch(struct node *n, struct rx *rx)
{
	switch (rx->verb) {
	case VERB_OK:
		return on_ok(n, rx);
	case VERB_ERROR:
		return on_error(n, rx);
	case VERB_WHOIS:
		return tl_whois_on_request(n, rx);
	case VERB_RENDEZVOUS:
		return tl_relay_on_rendezvous(n, rx);
	case VERB_ECHO:
		return on_echo(n, rx);
	case VERB_PUSH_DIRECT_PATHS:
		return tl_direct_on_push(n, rx);
	case VERB_ACK:
	case VERB_QOS_MEASUREMENT:
	case VERB_PATH_NEGOTIATION_REQUEST:
		return RX_IGNORED;
	default:
		return is_upper_verb(rx->verb) ? to_upper(n, rx) : RX_DONE;
	}
}

static bool is_nontrivial(unsigned int verb)
{
	return verb == VERB_FRAME || verb == VERB_EXT_FRAME ||
	       verb == VERB_NETWORK_CONFIG_REQUEST ||
	       verb == VERB_NETWORK_CONFIG || verb == VERB_MULTICAST_FRAME;
}

/* Another port of a host that we know already: it must not push out the slot of
 * the first (vl1.md 7.3, 3.1). */
static bool is_known_host(const struct peer *peer, const struct path *path,
			  int64_t now)
{
	unsigned int i;

	for (i = 0; i < peer->n_slots; i++) {
		const struct path *p = peer->slots[i].path;

		if (p->socket == path->socket && tl_path_is_alive(p, now) &&
		    !tl_path_is_dead(p, now) &&
		    tl_endpoint_same_ip(&p->remote, &path->remote))
			return true;
	}
	return false;
}

/* A direct packet came in on a path that is in no slot of its sender. */
static void meet_path(struct node *n, const struct rx *rx)
{
	struct peer *peer = rx->peer;
	struct path *path;

	if (is_known_host(peer, rx->path, n->now) ||
	    !tl_node_may_use(n, peer->id.addr, &rx->path->remote))
		return;
	if (!rx->is_proof) {
		if (tl_peer_may_try(peer, rx->path, n->now)) {
			tl_probe_note(n, peer, TRIAL_MET, &rx->path->remote);
			tl_greet(n, peer, rx->path->socket, &rx->path->remote);
		}
		return;
	}
	path = tl_path_intern(&n->paths, rx->path);
	if (path && tl_peer_learn_path(peer, path, n->now)) {
		n->n_paths_learned++;
		tl_worlds_hurry(n, peer);
		tl_tunnel_learned(n, peer, path);
		if (n->upper && n->upper->learned)
			n->upper->learned(n->upper_ctx, rx);
		tl_dbg("peer %010llx: path up",
		       (unsigned long long)peer->id.addr.v);
	}
	if (!path)
		return;
	tl_path_heard(path, n->now);
	tl_path_proved(path, n->now);
	/* The first way to anywhere: what could not be sent can be now. */
	tl_send_retry_queue(n);
}

void tl_receive_heard(struct node *n, const struct rx *rx, bool is_trusted)
{
	struct peer *peer = rx->peer;
	struct path_slot *slot;

	peer->last_receive_ms = n->now;
	tl_tunnel_heard(n, rx);
	if (is_nontrivial(rx->verb))
		peer->last_nontrivial_ms = n->now;
	if (peer->is_upstream)
		n->last_upstream_ms = n->now;
	if (is_trusted) {
		peer->last_trusted_ms = n->now;
		rx->path->last_trusted_ms = n->now;
	}
	if (rx->hops == 0) {
		slot = tl_peer_slot_of(peer, rx->path);
		if (slot)
			slot->last_receive_ms = n->now;
		else
			meet_path(n, rx);
		if (slot && rx->is_proof)
			tl_path_proved(rx->path, n->now);
	}
	if (tl_peer_is_trusted(peer, n->now))
		tl_direct_push(n, rx);
	if (rx->verb == VERB_OK && rx->hops == 0)
		tl_discover_on_answer(n, peer);
}

/* Decrypt and decompress; the packet may end up in another place. What came
 * over a trusted path is in the clear, and was looked at before. */
static enum drop open_packet(struct node *n, struct peer *peer,
			     struct buffer *packet)
{
	bool is_trusted = tl_packet_suite(packet->at) == SUITE_TRUSTED_PATH;
	enum drop why = is_trusted ? DROP_NONE
				   : tl_armor_open(peer->armor, *packet);
	struct packet *plain;

	if (why || !(packet->at[PACKET_AT_VERB] & VERB_FLAG_COMPRESSED))
		return why;
	plain = tl_packet_new(n->pool);
	if (!plain)
		return DROP_NO_MEMORY;
	tl_node_keep(n, plain);
	return tl_packet_decompress(packet, tl_packet_room(plain));
}

/* Frames are what a replay could harm; probes are legitimately repeated, one
 * copy from each socket of the sender (vl1.md 10.1). */
static bool is_replayed(struct peer *peer, const struct rx *rx)
{
	if (rx->verb != VERB_FRAME && rx->verb != VERB_EXT_FRAME &&
	    rx->verb != VERB_MULTICAST_FRAME)
		return false;
	if (tl_packet_suite(rx->packet.at) != SUITE_AES_GMAC_SIV)
		return false;
	if (!peer->replay)
		peer->replay = tl_replay_new();
	return peer->replay && tl_replay_was_seen(peer->replay, rx->id);
}

static void retry_matching(struct node *n, const struct address *who);

/* The packet is authentic and open. */
static void handle(struct node *n, struct peer *peer, struct path *from,
		   struct buffer packet, bool is_retry)
{
	struct rx rx = {
		.peer = peer,
		.path = from,
		.packet = packet,
		.id = tl_packet_id(packet.at),
		.verb = tl_packet_verb(packet.at),
		.hops = tl_packet_hops(packet.at),
		.is_retry = is_retry,
		.now = n->now,
	};
	enum rx_outcome outcome;

	if (!is_retry && is_replayed(peer, &rx)) {
		tl_node_drop(n, DROP_DUPLICATE);
		return;
	}
	tl_path_heard(from, n->now);
	tl_count_received(n, peer, tl_buffer_bytes(packet));
	outcome = dispatch(n, &rx);
	if (outcome == RX_DEFER && !is_retry)
		defer(n, from, tl_buffer_bytes(packet), true);
	if (outcome == RX_DONE || outcome == RX_TRUSTED)
		tl_receive_heard(n, &rx, outcome == RX_TRUSTED);
	/* What has been waiting for these. */
	if (rx.verb == VERB_NETWORK_CREDENTIALS && outcome == RX_TRUSTED &&
	    !is_retry && n->n_rx)
		retry_matching(n, &peer->id.addr);
}

void tl_receive_packet(struct node *n, struct path *from, struct buffer packet,
		       bool is_open)
{
	struct address source = tl_packet_source(packet.at);
	struct peer *peer;
	enum drop why;

	if (!is_open && tl_is_extended_armor(tl_buffer_bytes(packet)) &&
	    !tl_greet_unwrap(n, from, &packet))
		return;
	if (!is_open && tl_packet_suite(packet.at) == SUITE_POLY1305 &&
	    tl_packet_verb(packet.at) == VERB_HELLO) {
		tl_greet_on_hello(n, from, packet, false, false);
		return;
	}
	if (!is_open && tl_packet_suite(packet.at) == SUITE_TRUSTED_PATH &&
	    !tl_local_trusts(n, from, tl_buffer_bytes(packet))) {
		tl_node_drop(n, DROP_TRUSTED_PATH);
		return;
	}
	peer = tl_node_find_peer(n, source);
	if (!peer) {
		defer(n, from, tl_buffer_bytes(packet), is_open);
		/* Anybody can claim any address, and our root must not hear of
		 * each. */
		tl_whois_soon(n, source);
		return;
	}
	why = is_open ? DROP_NONE : open_packet(n, peer, &packet);
	if (why) {
		tl_node_drop(n, why);
		return;
	}
	if (tl_packet_verb(packet.at) == VERB_HELLO)
		tl_greet_on_hello(n, from, packet, true, false);
	else
		handle(n, peer, from, packet, is_open);
}

/* A waiting packet's path may have entered the table meanwhile. */
static struct path *current_path(struct node *n, struct path *from)
{
	struct path *p = tl_path_find(&n->paths, from->socket, &from->remote);

	return p ? p : from;
}

static enum rx_outcome retry_open(struct node *n, struct waiting *w,
				  struct peer *peer)
{
	struct buffer b = tl_packet_buffer(w->packet);
	struct rx rx = {
		.peer = peer,
		.path = current_path(n, &w->from),
		.packet = b,
		.id = tl_packet_id(b.at),
		.verb = tl_packet_verb(b.at),
		.hops = tl_packet_hops(b.at),
		.is_retry = true,
		.now = n->now,
	};
	enum rx_outcome outcome = dispatch(n, &rx);

	if (outcome == RX_DONE || outcome == RX_TRUSTED)
		tl_receive_heard(n, &rx, outcome == RX_TRUSTED);
	return outcome;
}

/* True if it is done with, one way or another. */
static bool retry_waiting(struct node *n, struct waiting *w)
{
	struct peer *peer = tl_node_find_peer(n, w->source);

	if (n->now - w->when_ms >= QUEUE_TIMEOUT_MS) {
		tl_node_drop(n, DROP_QUEUE_TIMEOUT);
		return true;
	}
	if (!peer) {
		tl_node_whois(n, w->source, n->now);
		return false;
	}
	if (w->is_open)
		return retry_open(n, w, peer) != RX_DEFER;
	tl_receive_packet(n, current_path(n, &w->from),
			  tl_packet_buffer(w->packet), false);
	return true;
}

/* Entries that come in meanwhile are left for the next time. */
static void retry_matching(struct node *n, const struct address *who)
{
	unsigned int todo = n->n_rx;

	while (todo-- && n->n_rx) {
		struct waiting *w =
			tl_list_first(&n->rx_queue, struct waiting, link);

		tl_list_remove(&w->link);
		n->n_rx--;
		if ((who && !w->is_open &&
		     !tl_address_equal(*who, w->source)) ||
		    !retry_waiting(n, w)) {
			tl_list_append(&n->rx_queue, &w->link);
			n->n_rx++;
			continue;
		}
		tl_node_keep(n, w->packet);
		tl_free(w);
	}
}

void tl_receive_retry_queue(struct node *n)
{
	retry_matching(n, NULL);
}

void tl_receive_peer_known(struct node *n, struct address who)
{
	const struct peer *peer = tl_node_find_peer(n, who);

	if (peer)
		tl_worlds_hurry(n, peer);
	tl_send_retry_queue(n);
	retry_matching(n, &who);
}

/* A complete packet, or the head of one in parts, addressed to anybody. */
static void on_head(struct node *n, struct path *from, struct buffer d,
		    bool is_whole)
{
	struct path head_from;
	struct packet *whole;

	if (d.n > PACKET_MAX_LEN) {
		tl_node_drop(n, DROP_TOO_LONG);
		return;
	}
	if (tl_address_equal(tl_packet_source(d.at), n->id.addr)) {
		tl_node_drop(n, DROP_OWN_ADDRESS);
		return;
	}
	if (!tl_address_equal(tl_packet_dest(d.at), n->id.addr)) {
		tl_relay(n, from, d, false);
		return;
	}
	if (is_whole || !(d.at[PACKET_AT_FLAGS] & PACKET_FLAG_FRAGMENTED)) {
		tl_receive_packet(n, from, d, false);
		return;
	}
	whole = tl_reassembly_head(&n->reassembly, tl_buffer_bytes(d), from,
				   &head_from, n->now);
	if (whole) {
		tl_receive_packet(n, current_path(n, &head_from),
				  tl_packet_buffer(whole), false);
		tl_node_keep(n, whole);
	}
}

static void on_fragment(struct node *n, struct path *from, struct buffer d)
{
	struct path head_from;
	struct fragment f;
	struct packet *whole;
	bool is_possible = tl_fragment_parse(&f, tl_buffer_bytes(d));

	if (!tl_address_equal(f.dest, n->id.addr)) {
		tl_relay(n, from, d, true);
		return;
	}
	if (!is_possible) {
		tl_node_drop(n, DROP_BAD_FRAGMENT);
		return;
	}
	whole = tl_reassembly_fragment(&n->reassembly, &f, &head_from, n->now);
	if (!whole)
		return;
	if (whole->n >= PACKET_HEADER_LEN)
		tl_receive_packet(n, current_path(n, &head_from),
				  tl_packet_buffer(whole), false);
	tl_node_keep(n, whole);
}

/**
 * join() - Close the gaps between parts that came in one behind the other
 * @batch:	starts with a datagram of @segment bytes
 * @whole:	set to the joined packet, in place
 *
 * Return: datagrams used up, 0 if they are no complete packet in order.
 */
static unsigned int join(struct buffer batch, size_t segment,
			 struct buffer *whole)
{
	uint64_t id = tl_packet_id(batch.at);
	size_t end = segment;
	unsigned int no;

	for (no = 1; no < FRAGMENT_MAX_PARTS; no++) {
		struct bytes next = tl_bytes_first(
			tl_bytes_skip(tl_buffer_bytes(batch), no * segment),
			segment);
		struct fragment f;

		if (!tl_is_fragment(next) || !tl_fragment_parse(&f, next) ||
		    f.id != id || f.no != no)
			return 0;
		memmove(batch.at + end, f.data.at, f.data.n);
		end += f.data.n;
		if (f.total == no + 1) {
			*whole = tl_buffer(batch.at, end);
			return no + 1;
		}
	}
	return 0;
}

/* join() moves bytes as it goes, so look first whether it will succeed. */
static bool is_joinable(struct buffer batch, size_t segment)
{
	uint64_t id = tl_packet_id(batch.at);
	unsigned int total = 0;
	unsigned int no;

	for (no = 1; no < FRAGMENT_MAX_PARTS && no != total; no++) {
		struct bytes next = tl_bytes_first(
			tl_bytes_skip(tl_buffer_bytes(batch), no * segment),
			segment);
		struct fragment f;

		if (!tl_is_fragment(next) || !tl_fragment_parse(&f, next) ||
		    f.id != id || f.no != no || (total && f.total != total))
			return false;
		total = f.total;
	}
	return no == total;
}

static bool is_head_for_us(const struct node *n, struct buffer d)
{
	return d.n >= PACKET_HEADER_LEN && d.at[13] != FRAGMENT_INDICATOR &&
	       d.at[PACKET_AT_FLAGS] & PACKET_FLAG_FRAGMENTED &&
	       tl_address_equal(tl_packet_dest(d.at), n->id.addr);
}

static void on_datagram(struct node *n, struct path *from, struct buffer d)
{
	if (tl_is_fragment(tl_buffer_bytes(d)))
		on_fragment(n, from, d);
	else if (d.n >= PACKET_HEADER_LEN)
		on_head(n, from, d, false);
	else if (d.n != OPENER_LEN) /* in a LAN it arrives */
		tl_node_drop(n, DROP_TOO_SHORT);
}

void tl_node_on_batch(struct node *n, int socket, const struct endpoint *from,
		      struct buffer batch, size_t segment, int64_t now)
{
	struct path stranger;

	tl_assert(segment);
	n->now = now;
	tl_path_init(&stranger, socket, from);
	while (batch.n) {
		struct buffer d = tl_buffer(batch.at, TL_MIN(segment, batch.n));
		struct path *path = tl_path_find(&n->paths, socket, from);
		unsigned int used = 1;

		if (!path)
			path = &stranger;
		if (is_head_for_us(n, d) && is_joinable(batch, segment)) {
			used = join(batch, segment, &d);
			on_head(n, path, d, true);
		} else {
			on_datagram(n, path, d);
		}
		batch = tl_buffer_skip(batch, used * segment);
	}
}
