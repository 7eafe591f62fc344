/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics.c - counters of the service for Prometheus (api.md 2.9)
 *
 * Those of the reference have its names where we have what they count; ours
 * begin with tapless_. How many lines there are does not depend on how many
 * peers there are: lines for each peer come only while there are at most
 * METRICS_PEERS_MAX, or if they are asked for with ?peers=all.
 */
#include "service/service_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "service/metrics_text.h"
#include "service/relay.h"
#include "service/tcp_tunnel.h"

#define METRICS_PEERS_MAX 100
#define LABELS_SIZE 160

static const char *const verbs[COUNT_VERBS] = {
	[VERB_NOP] = "nop",
	[VERB_HELLO] = "hello",
	[VERB_ERROR] = "error",
	[VERB_OK] = "ok",
	[VERB_WHOIS] = "whois",
	[VERB_RENDEZVOUS] = "rendezvous",
	[VERB_FRAME] = "frame",
	[VERB_EXT_FRAME] = "ext_frame",
	[VERB_ECHO] = "echo",
	[VERB_MULTICAST_LIKE] = "multicast_like",
	[VERB_NETWORK_CREDENTIALS] = "network_credentials",
	[VERB_NETWORK_CONFIG_REQUEST] = "network_config_request",
	[VERB_NETWORK_CONFIG] = "network_config",
	[VERB_MULTICAST_GATHER] = "multicast_gather",
	[VERB_MULTICAST_FRAME] = "multicast_frame",
	[VERB_PUSH_DIRECT_PATHS] = "push_direct_paths",
	[VERB_ACK] = "ack",
	[VERB_QOS_MEASUREMENT] = "qos",
	[VERB_USER_MESSAGE] = "user_message",
	[VERB_REMOTE_TRACE] = "remote_trace",
	[VERB_PATH_NEGOTIATION_REQUEST] = "path_negotiation_request",
};

/* The first is for codes that none of the others stands for. */
static const char *const errors[COUNT_ERRORS] = {
	[ERROR_NONE] = "internal_server_error",
	[ERROR_OBJ_NOT_FOUND] = "obj_not_found",
	[ERROR_IDENTITY_COLLISION] = "identity_collision",
	[ERROR_UNSUPPORTED_OPERATION] = "unsupported_operation",
	[ERROR_NEED_MEMBERSHIP_CERTIFICATE] = "need_membership_certificate",
	[ERROR_NETWORK_ACCESS_DENIED] = "network_access_denied",
	[ERROR_UNWANTED_MULTICAST] = "unwanted_multicast",
	[ERROR_NETWORK_AUTHENTICATION_REQUIRED] = "authentication_required",
};

static const char *const directions[] = { "rx", "tx" };

/* A sample with one label more than its direction. */
TL_PRINTF(4, 5)
static void put_way(struct metrics_text *t, unsigned int direction, uint64_t v,
		    const char *format, ...)
{
	char labels[LABELS_SIZE];
	va_list args;
	int n;

	n = snprintf(labels, sizeof(labels), "direction=\"%s\",",
		     directions[direction]);
	va_start(args, format);
	vsnprintf(labels + n, sizeof(labels) - (size_t)n, format, args);
	va_end(args);
	tl_metrics_uint(t, labels, v);
}

static void put_both(struct metrics_text *t, uint64_t in, uint64_t out)
{
	tl_metrics_uint(t, "direction=\"rx\"", in);
	tl_metrics_uint(t, "direction=\"tx\"", out);
}

TL_PRINTF(3, 4)
static void put_one(struct metrics_text *t, int64_t v, const char *format, ...)
{
	char labels[LABELS_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(labels, sizeof(labels), format, args);
	va_end(args);
	tl_metrics_int(t, labels, v);
}

static void put_named(struct metrics_text *t, const char *label,
		      const char *const *names, const uint64_t *const counts[2],
		      size_t n)
{
	unsigned int d;
	size_t i;

	for (d = 0; d < 2; d++) {
		for (i = 0; i < n; i++) {
			if (names[i])
				put_way(t, d, counts[d][i], "%s=\"%s\"", label,
					names[i]);
		}
	}
}

static void put_protocol(struct metrics_text *t, const struct service *s)
{
	const struct node_counts *c = tl_node_counts(s->node);
	const struct udp_counts *udp = tl_udp_counts(s->udp);
	const uint64_t *const packets[2] = { c->received, c->sent };
	const uint64_t *const bad[2] = { c->errors_received, c->errors_sent };
	struct tcp_tunnel_view tunnel;

	tl_tcp_tunnel_look(s, &tunnel);
	tl_metrics_family(t, "zt_packet", "counter", "Packets by type");
	put_named(t, "packet_type", verbs, packets, COUNT_VERBS);
	tl_metrics_family(t, "zt_packet_error", "counter",
			  "Error packets by what they say");
	put_named(t, "error_type", errors, bad, COUNT_ERRORS);
	tl_metrics_family(t, "zt_data", "counter",
			  "Bytes with the outside, without IP and UDP headers");
	put_way(t, 0, udp->received_bytes, "protocol=\"%s\"", "udp");
	put_way(t, 1, udp->sent_bytes, "protocol=\"%s\"", "udp");
	put_way(t, 0, tunnel.in_bytes, "protocol=\"%s\"", "tcp");
	put_way(t, 1, tunnel.out_bytes, "protocol=\"%s\"", "tcp");
}

static void put_networks(struct metrics_text *t, const struct service *s)
{
	struct network *net;
	unsigned int d;
	size_t n = 0;
	size_t i;

	while (tl_vl2_at(s->vl2, n))
		n++;
	tl_metrics_family(t, "zt_num_networks", "gauge", "Joined networks");
	tl_metrics_uint(t, NULL, n);
	if (!n)
		return;
	tl_metrics_family(t, "zt_network_multicast_groups_subscribed", "gauge",
			  "Multicast groups that we are in");
	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++)
		put_one(t, (int64_t)tl_network_n_groups(net),
			"network_id=\"%016" PRIx64 "\"", tl_network_id(net).v);
	tl_metrics_family(t, "zt_network_packets", "counter",
			  "Frames, by what the rules said");
	for (i = 0; (net = tl_vl2_at(s->vl2, i)); i++) {
		const struct lan_counts c = tl_lan_counts(net);
		const uint64_t counts[2] = { c.received, c.sent };

		for (d = 0; d < 2; d++) {
			put_way(t, d, counts[d],
				"accepted=\"yes\",network_id=\"%016" PRIx64
				"\"",
				tl_network_id(net).v);
			put_way(t, d, tl_network_refused(net, d),
				"accepted=\"no\",network_id=\"%016" PRIx64 "\"",
				tl_network_id(net).v);
		}
	}
}

/* As the reference counts; what it counts of its database's insides has no
 * counterpart, and nobody logs in by OIDC. */
static void put_controller_counts(struct metrics_text *t,
				  const struct service *s)
{
	const struct controller_counts *c = tl_controller_counts(s->controller);
	const struct {
		const char *name;
		const char *type;
		const char *help;
		uint64_t value;
	} rows[] = {
		{ "controller_network_change_count", "counter",
		  "Changes of networks", c->networks },
		{ "controller_member_change_count", "counter",
		  "Changes of members", c->members },
		{ "controller_member_auth_count", "counter",
		  "Members that were authorized", c->authorized },
		{ "controller_member_deauth_count", "counter",
		  "Members that were deauthorized", c->deauthorized },
		{ "controller_network_config_request", "counter",
		  "Configurations that members asked it for",
		  s->config_requests },
		{ "controller_network_config_request_queue", "gauge",
		  "Configurations that are to be sent",
		  tl_controller_waiting(s->controller) },
		{ "controller_network_config_request_threads", "gauge",
		  "Threads that make them", 1 },
		{ "controller_sso_expiration_checks", "counter",
		  "Always 0: there is no single sign-on", 0 },
		{ "controller_sso_timeouts", "counter",
		  "Always 0: there is no single sign-on", 0 },
		{ "controller_db_network_change", "counter",
		  "Rows of networks that were written", c->networks },
		{ "controller_db_member_change", "counter",
		  "Rows of members that were written", c->members },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(rows); i++) {
		tl_metrics_family(t, rows[i].name, rows[i].type, rows[i].help);
		tl_metrics_uint(t, NULL, rows[i].value);
	}
}

static void put_controller(struct metrics_text *t, const struct service *s)
{
	size_t networks;
	size_t members;

	if (!s->controller)
		return;
	tl_controller_sizes(s->controller, &networks, &members);
	tl_metrics_family(t, "controller_network_count", "gauge",
			  "Networks that the controller serves");
	tl_metrics_uint(t, NULL, networks);
	tl_metrics_family(t, "controller_member_count", "gauge",
			  "Members of these");
	tl_metrics_uint(t, NULL, members);
	put_controller_counts(t, s);
}

static void put_tcp(struct metrics_text *t, const struct service *s)
{
	const struct relay_counts *c = tl_relay_counts(s);
	struct tcp_tunnel_view v;

	tl_tcp_tunnel_look(s, &v);
	tl_metrics_family(t, "tapless_tcp_tunnel_open", "gauge",
			  "Whether a TCP relay is in use");
	tl_metrics_uint(t, NULL, v.is_open);
	tl_metrics_family(t, "tapless_tcp_tunnel_datagrams_total", "counter",
			  "Datagrams through that relay");
	put_both(t, v.in, v.out);
	if (!c)
		return;
	tl_metrics_family(t, "tapless_tcp_relay_connections", "gauge",
			  "Clients of our TCP relay");
	tl_metrics_uint(t, NULL, c->connections);
	tl_metrics_family(t, "tapless_tcp_relay_refused_total", "counter",
			  "Clients above a limit");
	tl_metrics_uint(t, NULL, c->refused);
	tl_metrics_family(t, "tapless_tcp_relay_datagrams_total", "counter",
			  "Datagrams of its clients, rx: to them");
	put_both(t, c->from_udp, c->to_udp);
	tl_metrics_family(t, "tapless_tcp_relay_bytes_total", "counter",
			  "Bytes of them");
	put_both(t, c->from_udp_bytes, c->to_udp_bytes);
	tl_metrics_family(t, "tapless_tcp_relay_drops_total", "counter",
			  "What it did not pass on");
	put_one(t, (int64_t)c->denied, "reason=\"denied\"");
	put_one(t, (int64_t)c->dropped, "reason=\"queue_full\"");
}

static void put_drops(struct metrics_text *t, const struct service *s)
{
	struct drop_row rows[DROP_ROWS_MAX];
	size_t n = tl_drop_rows(s, rows, DROP_ROWS_MAX);
	size_t i;

	tl_metrics_family(t, "tapless_drops_total", "counter",
			  "What was not used, by reason");
	for (i = 0; i < n; i++)
		put_one(t, (int64_t)rows[i].n, "reason=\"%s\"", rows[i].name);
}

static void put_wire(struct metrics_text *t, const struct service *s)
{
	const struct node_counts *c = tl_node_counts(s->node);
	const struct udp_counts *udp = tl_udp_counts(s->udp);

	tl_metrics_family(t, "tapless_udp_datagrams_total", "counter",
			  "Datagrams with the outside");
	put_both(t, udp->received, udp->sent);
	tl_metrics_family(t, "tapless_udp_bytes_total", "counter",
			  "Bytes of them, without IP and UDP headers");
	put_both(t, udp->received_bytes, udp->sent_bytes);
	tl_metrics_family(t, "tapless_udp_calls_total", "counter",
			  "System calls that moved them");
	put_both(t, udp->receive_calls, udp->send_calls);
	tl_metrics_family(t, "tapless_relayed_datagrams_total", "counter",
			  "Datagrams passed on for others");
	tl_metrics_uint(t, NULL, c->relayed);
	tl_metrics_family(t, "tapless_relayed_bytes_total", "counter",
			  "Bytes of them");
	tl_metrics_uint(t, NULL, c->relayed_bytes);
}

static void put_sockets(struct metrics_text *t, const struct service *s)
{
	const struct sockets_counts *c = tl_sockets_counts(s->sockets);
	struct sockets_sizes z;

	tl_sockets_sizes(s->sockets, &z);
	tl_metrics_family(t, "tapless_sockets", "gauge",
			  "Sockets of programs, by what they do");
	put_one(t, (int64_t)z.idle, "state=\"%s\"", "idle");
	put_one(t, (int64_t)z.connecting, "state=\"%s\"", "connecting");
	put_one(t, (int64_t)z.open, "state=\"%s\"", "open");
	put_one(t, (int64_t)z.listening, "state=\"%s\"", "listening");
	put_one(t, (int64_t)z.draining, "state=\"%s\"", "draining");
	put_one(t, (int64_t)z.udp, "state=\"%s\"", "udp");
	tl_metrics_family(t, "tapless_accept_queue", "gauge",
			  "Connections that no program has taken yet");
	tl_metrics_uint(t, NULL, z.accept_queue);
	tl_metrics_family(t, "tapless_connections_total", "counter",
			  "TCP connections, by what became of them");
	put_one(t, (int64_t)c->connected, "result=\"%s\"", "connected");
	put_one(t, (int64_t)c->accepted, "result=\"%s\"", "accepted");
	put_one(t, (int64_t)c->failed, "result=\"%s\"", "failed");
	put_one(t, (int64_t)c->reset, "result=\"%s\"", "reset");
	tl_metrics_family(t, "tapless_socket_bytes_total", "counter",
			  "Payload to programs (rx) and from them (tx)");
	put_both(t, c->bytes_in, c->bytes_out);
	tl_metrics_family(t, "tapless_socket_datagrams_total", "counter",
			  "Datagrams to programs (rx) and from them (tx)");
	put_both(t, c->datagrams_in, c->datagrams_out);
	tl_metrics_family(
		t, "tapless_socket_waits_total", "counter",
		"Times that a socket waited for memory or descriptors");
	tl_metrics_uint(t, NULL, c->starved);
}

static void put_pool(struct metrics_text *t, const char *name, uint64_t used,
		     uint64_t limit)
{
	put_one(t, (int64_t)used, "pool=\"%s\",what=\"used\"", name);
	put_one(t, (int64_t)limit, "pool=\"%s\",what=\"limit\"", name);
}

static void put_pools(struct metrics_text *t, const struct service *s)
{
	struct node_sizes n = tl_node_sizes(s->node);
	struct sockets_sizes z;
	size_t limit;
	size_t used = tl_stack_memory(&limit);

	tl_sockets_sizes(s->sockets, &z);
	tl_metrics_family(t, "tapless_pool", "gauge",
			  "What is taken of each pool, and its limit");
	put_pool(t, "packets", s->packets.n_used, s->packets.limit);
	put_pool(t, "receive_chunks", z.receive_chunks, z.receive_limit);
	put_pool(t, "send_chunks", z.send_chunks, z.send_limit);
	put_pool(t, "stack_bytes", used, limit);
	tl_metrics_family(
		t, "tapless_queue_length", "gauge",
		"What waits: for an identity or path, for the sender's "
		"identity, for a program");
	put_one(t, (int64_t)n.waiting_to_send, "queue=\"%s\"", "send");
	put_one(t, (int64_t)n.waiting_to_decode, "queue=\"%s\"", "decode");
	put_one(t, (int64_t)z.datagrams_held, "queue=\"%s\"", "datagrams");
	tl_metrics_family(t, "tapless_paths", "gauge",
			  "Pairs of local socket and remote address");
	tl_metrics_uint(t, NULL, n.paths);
}

static void put_passes(struct metrics_text *t, const struct service *s)
{
	static const char *const ends[PASS_BUCKETS - 1] = {
		"0.00001", "0.00002", "0.00005", "0.0001", "0.0002",
		"0.0005",  "0.001",   "0.002",	 "0.005",  "0.01",
		"0.02",	   "0.05",    "0.1",
	};
	const struct pass_times *p = &s->diag.passes;
	char sum[32];
	const struct metrics_histogram h = { ends, p->n, PASS_BUCKETS, sum };

	snprintf(sum, sizeof(sum), "%" PRIu64 ".%06" PRIu64,
		 p->sum_us / 1000000, p->sum_us % 1000000);
	tl_metrics_family(t, "tapless_pass_seconds", "histogram",
			  "How long passes of the loop took");
	tl_metrics_histogram(t, NULL, &h);
}

static void put_latency(struct metrics_text *t, const char *labels,
			const struct latency_counts *l)
{
	static const char *const ends[LATENCY_BUCKETS - 1] = {
		"1", "3", "6", "10", "30", "60", "100", "300", "600", "1000",
	};
	uint64_t counts[LATENCY_BUCKETS];
	char sum[24];
	const struct metrics_histogram h = { ends, counts, LATENCY_BUCKETS,
					     sum };
	size_t i;

	for (i = 0; i < LATENCY_BUCKETS; i++)
		counts[i] = l->n[i];
	snprintf(sum, sizeof(sum), "%" PRIu64, l->sum_ms);
	tl_metrics_histogram(t, labels, &h);
}

enum state {
	STATE_DIRECT,
	STATE_TCP,
	STATE_RELAYED,
	STATE_LOST,
	STATES
};

static enum state state_of(const struct peer *p, int64_t now)
{
	const struct path *best = tl_peer_best_path(p, PATHS_USABLE, now);

	if (best)
		return tl_path_is_tunnel(best) ? STATE_TCP : STATE_DIRECT;
	return p->last_receive_ms && now - p->last_receive_ms < PEER_LOST_MS
		       ? STATE_RELAYED
		       : STATE_LOST;
}

static void put_states(struct metrics_text *t, const struct service *s)
{
	static const char *const names[STATES] = { "direct", "tcp", "relayed",
						   "lost" };
	int64_t now = tl_service_now(s);
	struct map_walk walk = { 0 };
	int64_t n[STATES] = { 0 };
	const struct peer *p;
	size_t i;

	while ((p = tl_node_each_peer(s->node, &walk)))
		n[state_of(p, now)]++;
	tl_metrics_family(t, "tapless_peers", "gauge",
			  "Known nodes, by how they are reached");
	for (i = 0; i < STATES; i++)
		put_one(t, n[i], "state=\"%s\"", names[i]);
	tl_metrics_family(t, "tapless_path_latency_ms", "histogram",
			  "Round trips of HELLO, of all peers together");
	put_latency(t, NULL, &tl_node_counts(s->node)->latency);
}

/* The node's state as such. */
static void put_state(struct metrics_text *t, const struct service *s)
{
	struct service_health h;

	tl_service_health(s, &h);
	tl_metrics_family(t, "tapless_info", "gauge", "Always 1");
	put_one(t, 1, "version=\"%d.%d.%d\"", TL_VERSION_MAJOR,
		TL_VERSION_MINOR, TL_VERSION_PATCH);
	tl_metrics_family(t, "tapless_online", "gauge",
			  "1 if a root answers, or we are one");
	tl_metrics_int(t, NULL, h.is_online);
	tl_metrics_family(t, "tapless_uptime_seconds", "gauge",
			  "Since the start, whatever worker");
	tl_metrics_int(t, NULL, h.uptime_s);
	tl_metrics_family(t, "tapless_worker_restarts_total", "counter",
			  "How often the worker was started again");
	tl_metrics_uint(t, NULL, h.restarts);
}

/* What a family of lines for each peer is made of. */
struct peer_family {
	const char *name;
	const char *type;
	const char *help;
	void (*put)(struct metrics_text *t, const struct peer *p, int64_t now,
		    const char *node);
};

static void put_peer_latency(struct metrics_text *t, const struct peer *p,
			     int64_t now, const char *node)
{
	char labels[LABELS_SIZE];

	(void)now;
	snprintf(labels, sizeof(labels), "node_id=\"%s\"", node);
	put_latency(t, labels, &p->counts.latency);
}

static void put_peer_paths(struct metrics_text *t, const struct peer *p,
			   int64_t now, const char *node)
{
	int64_t n_alive = 0;
	unsigned int i;

	for (i = 0; i < p->n_slots; i++) {
		const struct path *path = p->slots[i].path;

		n_alive += tl_path_is_alive(path, now) &&
			   !tl_path_is_dead(path, now);
	}
	put_one(t, n_alive, "node_id=\"%s\",status=\"alive\"", node);
	put_one(t, p->n_slots - n_alive, "node_id=\"%s\",status=\"dead\"",
		node);
}

static void put_peer_packets(struct metrics_text *t, const struct peer *p,
			     int64_t now, const char *node)
{
	(void)now;
	put_way(t, 0, p->counts.received, "node_id=\"%s\"", node);
	put_way(t, 1, p->counts.sent, "node_id=\"%s\"", node);
}

static void put_peer_errors(struct metrics_text *t, const struct peer *p,
			    int64_t now, const char *node)
{
	(void)now;
	put_one(t, (int64_t)p->counts.errors, "node_id=\"%s\"", node);
}

static void put_peers(struct metrics_text *t, const struct service *s)
{
	static const struct peer_family families[] = {
		{ "zt_peer_latency", "histogram",
		  "Round trips of HELLO in milliseconds", put_peer_latency },
		{ "zt_peer_path_count", "gauge", "Paths to each peer",
		  put_peer_paths },
		{ "zt_peer_packets", "counter", "Packets of each peer",
		  put_peer_packets },
		{ "zt_peer_packet_errors", "counter",
		  "Error packets from each peer", put_peer_errors },
	};
	int64_t now = tl_service_now(s);
	char node[ADDRESS_TEXT_SIZE];
	const struct peer *p;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(families); i++) {
		struct map_walk walk = { 0 };

		tl_metrics_family(t, families[i].name, families[i].type,
				  families[i].help);
		while ((p = tl_node_each_peer(s->node, &walk)))
			families[i].put(t, p, now,
					tl_address_print(node, p->id.addr));
	}
}

/* True if there are few, or if all are asked for. */
static bool wants_peers(const struct service *s, const struct http_request *q)
{
	const char *peers = tl_http_query(q, "peers");
	size_t n = tl_node_sizes(s->node).peers;

	if (peers && strcmp(peers, "all") == 0)
		return n > 0;
	return n > 0 && n <= METRICS_PEERS_MAX && !peers;
}

void tl_diag_get_metrics(struct service *s, const struct http_request *q,
			 struct http_reply *reply)
{
	struct metrics_text t = { 0 };

	put_protocol(&t, s);
	put_networks(&t, s);
	put_controller(&t, s);
	if (wants_peers(s, q))
		put_peers(&t, s);
	put_state(&t, s);
	put_states(&t, s);
	put_drops(&t, s);
	put_wire(&t, s);
	put_tcp(&t, s);
	put_sockets(&t, s);
	put_pools(&t, s);
	put_passes(&t, s);
	if (t.failed) {
		free(t.at);
		reply->status = 500;
		return;
	}
	reply->body = t.at;
	reply->body_len = t.n;
	reply->type = "text/plain; version=0.0.4";
}
