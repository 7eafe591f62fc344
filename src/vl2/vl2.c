/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/vl2_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define CLEANUP_MS 30000

int tl_vl2_new(struct vl2 **vl2p, const struct vl2_host *host, void *ctx)
{
	struct vl2 *v = tl_alloc_zeroed(sizeof(*v));

	if (!v)
		return -ENOMEM;
	v->host = host;
	v->host_ctx = ctx;
	*vl2p = v;
	return 0;
}

void tl_vl2_free(struct vl2 *v)
{
	size_t i;

	if (!v)
		return;
	for (i = 0; i < v->n_networks; i++)
		tl_network_free(v->networks[i]);
	tl_free(v->networks);
	tl_group_free_all(v);
	tl_free(v);
}

void tl_vl2_attach(struct vl2 *v, struct node *node, int64_t now)
{
	uint64_t key[2] = { tl_node_random(node), tl_node_random(node) };

	v->node = node;
	v->now = now;
	v->next_check_ms = now;
	v->next_cleanup_ms = now + CLEANUP_MS;
	tl_map_init(&v->groups, key);
	tl_list_init(&v->unheard);
}

/* Where @id is, or where it would go. */
static size_t position_of(const struct vl2 *v, struct network_id id)
{
	size_t low = 0;
	size_t high = v->n_networks;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (v->networks[middle]->id.v < id.v)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct network *tl_vl2_find(const struct vl2 *v, struct network_id id)
{
	size_t i = position_of(v, id);

	if (i < v->n_networks && v->networks[i]->id.v == id.v)
		return v->networks[i];
	return NULL;
}

struct network *tl_vl2_at(const struct vl2 *v, size_t i)
{
	return i < v->n_networks ? v->networks[i] : NULL;
}

static int insert_network(struct vl2 *v, struct network *net)
{
	size_t i = position_of(v, net->id);
	struct network **list;

	list = tl_realloc(v->networks, (v->n_networks + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	memmove(list + i + 1, list + i, (v->n_networks - i) * sizeof(*list));
	list[i] = net;
	v->networks = list;
	v->n_networks++;
	return 0;
}

int tl_vl2_join(struct vl2 *v, struct network_id id, struct bytes cached,
		int64_t now)
{
	struct network *net;
	int r;

	v->now = now;
	if (tl_vl2_find(v, id))
		return -EEXIST;
	if (v->n_networks >= NETWORKS_MAX)
		return -ENOBUFS;
	r = tl_network_new(&net, v, id);
	if (r)
		return r;
	r = insert_network(v, net);
	if (r) {
		tl_network_free(net);
		return r;
	}
	if (cached.n > 1 && tl_network_accept(net, cached, false))
		net->config_changed_ms = 0;
	v->next_check_ms = now;
	tl_node_announce(v->node, now);
	v->host->changed(v->host_ctx, net);
	return 0;
}

int tl_vl2_leave(struct vl2 *v, struct network_id id)
{
	size_t i = position_of(v, id);
	struct network *net = tl_vl2_find(v, id);

	if (!net)
		return -ENOENT;
	v->n_networks--;
	memmove(v->networks + i, v->networks + i + 1,
		(v->n_networks - i) * sizeof(*v->networks));
	tl_network_free(net);
	return 0;
}

void tl_vl2_on_own_chunk(struct vl2 *v, struct network_id id,
			 struct bytes chunk, int64_t now)
{
	struct network *net = tl_vl2_find(v, id);

	v->now = now;
	if (net)
		tl_network_own_chunk(net, chunk);
}

void tl_vl2_on_own_credentials(struct vl2 *v, struct bytes payload, int64_t now)
{
	v->now = now;
	tl_gate_own_credentials(v, payload);
}

void tl_vl2_on_refusal(struct vl2 *v, struct network_id id, enum error_code why)
{
	struct network *net = tl_vl2_find(v, id);

	if (net)
		tl_network_fail(net, why == ERROR_NETWORK_ACCESS_DENIED
					     ? NETWORK_ACCESS_DENIED
					     : NETWORK_NOT_FOUND);
}

/* The network that a packet of @verb is about. Each names it first. */
static struct network *network_of(const struct vl2 *v, struct bytes payload)
{
	struct reader r = tl_reader(payload);
	struct network_id id = { tl_read_be64(&r) };

	return tl_reader_ok(&r) ? tl_vl2_find(v, id) : NULL;
}

static enum rx_outcome on_config_request(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct network_id id = { tl_read_be64(&r) };
	struct bytes metadata = { 0 };
	struct packet *p;

	if (r.rest.n)
		metadata = tl_read_slice(&r, tl_read_be16(&r));
	if (!tl_reader_ok(&r)) {
		tl_node_drop(v->node, DROP_MALFORMED);
		return RX_DONE;
	}
	if (v->host->config_request &&
	    v->host->config_request(v->host_ctx, rx, id, metadata))
		return RX_DONE;
	p = tl_node_error(v->node, rx, ERROR_UNSUPPORTED_OPERATION);
	if (!p)
		return RX_DONE;
	tl_store_be64(p->data + p->head + p->n, id.v);
	p->n += 8;
	tl_node_reply(v->node, rx, p, SEND_PLAIN);
	return RX_DONE;
}

/* Nobody else knows the number of the update, so it is an answer. */
static enum rx_outcome on_taken(struct vl2 *v, const struct rx *rx,
				struct reader *r)
{
	struct network_id net = { tl_read_be64(r) };
	uint64_t update_id = tl_read_be64(r);

	if (tl_reader_done(r) && v->host->config_taken &&
	    v->host->config_taken(v->host_ctx, net, rx->peer->id.addr,
				  update_id))
		return RX_DONE;
	tl_node_drop(v->node, DROP_UNEXPECTED);
	return RX_IGNORED;
}

static enum rx_outcome on_ok(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int verb = tl_read_u8(&r);
	struct network *net;

	tl_read_skip(&r, 8);
	switch (verb) {
	case VERB_ECHO:
	case VERB_NETWORK_CONFIG:
		return on_taken(v, rx, &r);
	case VERB_NETWORK_CONFIG_REQUEST:
		net = network_of(v, r.rest);
		return net ? tl_network_on_chunk(net, rx, &r) : RX_DONE;
	case VERB_MULTICAST_GATHER:
	case VERB_MULTICAST_FRAME:
		return tl_multicast_on_ok(v, rx, &r, verb);
	default:
		return RX_DONE;
	}
}

static void on_config_error(struct network *net, const struct rx *rx,
			    unsigned int code, unsigned int in_re_verb,
			    struct bytes rest)
{
	bool is_about_config = in_re_verb == VERB_NETWORK_CONFIG_REQUEST;

	if (!tl_address_equal(rx->peer->id.addr, net->controller)) {
		tl_node_drop(net->v->node, DROP_NOT_CONTROLLER);
		return;
	}
	if (code == ERROR_NETWORK_ACCESS_DENIED)
		tl_network_fail(net, NETWORK_ACCESS_DENIED);
	else if (code == ERROR_NETWORK_AUTHENTICATION_REQUIRED)
		tl_auth_required(net, rest);
	else if (is_about_config)
		tl_network_fail(net, NETWORK_NOT_FOUND);
}

static void on_unwanted(struct network *net, const struct rx *rx,
			struct reader *r)
{
	struct group g;

	g.mac = tl_read_mac(r);
	g.adi = tl_read_be32(r);
	if (tl_reader_ok(r) && tl_gate_allows(net, rx->peer))
		tl_group_remove(net->v, net->id, g, rx->peer->id.addr);
}

static enum rx_outcome on_error(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	unsigned int verb = tl_read_u8(&r);
	struct network *net;
	unsigned int code;

	tl_read_skip(&r, 8);
	code = tl_read_u8(&r);
	net = network_of(v, r.rest);
	tl_read_skip(&r, 8);
	if (!net || !tl_reader_ok(&r))
		return RX_DONE;
	switch (code) {
	case ERROR_OBJ_NOT_FOUND:
	case ERROR_UNSUPPORTED_OPERATION:
	case ERROR_NETWORK_ACCESS_DENIED:
	case ERROR_NETWORK_AUTHENTICATION_REQUIRED:
		on_config_error(net, rx, code, verb, r.rest);
		break;
	case ERROR_NEED_MEMBERSHIP_CERTIFICATE:
		tl_gate_on_need_certificate(net, rx);
		break;
	case ERROR_UNWANTED_MULTICAST:
		on_unwanted(net, rx, &r);
		break;
	default:
		break;
	}
	return RX_DONE;
}

static enum rx_outcome on_network_config(struct vl2 *v, struct rx *rx)
{
	struct reader r = tl_reader(tl_rx_payload(rx));
	struct network *net = network_of(v, r.rest);

	return net ? tl_network_on_chunk(net, rx, &r) : RX_DONE;
}

static enum rx_outcome on_frame(struct vl2 *v, struct rx *rx)
{
	struct network *net = network_of(v, tl_rx_payload(rx));

	if (net)
		return tl_frame_on_frame(net, rx);
	tl_node_drop(v->node, DROP_NOT_JOINED);
	return RX_DONE;
}

/* One call a verb. */
static enum rx_outcome receive(void *ctx, struct rx *rx)
{
	struct vl2 *v = ctx;

	v->now = rx->now;
	switch (rx->verb) {
	case VERB_OK:
		return on_ok(v, rx);
	case VERB_ERROR:
		return on_error(v, rx);
	case VERB_FRAME:
		return on_frame(v, rx);
	case VERB_EXT_FRAME:
		return tl_frame_on_ext_frame(v, rx);
	case VERB_MULTICAST_LIKE:
		return tl_group_on_like(v, rx);
	case VERB_NETWORK_CREDENTIALS:
		return tl_gate_on_credentials(v, rx);
	case VERB_NETWORK_CONFIG_REQUEST:
		return on_config_request(v, rx);
	case VERB_NETWORK_CONFIG:
		return on_network_config(v, rx);
	case VERB_MULTICAST_GATHER:
		return tl_group_on_gather(v, rx);
	case VERB_MULTICAST_FRAME:
		return tl_multicast_on_frame(v, rx);
	case VERB_REMOTE_TRACE:
		return tl_report_on_trace(v, rx);
	default:
		return RX_DONE;
	}
}

/* Anchors and replicators are kept in contact like roots (vl2.md 5.4). */
static size_t contacts(void *ctx, struct address *out, size_t max)
{
	const struct vl2 *v = ctx;
	size_t n = 0;
	size_t i;

	for (i = 0; i < v->n_networks; i++)
		n += tl_network_specialists(v->networks[i],
					    SPECIALIST_ANCHOR |
						    SPECIALIST_REPLICATOR,
					    out + n, max - n);
	return n;
}

static void greeted(void *ctx, struct peer *peer, int64_t now)
{
	struct vl2 *v = ctx;
	size_t i;

	v->now = now;
	for (i = 0; i < v->n_networks; i++)
		tl_multicast_on_greeted(v->networks[i], peer->id.addr);
}

const struct node_upper tl_vl2_upper = {
	.receive = receive,
	.contacts = contacts,
	.greeted = greeted,
	.hints = tl_kin_hints,
	.is_kin = tl_kin_is,
	.met = tl_kin_met,
	.needs = tl_kin_needs,
	.learned = tl_report_learned,
};

int64_t tl_vl2_like_ms(const struct vl2 *v)
{
	return tl_node_is_low_bandwidth(v->node) ? LOW_LIKE_MS : LIKE_MS;
}

int64_t tl_vl2_gather_ms(const struct vl2 *v)
{
	return tl_node_is_low_bandwidth(v->node) ? LOW_GATHER_MS : GATHER_MS;
}

int64_t tl_vl2_run(struct vl2 *v, int64_t now)
{
	int64_t next;
	size_t i;

	v->now = now;
	for (i = 0; i < v->n_networks; i++)
		tl_network_check(v->networks[i]);
	if (now >= v->next_check_ms) {
		v->next_check_ms = tl_node_next_beat(v->node, now);
		for (i = 0; i < v->n_networks; i++)
			tl_multicast_announce(v->networks[i]);
	}
	if (now >= v->next_cleanup_ms) {
		v->next_cleanup_ms = tl_node_next_beat(
			v->node, now + CLEANUP_MS - NODE_BEAT_MS);
		tl_group_expire(v);
		for (i = 0; i < v->n_networks; i++) {
			tl_member_expire(v->networks[i]);
			tl_behind_expire(v->networks[i]);
		}
	}
	next = TL_MIN(v->next_check_ms, v->next_cleanup_ms);
	for (i = 0; i < v->n_networks; i++) {
		next = TL_MIN(next, tl_network_next_ms(v->networks[i]));
		next = TL_MIN(next, tl_push_run(v->networks[i]));
	}
	return next;
}
