/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libzt_style.c - a program as they are written for libzt
 *
 *	libzt_style server HOME NETWORK PORT
 *	libzt_style client HOME NETWORK PORT ADDRESS
 *	libzt_style alone	what needs no network
 *
 * The server answers over TCP and UDP with what it gets, at PORT, until it is
 * told "end". Every check that fails ends the program with a line that says
 * which. See libzt_style.sh.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapless/compat/ZeroTierSockets.h>

#define ROUND_MS 50
#define ROUNDS 1200

#define CHECK(x)                                                               \
	do {                                                                   \
		if (!(x)) {                                                    \
			fprintf(stderr, "FAILED line %d: %s (zts_errno %d)\n", \
				__LINE__, #x, zts_errno);                      \
			exit(1);                                               \
		}                                                              \
	} while (0)

/* Which events have come. */
static atomic_int seen[300];
static atomic_int n_bad;

static void on_event(void *arg)
{
	const zts_event_msg_t *m = arg;
	int code = m->event_code;

	if (code >= ZTS_EVENT_NODE_UP && code <= ZTS_EVENT_NODE_DOWN)
		n_bad += !m->node;
	else if (code >= ZTS_EVENT_NETWORK_NOT_FOUND &&
		 code <= ZTS_EVENT_NETWORK_UPDATE)
		n_bad += !m->network || !m->network->net_id;
	else if (code == ZTS_EVENT_PEER_DIRECT || code == ZTS_EVENT_PEER_RELAY)
		n_bad += !m->peer || !m->peer->peer_id;
	else if (code == ZTS_EVENT_ADDR_ADDED_IP4)
		n_bad += !m->addr || m->addr->addr.ss_family != ZTS_AF_INET;
	else if (code == ZTS_EVENT_STORE_IDENTITY_SECRET)
		n_bad += !m->cache || m->len < 200 ||
			 !zts_id_pair_is_valid(m->cache, (unsigned int)m->len);
	n_bad += zts_node_stop() != ZTS_ERR_SERVICE; /* not from here */
	if (code >= 0 && code < 300)
		seen[code]++;
}

static void wait_for(int (*is_it)(uint64_t arg), uint64_t arg, const char *what)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (is_it(arg) == 1)
			return;
		zts_util_delay(ROUND_MS);
	}
	fprintf(stderr, "FAILED: not in time: %s\n", what);
	exit(1);
}

static int online(uint64_t unused)
{
	(void)unused;
	return zts_node_is_online();
}

static int ready(uint64_t network)
{
	return zts_net_transport_is_ready(network);
}

static int has_seen(uint64_t code)
{
	return seen[code] > 0;
}

static void check_network(uint64_t network, const char *address)
{
	char text[ZTS_IP_MAX_STR_LEN];
	char target[ZTS_IP_MAX_STR_LEN + 4];
	char via[ZTS_IP_MAX_STR_LEN];
	char mac[ZTS_MAC_ADDRSTRLEN];
	char name[128];
	struct zts_sockaddr_storage list[ZTS_MAX_ASSIGNED_ADDRESSES];
	struct zts_sockaddr_storage one;
	unsigned int count = ZTS_MAX_ASSIGNED_ADDRESSES;
	unsigned short port = 7;
	uint16_t flags = 1;
	uint16_t metric = 1;
	uint64_t group;
	uint32_t adi;

	CHECK(zts_addr_is_assigned(network, ZTS_AF_INET) == 1);
	CHECK(zts_addr_is_assigned(network, ZTS_AF_INET6) == 1);
	CHECK(zts_addr_is_assigned(network + 1, ZTS_AF_INET) == 0);
	CHECK(zts_addr_is_assigned(network, 77) == ZTS_ERR_ARG);
	CHECK(zts_addr_get(network, ZTS_AF_INET, &one) == ZTS_ERR_OK);
	CHECK(zts_util_ntop((struct zts_sockaddr *)&one, sizeof(one), text,
			    sizeof(text), &port) == ZTS_ERR_OK);
	CHECK(strcmp(text, address) == 0 && port == 0);
	CHECK(zts_addr_get_all(network, list, &count) == ZTS_ERR_OK);
	CHECK(count == 3);
	CHECK(zts_core_query_addr_count(network) == 3);
	CHECK(zts_core_query_addr(network, 3, text, sizeof(text)) ==
	      ZTS_ERR_NO_RESULT);
	CHECK(zts_core_query_addr(network, 0, text, sizeof(text)) ==
	      ZTS_ERR_OK);
	CHECK(zts_core_query_route_count(network) == 1);
	CHECK(zts_core_query_route(network, 0, target, via, sizeof(via), &flags,
				   &metric) == ZTS_ERR_OK);
	CHECK(strcmp(target, "10.121.17.0/24") == 0 && !via[0] && !flags);
	CHECK(zts_core_query_mc_count(network) > 0);
	CHECK(zts_core_query_mc(network, 0, &group, &adi) == ZTS_ERR_OK);
	CHECK(group >> 40 & 1);
	CHECK(zts_route_is_assigned(network, ZTS_AF_INET) == 1);
	CHECK(zts_route_is_assigned(network, ZTS_AF_INET6) == 0);
	CHECK(zts_net_get_name(network, name, sizeof(name)) == ZTS_ERR_OK);
	CHECK(strcmp(name, "test") == 0);
	CHECK(zts_net_get_mtu(network) == 2800);
	CHECK(zts_net_get_status(network) == ZTS_NETWORK_STATUS_OK);
	CHECK(zts_net_get_type(network) == ZTS_NETWORK_TYPE_PRIVATE);
	CHECK(zts_net_get_broadcast(network) == 1);
	CHECK(zts_net_get_mac(network) != 0);
	CHECK(zts_net_get_mac(network + 1) == 0);
	CHECK(zts_net_get_mac_str(network, mac, sizeof(mac)) == ZTS_ERR_OK);
	CHECK(strlen(mac) == 17);
	CHECK(zts_net_get_mtu(network + 1) == ZTS_ERR_NO_RESULT);
	CHECK(zts_addr_compute_rfc4193_str(network, zts_node_get_id(), text,
					   sizeof(text)) == ZTS_ERR_OK);
	CHECK(zts_addr_get_str(network, ZTS_AF_INET6, name, sizeof(name)) ==
	      ZTS_ERR_OK);
	CHECK(strcmp(text, name) == 0 || strncmp(name, "fc", 2) == 0);
}

static void go_online(const char *home, uint64_t network,
		      char address[ZTS_IP_MAX_STR_LEN])
{
	char key[ZTS_ID_STR_BUF_LEN];
	unsigned int len = sizeof(key);

	CHECK(zts_init_from_storage(home) == ZTS_ERR_OK);
	CHECK(zts_init_set_event_handler(on_event) == ZTS_ERR_OK);
	CHECK(zts_node_start() == ZTS_ERR_OK);
	CHECK(zts_node_start() == ZTS_ERR_SERVICE);
	CHECK(zts_init_set_port(9) == ZTS_ERR_SERVICE);
	wait_for(online, 0, "the node is online");
	CHECK(zts_node_get_id() != 0);
	CHECK(zts_node_get_port() > 0);
	CHECK(zts_node_get_id_pair(key, &len) == ZTS_ERR_OK);
	CHECK(strlen(key) == len);
	CHECK(strtoull(key, NULL, 16) == zts_node_get_id());
	len = 20;
	CHECK(zts_node_get_id_pair(key, &len) == ZTS_ERR_ARG);
	CHECK(zts_net_transport_is_ready(network) == 0);
	CHECK(zts_net_join(network) == ZTS_ERR_OK);
	wait_for(ready, network, "the network is ready");
	CHECK(zts_addr_get_str(network, ZTS_AF_INET, address,
			       ZTS_IP_MAX_STR_LEN) == ZTS_ERR_OK);
	CHECK(zts_addr_get_str(network, ZTS_AF_INET, address, 4) ==
	      ZTS_ERR_ARG);
	check_network(network, address);
	printf("address %s\n", address);
	fflush(stdout);
}

/* --- the server: one loop around select --- */

static int echo(int fd)
{
	char text[4096];
	ssize_t n = zts_read(fd, text, sizeof(text));

	if (n <= 0) {
		zts_close(fd);
		return -1;
	}
	CHECK(zts_write(fd, text, (size_t)n) == n);
	return fd;
}

/* True: it is told to end. */
static int answer(int fd)
{
	char text[2048];
	struct zts_sockaddr_storage from;
	zts_socklen_t len = sizeof(from);
	ssize_t n = zts_bsd_recvfrom(fd, text, sizeof(text), 0,
				     (struct zts_sockaddr *)&from, &len);

	CHECK(n > 0 && from.ss_family == ZTS_AF_INET);
	CHECK(zts_bsd_sendto(fd, text, (size_t)n, 0,
			     (struct zts_sockaddr *)&from, len) == n);
	return n == 3 && memcmp(text, "end", 3) == 0;
}

static void serve(const char *address, unsigned short port)
{
	int listener = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);
	int udp = zts_udp_server(address, port);
	char remote[ZTS_IP_MAX_STR_LEN];
	unsigned short remote_port = 0;
	zts_fd_set in;
	int client = -1;
	int last = 0;
	int fd;

	CHECK(listener >= 0 && udp >= 0);
	CHECK(zts_bind(listener, address, port) == ZTS_ERR_OK);
	CHECK(zts_listen(listener, 4) == ZTS_ERR_OK);
	printf("listening\n");
	fflush(stdout);
	while (!last) {
		ZTS_FD_ZERO(&in);
		ZTS_FD_SET(listener, &in);
		ZTS_FD_SET(udp, &in);
		if (client >= 0)
			ZTS_FD_SET(client, &in);
		CHECK(zts_bsd_select(ZTS_FD_SETSIZE, &in, NULL, NULL, NULL) >
		      0);
		if (ZTS_FD_ISSET(udp, &in))
			last = answer(udp);
		if (client >= 0 && ZTS_FD_ISSET(client, &in))
			client = echo(client);
		if (!ZTS_FD_ISSET(listener, &in))
			continue;
		fd = zts_accept(listener, remote, sizeof(remote), &remote_port);
		CHECK(fd >= 0 && remote_port > 0);
		CHECK(zts_util_get_ip_family(remote) == ZTS_AF_INET);
		if (client >= 0)
			zts_close(client);
		client = fd;
	}
	zts_close(listener);
	zts_close(udp);
}

/* --- the client --- */

static void poll_for(int fd, short events)
{
	struct zts_pollfd p = { .fd = fd, .events = events };

	CHECK(zts_bsd_poll(&p, 1, 30000) == 1);
	CHECK(p.revents & events);
}

static void receive(int fd, const char *want)
{
	char text[256] = "";
	size_t n = strlen(want);
	size_t got = 0;

	while (got < n) {
		ssize_t r = zts_recv(fd, text + got, n - got, 0);

		CHECK(r > 0);
		got += (size_t)r;
	}
	CHECK(strcmp(text, want) == 0);
}

static void stream(const char *address, unsigned short port)
{
	char remote[ZTS_IP_MAX_STR_LEN];
	unsigned short remote_port;
	char text[8];
	int fd = zts_tcp_client(address, port);
	struct zts_iovec iov[2] = { { (char *)"ab", 2 }, { (char *)"cd", 2 } };

	CHECK(fd >= 0);
	CHECK(zts_getpeername(fd, remote, sizeof(remote), &remote_port) ==
	      ZTS_ERR_OK);
	CHECK(strcmp(remote, address) == 0 && remote_port == port);
	CHECK(zts_getsockname(fd, remote, sizeof(remote), &remote_port) ==
	      ZTS_ERR_OK);
	CHECK(zts_send(fd, "hello", 5, 0) == 5);
	poll_for(fd, ZTS_POLLIN);
	CHECK(zts_get_data_available(fd) > 0);
	receive(fd, "hello");
	CHECK(zts_bsd_writev(fd, iov, 2) == 4);
	receive(fd, "abcd");

	CHECK(zts_set_blocking(fd, 0) == ZTS_ERR_OK);
	CHECK(zts_get_blocking(fd) == 0);
	CHECK(zts_read(fd, text, sizeof(text)) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EAGAIN);
	CHECK(zts_set_blocking(fd, 1) == ZTS_ERR_OK);
	CHECK(zts_bsd_fcntl(fd, ZTS_F_GETFL, 0) == ZTS_O_RDWR);
	CHECK(zts_set_recv_timeout(fd, 0, 20000) == ZTS_ERR_OK);
	CHECK(zts_read(fd, text, sizeof(text)) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EAGAIN);
	CHECK(zts_shutdown_wr(fd) == ZTS_ERR_OK);
	CHECK(zts_set_recv_timeout(fd, 30, 0) == ZTS_ERR_OK);
	CHECK(zts_get_recv_timeout(fd) == 30);
	CHECK(zts_read(fd, text, sizeof(text)) == 0);
	CHECK(zts_close(fd) == ZTS_ERR_OK);
}

static void options_of_a_socket(void)
{
	int fd = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);
	struct zts_linger l = { 0 };
	zts_socklen_t len = sizeof(int);
	int value = 0;

	CHECK(fd >= 0);
	CHECK(zts_set_no_delay(fd, 1) == ZTS_ERR_OK);
	CHECK(zts_get_no_delay(fd) == 1);
	CHECK(zts_set_no_delay(fd, 2) == ZTS_ERR_ARG);
	CHECK(zts_set_reuse_addr(fd, 1) == ZTS_ERR_OK);
	CHECK(zts_get_reuse_addr(fd) == 1);
	CHECK(zts_set_keepalive(fd, 1) == ZTS_ERR_OK);
	CHECK(zts_get_keepalive(fd) == 1);
	CHECK(zts_set_linger(fd, 1, 3) == ZTS_ERR_OK);
	CHECK(zts_get_linger_enabled(fd) == 1);
	CHECK(zts_get_linger_value(fd) == 3);
	CHECK(zts_set_ttl(fd, 33) == ZTS_ERR_OK);
	CHECK(zts_get_ttl(fd) == 33);
	CHECK(zts_set_ttl(fd, 0) == ZTS_ERR_ARG);
	CHECK(zts_set_send_timeout(fd, 4, 0) == ZTS_ERR_OK);
	CHECK(zts_get_send_timeout(fd) == 4);
	CHECK(zts_set_recv_buf_size(fd, 65536) == ZTS_ERR_OK);
	CHECK(zts_get_recv_buf_size(fd) >= 65536);
	CHECK(zts_set_send_buf_size(fd, 65536) == ZTS_ERR_OK);
	CHECK(zts_get_send_buf_size(fd) >= 65536);
	CHECK(zts_get_last_socket_error(fd) == 0);
	value = 90000;
	CHECK(zts_bsd_setsockopt(fd, ZTS_IPPROTO_TCP, ZTS_TCP_KEEPALIVE, &value,
				 sizeof(value)) == ZTS_ERR_OK);
	CHECK(zts_bsd_getsockopt(fd, ZTS_IPPROTO_TCP, ZTS_TCP_KEEPIDLE, &value,
				 &len) == ZTS_ERR_OK);
	CHECK(value == 90);
	CHECK(zts_bsd_getsockopt(fd, ZTS_IPPROTO_TCP, ZTS_TCP_KEEPALIVE, &value,
				 &len) == ZTS_ERR_OK);
	CHECK(value == 90000);
	CHECK(zts_bsd_getsockopt(fd, ZTS_SOL_SOCKET, ZTS_SO_TYPE, &value,
				 &len) == ZTS_ERR_OK);
	CHECK(value == ZTS_SOCK_STREAM);
	CHECK(zts_bsd_setsockopt(fd, ZTS_SOL_SOCKET, 0x7777, &l, sizeof(l)) ==
	      ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_ENOPROTOOPT);
	value = 1;
	CHECK(zts_bsd_ioctl(fd, ZTS_FIONBIO, &value) == ZTS_ERR_OK);
	CHECK(zts_bsd_fcntl(fd, ZTS_F_GETFL, 0) & ZTS_O_NONBLOCK);
	CHECK(zts_close(fd) == ZTS_ERR_OK);
}

static void wrong_use(const char *address)
{
	struct zts_sockaddr_in6 six = { .sin6_family = ZTS_AF_INET6 };
	zts_fd_set in;
	struct zts_timeval soon = { 0, 1000 };
	int fd = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);

	CHECK(fd >= 0);
	/* Nobody listens: it is tried again until the time is over. */
	CHECK(zts_connect(fd, address, 9, 600) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_ECONNREFUSED);
	CHECK(zts_connect(fd, "not an address", 9, 0) == ZTS_ERR_ARG);
	CHECK(zts_connect(fd, address, 9, -1) == ZTS_ERR_ARG);
	CHECK(zts_bsd_connect(fd, (struct zts_sockaddr *)&six, sizeof(six)) ==
	      ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EAFNOSUPPORT);
	CHECK(zts_bsd_connect(fd, NULL, 16) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EFAULT);
	ZTS_FD_ZERO(&in);
	ZTS_FD_SET(fd, &in);
	CHECK(zts_bsd_select(ZTS_FD_SETSIZE + 1, &in, NULL, NULL, &soon) ==
	      ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EINVAL);
	CHECK(zts_close(fd) == ZTS_ERR_OK);
	CHECK(zts_bsd_select(ZTS_FD_SETSIZE, &in, NULL, NULL, &soon) ==
	      ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EBADF);
	CHECK(zts_close(fd) == ZTS_ERR_SOCKET && zts_errno == ZTS_EBADF);
	CHECK(zts_socket(ZTS_AF_INET, ZTS_SOCK_RAW, 0) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EINVAL);
	CHECK(zts_socket(77, ZTS_SOCK_STREAM, 0) == ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EAFNOSUPPORT);
	CHECK(zts_accept(0, NULL, 0, NULL) == ZTS_ERR_SOCKET);
}

static void datagram(const char *address, unsigned short port, const char *text)
{
	struct zts_sockaddr_storage to;
	zts_socklen_t len = sizeof(to);
	int fd = zts_udp_client(address);
	struct zts_pollfd p = { .fd = fd, .events = ZTS_POLLIN };
	char got[64] = "";
	struct zts_iovec iov = { got, sizeof(got) };
	struct zts_msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	int i;

	CHECK(fd >= 0);
	CHECK(zts_util_ipstr_to_saddr(address, port, (struct zts_sockaddr *)&to,
				      &len) == ZTS_ERR_OK);
	for (i = 0; i < 10 && !p.revents; i++) {
		CHECK(zts_bsd_sendto(fd, text, strlen(text), 0,
				     (struct zts_sockaddr *)&to,
				     len) == (ssize_t)strlen(text));
		CHECK(zts_bsd_poll(&p, 1, 2000) >= 0);
	}
	CHECK(zts_get_pending_data_size(fd) == (int)strlen(text));
	m.msg_name = &to;
	m.msg_namelen = sizeof(to);
	iov.iov_len = 2;
	CHECK(zts_bsd_recvmsg(fd, &m, ZTS_MSG_PEEK) == 2);
	CHECK(m.msg_flags & ZTS_MSG_TRUNC);
	CHECK(m.msg_namelen == sizeof(struct zts_sockaddr_in));
	iov.iov_len = sizeof(got);
	CHECK(zts_bsd_recvmsg(fd, &m, 0) == (ssize_t)strlen(text));
	CHECK(strcmp(got, text) == 0);
	CHECK(zts_close(fd) == ZTS_ERR_OK);
}

static void nonblocking(const char *address, unsigned short port)
{
	struct zts_sockaddr_storage to;
	zts_socklen_t len = sizeof(to);
	struct zts_timeval time = { 30, 0 };
	int fd = zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0);
	zts_fd_set out;

	CHECK(zts_set_blocking(fd, 0) == ZTS_ERR_OK);
	CHECK(zts_util_ipstr_to_saddr(address, port, (struct zts_sockaddr *)&to,
				      &len) == ZTS_ERR_OK);
	CHECK(zts_bsd_connect(fd, (struct zts_sockaddr *)&to, len) ==
	      ZTS_ERR_SOCKET);
	CHECK(zts_errno == ZTS_EINPROGRESS);
	ZTS_FD_ZERO(&out);
	ZTS_FD_SET(fd, &out);
	CHECK(zts_bsd_select(fd + 1, NULL, &out, NULL, &time) == 1);
	CHECK(ZTS_FD_ISSET(fd, &out));
	CHECK(zts_get_last_socket_error(fd) == 0);
	CHECK(zts_write(fd, "now", 3) == 3);
	poll_for(fd, ZTS_POLLIN);
	receive(fd, "now");
	CHECK(zts_close(fd) == ZTS_ERR_OK);
}

static void lookup(const char *address)
{
	char name[32];
	struct zts_hostent *h;
	char text[ZTS_IP_MAX_STR_LEN];

	snprintf(name, sizeof(name), "%010llx.zt",
		 (unsigned long long)zts_node_get_id());
	h = zts_bsd_gethostbyname(name);
	CHECK(h && h->h_addrtype == ZTS_AF_INET && h->h_length == 4);
	CHECK(zts_inet_ntop(ZTS_AF_INET, h->h_addr_list[0], text,
			    sizeof(text)));
	CHECK(strcmp(text, address) == 0);
	CHECK(!zts_bsd_gethostbyname("localhost"));
	CHECK(!zts_bsd_gethostbyname(NULL));
}

static void client(const char *own, const char *address, unsigned short port)
{
	stream(address, port);
	nonblocking(address, port);
	datagram(address, port, "a datagram");
	options_of_a_socket();
	wrong_use(address);
	lookup(own);
	datagram(address, port, "end");
	wait_for(has_seen, ZTS_EVENT_PEER_DIRECT, "a peer is told");
}

/* --- without a network --- */

static void check_text(void)
{
	struct zts_sockaddr_storage a;
	zts_socklen_t len = sizeof(a);
	zts_ip_addr ip;
	uint8_t raw[16];
	char text[ZTS_IP_MAX_STR_LEN];

	CHECK(zts_net_compute_adhoc_id(80, 443) == 0xff005001bb000000);
	CHECK(zts_addr_compute_6plane_str(0x1122334455667788, 0x99aabbccdd,
					  text, sizeof(text)) == ZTS_ERR_OK);
	CHECK(strcmp(text, "fc44:4444:cc99:aabb:ccdd::1") == 0);
	CHECK(zts_addr_compute_rfc4193_str(0x1122334455667788, 0x99aabbccdd,
					   text, sizeof(text)) == ZTS_ERR_OK);
	CHECK(strcmp(text, "fd11:2233:4455:6677:8899:9399:aabb:ccdd") == 0);
	CHECK(zts_addr_compute_rfc4193(1, 0, &a) == ZTS_ERR_ARG);
	CHECK(zts_util_get_ip_family("10.0.0.1") == ZTS_AF_INET);
	CHECK(zts_util_get_ip_family("fd00::1") == ZTS_AF_INET6);
	CHECK(zts_util_get_ip_family("host") == ZTS_ERR_ARG);
	CHECK(zts_util_ipstr_to_saddr("fd00::1", 80, (struct zts_sockaddr *)&a,
				      &len) == ZTS_ERR_OK);
	CHECK(len == sizeof(struct zts_sockaddr_in6));
	len = 8;
	CHECK(zts_util_ipstr_to_saddr("fd00::1", 80, (struct zts_sockaddr *)&a,
				      &len) == ZTS_ERR_ARG);
	CHECK(zts_inet_pton(ZTS_AF_INET6, "fd00::1", raw) == 1);
	CHECK(zts_inet_pton(77, "fd00::1", raw) == -1);
	CHECK(!zts_inet_ntop(ZTS_AF_INET, raw, text, 3));
	CHECK(zts_ipaddr_aton("10.0.0.1", &ip) == 1 && ip.type == 0);
	CHECK(strcmp(zts_ipaddr_ntoa(&ip), "10.0.0.1") == 0);
	CHECK(zts_ipaddr_aton("fd00::1", &ip) == 1 && ip.type == 6);
	CHECK(strcmp(zts_ipaddr_ntoa(&ip), "fd00::1") == 0);
	CHECK(zts_ipaddr_aton("host", &ip) == 0);
}

static void check_without_node(void)
{
	struct zts_sockaddr_storage a;
	char text[ZTS_IP_MAX_STR_LEN];

	CHECK(zts_node_stop() == ZTS_ERR_SERVICE);
	CHECK(zts_node_free() == ZTS_ERR_SERVICE);
	CHECK(zts_node_get_id() == 0);
	CHECK(zts_node_get_port() == ZTS_ERR_SERVICE);
	CHECK(zts_node_is_online() == 0);
	CHECK(zts_net_join(1) == ZTS_ERR_SERVICE);
	CHECK(zts_net_join(0) == ZTS_ERR_ARG);
	CHECK(zts_net_leave(1) == ZTS_ERR_SERVICE);
	CHECK(zts_net_get_status(1) == ZTS_ERR_SERVICE);
	CHECK(zts_addr_get(1, ZTS_AF_INET, &a) == ZTS_ERR_SERVICE);
	CHECK(zts_addr_get_str(1, ZTS_AF_INET, text, sizeof(text)) ==
	      ZTS_ERR_SERVICE);
	CHECK(zts_core_lock_obtain() == ZTS_ERR_SERVICE);
	CHECK(zts_socket(ZTS_AF_INET, ZTS_SOCK_STREAM, 0) == ZTS_ERR_SERVICE);
	CHECK(zts_tcp_client("10.0.0.1", 1) == ZTS_ERR_SERVICE);
	CHECK(zts_moon_orbit(1, 1) == ZTS_ERR_SERVICE);
	CHECK(zts_init_allow_tcp_relay(0) == ZTS_ERR_OK);
	CHECK(zts_init_allow_tcp_relay(1) == ZTS_ERR_SERVICE);
	CHECK(zts_init_blacklist_if("eth", 3) == ZTS_ERR_SERVICE);
	CHECK(zts_init_set_roots("no planet", 9) == ZTS_ERR_ARG);
	CHECK(zts_init_from_storage(NULL) == ZTS_ERR_ARG);
	CHECK(zts_init_set_random_port_range(9, 8) == ZTS_ERR_ARG);
	CHECK(!zts_dns_get_server(0));
}

/* An identity without a storage. It reaches nobody: the planet is its own. */
static void check_memory(const char *planet)
{
	char key[ZTS_ID_STR_BUF_LEN];
	char again[ZTS_ID_STR_BUF_LEN];
	unsigned int len = sizeof(key);
	unsigned int again_len = sizeof(again);
	char roots[4096];
	FILE *f = fopen(planet, "rb");
	size_t n;

	CHECK(f);
	n = fread(roots, 1, sizeof(roots), f);
	fclose(f);
	CHECK(zts_init_set_roots(roots, (unsigned int)n) == ZTS_ERR_OK);
	CHECK(zts_id_new(key, &len) == ZTS_ERR_OK);
	CHECK(strlen(key) == len);
	CHECK(zts_id_pair_is_valid(key, len) == 1);
	key[0] = key[0] == '1' ? '2' : '1';
	CHECK(zts_id_pair_is_valid(key, len) == 0);
	CHECK(zts_init_from_memory("no key", 6) == ZTS_ERR_ARG);
	len = sizeof(key);
	CHECK(zts_id_new(key, &len) == ZTS_ERR_OK);
	CHECK(zts_init_from_memory(key, len) == ZTS_ERR_OK);
	CHECK(zts_init_set_event_handler(on_event) == ZTS_ERR_OK);
	CHECK(zts_node_start() == ZTS_ERR_OK);
	CHECK(zts_node_get_id() == strtoull(key, NULL, 16));
	CHECK(zts_node_get_id_pair(again, &again_len) == ZTS_ERR_OK);
	CHECK(strcmp(again, key) == 0);
	CHECK(zts_core_query_path_count(1) == ZTS_ERR_NO_RESULT);
	CHECK(zts_node_stop() == ZTS_ERR_OK);
	/* What was said holds until it is forgotten. */
	CHECK(zts_node_start() == ZTS_ERR_OK);
	CHECK(zts_node_get_id() == strtoull(key, NULL, 16));
	CHECK(zts_node_free() == ZTS_ERR_OK);
	CHECK(seen[ZTS_EVENT_NODE_UP] == 2 && seen[ZTS_EVENT_NODE_DOWN] == 2);
	CHECK(seen[ZTS_EVENT_STORE_IDENTITY_SECRET] == 2);
}

int main(int argc, char **argv)
{
	char own[ZTS_IP_MAX_STR_LEN];
	uint64_t network;
	unsigned short port;

	if (argc == 3 && strcmp(argv[1], "alone") == 0) {
		check_text();
		check_without_node();
		check_memory(argv[2]);
		CHECK(n_bad == 0);
		return 0;
	}
	if (argc < 5)
		return 2;
	network = strtoull(argv[3], NULL, 16);
	port = (unsigned short)strtoul(argv[4], NULL, 10);
	go_online(argv[2], network, own);
	if (argc == 6)
		client(own, argv[5], port);
	else
		serve(own, port);
	CHECK(zts_net_leave(network) == ZTS_ERR_OK);
	CHECK(zts_net_leave(network) == ZTS_ERR_NO_RESULT);
	wait_for(has_seen, ZTS_EVENT_NETWORK_DOWN, "the end of a network");
	CHECK(zts_node_free() == ZTS_ERR_OK);
	CHECK(seen[ZTS_EVENT_NODE_UP] && seen[ZTS_EVENT_NODE_ONLINE]);
	CHECK(seen[ZTS_EVENT_NETWORK_READY_IP4_IP6]);
	CHECK(seen[ZTS_EVENT_ADDR_ADDED_IP4] == 1);
	CHECK(seen[ZTS_EVENT_ADDR_ADDED_IP6] == 2);
	CHECK(seen[ZTS_EVENT_NODE_DOWN] == 1);
	CHECK(n_bad == 0);
	return 0;
}
