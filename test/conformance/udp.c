/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.c - datagrams
 */
#include "conformance.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static char name_[64];

static const char *in(const struct place *p, const char *what)
{
	snprintf(name_, sizeof(name_), "udp%c %s",
		 p->family == AF_INET ? '4' : '6', what);
	return name_;
}

static void fresh(const struct place *p)
{
	int fd = make_socket(p, SOCK_DGRAM);

	say_own(in(p, "fresh own"), fd);
	say_peer(in(p, "fresh peer"), fd);
	say(in(p, "fresh nature"), "%d %d %d %d",
	    get_int(fd, SOL_SOCKET, SO_DOMAIN),
	    get_int(fd, SOL_SOCKET, SO_TYPE),
	    get_int(fd, SOL_SOCKET, SO_PROTOCOL),
	    get_int(fd, SOL_SOCKET, SO_ACCEPTCONN));
	RESULT(in(p, "fresh send"), send(fd, "x", 1, 0));
	RESULT(in(p, "fresh write"), write(fd, "x", 1));
	RESULT(in(p, "fresh recv"), recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT));
	RESULT(in(p, "listen"), listen(fd, 1));
	RESULT(in(p, "accept"), accept(fd, NULL, NULL));
	RESULT(in(p, "shutdown"), shutdown(fd, SHUT_RDWR));
	say_events(in(p, "fresh events"),
		   wait_for(fd, POLLOUT) & (POLLOUT | POLLERR));
	close(fd);
}

static void talk(const struct place *p)
{
	struct sockaddr_storage at;
	struct sockaddr_storage from = { 0 };
	struct sockaddr_storage own;
	socklen_t len;
	socklen_t own_len;
	int server = make_bound(p, SOCK_DGRAM);
	int client = make_bound(p, SOCK_DGRAM);
	char b[16];
	int n = -1;

	own_address(server, &at, &len);
	own_address(client, &own, &own_len);
	say_own(in(p, "bound own"), server);
	RESULT(in(p, "bind in use"),
	       bind(make_socket(p, SOCK_DGRAM), (struct sockaddr *)&at, len));
	RESULT(in(p, "sendto"),
	       sendto(client, "hello", 5, 0, (struct sockaddr *)&at, len));
	say_events(in(p, "readable"), wait_for(server, POLLIN));
	ioctl(server, FIONREAD, &n);
	say(in(p, "fionread"), "%d", n);
	RESULT(in(p, "peek"), recv(server, b, sizeof(b), MSG_PEEK));
	len = sizeof(from);
	RESULT(in(p, "recvfrom"), recvfrom(server, b, sizeof(b), 0,
					   (struct sockaddr *)&from, &len));
	say_address(in(p, "from"), &from, len);
	say(in(p, "from is client"), "%d",
	    len == own_len && memcmp(&from, &own, len) == 0);
	RESULT(in(p, "reply"),
	       sendto(server, "re", 2, 0, (struct sockaddr *)&from, len));
	wait_for(client, POLLIN);
	len = 4;
	RESULT(in(p, "recvfrom short name"),
	       recvfrom(client, b, sizeof(b), 0, (struct sockaddr *)&from,
			&len));
	say(in(p, "short name len"), "%u", len);
	RESULT(in(p, "recv none"), recv(client, b, sizeof(b), MSG_DONTWAIT));
	close(client);
	close(server);
}

static void sizes(const struct place *p)
{
	static char big[70000];
	static const size_t list[] = { 1, 100, 1400, 2700, 9000, 65507 };
	struct sockaddr_storage at;
	socklen_t len;
	int server = make_bound(p, SOCK_DGRAM);
	int client = make_socket(p, SOCK_DGRAM);
	char what[32];

	own_address(server, &at, &len);
	RESULT(in(p, "connect"), connect(client, (struct sockaddr *)&at, len));
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		snprintf(what, sizeof(what), "size %zu", list[i]);
		RESULT(in(p, what), send(client, big, list[i], 0));
		wait_for(server, POLLIN);
		RESULT(in(p, what),
		       recv(server, big, sizeof(big), MSG_DONTWAIT));
	}
	RESULT(in(p, "size 65528"), send(client, big, 65528, 0));
	RESULT(in(p, "size 70000"), send(client, big, 70000, 0));
	RESULT(in(p, "size 0"), send(client, big, 0, 0));
	say_events(in(p, "size 0 readable"), wait_for(server, POLLIN));
	RESULT(in(p, "size 0 recv"), recv(server, big, 10, MSG_DONTWAIT));
	RESULT(in(p, "size 0 gone"), recv(server, big, 10, MSG_DONTWAIT));
	close(client);
	close(server);
}

static void cut(void)
{
	struct sockaddr_storage at;
	socklen_t len;
	int server = make_bound(&place4, SOCK_DGRAM);
	int client = make_socket(&place4, SOCK_DGRAM);
	char b[4];
	struct iovec iov = { b, sizeof(b) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	own_address(server, &at, &len);
	must(connect(client, (struct sockaddr *)&at, len), "connect");
	for (int i = 0; i < 4; i++)
		must((int)send(client, "0123456789", 10, 0), "send");
	wait_for(server, POLLIN);
	RESULT("cut recv", recv(server, b, sizeof(b), 0));
	wait_for(server, POLLIN);
	RESULT("cut trunc", recv(server, b, sizeof(b), MSG_TRUNC));
	wait_for(server, POLLIN);
	RESULT("cut peek trunc",
	       recv(server, b, sizeof(b), MSG_TRUNC | MSG_PEEK));
	RESULT("cut recvmsg", recvmsg(server, &m, 0));
	say("cut flags", "%d %u", !!(m.msg_flags & MSG_TRUNC), m.msg_namelen);
	wait_for(server, POLLIN);
	RESULT("cut read", read(server, b, sizeof(b)));
	RESULT("cut end", recv(server, b, sizeof(b), MSG_DONTWAIT));
	close(client);
	close(server);
}

static void connected(const struct place *p)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct sockaddr_storage at;
	struct sockaddr_storage other_at;
	struct sockaddr_storage own;
	struct iovec iov[2] = { { "ab", 2 }, { "c", 1 } };
	socklen_t len;
	int server = make_bound(p, SOCK_DGRAM);
	int other = make_bound(p, SOCK_DGRAM);
	int client = make_bound(p, SOCK_DGRAM);
	char b[16];

	own_address(server, &at, &len);
	own_address(other, &other_at, &len);
	own_address(client, &own, &len);
	RESULT(in(p, "connect"), connect(client, (struct sockaddr *)&at, len));
	say_own(in(p, "connected own"), client);
	say_peer(in(p, "connected peer"), client);
	RESULT(in(p, "writev"), writev(client, iov, 2));
	wait_for(server, POLLIN);
	RESULT(in(p, "read"), read(server, b, sizeof(b)));
	RESULT(in(p, "sendto while connected"),
	       sendto(client, "o", 1, 0, (struct sockaddr *)&other_at, len));
	wait_for(other, POLLIN);
	RESULT(in(p, "other recv"), recv(other, b, sizeof(b), MSG_DONTWAIT));
	RESULT(in(p, "stranger send"),
	       sendto(other, "s", 1, 0, (struct sockaddr *)&own, len));
	RESULT(in(p, "friend send"),
	       sendto(server, "fr", 2, 0, (struct sockaddr *)&own, len));
	wait_for(client, POLLIN);
	RESULT(in(p, "only friend"), recv(client, b, sizeof(b), 0));
	RESULT(in(p, "nothing else"), recv(client, b, sizeof(b), MSG_DONTWAIT));
	RESULT(in(p, "connect other"),
	       connect(client, (struct sockaddr *)&other_at, len));
	say_peer(in(p, "other peer"), client);
	RESULT(in(p, "disconnect"), connect(client, &unspec, sizeof(unspec)));
	say_peer(in(p, "disconnected peer"), client);
	RESULT(in(p, "disconnected send"), send(client, "x", 1, 0));
	RESULT(in(p, "shutdown"), shutdown(client, SHUT_WR));
	close(client);
	close(other);
	close(server);
}

static void nobody_there(void)
{
	struct sockaddr_storage at;
	socklen_t len;
	int server = make_bound(&place4, SOCK_DGRAM);
	int client = make_socket(&place4, SOCK_DGRAM);
	char b;

	own_address(server, &at, &len);
	close(server);
	must(connect(client, (struct sockaddr *)&at, len), "connect");
	RESULT("udp unheard", send(client, "x", 1, 0));
	wait_for(client, POLLIN);
	RESULT("udp refused recv", recv(client, &b, 1, MSG_DONTWAIT));
	RESULT("udp refused once", recv(client, &b, 1, MSG_DONTWAIT));
	RESULT("udp unheard again", send(client, "x", 1, 0));
	wait_for(client, POLLIN);
	RESULT("udp refused error", get_int(client, SOL_SOCKET, SO_ERROR));
	RESULT("udp unheard third", send(client, "x", 1, 0));
	wait_for(client, POLLIN);
	RESULT("udp refused send", send(client, "x", 1, 0));
	close(client);
}

static void wildcard(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	struct sockaddr_storage at = place4.addr;
	struct sockaddr_storage own;
	char room[256];
	char b[8];
	struct iovec iov = { b, sizeof(b) };
	struct msghdr m = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = room,
			    .msg_controllen = sizeof(room) };
	int server = make_socket(&place4, SOCK_DGRAM);
	int client = make_socket(&place4, SOCK_DGRAM);
	struct cmsghdr *c;
	socklen_t len;

	must(bind(server, (struct sockaddr *)&any, sizeof(any)), "bind");
	must(set_int(server, IPPROTO_IP, IP_PKTINFO, 1), "IP_PKTINFO");
	own_address(server, &own, &len);
	((struct sockaddr_in *)&at)->sin_port =
		((struct sockaddr_in *)&own)->sin_port;
	RESULT("wildcard sendto",
	       sendto(client, "w", 1, 0, (struct sockaddr *)&at, place4.len));
	say_own("sendto bound own", client);
	wait_for(server, POLLIN);
	RESULT("pktinfo recvmsg", recvmsg(server, &m, 0));
	c = CMSG_FIRSTHDR(&m);
	say("pktinfo", "%d %d", c ? c->cmsg_level : -1, c ? c->cmsg_type : -1);
	if (c)
		say("pktinfo place", "%d",
		    memcmp(&((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr,
			   &((struct sockaddr_in *)&at)->sin_addr, 4) == 0);
	close(client);
	close(server);
}

static void lists(void)
{
	struct sockaddr_storage at;
	socklen_t len;
	int server = make_bound(&place4, SOCK_DGRAM);
	int client = make_socket(&place4, SOCK_DGRAM);
	char b[4][8];
	struct iovec iov[4];
	struct mmsghdr list[4] = { 0 };

	own_address(server, &at, &len);
	must(connect(client, (struct sockaddr *)&at, len), "connect");
	for (size_t i = 0; i < 4; i++) {
		memset(b[i], 'a', sizeof(b[i]));
		iov[i] = (struct iovec){ b[i], i + 1 };
		list[i].msg_hdr.msg_iov = &iov[i];
		list[i].msg_hdr.msg_iovlen = 1;
	}
	RESULT("sendmmsg", sendmmsg(client, list, 3, 0));
	say("sendmmsg lens", "%u %u %u", list[0].msg_len, list[1].msg_len,
	    list[2].msg_len);
	for (size_t i = 0; i < 4; i++)
		iov[i].iov_len = 8;
	wait_for(server, POLLIN);
	RESULT("recvmmsg one", recvmmsg(server, list, 1, 0, NULL));
	RESULT("recvmmsg", recvmmsg(server, list, 2, 0, NULL));
	say("recvmmsg lens", "%u %u", list[0].msg_len, list[1].msg_len);
	RESULT("recvmmsg none", recvmmsg(server, list, 4, MSG_DONTWAIT, NULL));
	close(client);
	close(server);
}

static void waiting(void)
{
	struct timeval tv = { .tv_usec = 20000 };
	int fd = make_bound(&place4, SOCK_DGRAM);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	RESULT("udp rcvtimeo", recv(fd, &(char){ 0 }, 1, 0));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	RESULT("udp nonblock", recv(fd, &(char){ 0 }, 1, 0));
	RESULT("udp errqueue", recv(fd, &(char){ 0 }, 1, MSG_ERRQUEUE));
	close(fd);
}

/* Of a flood of small ones to @server, behind which one to @marker is sent: how
 * many waited. */
static int kept(int client, int server, int marker)
{
	struct sockaddr_storage at;
	socklen_t len;
	int n = 0;

	own_address(server, &at, &len);
	for (int i = 0; i < 500; i++)
		must((int)sendto(client, "x", 1, 0, (struct sockaddr *)&at,
				 len),
		     "sendto");
	own_address(marker, &at, &len);
	must((int)sendto(client, "x", 1, 0, (struct sockaddr *)&at, len),
	     "sendto");
	wait_for(marker, POLLIN);
	must((int)recv(marker, &(char){ 0 }, 1, 0), "recv");
	while (recv(server, &(char){ 0 }, 1, MSG_DONTWAIT) == 1)
		n++;
	return n;
}

/* By default some 280 wait, and with the largest buffer that a user may ask for
 * by default, twice as many. */
static void buffered(void)
{
	int size = 212992;
	int client = make_bound(&place4, SOCK_DGRAM);
	int server = make_bound(&place4, SOCK_DGRAM);
	int marker = make_bound(&place4, SOCK_DGRAM);
	int few = kept(client, server, marker);
	int many;

	must(setsockopt(server, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)),
	     "SO_RCVBUF");
	many = kept(client, server, marker);
	say("udp default buffer holds some", "%d", few > 100 && few < 500);
	say("udp rcvbuf holds more", "%d", many == 500);
	close(client);
	close(server);
	close(marker);
}

void udp_scenarios(void)
{
	const struct place *places[] = { &place4, &place6 };

	for (size_t i = 0; i < 2; i++) {
		fresh(places[i]);
		talk(places[i]);
		sizes(places[i]);
		connected(places[i]);
	}
	cut();
	nobody_there();
	wildcard();
	lists();
	waiting();
	buffered();
}
