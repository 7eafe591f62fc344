/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/ifreq.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sdk/client/address.h"
#include "sdk/client/client.h"
#include "sdk/client/interfaces.h"
#include "sdk/client/sys.h"
#include "sdk/client/tag.h"

/* Those of netdevice(7) that come with a struct ifreq. */
#define FIRST_REQUEST SIOCGIFNAME
#define LAST_REQUEST SIOCETHTOOL
#define TX_QUEUE_LEN 1000

bool tl_ifreq_is_one(uintptr_t request)
{
	return request >= FIRST_REQUEST && request <= LAST_REQUEST &&
	       request != SIOCGIFCONF;
}

bool tl_ifreq_is_plain(uintptr_t request)
{
	switch (request) {
	case SIOCGIFNAME:
	case SIOCGIFADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFFLAGS:
	case SIOCGIFMTU:
	case SIOCGIFMETRIC:
	case SIOCGIFINDEX:
	case SIOCGIFTXQLEN:
	case SIOCGIFHWADDR:
		return true;
	default:
		return false;
	}
}

bool tl_ifreq_is_queue(uintptr_t request)
{
	return request == SIOCOUTQ || request == SIOCOUTQNSD;
}

/* On a socket of the host of the same family. */
static int ask_host(uint32_t tag, uintptr_t request, void *arg)
{
	int domain = tag & TAG_DOMAIN6 ? AF_INET6 : AF_INET;
	int fd = tl_sys_socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return fd;
	r = (int)SYS3(SYS_ioctl, fd, request, arg);
	tl_sys_close(fd);
	return r;
}

static void set_in(struct sockaddr *out, const uint8_t ip[4])
{
	struct sockaddr_in in = { .sin_family = AF_INET };

	memcpy(&in.sin_addr, ip, 4);
	memcpy(out, &in, sizeof(in));
}

/* The first IPv4 address; NULL if there is none among the first. */
static const struct rpc_prefix *find_in(const struct rpc_interface *i)
{
	for (size_t at = 0; at < i->n; at++)
		if (i->prefixes[at].family == 4)
			return &i->prefixes[at];
	return NULL;
}

/* SIOCGIFADDR and those that follow from it. */
static int get_address(struct ifreq *q, uintptr_t request,
		       const struct rpc_interface *i)
{
	const struct rpc_prefix *p = find_in(i);
	uint32_t mask;
	uint8_t ip[4];

	if (!p)
		return -EADDRNOTAVAIL;
	mask = p->bits ? UINT32_MAX << (32U - p->bits) : 0;
	memcpy(ip, p->ip, 4);
	if (request == SIOCGIFNETMASK)
		tl_store_be32(ip, mask);
	else if (request == SIOCGIFBRDADDR)
		tl_store_be32(ip, tl_load_be32(ip) | ~mask);
	set_in(&q->ifr_addr, ip);
	return 0;
}

static int answer(struct ifreq *q, uintptr_t request,
		  const struct rpc_interface *i)
{
	switch (request) {
	case SIOCGIFADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFBRDADDR:
	case SIOCGIFDSTADDR:
		return get_address(q, request, i);
	case SIOCGIFFLAGS:
		q->ifr_flags = IFF_UP | IFF_BROADCAST | IFF_RUNNING |
			       IFF_MULTICAST;
		return 0;
	case SIOCGIFMTU:
		q->ifr_mtu = (int)i->mtu;
		return 0;
	case SIOCGIFMETRIC:
		q->ifr_metric = 0;
		return 0;
	case SIOCGIFINDEX:
		q->ifr_ifindex = (int)tl_interface_index(i->number);
		return 0;
	case SIOCGIFTXQLEN:
		q->ifr_qlen = TX_QUEUE_LEN;
		return 0;
	case SIOCGIFHWADDR:
		memset(&q->ifr_hwaddr, 0, sizeof(q->ifr_hwaddr));
		q->ifr_hwaddr.sa_family = ARPHRD_ETHER;
		memcpy(q->ifr_hwaddr.sa_data, i->mac, ETH_ALEN);
		return 0;
	case SIOCSIFADDR:
	case SIOCSIFFLAGS:
	case SIOCSIFMTU:
	case SIOCSIFNETMASK:
	case SIOCSIFBRDADDR:
	case SIOCSIFHWADDR:
		return -EPERM; /* the network's members do not decide that */
	default:
		return -EOPNOTSUPP;
	}
}

static int get_name(struct ifreq *q)
{
	struct rpc_interface i;
	int r = tl_interface_by_index(&i, (uint32_t)q->ifr_ifindex);

	if (r == 0)
		memcpy(q->ifr_name, i.name, sizeof(i.name));
	return r;
}

/* Appends those of our addresses that fit, or only counts their bytes. */
static int add_conf(struct ifconf *conf, int room)
{
	struct ifreq *out = conf->ifc_req;
	struct rpc_interface i;
	struct ifreq q;

	for (uint32_t which = 0; tl_interface_get(&i, which, 0) == 0; which++) {
		memset(&q, 0, sizeof(q));
		memcpy(q.ifr_name, i.name, sizeof(i.name));
		if (get_address(&q, SIOCGIFADDR, &i) < 0)
			continue;
		if (out && room - conf->ifc_len < (int)sizeof(q))
			break;
		if (out)
			memcpy((char *)out + conf->ifc_len, &q, sizeof(q));
		conf->ifc_len += (int)sizeof(q);
	}
	return 0;
}

int tl_ifreq_list(struct ifconf *conf)
{
	int room = conf ? conf->ifc_len : 0;
	int r = ask_host(0, SIOCGIFCONF, conf);

	return r == 0 ? add_conf(conf, room) : r;
}

int tl_ifreq_ask_own(uintptr_t request, struct ifreq *q)
{
	struct rpc_interface i;

	if (request == SIOCGIFNAME)
		return get_name(q);
	q->ifr_name[sizeof(q->ifr_name) - 1] = 0;
	if (tl_interface_by_name(&i, q->ifr_name) < 0)
		return -ENODEV;
	return answer(q, request, &i);
}

int tl_ifreq_ask(uint32_t tag, uintptr_t request, struct ifreq *q)
{
	int r;

	if (!q)
		return -EFAULT;
	if (request == SIOCGIFNAME &&
	    tl_interface_number((uint32_t)q->ifr_ifindex))
		return get_name(q);
	r = ask_host(tag, request, q);
	if (r != -ENODEV || request == SIOCGIFNAME)
		return r;
	return tl_ifreq_ask_own(request, q);
}

int tl_ifreq_queue(int fd, uint32_t tag, uintptr_t request, int *out)
{
	int name = request == SIOCOUTQ ? OWN_OUTQ : OWN_OUTQ_UNSENT;
	socklen_t len = sizeof(*out);
	int r;

	if (tl_tag_is_udp(tag)) {
		*out = 0;
		return 0;
	}
	if (tag & TAG_LISTENING)
		return -EINVAL;
	r = tl_client_own_option(fd, tag, name, out, &len);
	/* A connection that has gone has nothing on its way. */
	if (r == -EBADF)
		*out = 0;
	return r == -EBADF ? 0 : r;
}
