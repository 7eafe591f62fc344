/* SPDX-License-Identifier: Apache-2.0 */
#include "os/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "harness.h"

#define LOG_MAX 4096
#define WAIT_MS 5000

static const struct udp_addr any4 = { .family = 4, .ip = { 127, 0, 0, 1 } };
static const struct udp_addr any6 = { .family = 6, .ip = { [15] = 1 } };

/* Datagrams as they arrived, one after the other. */
struct log {
	unsigned int n;
	size_t sizes[LOG_MAX];
	size_t offsets[LOG_MAX];
	size_t used;
	uint8_t bytes[8 * 1024 * 1024];
	unsigned int joined; /* followed by more of the same batch */
	const uint8_t *next_at;
	struct udp_addr from;
};

static struct log log_a;
static struct log log_b;

static void log_add(struct log *log, const void *at, size_t n)
{
	CHECK(log->n < LOG_MAX && n <= sizeof(log->bytes) - log->used);
	log->sizes[log->n] = n;
	log->offsets[log->n] = log->used;
	memcpy(log->bytes + log->used, at, n);
	log->used += n;
	log->n++;
}

static void check_same_log(const struct log *a, const struct log *b)
{
	CHECK_EQ(a->n, b->n);
	CHECK_EQ(a->used, b->used);
	CHECK_MEM(a->sizes, b->sizes, a->n * sizeof(a->sizes[0]));
	CHECK_MEM(a->bytes, b->bytes, a->used);
}

static void on_datagram(void *ctx, struct udp_socket *s,
			const struct udp_addr *from, struct buffer d,
			struct buffer rest)
{
	struct log *log = ctx;

	(void)s;
	if (log->next_at)
		CHECK(d.at == log->next_at);
	log->next_at = rest.n ? d.at + d.n : NULL;
	if (rest.n) {
		CHECK(rest.at == d.at + d.n);
		log->joined++;
	}
	log->from = *from;
	log_add(log, d.at, d.n);
	memset(d.at, 0xee, d.n); /* may be changed */
}

static void wait_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
}

/* With tl_udp_receive(), until @n datagrams are there. */
static void receive_n(struct udp_socket *s, struct log *log, unsigned int n)
{
	while (log->n < n) {
		int more;

		wait_readable(tl_udp_fd(s));
		do {
			more = tl_udp_receive(s, on_datagram, log);
			CHECK(log->next_at == NULL);
		} while (more == UDP_MORE);
		CHECK_EQ(more, UDP_DRAINED);
	}
	CHECK_EQ(log->n, n);
}

/* With plain recv on a socket of the test's own. */
static void plain_receive_n(int fd, struct log *log, unsigned int n)
{
	static uint8_t buf[65536];

	while (log->n < n) {
		ssize_t got;

		wait_readable(fd);
		got = recv(fd, buf, sizeof(buf), 0);
		CHECK(got >= 0);
		log_add(log, buf, (size_t)got);
	}
}

static int plain_socket(struct udp_addr *at)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sa);
	int size = 4 * 1024 * 1024;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	CHECK(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	CHECK(bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
	*at = any4;
	at->port = ntohs(sa.sin_port);
	return fd;
}

static struct udp *new_udp(void)
{
	struct udp *u;

	CHECK_EQ(tl_udp_new(&u), 0);
	return u;
}

static struct udp_socket *bind_any(struct udp *u, const struct udp_addr *at)
{
	struct udp_socket *s;

	CHECK_EQ(tl_udp_bind(&s, u, at, NULL), 0);
	CHECK(tl_udp_local(s)->port != 0);
	return s;
}

static void fill(uint8_t *at, size_t n, unsigned int seed)
{
	size_t i;

	for (i = 0; i < n; i++)
		at[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
}

static struct packet *new_packet(struct packet_pool *pool, size_t n,
				 unsigned int seed)
{
	struct packet *p = tl_packet_new(pool);
	unsigned int i;

	CHECK(p);
	fill(p->data + p->head, n, seed);
	p->n = (uint32_t)n;
	for (i = 0; i < PACKET_MAX_PARTS - 1; i++)
		memset(p->frag[i], (int)(0xf0 + i), PACKET_PART_HEADER_LEN);
	return p;
}

static void write_map(const char *path, unsigned int id)
{
	FILE *f = fopen(path, "w");

	CHECK(f);
	fprintf(f, "0 %u 1", id);
	CHECK(fclose(f) == 0);
}

/* In a network of our own whose loopback has the MTU of an Ethernet. */
static void enter_small_network(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	unsigned int uid = getuid();
	int fd;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		SKIP("no user namespaces here: %s", strerror(errno));
	write_map("/proc/self/uid_map", uid); /* root, for programs we run */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK(fd >= 0);
	r.ifr_mtu = 1500;
	CHECK(ioctl(fd, SIOCSIFMTU, &r) == 0);
	r.ifr_flags = IFF_UP;
	CHECK(ioctl(fd, SIOCSIFFLAGS, &r) == 0);
	close(fd);
}

static void round_trip(const struct udp_addr *at, size_t step)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, at);
	struct udp_socket *b = bind_any(u, at);
	static uint8_t want[10024];
	unsigned int n = 0;
	size_t size;

	for (size = 1; size <= 10000; size += size < 20 ? 1 : step) {
		fill(want, size, n);
		tl_udp_send_copy(a, tl_udp_local(b), tl_bytes(want, size));
		tl_udp_flush(u);
		receive_n(b, &log_a, ++n);
		CHECK_EQ(log_a.sizes[n - 1], size);
		CHECK_MEM(log_a.bytes + log_a.offsets[n - 1], want, size);
		CHECK_EQ(log_a.from.port, tl_udp_local(a)->port);
		CHECK_EQ(log_a.from.family, at->family);
		CHECK_MEM(log_a.from.ip, at->ip, 16);
	}
	CHECK_EQ(tl_udp_counts(u)->sent, n);
	CHECK_EQ(tl_udp_counts(u)->received, n);
	CHECK_EQ(tl_udp_counts(u)->sent_bytes, log_a.used);
	tl_udp_free(u);
}

TEST(udp_sizes_arrive_over_ipv4)
{
	round_trip(&any4, 37);
}

TEST(udp_sizes_arrive_over_ipv6)
{
	round_trip(&any6, 37);
}

TEST(udp_large_datagrams_are_fragmented_by_the_kernel)
{
	enter_small_network();
	round_trip(&any4, 91);
}

TEST(udp_empty_datagram_arrives)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_socket *b = bind_any(u, &any4);

	tl_udp_send_copy(a, tl_udp_local(b), tl_bytes("x", 1));
	tl_udp_send_copy(a, tl_udp_local(b), tl_bytes(NULL, 0));
	tl_udp_send_copy(a, tl_udp_local(b), tl_bytes("y", 1));
	tl_udp_flush(u);
	receive_n(b, &log_a, 3);
	CHECK_EQ(log_a.sizes[1], 0);
	CHECK_EQ(log_a.used, 2);
	tl_udp_free(u);
}

/* The shapes that VL1 makes of packets, of many sizes, mixed. */
static void send_packets(struct udp_socket *s, const struct udp_addr *to,
			 struct packet_pool *pool)
{
	static const struct {
		size_t len;
		struct udp_cuts cuts;
	} shapes[] = {
		{ 2842, { 2, 1429, 1413 } },  { 2842, { 2, 1429, 1413 } },
		{ 2842, { 2, 1429, 1413 } },  { 90, { 1, 0, 0 } },
		{ 2843, { 2, 1430, 1414 } },  { 2843, { 2, 1430, 1414 } },
		{ 1432, { 1, 0, 0 } },	      { 1432, { 1, 0, 0 } },
		{ 10000, { 7, 1443, 1427 } }, { 1, { 1, 0, 0 } },
		{ 2, { 2, 1, 1 } },	      { 9000, { 3, 3100, 3084 } },
		{ 9000, { 3, 3100, 3084 } },  { 5000, { 1, 0, 0 } },
	};
	unsigned int round;
	size_t i;

	for (round = 0; round < 12; round++)
		for (i = 0; i < TL_ARRAY_SIZE(shapes); i++)
			tl_udp_send(s, to,
				    new_packet(pool, shapes[i].len,
					       (unsigned int)i + round),
				    shapes[i].cuts);
}

static unsigned int count_sent(struct udp *u)
{
	return (unsigned int)tl_udp_counts(u)->sent;
}

/* Sends all shapes to a plain socket and logs what arrives there. */
static void send_and_log(struct log *log, bool gso, struct udp_counts *counts)
{
	struct packet_pool pool;
	struct udp *u = new_udp();
	struct udp_socket *s = bind_any(u, &any4);
	struct udp_addr to;
	int fd = plain_socket(&to);

	tl_packet_pool_init(&pool, 8, 1000);
	if (!gso)
		tl_udp_disable_gso(s);
	send_packets(s, &to, &pool);
	CHECK(tl_udp_is_waiting(s));
	tl_udp_flush(u);
	CHECK(!tl_udp_is_waiting(s));
	CHECK_EQ(pool.n_used, 0);
	plain_receive_n(fd, log, count_sent(u));
	*counts = *tl_udp_counts(u);
	CHECK_EQ(counts->dropped_error + counts->dropped_full, 0);
	tl_packet_pool_fini(&pool);
	tl_udp_free(u);
	close(fd);
}

TEST(udp_gso_and_fallback_send_the_same_datagrams)
{
	struct udp_counts with;
	struct udp_counts without;

	send_and_log(&log_a, true, &with);
	send_and_log(&log_b, false, &without);
	CHECK_EQ(log_a.n, 12 * (3 * 2 + 1 + 2 * 2 + 2 + 7 + 1 + 2 + 6 + 1));
	check_same_log(&log_a, &log_b);
	CHECK_EQ(with.gso_off, 0);
}

TEST(udp_segments_over_the_mtu_are_sent_one_by_one)
{
	struct udp_counts with;
	struct udp_counts without;

	enter_small_network();
	send_and_log(&log_a, true, &with);
	send_and_log(&log_b, false, &without);
	check_same_log(&log_a, &log_b);
	CHECK_EQ(with.gso_off, 0);
}

TEST(udp_parts_carry_their_headers)
{
	struct packet_pool pool;
	struct udp *u = new_udp();
	struct udp_socket *s = bind_any(u, &any4);
	struct udp_addr to;
	int fd = plain_socket(&to);
	uint8_t want[3000];
	uint8_t header[PACKET_PART_HEADER_LEN];

	tl_packet_pool_init(&pool, 1, 1);
	fill(want, sizeof(want), 5);
	tl_udp_send(s, &to, new_packet(&pool, 3000, 5),
		    (struct udp_cuts){ 3, 1016, 1000 });
	tl_udp_flush(u);
	plain_receive_n(fd, &log_a, 3);
	CHECK_EQ(log_a.sizes[0], 1016);
	CHECK_EQ(log_a.sizes[1], 1016);
	CHECK_EQ(log_a.sizes[2], 16 + 984);
	CHECK_MEM(log_a.bytes, want, 1016);
	memset(header, 0xf0, sizeof(header));
	CHECK_MEM(log_a.bytes + 1016, header, 16);
	CHECK_MEM(log_a.bytes + 1032, want + 1016, 1000);
	memset(header, 0xf1, sizeof(header));
	CHECK_MEM(log_a.bytes + 2032, header, 16);
	CHECK_MEM(log_a.bytes + 2048, want + 2016, 984);
	tl_udp_free(u);
	tl_packet_pool_fini(&pool);
	close(fd);
}

TEST(udp_full_frames_ride_in_few_calls_and_arrive_joined)
{
	struct packet_pool pool;
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_socket *b = bind_any(u, &any4);
	unsigned int i;

	tl_packet_pool_init(&pool, 8, 1000);
	for (i = 0; i < 200; i++)
		tl_udp_send(a, tl_udp_local(b), new_packet(&pool, 2842, i),
			    (struct udp_cuts){ 2, 1429, 1413 });
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->sent, 400);
	CHECK(tl_udp_counts(u)->send_calls <= 4);
	receive_n(b, &log_a, 400);
	CHECK_EQ(log_a.used, 200 * (2842 + 16));
	CHECK(tl_udp_counts(u)->receive_calls <= 4);
	CHECK(log_a.joined >= 380);
	for (i = 0; i < 400; i++)
		CHECK_EQ(log_a.sizes[i], 1429);
	tl_udp_free(u);
	tl_packet_pool_fini(&pool);
}

TEST(udp_destinations_are_brought_together_in_order)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_socket *b = bind_any(u, &any4);
	struct udp_socket *c = bind_any(u, &any4);
	uint8_t d[100] = { 0 };
	uint8_t i;

	for (i = 0; i < 50; i++) {
		d[0] = i;
		tl_udp_send_copy(a, tl_udp_local(b), TL_BYTES_OF(d));
		tl_udp_send_copy(a, tl_udp_local(c), TL_BYTES_OF(d));
	}
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->send_calls, 1);
	receive_n(b, &log_a, 50);
	receive_n(c, &log_b, 50);
	for (i = 0; i < 50; i++) {
		CHECK_EQ(log_a.bytes[i * 100], i);
		CHECK_EQ(log_b.bytes[i * 100], i);
	}
	tl_udp_free(u);
}

TEST(udp_ttl_is_the_given_one)
{
	struct udp *u = new_udp();
	struct udp_socket *s = bind_any(u, &any4);
	struct udp_addr to;
	int fd = plain_socket(&to);
	_Alignas(struct cmsghdr) uint8_t control[64];
	char data[8];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr h = { .msg_iov = &iov,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	int on = 1;
	int ttl;

	CHECK(setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on)) == 0);
	tl_udp_send_ttl(s, &to, tl_bytes("junk", 4), 2);
	wait_readable(fd);
	CHECK_EQ(recvmsg(fd, &h, 0), 4);
	CHECK(CMSG_FIRSTHDR(&h));
	CHECK_EQ(CMSG_FIRSTHDR(&h)->cmsg_type, IP_TTL);
	memcpy(&ttl, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(ttl));
	CHECK_EQ(ttl, 2);
	tl_udp_free(u);
	close(fd);
}

TEST(udp_address_in_use_is_said)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_addr nowhere = { .family = 4, .ip = { 192, 0, 2, 77 } };
	struct udp_socket *b;

	CHECK_EQ(tl_udp_bind(&b, u, tl_udp_local(a), NULL), -EADDRINUSE);
	CHECK_EQ(tl_udp_bind(&b, u, &nowhere, NULL), -EADDRNOTAVAIL);
	tl_udp_close(a);
	tl_udp_close(NULL);
	tl_udp_free(u);
	tl_udp_free(NULL);
}

TEST(udp_ipv6_wildcard_leaves_ipv4_port_free)
{
	struct udp *u = new_udp();
	struct udp_addr v6 = { .family = 6 };
	struct udp_addr v4 = { .family = 4 };
	struct udp_socket *a = bind_any(u, &v6);
	struct udp_socket *b;

	v4.port = tl_udp_local(a)->port;
	CHECK_EQ(tl_udp_bind(&b, u, &v4, NULL), 0);
	CHECK_EQ(tl_udp_local(b)->port, v4.port);
	tl_udp_free(u);
}

TEST(udp_socket_is_not_inherited_and_does_not_block)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);

	CHECK(fcntl(tl_udp_fd(a), F_GETFD) & FD_CLOEXEC);
	CHECK(fcntl(tl_udp_fd(a), F_GETFL) & O_NONBLOCK);
	CHECK_EQ(tl_udp_receive(a, on_datagram, &log_a), UDP_DRAINED);
	tl_udp_set_user(a, u);
	CHECK(tl_udp_user(a) == u);
	tl_udp_free(u);
}

/* From a loopback address to elsewhere is EINVAL, as UDP_SEGMENT that does not
 * work may be: the socket must find out which. */
TEST(udp_bad_destination_does_not_cost_gso)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_socket *b = bind_any(u, &any4);
	struct udp_addr bad = { .family = 4,
				.port = 9,
				.ip = { 192, 0, 2, 1 } };
	static uint8_t d[1000];
	uint64_t calls;
	int i;

	for (i = 0; i < 4; i++)
		tl_udp_send_copy(a, &bad, TL_BYTES_OF(d));
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->dropped_error, 4);
	CHECK_EQ(tl_udp_counts(u)->gso_off, 0);
	calls = tl_udp_counts(u)->send_calls;
	for (i = 0; i < 128; i++)
		tl_udp_send_copy(a, tl_udp_local(b), TL_BYTES_OF(d));
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->send_calls, calls + 1);
	receive_n(b, &log_a, 128);
	tl_udp_free(u);
}

TEST(udp_impossible_destinations_are_dropped_and_counted)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_addr six = any6;

	six.port = 9;
	tl_udp_send_copy(a, &any4, tl_bytes("x", 1)); /* port 0 */
	tl_udp_send_copy(a, &six, tl_bytes("x", 1));
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->dropped_error, 2);
	CHECK(!tl_udp_is_waiting(a));
	tl_udp_free(u);
}

/* An unanswered ARP request holds packets, and thereby the send buffer. */
static struct udp_socket *bind_where_arp_fails(struct udp *u)
{
	struct udp_addr at = { .family = 4, .ip = { 10, 9, 8, 1 } };
	struct udp_socket *s;
	int size = 1;

	enter_small_network();
	if (system("ip link add v0 type veth peer name v1 && "
		   "ip address add 10.9.8.1/24 dev v0 && "
		   "ip link set v1 up && ip link set v0 up") != 0)
		SKIP("cannot make a veth pair here");
	CHECK_EQ(tl_udp_bind(&s, u, &at, "v0"), 0);
	CHECK(setsockopt(tl_udp_fd(s), SOL_SOCKET, SO_SNDBUF, &size,
			 sizeof(size)) == 0);
	return s;
}

TEST(udp_full_send_buffer_waits_then_drops_newest)
{
	struct udp *u = new_udp();
	struct udp_socket *s = bind_where_arp_fails(u);
	struct udp_addr to = { .family = 4, .port = 9, .ip = { 10, 9, 8, 2 } };
	static uint8_t d[1200];
	struct pollfd p = { .fd = tl_udp_fd(s), .events = POLLOUT };
	uint64_t sent;
	int i;

	for (i = 0; i < 8; i++) {
		tl_udp_send_copy(s, &to, TL_BYTES_OF(d));
		tl_udp_flush(u);
	}
	CHECK(tl_udp_is_waiting(s));
	sent = tl_udp_counts(u)->sent;
	CHECK(sent < 8);
	for (i = 8; i < UDP_QUEUE_MAX + 100; i++)
		tl_udp_send_copy(s, &to, TL_BYTES_OF(d));
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->sent, sent);
	CHECK_EQ(tl_udp_counts(u)->dropped_full, 100 - sent);
	CHECK_EQ(tl_udp_counts(u)->dropped_error, 0);

	CHECK_EQ(system("ip neigh replace 10.9.8.2 lladdr 02:00:00:00:00:02 "
			"dev v0"),
		 0);
	CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
	while (tl_udp_is_waiting(s)) {
		CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
		tl_udp_flush(u);
	}
	CHECK_EQ(tl_udp_counts(u)->sent, UDP_QUEUE_MAX + sent);
	tl_udp_free(u);
}

TEST(udp_close_drops_what_waits)
{
	struct packet_pool pool;
	struct udp *u = new_udp();
	struct udp_socket *s = bind_any(u, &any4);
	struct udp_addr to = any4;

	to.port = 9;
	tl_packet_pool_init(&pool, 1, 2);
	tl_udp_send(s, &to, new_packet(&pool, 100, 1),
		    (struct udp_cuts){ .n = 1 });
	tl_udp_send(
		s, &to, new_packet(&pool, 100, 2),
		(struct udp_cuts){ .n = 2, .head_len = 58, .part_len = 42 });
	CHECK_EQ(pool.n_used, 2);
	tl_udp_close(s);
	CHECK_EQ(pool.n_used, 0);
	tl_packet_pool_fini(&pool);
	tl_udp_free(u);
}

TEST(udp_sends_what_has_become_much_without_being_asked)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_addr to = any4;
	static uint8_t d[1024];
	int i;

	to.port = 9;
	for (i = 0; i < 255; i++)
		tl_udp_send_copy(a, &to, TL_BYTES_OF(d));
	CHECK_EQ(tl_udp_counts(u)->sent, 0);
	tl_udp_send_copy(a, &to, TL_BYTES_OF(d));
	CHECK_EQ(tl_udp_counts(u)->sent, 256);
	tl_udp_send_copy(a, &to, TL_BYTES_OF(d));
	CHECK_EQ(tl_udp_counts(u)->sent, 256);
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->sent, 257);
	tl_udp_free(u);
}

TEST(udp_sends_more_than_the_queue_holds)
{
	struct udp *u = new_udp();
	struct udp_socket *a = bind_any(u, &any4);
	struct udp_addr to = any4;
	uint8_t d[200] = { 0 };
	int i;

	to.port = 9;
	for (i = 0; i < 5 * UDP_QUEUE_MAX; i++)
		tl_udp_send_copy(a, &to, TL_BYTES_OF(d));
	tl_udp_flush(u);
	CHECK_EQ(tl_udp_counts(u)->sent, 5 * UDP_QUEUE_MAX);
	tl_udp_free(u);
}

TEST(udp_too_many_sockets_is_said)
{
	struct udp *u = new_udp();
	struct udp_socket *s;
	int i;

	for (i = 0; i < UDP_SOCKETS_MAX; i++)
		bind_any(u, &any4);
	CHECK_EQ(tl_udp_bind(&s, u, &any4, NULL), -ENFILE);
	tl_udp_free(u);
}

TEST(udp_constructors_survive_lack_of_memory)
{
	struct udp_socket *s;
	struct udp *u = NULL;
	int n;

	for (n = 0; n < 2; n++) {
		tl_alloc_fail_after(n);
		CHECK_EQ(tl_udp_new(&u), -ENOMEM);
	}
	u = new_udp();
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_udp_bind(&s, u, &any4, NULL), -ENOMEM);
	tl_udp_free(u);
}
