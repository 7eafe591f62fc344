/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.c - what we tell the observer that a network names (vl2.md 13)
 *
 * A configuration may name a node and a level; that node is then told of frames
 * that were not sent or taken, of credentials that were rejected and, from
 * level 15 on, how each frame was judged. The callers ask
 * tl_report_is_wanted() first: with no observer nothing else is done.
 *
 * Reports are made of what others send, so they are limited: a burst, and then
 * a steady rate for each network. The next one says how many were left out. An
 * observer that is not known is asked for, and told nothing yet.
 */
#include "vl2/vl2_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "wire/dictionary.h"
#include "wire/trace.h"

#define REPORT_MS 20
#define REPORT_BURST 100
#define RECEIVED_MS 10 /* of what others report, from each of them */
#define RECEIVED_BURST 400
#define DATA_MAX 256 /* of a frame */
#define LOG_LEN 512 /* half a byte for each entry */

/* Half-built: a packet, and the dictionary in its payload. */
struct report {
	struct network *net;
	struct packet *p;
	struct writer w;
};

void tl_report_configure(struct network *net)
{
	const struct netconf *c = net->conf;
	bool is_on = c && c->trace_target.v && !net->refuses_trace &&
		     !tl_network_id_is_adhoc(net->id);

	net->trace_level = -1;
	if (is_on)
		net->trace_level =
			(int)TL_MIN(c->trace_level, (uint64_t)TRACE_LEVEL_MAX);
	if (net->trace_level < TRACE_LEVEL_RULES) {
		tl_free(net->filter_log);
		net->filter_log = NULL;
	} else if (!net->filter_log) {
		net->filter_log = tl_alloc_zeroed(sizeof(*net->filter_log));
	}
	net->policy.log = net->filter_log;
}

/* Is the observer one that we can tell something? */
static bool is_reached(struct network *net)
{
	struct address to = net->conf->trace_target;
	struct node *node = net->v->node;

	if (tl_address_equal(to, tl_node_address(node)) ||
	    tl_node_find_peer(node, to))
		return true;
	if (!tl_address_is_reserved(to))
		tl_node_whois(node, to, net->v->now);
	return false;
}

static void add_event(struct report *r, enum trace_event event)
{
	char text[5];

	snprintf(text, sizeof(text), "%04x", event);
	tl_dict_add_text(&r->w, "event", text);
}

/* False if there is to be no report. */
static bool begin(struct report *r, struct network *net, enum trace_event event)
{
	if (!is_reached(net) || !tl_bucket_take(&net->reports, REPORT_MS,
						REPORT_BURST, net->v->now)) {
		net->n_unreported++;
		return false;
	}
	r->net = net;
	r->p = tl_node_packet(net->v->node, net->conf->trace_target,
			      VERB_REMOTE_TRACE);
	if (!r->p)
		return false;
	r->w = tl_writer(tl_buffer(r->p->data + r->p->head + r->p->n,
				   PACKET_SEND_MAX - r->p->n));
	add_event(r, event);
	tl_dict_add_uint(&r->w, "networkId", net->id.v);
	if (net->n_unreported)
		tl_dict_add_uint(&r->w, "notReported", net->n_unreported);
	return true;
}

static void add_address(struct report *r, const char *key, struct address a)
{
	tl_dict_add_uint(&r->w, key, a.v);
}

static void add_mac(struct report *r, const char *key, struct mac m)
{
	uint8_t wide[8] = { 0 };

	memcpy(wide + 2, m.b, MAC_LEN);
	tl_dict_add_uint(&r->w, key, tl_load_be64(wide));
}

static void add_packet(struct report *r, const struct rx *rx, bool has_verb)
{
	char text[ENDPOINT_TEXT_SIZE];

	tl_dict_add_uint(&r->w, "packetId", rx->id);
	if (has_verb)
		tl_dict_add_uint(&r->w, "packetVerb", rx->verb);
	add_address(r, "remoteZtAddr", rx->peer->id.addr);
	tl_dict_add_text(&r->w, "remotePhyAddr",
			 tl_endpoint_print(text, &rx->path->remote));
	tl_dict_add_int(&r->w, "localSocket", rx->path->socket);
}

static void add_frame(struct report *r, const struct filter_frame *frame)
{
	add_mac(r, "sourceMac", frame->source);
	add_mac(r, "destMac", frame->dest);
	tl_dict_add_uint(&r->w, "etherType", frame->ethertype);
	tl_dict_add_uint(&r->w, "vlanId", frame->vlan_id);
}

/* The reference's words, where it has such. */
static const char *reason_of(enum drop why)
{
	switch (why) {
	case DROP_NONE: /* redirected */
	case DROP_RULES_OUT:
	case DROP_RULES_IN:
	case DROP_RULES_UNKNOWN:
		return "filter blocked";
	case DROP_NOT_BRIDGE:
		return "not a bridge";
	case DROP_NO_BROADCAST:
		return "broadcast disabled";
	case DROP_NO_MULTICAST:
		return "multicast disabled";
	default:
		return tl_drop_text(why);
	}
}

static void finish(struct report *r)
{
	struct vl2 *v = r->net->v;
	struct bytes dict = tl_writer_bytes(&r->w);

	tl_write_u8(&r->w, 0);
	if (!tl_writer_ok(&r->w)) {
		tl_packet_free(r->p);
		return;
	}
	r->net->n_unreported = 0;
	if (tl_address_equal(r->net->conf->trace_target,
			     tl_node_address(v->node))) {
		if (v->host->traced)
			v->host->traced(v->host_ctx, tl_node_address(v->node),
					dict);
		tl_packet_free(r->p);
		return;
	}
	r->p->n += (uint32_t)r->w.n;
	tl_node_send(v->node, r->p, SEND_COMPRESS, v->now);
}

void tl_report_not_sent(struct network *net, const struct filter_frame *frame,
			enum drop why)
{
	struct report r;

	if (!begin(&r, net, TRACE_FRAME_NOT_SENT))
		return;
	add_frame(&r, frame);
	tl_dict_add_uint(&r.w, "frameLength", frame->payload.n);
	tl_dict_add_text(&r.w, "reason", reason_of(why));
	finish(&r);
}

void tl_report_not_taken(struct network *net, const struct rx *rx,
			 const struct filter_frame *frame, enum drop why)
{
	struct report r;

	if (!begin(&r, net, TRACE_FRAME_NOT_TAKEN))
		return;
	add_packet(&r, rx, true);
	add_mac(&r, "sourceMac", frame->source);
	add_mac(&r, "destMac", frame->dest);
	tl_dict_add_text(&r.w, "reason", reason_of(why));
	finish(&r);
}

void tl_report_denied(struct network *net, const struct rx *rx)
{
	struct report r;

	if (!begin(&r, net, TRACE_ACCESS_DENIED))
		return;
	add_packet(&r, rx, true);
	finish(&r);
}

void tl_report_path(struct network *net, const struct rx *rx)
{
	struct report r;

	if (!begin(&r, net, TRACE_PATH_LEARNED))
		return;
	add_packet(&r, rx, false);
	finish(&r);
}

static void add_credential(struct report *r, const struct credential *c)
{
	switch (c->type) {
	case CREDENTIAL_COM:
		tl_dict_add_uint(&r->w, "credId", 0);
		tl_dict_add_int(&r->w, "credTs", tl_com_timestamp(&c->com));
		add_address(r, "credIssuedTo", tl_com_issued_to(&c->com));
		break;
	case CREDENTIAL_CAPABILITY:
		tl_dict_add_uint(&r->w, "credId", c->capability.id);
		tl_dict_add_int(&r->w, "credTs", c->capability.timestamp);
		add_address(r, "credIssuedTo",
			    tl_capability_issued_to(&c->capability));
		break;
	case CREDENTIAL_TAG:
		tl_dict_add_uint(&r->w, "credId", c->tag.id);
		tl_dict_add_int(&r->w, "credTs", c->tag.timestamp);
		add_address(r, "credIssuedTo", c->tag.issued_to);
		tl_dict_add_uint(&r->w, "credInfo", c->tag.value);
		break;
	case CREDENTIAL_OWNERSHIP:
		tl_dict_add_uint(&r->w, "credId", c->ownership.id);
		tl_dict_add_int(&r->w, "credTs", c->ownership.timestamp);
		add_address(r, "credIssuedTo", c->ownership.issued_to);
		break;
	case CREDENTIAL_REVOCATION:
		tl_dict_add_uint(&r->w, "credId", c->revocation.id);
		add_address(r, "credRevocationTarget", c->revocation.target);
		break;
	case CREDENTIAL_NULL:
		break;
	}
}

void tl_report_credential(struct network *net, const struct credential *c,
			  const char *reason)
{
	struct report r;

	if (!begin(&r, net, TRACE_CREDENTIAL_REJECTED))
		return;
	tl_dict_add_uint(&r.w, "credType", c->type);
	add_credential(&r, c);
	tl_dict_add_text(&r.w, "reason", reason);
	finish(&r);
}

static void add_log(struct report *r, const char *key, const uint8_t *log,
		    size_t n)
{
	uint8_t packed[LOG_LEN] = { 0 };
	size_t i;

	for (i = 0; i < TL_MIN(n, (size_t)2 * LOG_LEN); i++)
		packed[i / 2] |= (uint8_t)(log[i] << (i % 2 ? 4 : 0));
	tl_dict_add(&r->w, key, TL_BYTES_OF(packed));
}

static uint64_t result_of(enum filter_verdict v)
{
	switch (v) {
	case FILTER_DROP:
		return 0;
	case FILTER_ACCEPT:
		return 1;
	case FILTER_SUPER_ACCEPT:
		return 2;
	}
	return 0;
}

void tl_report_judged(struct network *net, const struct filter_frame *frame,
		      const struct judgement *j)
{
	struct filter_log *log = net->filter_log;
	struct report r;

	if (log && begin(&r, net, TRACE_FILTER)) {
		add_address(&r, "sourceZtAddr", j->source);
		add_address(&r, "destZtAddr", j->dest);
		add_frame(&r, frame);
		tl_dict_add_bool(&r.w, "filterNoTee", j->no_tee);
		tl_dict_add_bool(&r.w, "filterInbound", j->inbound);
		tl_dict_add_uint(&r.w, "filterResult", result_of(j->verdict));
		add_log(&r, "filterBaseRuleLog", log->base, FILTER_LOG_MAX);
		if (log->has_capability) {
			add_log(&r, "filterCapRuleLog", log->capability,
				FILTER_LOG_MAX);
			tl_dict_add_uint(&r.w, "filterMatchingCapId",
					 log->capability_id);
		}
		tl_dict_add_uint(&r.w, "frameLength", frame->payload.n);
		tl_dict_add(&r.w, "frameData",
			    tl_bytes_first(frame->payload, DATA_MAX));
		finish(&r);
	}
	/* Of a rule set that accepts all nothing is noted. */
	if (log)
		memset(log, 0, sizeof(*log));
}

void tl_report_learned(void *ctx, const struct rx *rx)
{
	struct address who = rx->peer->id.addr;
	struct vl2 *v = ctx;
	size_t i;

	v->now = rx->now;
	for (i = 0; i < v->n_networks; i++) {
		struct network *net = v->networks[i];

		if (tl_report_is_wanted(net, TRACE_LEVEL_NORMAL) &&
		    (tl_member_find(net, who) ||
		     tl_address_equal(net->controller, who)))
			tl_report_path(net, rx);
	}
}

enum rx_outcome tl_report_on_trace(struct vl2 *v, const struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct bytes dict;

	if (!v->host->traced)
		return RX_DONE;
	while (tl_read_trace(&r, &dict)) {
		if (tl_bucket_take(&rx->peer->traces, RECEIVED_MS,
				   RECEIVED_BURST, rx->now))
			v->host->traced(v->host_ctx, rx->peer->id.addr, dict);
		else
			tl_node_drop(v->node, DROP_GATE);
	}
	if (!tl_reader_ok(&r))
		tl_node_drop(v->node, DROP_MALFORMED);
	return RX_DONE;
}
