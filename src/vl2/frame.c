/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c - Ethernet frames from one node to another (vl2.md 8) */
#include "vl2/vl2_impl.h"

#define FRAME_HEADER_LEN 10
#define EXT_FRAME_HEADER_LEN 23
#define EXT_FLAG_COM 0x01
#define EXT_FLAG_ACK 0x10
#define PUSH_REFRESH_MS 500000

void tl_frame_send_ext(struct network *net, struct address to, uint8_t flags,
		       const struct filter_frame *frame, struct bytes payload)
{
	struct packet *p = tl_node_packet(net->v->node, to, VERB_EXT_FRAME);
	struct writer w;

	if (!p)
		return;
	w = tl_writer(tl_packet_room(p));
	w.n = p->n;
	tl_write_be64(&w, net->id.v);
	tl_write_u8(&w, flags);
	tl_write_mac(&w, frame->dest);
	tl_write_mac(&w, frame->source);
	tl_write_be16(&w, frame->ethertype);
	tl_write_bytes(&w, payload);
	if (!tl_writer_ok(&w)) {
		tl_packet_free(p);
		return;
	}
	p->n = (uint32_t)w.n;
	tl_node_send(net->v->node, p, flags ? SEND_COMPRESS : SEND_PLAIN,
		     net->v->now);
}

void tl_frame_send_copies(struct network *net, const struct filter_result *f,
			  const struct filter_frame *frame)
{
	size_t i;

	for (i = 0; i < f->n_copies; i++)
		tl_frame_send_ext(
			net, f->copies[i].to, f->copies[i].flags, frame,
			tl_bytes_first(frame->payload, f->copies[i].len));
}

/* The observer wants to know what was decided. */
static __attribute__((noinline, cold)) void
report_out(struct network *net, const struct filter_frame *frame,
	   struct address to, bool no_tee, const struct filter_result *f)
{
	struct judgement j = {
		.source = net->policy.own,
		.dest = to,
		.no_tee = no_tee,
		.verdict = f->verdict,
	};

	tl_report_judged(net, frame, &j);
	if (f->verdict == FILTER_DROP)
		tl_report_not_sent(net, frame, f->reason);
}

static __attribute__((noinline, cold)) void
report_in(struct network *net, const struct rx *rx,
	  const struct filter_frame *frame, const struct filter_result *f)
{
	struct judgement j = {
		.source = rx->peer->id.addr,
		.dest = net->policy.own,
		.inbound = true,
		.verdict = f->verdict,
	};

	tl_report_judged(net, frame, &j);
	if (f->verdict == FILTER_DROP)
		tl_report_not_taken(net, rx, frame, f->reason);
}

void tl_frame_ask_outbound(struct network *net, struct filter_result *f,
			   const struct filter_frame *frame, struct address to,
			   struct member *m, bool no_tee)
{
	tl_filter_outbound(f, &net->policy, frame, to, tl_member_side(net, m),
			   no_tee);
	net->n_refused[1] += f->verdict == FILTER_DROP && f->reason;
	if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
		report_out(net, frame, to, no_tee, f);
	if (f->n_copies)
		tl_frame_send_copies(net, f, frame);
}

enum filter_verdict tl_frame_ask_inbound(struct network *net,
					 const struct rx *rx,
					 const struct filter_frame *frame)
{
	struct member *m = tl_member_find(net, rx->peer->id.addr);
	struct filter_result f;

	tl_filter_inbound(&f, &net->policy, frame, rx->peer->id.addr,
			  tl_member_side(net, m));
	net->n_refused[0] += f.verdict == FILTER_DROP && f.reason;
	if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
		report_in(net, rx, frame, &f);
	if (f.n_copies)
		tl_frame_send_copies(net, &f, frame);
	if (f.verdict == FILTER_DROP && f.reason)
		tl_node_drop(net->v->node, f.reason);
	return f.verdict;
}

/* True if our rules let the frame pass to @to. Sends copies. */
static bool may_send(struct network *net, const struct filter_frame *frame,
		     struct address to, bool no_tee)
{
	struct member *m = to.v ? tl_member_find(net, to) : NULL;
	struct filter_result f;

	if (tl_revoked_refuses(net, m))
		return false;
	tl_frame_ask_outbound(net, &f, frame, to, m, no_tee);
	if (f.verdict != FILTER_DROP)
		return true;
	if (f.reason)
		tl_node_drop(net->v->node, f.reason);
	return false;
}

/* The payload is in @p already: put the headers in front of it. */
static void send_frame(struct network *net, struct address to,
		       uint16_t ethertype, struct packet *p)
{
	uint8_t *at = tl_packet_push(p, FRAME_HEADER_LEN);

	if (!at) {
		tl_packet_free(p);
		return;
	}
	tl_store_be64(at, net->id.v);
	tl_store_be16(at + 8, ethertype);
	if (!tl_node_push_header(net->v->node, p, to, VERB_FRAME)) {
		tl_packet_free(p);
		return;
	}
	tl_node_send(net->v->node, p, SEND_PLAIN, net->v->now);
}

static void send_to_member(struct network *net,
			   const struct filter_frame *frame, struct packet *p)
{
	struct address to = tl_mac_to_member(frame->dest, net->id);

	if (tl_address_is_reserved(to) || !may_send(net, frame, to, false)) {
		tl_packet_free(p);
		return;
	}
	tl_gate_push(net, to, PUSH_REFRESH_MS);
	if (tl_mac_equal(frame->source, net->mac)) {
		send_frame(net, to, frame->ethertype, p);
		return;
	}
	tl_frame_send_ext(net, to, 0, frame, frame->payload);
	tl_packet_free(p);
}

static void send_to_bridges(struct network *net,
			    const struct filter_frame *frame)
{
	struct address to[BRIDGE_RECIPIENTS_MAX];
	size_t n;
	size_t i;

	if (!may_send(net, frame, (struct address){ 0 }, false))
		return;
	n = tl_bridge_find(net, frame->dest, to);
	for (i = 0; i < n; i++) {
		if (may_send(net, frame, to[i], true))
			tl_frame_send_ext(net, to[i], 0, frame, frame->payload);
	}
}

void tl_network_output(struct network *net, struct mac source, struct mac dest,
		       uint16_t ethertype, struct packet *p, int64_t now)
{
	bool is_bridged = !tl_mac_equal(source, net->mac);
	struct filter_frame frame = {
		.source = source,
		.dest = dest,
		.ethertype = ethertype,
		.payload = tl_packet_bytes(p),
	};

	net->v->now = now;
	if (!net->conf || (is_bridged && !tl_network_is_bridge(net))) {
		tl_node_drop(net->v->node,
			     net->conf ? DROP_NOT_BRIDGE : DROP_NO_CONFIG);
		if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
			tl_report_not_sent(net, &frame, DROP_NOT_BRIDGE);
		tl_packet_free(p);
		return;
	}
	if (tl_mac_is_multicast(dest)) {
		tl_multicast_output(net, &frame, p, is_bridged);
	} else if (tl_mac_equal(dest, net->mac)) {
		net->v->host->frame(net->v->host_ctx, net, source, dest,
				    ethertype, tl_packet_buffer(p));
		tl_node_keep(net->v->node, p);
	} else if (tl_mac_is_member_of(dest, net->id)) {
		send_to_member(net, &frame, p);
	} else {
		send_to_bridges(net, &frame);
		tl_packet_free(p);
	}
}

static void deliver(struct network *net, const struct filter_frame *frame,
		    struct buffer payload)
{
	net->v->host->frame(net->v->host_ctx, net, frame->source, frame->dest,
			    frame->ethertype, payload);
}

enum rx_outcome tl_frame_on_frame(struct network *net, struct rx *rx)
{
	struct buffer body = tl_buffer_skip(rx->packet, PACKET_AT_PAYLOAD);
	struct filter_frame frame;
	enum rx_outcome gate;

	if (body.n < FRAME_HEADER_LEN) {
		tl_node_drop(net->v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	gate = tl_gate_check(net, rx);
	if (gate != RX_DONE)
		return gate;
	if (body.n == FRAME_HEADER_LEN)
		return RX_TRUSTED;
	frame = (struct filter_frame){
		.source = tl_mac_of_member(net->id, rx->peer->id.addr),
		.dest = net->mac,
		.ethertype = tl_load_be16(body.at + 8),
		.payload = tl_bytes(body.at + FRAME_HEADER_LEN,
				    body.n - FRAME_HEADER_LEN),
	};
	if (tl_frame_ask_inbound(net, rx, &frame) != FILTER_DROP)
		deliver(net, &frame, tl_buffer_skip(body, FRAME_HEADER_LEN));
	return RX_TRUSTED;
}

/* May the frame be delivered although its MACs are not the two nodes' own?
 * (vl2.md 8.3, 7) */
static enum drop check_macs(struct network *net, const struct rx *rx,
			    const struct filter_frame *frame)
{
	struct address sender = rx->peer->id.addr;

	if (!tl_mac_equal(frame->source, tl_mac_of_member(net->id, sender))) {
		if (!tl_network_has_role(net, sender, SPECIALIST_BRIDGE))
			return DROP_NOT_BRIDGE;
		tl_bridge_learn(net, frame->source, sender);
		return DROP_NONE;
	}
	if (tl_mac_equal(frame->dest, net->mac))
		return DROP_NONE;
	if (tl_mac_is_multicast(frame->dest))
		return net->conf->multicast_limit ? DROP_NONE
						  : DROP_NO_MULTICAST;
	return tl_network_is_bridge(net) ? DROP_NONE : DROP_NOT_BRIDGE;
}

static void acknowledge(struct network *net, const struct rx *rx)
{
	struct packet *p = tl_node_ok(net->v->node, rx);

	if (!p)
		return;
	tl_store_be64(p->data + p->head + p->n, net->id.v);
	p->n += 8;
	tl_node_reply(net->v->node, rx, p, SEND_PLAIN);
}

/* False if the sender's acknowledgement is to be left out too. */
static bool take_ext_frame(struct network *net, const struct rx *rx,
			   const struct filter_frame *frame)
{
	size_t at = rx->packet.n - frame->payload.n;
	enum filter_verdict verdict;
	enum drop why;

	if (tl_mac_is_zero(frame->source) ||
	    tl_mac_equal(frame->source, net->mac))
		return false;
	verdict = tl_frame_ask_inbound(net, rx, frame);
	if (verdict == FILTER_DROP)
		return true;
	why = verdict == FILTER_ACCEPT ? check_macs(net, rx, frame) : DROP_NONE;
	if (why) {
		tl_node_drop(net->v->node, why);
		if (tl_report_is_wanted(net, TRACE_LEVEL_VERBOSE))
			tl_report_not_taken(net, rx, frame, why);
		return false;
	}
	deliver(net, frame, tl_buffer_skip(rx->packet, at));
	return true;
}

enum rx_outcome tl_frame_on_ext_frame(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct network_id id = { tl_read_be64(&r) };
	unsigned int flags = tl_read_u8(&r);
	struct network *net = tl_vl2_find(v, id);
	struct filter_frame frame = { 0 };
	enum rx_outcome gate;

	if (!net || !tl_reader_ok(&r)) {
		tl_node_drop(v->node, net ? DROP_MALFORMED : DROP_NOT_JOINED);
		return RX_DONE;
	}
	if (flags & EXT_FLAG_COM)
		tl_gate_inline_com(net, rx, &r);
	frame.dest = tl_read_mac(&r);
	frame.source = tl_read_mac(&r);
	frame.ethertype = tl_read_be16(&r);
	frame.payload = r.rest;
	if (!tl_reader_ok(&r)) {
		tl_node_drop(v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	gate = tl_gate_check(net, rx);
	if (gate != RX_DONE)
		return gate;
	if (frame.payload.n && !take_ext_frame(net, rx, &frame))
		return RX_TRUSTED;
	if (flags & EXT_FLAG_ACK)
		acknowledge(net, rx);
	return RX_TRUSTED;
}

uint64_t tl_network_refused(const struct network *net, bool is_outbound)
{
	return net->n_refused[is_outbound];
}
