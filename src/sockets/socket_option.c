/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_option.c - options that the service must know
 *
 * Values have the layout of Linux. What changes security or the contract and is
 * not done here gets the errno of a kernel that does not have it; hints are
 * kept and given back.
 */
#include "sockets/socket_impl.h"

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

#define CONGESTION_NAME_MAX 16
#define IP6_MTU_MIN 1280

/*
 * What an option is for us:
 * @level, @name: as Linux numbers them
 * @min, @max:	range of its values
 * @get, @set:	its place in the socket; NULL: cannot be read or set
 */
struct option {
	int level;
	int name;
	int min;
	int max;
	int (*get)(const struct socket *k);
	void (*set)(struct socket *k, int value);
};

static int get_ttl(const struct socket *k)
{
	return k->opt.ttl;
}

static void set_ttl(struct socket *k, int value)
{
	k->opt.ttl = value < 0 ? 64 : (uint8_t)value;
}

static int get_tos(const struct socket *k)
{
	return k->opt.tos;
}

static void set_tos(struct socket *k, int value)
{
	k->opt.tos = value < 0 ? 0 : (uint8_t)value;
}

static int get_mcast_ttl(const struct socket *k)
{
	return k->opt.mcast_ttl;
}

static void set_mcast_ttl(struct socket *k, int value)
{
	k->opt.mcast_ttl = value < 0 ? 1 : (uint8_t)value;
}

static int get_keepalive(const struct socket *k)
{
	return k->opt.keepalive;
}

static void set_keepalive(struct socket *k, int value)
{
	k->opt.keepalive = value != 0;
}

static int get_reuse_port(const struct socket *k)
{
	return k->opt.reuse_port;
}

static void set_reuse_port(struct socket *k, int value)
{
	k->opt.reuse_port = value != 0;
}

static int get_idle(const struct socket *k)
{
	return k->opt.keep_idle_s;
}

static void set_idle(struct socket *k, int value)
{
	k->opt.keep_idle_s = value;
}

static int get_interval(const struct socket *k)
{
	return k->opt.keep_interval_s;
}

static void set_interval(struct socket *k, int value)
{
	k->opt.keep_interval_s = value;
}

static int get_count(const struct socket *k)
{
	return k->opt.keep_count;
}

static void set_count(struct socket *k, int value)
{
	k->opt.keep_count = value;
}

static int get_maxseg(const struct socket *k)
{
	if (k->tcp.pcb)
		return k->tcp.pcb->mss;
	return k->opt.mss ? k->opt.mss : 536;
}

static void set_maxseg(struct socket *k, int value)
{
	k->opt.mss = value;
}

static int get_user_timeout(const struct socket *k)
{
	return k->opt.user_timeout_ms;
}

static void set_user_timeout(struct socket *k, int value)
{
	k->opt.user_timeout_ms = value;
}

static int get_defer_accept(const struct socket *k)
{
	return k->opt.defer_accept_s;
}

static void set_defer_accept(struct socket *k, int value)
{
	k->opt.defer_accept_s = value < 0 ? 0 : value;
}

static int get_mtu_discover(const struct socket *k)
{
	return k->opt.mtu_discover;
}

static void set_mtu_discover(struct socket *k, int value)
{
	k->opt.mtu_discover = (uint8_t)value;
}

static int get_mtu_discover6(const struct socket *k)
{
	return k->opt.mtu_discover6;
}

static void set_mtu_discover6(struct socket *k, int value)
{
	k->opt.mtu_discover6 = (uint8_t)value;
}

static int get_dont_fragment6(const struct socket *k)
{
	return k->opt.dont_fragment6;
}

static void set_dont_fragment6(struct socket *k, int value)
{
	k->opt.dont_fragment6 = value != 0;
}

static int get_receive_errors(const struct socket *k)
{
	return k->errors.on;
}

static const struct option options[] = {
	{ SOL_SOCKET, SO_KEEPALIVE, INT32_MIN, INT32_MAX, get_keepalive,
	  set_keepalive },
	{ SOL_SOCKET, SO_REUSEPORT, INT32_MIN, INT32_MAX, get_reuse_port,
	  set_reuse_port },
	{ IPPROTO_IP, IP_TTL, 1, 255, get_ttl, set_ttl },
	{ IPPROTO_IP, IP_TOS, 0, 255, get_tos, set_tos },
	{ IPPROTO_IP, IP_MULTICAST_TTL, -1, 255, get_mcast_ttl, set_mcast_ttl },
	{ IPPROTO_IP, IP_RECVERR, INT32_MIN, INT32_MAX, get_receive_errors,
	  tl_errors_set },
	{ IPPROTO_IPV6, IPV6_RECVERR, INT32_MIN, INT32_MAX, get_receive_errors,
	  tl_errors_set },
	{ IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT,
	  get_mtu_discover, set_mtu_discover },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT,
	  get_mtu_discover6, set_mtu_discover6 },
	{ IPPROTO_IPV6, IPV6_DONTFRAG, INT32_MIN, INT32_MAX, get_dont_fragment6,
	  set_dont_fragment6 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, -1, 255, get_ttl, set_ttl },
	{ IPPROTO_IPV6, IPV6_TCLASS, -1, 255, get_tos, set_tos },
	{ IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1, 255, get_mcast_ttl,
	  set_mcast_ttl },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 1, 32767, get_idle, set_idle },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 1, 32767, get_interval, set_interval },
	{ IPPROTO_TCP, TCP_KEEPCNT, 1, 127, get_count, set_count },
	{ IPPROTO_TCP, TCP_MAXSEG, 88, 32767, get_maxseg, set_maxseg },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 0, INT32_MAX, get_user_timeout,
	  set_user_timeout },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, INT32_MIN, INT32_MAX, get_defer_accept,
	  set_defer_accept },
};

static const struct option *find(const struct socket *k, int level, int name)
{
	size_t i;

	/* The levels of other kinds of sockets do not exist on this one. */
	if (level == IPPROTO_TCP && k->state == SOCKET_UDP)
		return NULL;
	if (level == IPPROTO_IPV6 && !tl_socket_is_v6(k))
		return NULL;
	for (i = 0; i < TL_ARRAY_SIZE(options); i++) {
		if (options[i].level == level && options[i].name == name)
			return &options[i];
	}
	return NULL;
}

void tl_socket_apply_tcp(struct socket *k, struct tcp_pcb *pcb)
{
	pcb->ttl = k->opt.ttl;
	pcb->tos = k->opt.tos;
	pcb->keep_idle = (u32_t)k->opt.keep_idle_s * 1000;
	pcb->keep_intvl = (u32_t)k->opt.keep_interval_s * 1000;
	pcb->keep_cnt = (u32_t)k->opt.keep_count;
	if (k->opt.keepalive)
		ip_set_option(pcb, SOF_KEEPALIVE);
	else
		ip_reset_option(pcb, SOF_KEEPALIVE);
}

static int set_linger(struct socket *k, struct bytes value)
{
	struct linger linger;

	if (value.n < sizeof(linger))
		return EINVAL;
	memcpy(&linger, value.at, sizeof(linger));
	k->opt.linger = linger.l_onoff ? linger.l_linger : -1;
	return 0;
}

/* A name of at most 15 characters, or none at all. */
static int set_device(struct socket *k, struct bytes value)
{
	char name[RPC_IFNAME_LEN] = "";
	struct ifc *ifc;

	memcpy(name, value.at, TL_MIN(value.n, sizeof(name) - 1));
	if (name[0] == 0) {
		k->opt.device = 0;
		return 0;
	}
	ifc = tl_sight_of_name(k, name);
	if (!ifc)
		return ENODEV;
	k->opt.device = tl_ifc_number(ifc);
	return 0;
}

/* As Linux tells it: with a zero, or nothing. */
static struct bytes get_device(const struct socket *k)
{
	const struct ifc *ifc = k->opt.device ? tl_ifc_of_number(k->opt.device)
					      : NULL;
	const char *name = ifc ? tl_ifc_config(ifc)->name : NULL;

	return tl_bytes(name, name ? strlen(name) + 1 : 0);
}

/* One algorithm, known by the name that everybody has. */
static int set_congestion(struct bytes value)
{
	static const char *const known[] = { "reno", "cubic", "bbr" };
	size_t n = value.n ? strnlen((const char *)value.at, value.n) : 0;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(known); i++) {
		if (n == strlen(known[i]) && memcmp(value.at, known[i], n) == 0)
			return 0;
	}
	return ENOENT;
}

/* IPV6_MTU: smaller fragments than the interface's are not made. */
static int set_mtu(struct bytes value)
{
	int32_t mtu;

	if (value.n < sizeof(mtu))
		return EINVAL;
	memcpy(&mtu, value.at, sizeof(mtu));
	return mtu && mtu < IP6_MTU_MIN ? EINVAL : 0;
}

/* IP_MTU and IPV6_MTU: of the way to the peer. 0 or an errno. */
static int get_mtu(int32_t *mtu, const struct socket *k)
{
	bool is_connected = k->state == SOCKET_UDP ? k->udp.connected
						   : k->tcp.pcb != NULL;
	const struct ifc *ifc = is_connected ? tl_sight_route(k, &k->remote)
					     : NULL;

	if (!ifc)
		return ENOTCONN;
	*mtu = (int32_t)tl_ifc_config(ifc)->mtu;
	return 0;
}

static bool is_mtu(const struct socket *k, int level, int name)
{
	return (level == IPPROTO_IP && name == IP_MTU) ||
	       (level == IPPROTO_IPV6 && name == IPV6_MTU &&
		tl_socket_is_v6(k));
}

/* Linux takes every value, and makes of it what it can. */
static int set_receive_buffer(const struct socket *k, struct bytes value)
{
	int32_t size;

	if (value.n < sizeof(size))
		return EINVAL;
	memcpy(&size, value.at, sizeof(size));
	return -tl_end_set_room(k->watch.fd, size);
}

/* The errno for what is not in the table. */
static int refuse(const struct socket *k, int level)
{
	if (level == IPPROTO_TCP && k->state == SOCKET_UDP)
		return EOPNOTSUPP;
	return ENOPROTOOPT;
}

static int set(struct socket *k, const struct rpc_request *q)
{
	const struct option *o;
	int32_t value;
	int err;

	if (tl_mcast_set(k, q, &err))
		return err;
	if (q->level == SOL_SOCKET && q->name == SO_LINGER)
		return set_linger(k, q->opt);
	if (q->level == SOL_SOCKET && q->name == SO_BINDTODEVICE)
		return set_device(k, q->opt);
	if (q->level == SOL_SOCKET && q->name == SO_BROADCAST) {
		if (q->opt.n < sizeof(value))
			return EINVAL;
		memcpy(&value, q->opt.at, sizeof(value));
		return tl_host_allow_broadcast(k, value != 0);
	}
	if (q->level == SOL_SOCKET && k->state == SOCKET_UDP &&
	    (q->name == SO_RCVBUF || q->name == SO_RCVBUFFORCE))
		return set_receive_buffer(k, q->opt);
	if (q->level == IPPROTO_TCP && q->name == TCP_CONGESTION &&
	    k->state != SOCKET_UDP)
		return set_congestion(q->opt);
	if (q->level == IPPROTO_IPV6 && is_mtu(k, q->level, q->name))
		return set_mtu(q->opt);
	o = find(k, q->level, q->name);
	if (!o)
		return refuse(k, q->level);
	/* Some options of IP also come as one byte. */
	if (q->level == IPPROTO_IP && q->opt.n >= 1 && q->opt.n < 4)
		value = q->opt.at[0];
	else if (q->opt.n >= sizeof(value))
		memcpy(&value, q->opt.at, sizeof(value));
	else
		return EINVAL;
	if (value < o->min || value > o->max)
		return EINVAL;
	o->set(k, value);
	if (k->tcp.pcb)
		tl_socket_apply_tcp(k, k->tcp.pcb);
	return 0;
}

void tl_socket_setopt(struct socket *k, struct rpc_call *call,
		      const struct rpc_request *q)
{
	tl_socket_answer(call, set(k, q));
}

static uint8_t linux_state(const struct socket *k)
{
	static const uint8_t states[] = {
		[CLOSED] = 7,	  [LISTEN] = 10,     [SYN_SENT] = 2,
		[SYN_RCVD] = 3,	  [ESTABLISHED] = 1, [FIN_WAIT_1] = 4,
		[FIN_WAIT_2] = 5, [CLOSE_WAIT] = 8,  [CLOSING] = 11,
		[LAST_ACK] = 9,	  [TIME_WAIT] = 6,
	};

	if (k->state == SOCKET_LISTENING)
		return states[LISTEN];
	if (!k->tcp.pcb || k->tcp.pcb->state >= TL_ARRAY_SIZE(states))
		return states[CLOSED];
	return states[k->tcp.pcb->state];
}

static void fill_info(const struct socket *k, struct tcp_info *info)
{
	const struct tcp_pcb *pcb = k->tcp.pcb;
	uint32_t mss;

	memset(info, 0, sizeof(*info));
	info->tcpi_state = linux_state(k);
	info->tcpi_options = TCPI_OPT_SACK | TCPI_OPT_WSCALE;
	if (!pcb)
		return;
	mss = pcb->mss ? pcb->mss : 536;
	/* eight times the round trip, and four times how it varies */
	info->tcpi_rtt = pcb->sa / 8;
	info->tcpi_rttvar = pcb->sv / 4;
	info->tcpi_rto = tcp_rto(pcb);
	info->tcpi_snd_mss = mss;
	info->tcpi_rcv_mss = mss;
	info->tcpi_advmss = mss;
	info->tcpi_pmtu = mss + (pcb->remote_ip.type ? 60 : 40);
	info->tcpi_snd_cwnd = TL_MAX((uint32_t)pcb->cwnd / mss, 1);
	info->tcpi_snd_ssthresh = (uint32_t)pcb->ssthresh / mss;
	info->tcpi_unacked = (pcb->snd_nxt - pcb->lastack) / mss;
	info->tcpi_rcv_space = (uint32_t)pcb->rcv_wnd;
	info->tcpi_snd_wscale = (unsigned int)pcb->snd_scale & 0xfu;
	info->tcpi_rcv_wscale = (unsigned int)pcb->rcv_scale & 0xfu;
}

/* What the application has written is in its stream, less the held byte, and in
 * the ring until it is acknowledged; a part of that the stack has not got. */
static int32_t count_queued(const struct socket *k, bool unsent)
{
	const struct tcp_pcb *pcb = k->tcp.pcb;
	size_t n = unsent ? k->tcp.tx_new : k->tcp.tx.n;
	size_t waiting = k->state == SOCKET_OPEN ? tl_end_waiting(k->watch.fd)
						 : 0;

	if (unsent && pcb)
		n += pcb->snd_lbb - pcb->snd_nxt;
	if (waiting)
		n += waiting - 1;
	return (int32_t)TL_MIN(n, (size_t)INT32_MAX);
}

static bool get_own(const struct socket *k, int name, int32_t *value)
{
	if (k->state == SOCKET_UDP ||
	    (name != OWN_OUTQ && name != OWN_OUTQ_UNSENT))
		return false;
	*value = count_queued(k, name == OWN_OUTQ_UNSENT);
	return true;
}

void tl_socket_getopt(struct socket *k, struct rpc_call *call,
		      const struct rpc_request *q)
{
	static const char congestion[CONGESTION_NAME_MAX] = "reno";
	struct rpc_reply reply = { 0 };
	uint8_t room[RPC_OPT_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	const struct option *o;
	struct tcp_info info;
	int32_t value;
	int err;

	static_assert(sizeof(info) <= RPC_OPT_MAX, "does not fit a reply");
	o = find(k, q->level, q->name);
	if (o) {
		value = o->get(k);
		reply.opt = tl_bytes(&value, sizeof(value));
	} else if (tl_mcast_get(k, q->level, q->name, &value) ||
		   (q->level == RPC_LEVEL_OWN && get_own(k, q->name, &value))) {
		reply.opt = tl_bytes(&value, sizeof(value));
	} else if (is_mtu(k, q->level, q->name)) {
		reply.status = (uint32_t)get_mtu(&value, k);
		if (!reply.status)
			reply.opt = tl_bytes(&value, sizeof(value));
	} else if (q->level == SOL_SOCKET && q->name == SO_BINDTODEVICE) {
		reply.opt = get_device(k);
	} else if (tl_filter_get(k, q, &w, &err)) {
		reply.status = (uint32_t)err;
		reply.opt = err ? tl_bytes(NULL, 0) : tl_writer_bytes(&w);
	} else if (k->state != SOCKET_UDP && q->level == IPPROTO_TCP &&
		   q->name == TCP_INFO) {
		fill_info(k, &info);
		reply.opt = tl_bytes(&info, sizeof(info));
	} else if (k->state != SOCKET_UDP && q->level == IPPROTO_TCP &&
		   q->name == TCP_CONGESTION) {
		reply.opt = TL_BYTES_OF(congestion);
	} else {
		reply.status = (uint32_t)refuse(k, q->level);
	}
	tl_rpc_reply(call, &reply);
}
