/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces.c - an ordinary program that looks at its network interfaces
 *
 * usage: interfaces OWN-IPV4 OWN-IPV6 [launched]
 *
 * Run under the preload object by interfaces.sh: one interface has both
 * addresses, and the host's "lo" is there as ever. Ends with 1 at the first
 * fact that does not hold.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct in_addr own;
static struct in6_addr own6;
static char zt[IFNAMSIZ];
static unsigned int zt_index;
static struct sockaddr_in6 link_local;

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond)) {                                                 \
			fprintf(stderr, "interfaces.c:%d: %s (errno %s)\n",    \
				__LINE__, #cond, strerror(errno));             \
			exit(1);                                               \
		}                                                              \
	} while (0)

/* What one walk over the list has found. */
struct seen {
	int lo;
	int v4;
	int v6;
	int local;
	int packet;
};

static void look_at_in6(struct seen *seen, const struct ifaddrs *i)
{
	struct sockaddr_in6 in6;

	memcpy(&in6, i->ifa_addr, sizeof(in6));
	seen->v6 += memcmp(&in6.sin6_addr, &own6, sizeof(own6)) == 0;
	if (!IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr))
		return;
	CHECK(in6.sin6_scope_id == if_nametoindex(i->ifa_name));
	link_local = in6;
	seen->local++;
}

static void look_at_ours(struct seen *seen, const struct ifaddrs *i)
{
	struct sockaddr_in in, mask, all;
	struct sockaddr_ll ll;

	CHECK(i->ifa_flags & IFF_UP);
	CHECK(i->ifa_flags & IFF_MULTICAST);
	if (i->ifa_addr->sa_family == AF_PACKET) {
		memcpy(&ll, i->ifa_addr, sizeof(ll));
		CHECK(ll.sll_halen == 6 && i->ifa_data);
		CHECK((unsigned int)ll.sll_ifindex == zt_index);
		seen->packet++;
	} else if (i->ifa_addr->sa_family == AF_INET) {
		memcpy(&in, i->ifa_addr, sizeof(in));
		memcpy(&mask, i->ifa_netmask, sizeof(mask));
		memcpy(&all, i->ifa_broadaddr, sizeof(all));
		CHECK(in.sin_addr.s_addr == own.s_addr);
		CHECK(mask.sin_addr.s_addr == htonl(0xffffff00));
		CHECK(all.sin_addr.s_addr == (own.s_addr | htonl(0xff)));
		seen->v4++;
	} else {
		look_at_in6(seen, i);
	}
}

static void list_addresses(void)
{
	struct seen seen = { 0 };
	struct ifaddrs *list;

	errno = 77;
	CHECK(getifaddrs(&list) == 0 && errno == 77);
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		seen.lo += strcmp(i->ifa_name, "lo") == 0;
		if (strcmp(i->ifa_name, zt) == 0)
			look_at_ours(&seen, i);
	}
	freeifaddrs(list);
	freeifaddrs(NULL);
	CHECK(seen.lo >= 1);
	CHECK(seen.v4 == 1 && seen.v6 == 1 && seen.local == 1);
	CHECK(seen.packet == 1);
}

/* The interface that is not the host's: the one with our address. */
static void find_ours(void)
{
	struct sockaddr_in in;
	struct ifaddrs *list;

	CHECK(getifaddrs(&list) == 0);
	for (struct ifaddrs *i = list; i; i = i->ifa_next) {
		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET)
			continue;
		memcpy(&in, i->ifa_addr, sizeof(in));
		if (in.sin_addr.s_addr == own.s_addr)
			snprintf(zt, sizeof(zt), "%s", i->ifa_name);
	}
	freeifaddrs(list);
	CHECK(zt[0]);
	zt_index = if_nametoindex(zt);
	CHECK(zt_index > 0);
}

static void names(void)
{
	char name[IFNAMSIZ] = "";
	struct if_nameindex *list = if_nameindex();
	int ours = 0;
	int lo = 0;

	CHECK(list);
	for (int i = 0; list[i].if_index; i++) {
		lo += strcmp(list[i].if_name, "lo") == 0;
		ours += strcmp(list[i].if_name, zt) == 0 &&
			list[i].if_index == zt_index;
	}
	if_freenameindex(list);
	CHECK(lo == 1 && ours == 1);
	CHECK(if_indextoname(zt_index, name) == name && !strcmp(name, zt));
	CHECK(if_indextoname(if_nametoindex("lo"), name) &&
	      !strcmp(name, "lo"));
	errno = 0;
	CHECK(if_nametoindex("nowhere0") == 0 && errno == ENODEV);
	errno = 0;
	CHECK(!if_indextoname(zt_index + 100, name) && errno == ENXIO);
}

static struct ifreq request(int fd, unsigned long what, const char *name)
{
	struct ifreq q = { 0 };

	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", name);
	errno = 0;
	CHECK(ioctl(fd, what, &q) == 0);
	return q;
}

static in_addr_t address_in(const struct ifreq *q)
{
	struct sockaddr_in in;

	memcpy(&in, &q->ifr_addr, sizeof(in));
	CHECK(in.sin_family == AF_INET);
	return in.sin_addr.s_addr;
}

static in_addr_t address(int fd, unsigned long what)
{
	struct ifreq q = request(fd, what, zt);

	return address_in(&q);
}

static void requests(int fd)
{
	struct ifreq q = { 0 };

	CHECK(address(fd, SIOCGIFADDR) == own.s_addr);
	CHECK(address(fd, SIOCGIFNETMASK) == htonl(0xffffff00));
	CHECK(address(fd, SIOCGIFBRDADDR) == (own.s_addr | htonl(0xff)));
	CHECK((unsigned int)request(fd, SIOCGIFINDEX, zt).ifr_ifindex ==
	      zt_index);
	CHECK(request(fd, SIOCGIFMTU, zt).ifr_mtu >= 1280);
	CHECK(request(fd, SIOCGIFFLAGS, zt).ifr_flags & IFF_UP);
	CHECK(request(fd, SIOCGIFFLAGS, "lo").ifr_flags & IFF_LOOPBACK);
	CHECK(request(fd, SIOCGIFHWADDR, zt).ifr_hwaddr.sa_family == 1);
	q.ifr_ifindex = (int)zt_index;
	CHECK(ioctl(fd, SIOCGIFNAME, &q) == 0 && !strcmp(q.ifr_name, zt));
	q.ifr_ifindex = (int)if_nametoindex("lo");
	CHECK(ioctl(fd, SIOCGIFNAME, &q) == 0 && !strcmp(q.ifr_name, "lo"));
	snprintf(q.ifr_name, sizeof(q.ifr_name), "nowhere0");
	CHECK(ioctl(fd, SIOCGIFADDR, &q) < 0 && errno == ENODEV);
	snprintf(q.ifr_name, sizeof(q.ifr_name), "%s", zt);
	CHECK(ioctl(fd, SIOCSIFMTU, &q) < 0 && errno == EPERM);
}

static void configuration(int fd)
{
	struct ifreq list[64];
	struct ifconf conf = { .ifc_len = sizeof(list), .ifc_req = list };
	int whole;
	int ours = 0;

	CHECK(ioctl(fd, SIOCGIFCONF, &conf) == 0);
	for (size_t i = 0; i < (size_t)conf.ifc_len / sizeof(list[0]); i++)
		ours += strcmp(list[i].ifr_name, zt) == 0 &&
			address_in(&list[i]) == own.s_addr;
	CHECK(ours == 1);
	whole = conf.ifc_len;
	conf.ifc_req = NULL;
	conf.ifc_len = 0;
	CHECK(ioctl(fd, SIOCGIFCONF, &conf) == 0 && conf.ifc_len == whole);
	conf.ifc_req = list;
	conf.ifc_len = whole - 1;
	CHECK(ioctl(fd, SIOCGIFCONF, &conf) == 0 && conf.ifc_len < whole);
}

/* A link-local address needs its interface, and is told with it. */
static void by_link_local(void)
{
	int l = socket(AF_INET6, SOCK_STREAM, 0);
	int c = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 at = link_local, from;
	socklen_t len = sizeof(at);
	int s;

	CHECK(bind(l, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(listen(l, 1) == 0);
	CHECK(getsockname(l, (struct sockaddr *)&at, &len) == 0);
	CHECK(at.sin6_scope_id == zt_index);
	CHECK(connect(c, (struct sockaddr *)&at, sizeof(at)) == 0);
	len = sizeof(from);
	s = accept(l, (struct sockaddr *)&from, &len);
	CHECK(s >= 0 && from.sin6_scope_id == zt_index);
	CHECK(IN6_IS_ADDR_LINKLOCAL(&from.sin6_addr));
	close(s);
	close(c);
	close(l);
}

static void tells_where_from(void)
{
	union {
		struct cmsghdr head;
		char room[256];
	} control;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = own };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct iovec iov = { .iov_base = (char[4]){ 0 }, .iov_len = 4 };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	struct in_pktinfo info;

	CHECK(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&at, &len) == 0);
	CHECK(setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &(int){ 1 }, 4) == 0);
	CHECK(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof(at)) == 1);
	CHECK(recvmsg(fd, &m, 0) == 1);
	CHECK(CMSG_FIRSTHDR(&m)->cmsg_type == IP_PKTINFO);
	memcpy(&info, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(info));
	CHECK((unsigned int)info.ipi_ifindex == zt_index);
	CHECK(info.ipi_addr.s_addr == own.s_addr);
	close(fd);
}

/* What is on its way is counted until the peer has acknowledged it. */
static void queues(void)
{
	static char data[400000];
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = own };
	socklen_t len = sizeof(at);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);
	size_t done = 0;
	ssize_t n;
	int waiting = -1;
	int s;

	CHECK(bind(l, (struct sockaddr *)&at, sizeof(at)) == 0);
	CHECK(listen(l, 1) == 0);
	CHECK(getsockname(l, (struct sockaddr *)&at, &len) == 0);
	CHECK(connect(c, (struct sockaddr *)&at, sizeof(at)) == 0);
	s = accept(l, NULL, NULL);
	CHECK(ioctl(c, SIOCOUTQ, &waiting) == 0 && waiting == 0);
	while (done < sizeof(data)) {
		n = write(c, data + done, sizeof(data) - done);
		CHECK(n > 0);
		done += (size_t)n;
	}
	for (size_t got = 0; got < sizeof(data); got += (size_t)n) {
		n = read(s, data, sizeof(data));
		CHECK(n > 0);
	}
	for (int tries = 0; waiting != 0 || tries == 0; tries++) {
		CHECK(tries < 1000);
		CHECK(ioctl(c, SIOCOUTQ, &waiting) == 0);
		poll(NULL, 0, 10);
	}
	CHECK(ioctl(c, SIOCOUTQNSD, &waiting) == 0 && waiting == 0);
	CHECK(ioctl(l, SIOCOUTQ, &waiting) < 0 && errno == EINVAL);
	close(s);
	close(c);
	close(l);
}

static void by_device(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = own };
	char name[IFNAMSIZ] = "x";
	socklen_t len = sizeof(name);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(getsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0);
	CHECK(len == 0);
	CHECK(setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, "nowhere0", 9) < 0);
	CHECK(errno == ENODEV);
	CHECK(setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, zt,
			 (socklen_t)strlen(zt)) == 0);
	len = sizeof(name);
	CHECK(getsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, name, &len) == 0);
	CHECK(len == strlen(zt) + 1 && strcmp(name, zt) == 0);
	CHECK(listen(l, 1) == 0);
	len = sizeof(at);
	CHECK(getsockname(l, (struct sockaddr *)&at, &len) == 0);
	at.sin_addr = own;
	CHECK(connect(c, (struct sockaddr *)&at, sizeof(at)) == 0);
	close(c);
	close(l);
	c = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, zt,
			 (socklen_t)strlen(zt)) == 0);
	at.sin_addr.s_addr = htonl(0xc6336401);
	CHECK(connect(c, (struct sockaddr *)&at, sizeof(at)) < 0);
	CHECK(errno == ENETUNREACH);
	close(c);
}

/* Without a list in the C library: the interface that has our address. */
static void find_by_ioctl(int fd)
{
	struct ifreq list[64];
	struct ifconf conf = { .ifc_len = sizeof(list), .ifc_req = list };
	char name[IFNAMSIZ];

	CHECK(ioctl(fd, SIOCGIFCONF, &conf) == 0);
	for (size_t i = 0; i < (size_t)conf.ifc_len / sizeof(list[0]); i++)
		if (address_in(&list[i]) == own.s_addr)
			memcpy(zt, list[i].ifr_name, sizeof(zt));
	CHECK(zt[0]);
	/* The C library asks on a socket of another family. */
	zt_index = if_nametoindex(zt);
	CHECK(zt_index > 0);
	CHECK(if_indextoname(zt_index, name) == name && !strcmp(name, zt));
	CHECK(if_indextoname(if_nametoindex("lo"), name) &&
	      !strcmp(name, "lo"));
	errno = 0;
	CHECK(if_nametoindex("nowhere0") == 0 && errno == ENODEV);
	errno = 0;
	CHECK(!if_indextoname(zt_index + 100, name) && errno == ENXIO);
}

static void under_launcher(int fd)
{
	find_by_ioctl(fd);
	requests(fd);
	configuration(fd);
	tells_where_from();
	queues();
	by_device();
	puts("good");
	exit(0);
}

int main(int argc, char **argv)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int fd6 = socket(AF_INET6, SOCK_STREAM, 0);

	CHECK(argc >= 3 && inet_pton(AF_INET, argv[1], &own) == 1);
	CHECK(inet_pton(AF_INET6, argv[2], &own6) == 1);
	if (argc == 4)
		under_launcher(fd);
	find_ours();
	list_addresses();
	names();
	requests(fd);
	/* As Linux: these sockets know all of it but the addresses. */
	CHECK(request(fd6, SIOCGIFMTU, zt).ifr_mtu >= 1280);
	configuration(fd);
	by_link_local();
	tells_where_from();
	queues();
	by_device();
	puts("good");
	return 0;
}
