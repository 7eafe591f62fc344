/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/resolver.h"

#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "sockets/dns_answer.h"
#include "sockets/socket_impl.h"

#define ANSWER_TTL 64 /* of the packet that there never was */

static const uint8_t own4[4] = RESOLVER_IP4;
static const uint8_t own6[16] = RESOLVER_IP6;

void tl_resolver_init(struct sockets *s, const char *path)
{
	struct resolver *r = &s->resolver;

	tl_nameservers_init(&r->hosts, path);
	tl_asks_init(s);
	tl_list_init(&r->streams);
}

void tl_resolver_fini(struct sockets *s)
{
	tl_dns_asks_fini(&s->resolver.asks);
	tl_stream_fini(s);
}

bool tl_resolver_is_own(const struct rpc_addr *to)
{
	if (to->port != DNS_PORT)
		return false;
	if (to->family == 4)
		return memcmp(to->ip, own4, sizeof(own4)) == 0;
	return to->family == 6 && memcmp(to->ip, own6, sizeof(own6)) == 0;
}

bool tl_resolver_minds(struct socket *k, const struct rpc_addr *to)
{
	struct nameservers *hosts = &k->owner->resolver.hosts;

	if (to->port != DNS_PORT || k->resolver.off || tl_socket_is_icmp(k))
		return false;
	if (tl_resolver_is_own(to))
		return true;
	tl_nameservers_look(hosts, tl_clock_us());
	return tl_nameservers_has(hosts, to->family, to->ip);
}

void tl_resolver_tell(struct socket *k, const struct rpc_addr *from,
		      struct bytes message)
{
	const struct rpc_datagram d = { .kind = DATAGRAM_DATA,
					.ttl = ANSWER_TTL,
					.peer = *from,
					.local = k->local };

	if (k->resolver.stream)
		tl_stream_tell(k->resolver.stream, message);
	else if (k->state == SOCKET_UDP)
		tl_socket_udp_tell(k, &d, message);
}

/* --- what can be answered at once --- */

struct incoming {
	struct socket *k;
	struct rpc_addr to;
	struct dns_question q;
	struct bytes message;
};

static void reply(const struct incoming *in, const struct dns_reply *r)
{
	uint8_t room[DNS_ROOM_MAX];
	size_t n = tl_dns_reply_build(TL_BUFFER_OF(room), in->message, &in->q,
				      r, TL_MIN(in->q.room, sizeof(room)));

	tl_resolver_tell(in->k, &in->to, tl_bytes(room, n));
}

static void refuse(const struct incoming *in, enum dns_code code,
		   const char *why)
{
	reply(in, &(struct dns_reply){ .code = code, .why = why });
}

/* As tl_dns_look_up(). */
static uint32_t look_up(const struct incoming *in, struct name_lookup *l)
{
	const struct sockets_config *c = &in->k->owner->config;

	l->user = in->k->user;
	return tl_dns_look_up(l, &in->q, c->lookup, c->ctx);
}

static void answer(const struct incoming *in, const struct name_lookup *l)
{
	const struct dns_reply r = tl_dns_reply_of(l);

	if (l->kind != LOOKUP_SERVERS)
		reply(in, &r);
	else if (!tl_ask_start(in->k, &in->to, &in->q, in->message, l->list,
			       l->n))
		refuse(in, DNS_CODE_FAILED, "too many questions at once");
}

/* --- what is for the host --- */

static bool is_virtual(const struct socket *k, const struct rpc_addr *a)
{
	return tl_sight_route(k, a) != NULL;
}

/* The server whose turn it is, of those that the socket can reach. */
static bool choose_server(struct socket *k, struct rpc_addr *out)
{
	const struct nameservers *hosts = &k->owner->resolver.hosts;
	struct rpc_addr a = { .port = DNS_PORT };

	for (size_t i = 0; i < hosts->n; i++) {
		size_t at = k->resolver.turn++ % hosts->n;

		a.family = hosts->list[at].family;
		memcpy(a.ip, hosts->list[at].ip, sizeof(a.ip));
		if (!tl_resolver_is_own(&a) && !tl_addr_check_family(k, &a) &&
		    (is_virtual(k, &a) || tl_host_takes(k, &a))) {
			*out = a;
			return true;
		}
	}
	return false;
}

static bool remember(struct socket *k, uint16_t id,
		     const struct rpc_addr *server, const struct rpc_addr *as)
{
	struct resolver_side *side = &k->resolver;

	if (!side->passed)
		side->passed = tl_alloc_zeroed(RESOLVER_PASSED_MAX *
					       sizeof(*side->passed));
	if (!side->passed)
		return false;
	side->passed[side->next_passed++ % RESOLVER_PASSED_MAX] =
		(struct passed_question){ .id = id,
					  .server = *server,
					  .as = *as };
	return true;
}

/* From our own address on to a server of the host's. True: it does not. */
static bool pass_on(const struct incoming *in, struct rpc_datagram *d)
{
	struct socket *k = in->k;
	struct rpc_addr server;

	tl_nameservers_look(&k->owner->resolver.hosts, tl_clock_us());
	if (!choose_server(k, &server)) {
		refuse(in, DNS_CODE_REFUSED,
		       k->host.fd < 0 || k->host.only_loopback
			       ? "isolated: the host's names are not asked for"
			       : "no other name server of this family in "
				 "resolv.conf");
		return true;
	}
	if (is_virtual(k, &server)) {
		if (!tl_ask_start(k, &in->to, &in->q, in->message, &server, 1))
			refuse(in, DNS_CODE_FAILED,
			       "too many questions at once");
		return true;
	}
	if (!remember(k, in->q.id, &server, &in->to)) {
		refuse(in, DNS_CODE_FAILED, "out of memory");
		return true;
	}
	d->peer = server;
	d->side = DATAGRAM_TO_HOST;
	return false;
}

bool tl_resolver_takes(struct socket *k, struct rpc_datagram *d,
		       struct bytes payload)
{
	struct incoming in = { .k = k, .message = payload };
	struct name_lookup l;
	uint32_t status;
	bool is_own;

	in.to = d->peer.family ? d->peer : k->remote;
	tl_addr_unmap(&in.to);
	if (d->side == DATAGRAM_TO_HOST || !tl_resolver_minds(k, &in.to) ||
	    tl_addr_check_family(k, &in.to))
		return false;
	is_own = tl_resolver_is_own(&in.to);
	/* What is no question is of no use to us. */
	if (payload.n > DNS_QUESTION_MAX ||
	    !tl_dns_question_read(&in.q, payload))
		return is_own;
	status = look_up(&in, &l);
	if (status == 0) {
		answer(&in, &l);
	} else if (status != RPC_USE_HOST) {
		refuse(&in, DNS_CODE_NO_NAME, NULL);
	} else if (is_own) {
		return pass_on(&in, d);
	} else if (!is_virtual(k, &in.to) && !tl_host_takes(k, &in.to)) {
		refuse(&in, DNS_CODE_REFUSED,
		       "isolated: the host's names are not asked for");
	} else {
		return false;
	}
	return true;
}

void tl_resolver_hears(struct socket *k, const struct rpc_addr *to,
		       struct bytes message)
{
	struct incoming in = { .k = k, .to = *to, .message = message };
	struct name_lookup l;
	uint32_t status;

	if (message.n > DNS_QUESTION_MAX ||
	    !tl_dns_question_read(&in.q, message))
		return;
	in.q.room = UINT16_MAX;
	status = look_up(&in, &l);
	if (status == 0)
		answer(&in, &l);
	else if (status != RPC_USE_HOST)
		refuse(&in, DNS_CODE_NO_NAME, NULL);
	else
		refuse(&in, DNS_CODE_REFUSED,
		       "the host's names are not asked for over TCP");
}

static bool same_end(const struct rpc_addr *a, const struct rpc_addr *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

void tl_resolver_receives(struct socket *k, struct rpc_datagram *d,
			  struct bytes payload)
{
	struct passed_question *p = k->resolver.passed;

	if (!p || payload.n < DNS_HEADER_LEN)
		return;
	for (size_t i = 0; i < RESOLVER_PASSED_MAX; i++) {
		if (p[i].id == tl_load_be16(payload.at) &&
		    same_end(&p[i].server, &d->peer)) {
			d->peer = p[i].as;
			return;
		}
	}
}

/* --- sockets --- */

int tl_resolver_connect(struct socket *k, const struct rpc_addr *to)
{
	bool is_own = tl_resolver_is_own(to);
	struct rpc_addr local;
	int err = tl_addr_check_family(k, to);

	if (!err && k->ifc && !is_own)
		err = ENETUNREACH;
	if (!err && !k->has_port) {
		k->local.family = tl_socket_is_v6(k) ? 6 : 4;
		err = -tl_port_take(k);
	}
	if (err)
		return err;
	/* A host without a way there says so when something is sent. */
	local = is_own ? *to : tl_host_connect(k, to);
	if (!k->ifc && local.family) {
		k->local.family = local.family;
		memcpy(k->local.ip, local.ip, sizeof(k->local.ip));
	}
	k->remote = *to;
	k->udp.connected = true;
	k->resolver.connected = true;
	return k->named ? 0 : -tl_socket_name(k, NAME_CONNECTED);
}

void tl_resolver_disconnect(struct socket *k)
{
	if (!k->resolver.connected)
		return;
	k->resolver.connected = false;
	tl_host_disconnect(k);
	if (k->ifc)
		return;
	k->local.family = tl_socket_is_v6(k) ? 6 : 4;
	memset(k->local.ip, 0, sizeof(k->local.ip));
}
