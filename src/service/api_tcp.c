/* SPDX-License-Identifier: Apache-2.0 */
/* api_tcp.c - TCP relays in the status: the one that we use, and our own */
#include "service/api_json.h"
#include "service/relay.h"
#include "service/tcp_tunnel.h"

static void put_count(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *tunnel_of(const struct tcp_tunnel_view *v)
{
	json_t *o = json_object();
	char text[ENDPOINT_TEXT_SIZE];

	json_object_set_new(o, "relay",
			    json_string(tl_endpoint_print(text, &v->relay)));
	put_count(o, "in", v->in);
	put_count(o, "out", v->out);
	put_count(o, "dropped", v->dropped);
	return o;
}

static json_t *relay_of(const struct relay_counts *c)
{
	json_t *o = json_object();

	put_count(o, "connections", c->connections);
	put_count(o, "accepted", c->accepted);
	put_count(o, "refused", c->refused);
	put_count(o, "broken", c->broken);
	put_count(o, "idle", c->idle);
	put_count(o, "toUdp", c->to_udp);
	put_count(o, "toUdpBytes", c->to_udp_bytes);
	put_count(o, "fromUdp", c->from_udp);
	put_count(o, "fromUdpBytes", c->from_udp_bytes);
	put_count(o, "denied", c->denied);
	put_count(o, "dropped", c->dropped);
	return o;
}

void tl_api_put_tcp(json_t *status, const struct service *s)
{
	const struct relay_counts *counts = tl_relay_counts(s);
	struct tcp_tunnel_view v;

	tl_tcp_tunnel_look(s, &v);
	json_object_set_new(status, "tcpFallbackActive",
			    json_boolean(v.is_open));
	json_object_set_new(status, "tcpRelayUsed",
			    v.relay.family ? tunnel_of(&v) : json_null());
	json_object_set_new(status, "tcpRelay",
			    counts ? relay_of(counts) : json_null());
}
