/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process plays both workers, one after the other, and the keeper between
 * them, which is an array here.
 */
#include "sockets/world_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define KEPT_MAX 512

struct kept_entry {
	uint64_t key;
	struct fdpass fds;
	uint8_t blob[KEEP_BLOB_MAX];
	size_t n;
};

static struct kept_entry kept[KEPT_MAX];
static size_t n_kept;
static int keeper_end = -1;
static struct keepline *line;
static uint8_t big[RPC_DATAGRAM_LEN + 2000];

/* --- the keeper --- */

static struct kept_entry *find_kept(uint64_t key)
{
	size_t i;

	for (i = 0; i < n_kept; i++) {
		if (kept[i].key == key)
			return &kept[i];
	}
	return NULL;
}

static void drop_kept(uint64_t key)
{
	struct kept_entry *e = find_kept(key);

	if (!e)
		return;
	tl_fdpass_drop(&e->fds);
	*e = kept[--n_kept];
}

static void on_record(const struct keep_record *k, struct fdpass *in)
{
	struct kept_entry *e;

	if (k->kind == KEEP_DROP)
		drop_kept(k->key);
	if (k->kind != KEEP_KEEP)
		return;
	drop_kept(k->key);
	CHECK(n_kept < KEPT_MAX);
	e = &kept[n_kept++];
	e->key = k->key;
	e->fds = *in;
	e->n = k->blob.n;
	memcpy(e->blob, k->blob.at, k->blob.n);
}

/* Read what the worker has said. */
static void keeper_reads(void)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct keep_record k;
	struct fdpass in;
	struct reader r;

	while (tl_fdpass_recv(keeper_end, &in, TL_BUFFER_OF(room),
			      MSG_DONTWAIT) == 0 &&
	       in.n > 0) {
		r = tl_reader(tl_bytes(room, in.n));
		tl_keep_read(&r, &k);
		CHECK(tl_reader_done(&r));
		on_record(&k, &in);
	}
}

static void do_nothing(TL_UNUSED void *ctx)
{
}

/* So many, the endpoint among them; what is said comes at a pass's end. */
static void wait_for_kept(size_t n)
{
	int64_t until = world_now_us() + WAIT_MS * 1000;

	for (keeper_reads(); n_kept != n; keeper_reads()) {
		world_do(do_nothing, NULL);
		if (world_now_us() > until)
			FAIL("%zu are kept, not %zu", n_kept, n);
	}
}

static void send_record(uint8_t kind, uint64_t key, struct bytes blob,
			const struct fdpass *fds)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	const struct keep_record k = { kind, key, blob };

	tl_keep_write(&w, &k);
	CHECK_EQ(tl_fdpass_send(keeper_end, tl_writer_bytes(&w), fds->fds,
				fds->n_fds, 0),
		 0);
}

/* A thread, since there may be more than the pair holds. */
static void *give_all(TL_UNUSED void *ctx)
{
	static const struct fdpass none;
	const struct keep_hello hello = { .restarts = 1 };
	uint8_t room[KEEP_HELLO_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t i;

	for (i = 0; i < n_kept; i++)
		send_record(KEEP_GIVE, kept[i].key,
			    tl_bytes(kept[i].blob, kept[i].n), &kept[i].fds);
	tl_keep_write_hello(&w, &hello);
	send_record(KEEP_HELLO, 0, tl_writer_bytes(&w), &none);
	return NULL;
}

static void start_worker(void)
{
	struct sockets_config c = { .poll = NULL };
	pthread_t giver;
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends),
		 0);
	keeper_end = ends[0];
	CHECK_EQ(pthread_create(&giver, NULL, give_all, NULL), 0);
	CHECK_EQ(tl_keepline_open(&line, ends[1], WAIT_MS), 0);
	CHECK_EQ(pthread_join(giver, NULL), 0);
	c.keeper = line;
	world_start_with(&c);
}

/* The worker ends and leaves everything. */
static void end_worker(void)
{
	world.leaves = true;
	world_stop();
	tl_keepline_free(line);
	keeper_reads();
	close(keeper_end);
	keeper_end = -1;
}

static void restart(void)
{
	end_worker();
	start_worker();
}

/* Nothing is kept any more but the endpoint. */
static void finish(void)
{
	wait_for_sockets(0);
	wait_for_kept(1);
	end_worker();
	drop_kept(kept[0].key);
	CHECK_EQ(n_kept, 0);
}

/* --- programs --- */

static void send_datagram(int fd, struct rpc_addr to, const char *text)
{
	const struct rpc_datagram d = { .peer = to };
	struct writer w = tl_writer(tl_buffer(big, RPC_DATAGRAM_LEN));
	size_t n = strlen(text);

	tl_rpc_write_datagram(&w, &d);
	memcpy(big + RPC_DATAGRAM_LEN, text, n);
	CHECK_EQ(send(fd, big, RPC_DATAGRAM_LEN + n, MSG_NOSIGNAL),
		 (ssize_t)(RPC_DATAGRAM_LEN + n));
}

static struct rpc_datagram receive_datagram(int fd, const char *text)
{
	struct rpc_datagram d;
	struct reader r;
	ssize_t n;

	CHECK(wait_for(fd, POLLIN, WAIT_MS) & POLLIN);
	n = recv(fd, big, sizeof(big), 0);
	CHECK_EQ(n, (ssize_t)(RPC_DATAGRAM_LEN + strlen(text)));
	CHECK_MEM(big + RPC_DATAGRAM_LEN, text, strlen(text));
	r = tl_reader(tl_bytes(big, RPC_DATAGRAM_LEN));
	tl_rpc_read_datagram(&r, &d);
	CHECK(tl_reader_done(&r));
	return d;
}

static int bound(uint32_t tag, struct rpc_addr a)
{
	int fd = z_socket(tag);

	CHECK(fd >= 0);
	CHECK_EQ(z_bind(fd, a, NULL), 0);
	return fd;
}

static void set_int(int fd, int level, int name, int32_t value)
{
	const struct rpc_request q = { .op = RPC_SETOPT,
				       .level = level,
				       .name = name,
				       .opt = tl_bytes(&value, sizeof(value)) };

	CHECK_EQ(call(&q, fd), 0);
}

static int32_t get_int(int fd, int level, int name)
{
	const struct rpc_request q = { .op = RPC_GETOPT,
				       .level = level,
				       .name = name };
	struct rpc_reply reply;
	int32_t value = -1;

	CHECK_EQ(call_full(&q, &fd, 1, &reply), 0);
	memcpy(&value, reply.opt.at, sizeof(value));
	return value;
}

/* Somebody connects to @to, and @l accepts. */
/* A record that leads to the host may be stale by now. */
static int accept_virtual(int l)
{
	struct rpc_accept record;
	int a;

	for (;;) {
		CHECK_EQ(wait_for(l, POLLIN, WAIT_MS), POLLIN);
		a = z_accept(l, &record);
		CHECK(a >= 0);
		if (record.kind == ACCEPT_VIRTUAL)
			return a;
		close(a);
	}
}

static void check_serves(int l, struct rpc_addr to)
{
	int fd = z_socket(to.family == 6 ? TAG6 : TAG4);
	char c = 0;
	int a;

	CHECK_EQ(z_connect(fd, to), 0);
	a = accept_virtual(l);
	write_all(fd, "x", 1);
	read_all(a, &c, 1);
	CHECK_EQ(c, 'x');
	close(a);
	close(fd);
}

TEST(keep_listener_goes_on)
{
	int l, l6;

	start_worker();
	l = z_listener(own4(7001), 4);
	l6 = z_listener((struct rpc_addr){ .family = 6, .port = 7002 }, 4);
	check_serves(l, own4(7001));
	wait_for_kept(3);
	end_worker();
	/* Nothing has happened, as far as the programs can see. */
	CHECK_EQ(wait_for(l, POLLIN, 0), 0);
	start_worker();
	CHECK_EQ(wait_for(l, POLLIN, 0), 0);
	check_serves(l, own4(7001));
	check_serves(l6, own6(7002));
	check_serves(l6, own4(7002));
	restart();
	check_serves(l, own4(7001));
	close(l);
	close(l6);
	finish();
}

/* Whoever calls while no worker is there waits, and is answered. */
static void *late_call(TL_UNUSED void *ctx)
{
	close(z_listener(own4(7003), 4));
	return NULL;
}

TEST(keep_endpoint_lets_programs_wait)
{
	pthread_t t;
	struct pollfd p = { .events = POLLIN };

	start_worker();
	wait_for_kept(1);
	end_worker();
	CHECK_EQ(pthread_create(&t, NULL, late_call, NULL), 0);
	/* The kernel has its call in the endpoint's queue. */
	p.fd = kept[0].fds.fds[0];
	CHECK_EQ(poll(&p, 1, WAIT_MS), 1);
	start_worker();
	CHECK_EQ(pthread_join(t, NULL), 0);
	finish();
}

TEST(keep_records_of_the_worker_before_count)
{
	int fds[8];
	int l, a, i, n;

	start_worker();
	l = z_listener(own4(7004), 1);
	for (i = 0; i < 2; i++) {
		fds[i] = z_socket(TAG4);
		CHECK_EQ(z_connect(fds[i], own4(7004)), 0);
	}
	CHECK_EQ(wait_for(l, POLLIN, WAIT_MS), POLLIN);
	wait_for_kept(2);
	restart();
	for (i = 2; i < 4; i++) {
		fds[i] = z_socket(TAG4);
		CHECK_EQ(z_connect(fds[i], own4(7004)), 0);
	}
	/* The queue is full with two: the others wait inside. */
	CHECK_EQ(ioctl(l, FIONREAD, &n), 0);
	CHECK_EQ(n / RPC_ACCEPT_LEN, 2);
	/* Those of the dead worker are ends that were cut off. */
	for (i = 0; i < 2; i++) {
		a = z_accept(l, NULL);
		CHECK(a >= 0);
		CHECK(read(a, &n, 1) <= 0);
		close(a);
	}
	for (i = 2; i < 4; i++) {
		a = z_accept(l, NULL);
		CHECK(a >= 0);
		write_all(a, "y", 1);
		read_all(fds[i], &n, 1);
		close(a);
	}
	for (i = 0; i < 4; i++)
		close(fds[i]);
	close(l);
	finish();
}

TEST(keep_udp_socket_goes_on_with_its_options)
{
	int a, b;

	start_worker();
	a = bound(TAG_UDP, own4(7010));
	b = bound(TAG_UDP, addr4(0, 0, 0, 0, 7011));
	set_int(b, IPPROTO_IP, IP_TTL, 33);
	set_int(b, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	wait_for_kept(3);
	restart();
	CHECK_EQ(get_int(b, IPPROTO_IP, IP_TTL), 33);
	CHECK_EQ(get_int(b, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
	CHECK_EQ(get_int(a, IPPROTO_IP, IP_MULTICAST_LOOP), 1);
	send_datagram(b, own4(7010), "to a");
	CHECK_EQ(receive_datagram(a, "to a").ttl, 33);
	end_worker();
	/* Sent into the void between two workers. */
	send_datagram(a, own4(7011), "later");
	CHECK_EQ(wait_for(b, POLLIN, 0), 0);
	start_worker();
	CHECK_EQ(receive_datagram(b, "later").peer.port, 7010);
	close(a);
	close(b);
	finish();
}

TEST(keep_connected_udp_socket_stays_connected)
{
	int a, b, c;

	start_worker();
	a = bound(TAG_UDP, own4(7012));
	b = z_socket(TAG_UDP | TAG_DOMAIN6);
	CHECK_EQ(z_connect(b, own6(7013)), 0);
	close(b);
	b = z_socket(TAG_UDP);
	CHECK_EQ(z_connect(b, own4(7012)), 0);
	wait_for_kept(3);
	restart();
	send_datagram(b, (struct rpc_addr){ 0 }, "by its peer");
	c = receive_datagram(a, "by its peer").peer.port;
	send_datagram(a, own4((uint16_t)c), "answer");
	receive_datagram(b, "answer");
	/* Nobody else's. */
	close(a);
	a = bound(TAG_UDP, own4(7014));
	send_datagram(a, own4((uint16_t)c), "stranger");
	CHECK_EQ(wait_for(b, POLLIN, 50) & POLLIN, 0);
	close(a);
	close(b);
	finish();
}

/* Which leads to no network, and not by the stack. */
TEST(keep_connection_to_a_name_server_goes_on)
{
	static const uint8_t question[] = {
		0x12, 0x34, 1,	 0,   0,   1, 0,   0,	0, 0, 0, 0, 6, 'n',
		'o',  'b',  'o', 'd', 'y', 2, 'z', 't', 0, 0, 1, 0, 1,
	};
	uint8_t room[RPC_DATAGRAM_LEN + 512];
	const struct rpc_datagram d = { .kind = DATAGRAM_DATA };
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	int fd;

	start_worker();
	fd = bound(TAG_UDP, addr4(0, 0, 0, 0, 7016));
	CHECK_EQ(z_connect(fd, addr4(169, 254, 53, 53, 53)), 0);
	wait_for_kept(2);
	restart();
	tl_rpc_write_datagram(&w, &d);
	tl_write_bytes(&w, TL_BYTES_OF(question));
	CHECK_EQ(send(fd, room, w.n, 0), (ssize_t)w.n);
	CHECK_EQ(wait_for(fd, POLLIN, WAIT_MS), POLLIN);
	CHECK(recv(fd, room, sizeof(room), 0) > RPC_DATAGRAM_LEN + 12);
	CHECK_MEM(room + RPC_DATAGRAM_LEN, question, 2);
	close(fd);
	finish();
}

static void open_ifc(TL_UNUSED void *ctx)
{
	world_open_ifc(&world);
	tl_sockets_on_ifc_changed(world.sockets);
}

TEST(keep_socket_waits_for_its_network)
{
	static const struct rpc_addr any = { .family = 4, .port = 7023 };
	int l, u, w, fd;

	start_worker();
	l = z_listener(own4(7020), 4);
	u = bound(TAG_UDP, own4(7021));
	w = bound(TAG_UDP, any);
	wait_for_kept(4);
	end_worker();
	send_datagram(u, own4(7023), "patience");
	world.is_bare = true;
	start_worker();
	/* It is the owner of its address all the same. */
	fd = z_socket(TAG_UDP);
	CHECK_EQ(z_bind(fd, addr4(0, 0, 0, 0, 7021), NULL), EADDRINUSE);
	close(fd);
	CHECK_EQ(wait_for(w, POLLIN, 20), 0);
	/* One more, before the network is there: nothing is forgotten. */
	set_int(u, IPPROTO_IP, IP_TTL, 44);
	restart();
	world_do(open_ifc, NULL);
	CHECK_EQ(receive_datagram(w, "patience").peer.port, 7021);
	send_datagram(u, own4(7023), "again");
	CHECK_EQ(receive_datagram(w, "again").ttl, 44);
	check_serves(l, own4(7020));
	world.is_bare = false;
	restart();
	check_serves(l, own4(7020));
	close(l);
	close(u);
	close(w);
	finish();
}

TEST(keep_closed_meanwhile_is_closed)
{
	int l, a, b;

	start_worker();
	l = z_listener(own4(7030), 4);
	a = bound(TAG_UDP, own4(7031));
	b = bound(TAG_UDP, own4(7032));
	wait_for_kept(4);
	end_worker();
	close(l);
	send_datagram(a, own4(7032), "last words");
	close(a);
	start_worker();
	/* At once, not when somebody gets to look. */
	l = z_listener(own4(7030), 4);
	a = bound(TAG_UDP, own4(7031));
	receive_datagram(b, "last words");
	wait_for_kept(4);
	close(l);
	close(a);
	close(b);
	finish();
}

TEST(keep_blob_of_another_version_ends_its_socket)
{
	int l;

	start_worker();
	l = z_listener(own4(7040), 4);
	wait_for_kept(2);
	end_worker();
	kept[0].blob[0] ^= kept[0].blob[1] == 1 ? 0 : 0x80;
	kept[1].blob[0] ^= kept[1].blob[1] == 1 ? 0 : 0x80;
	start_worker();
	wait_for_kept(1);
	CHECK(wait_for(l, POLLIN, WAIT_MS) & POLLHUP);
	close(l);
	finish();
}

/* What a worker of ill will, or a bug, could have left. */
TEST(keep_gifts_are_not_believed)
{
	int l, p[2], i;

	start_worker();
	l = z_listener(own4(7041), 4);
	wait_for_kept(2);
	end_worker();
	CHECK_EQ(pipe(p), 0);
	for (i = 0; i < 2; i++) {
		close(kept[i].fds.fds[0]);
		kept[i].fds.fds[0] = dup(p[0]);
	}
	start_worker(); /* with an endpoint of its own */
	CHECK(wait_for(l, POLLIN, WAIT_MS) & POLLHUP);
	close(l);
	close(p[0]);
	close(p[1]);
	l = z_listener(own4(7041), 4);
	check_serves(l, own4(7041));
	close(l);
	wait_for_sockets(0);
	end_worker();
}

TEST(keep_sharers_go_on_sharing)
{
	int l[2], fd, i;

	start_worker();
	for (i = 0; i < 2; i++) {
		l[i] = z_socket(TAG4);
		set_int(l[i], SOL_SOCKET, SO_REUSEPORT, 1);
		CHECK_EQ(z_bind(l[i], own4(7050), NULL), 0);
		CHECK_EQ(z_listen(l[i], 4), 0);
	}
	wait_for_kept(3);
	restart();
	for (i = 0; i < 2; i++) {
		fd = z_socket(TAG4);
		CHECK_EQ(z_connect(fd, own4(7050)), 0);
		close(fd);
	}
	for (i = 0; i < 2; i++) {
		CHECK_EQ(wait_for(l[i], POLLIN, WAIT_MS), POLLIN);
		close(l[i]);
	}
	finish();
}

TEST(keep_memberships_go_on)
{
	const struct rpc_addr group = addr4(224, 1, 2, 3, 7060);
	const struct ip_mreqn mreq = { .imr_multiaddr = { htonl(0xe0010203) } };
	const struct rpc_request join = { .op = RPC_SETOPT,
					  .level = IPPROTO_IP,
					  .name = IP_ADD_MEMBERSHIP,
					  .opt = tl_bytes(&mreq,
							  sizeof(mreq)) };
	int a, b;

	start_worker();
	a = bound(TAG_UDP, addr4(0, 0, 0, 0, 7060));
	b = bound(TAG_UDP, own4(7061));
	CHECK_EQ(call(&join, a), 0);
	wait_for_kept(3);
	world.is_bare = true;
	restart();
	world.is_bare = false;
	world_do(open_ifc, NULL);
	CHECK_EQ(call(&join, a), EADDRINUSE);
	send_datagram(b, group, "to all");
	receive_datagram(a, "to all");
	close(a);
	close(b);
	finish();
}

/* A listener of the host on a port of its own. */
static int host_listener(uint16_t *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CHECK_EQ(bind(fd, (struct sockaddr *)&in, len), 0);
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static int dial_host(uint16_t port)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr = {
						htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_EQ(connect(fd, (const struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

TEST(keep_companion_goes_on)
{
	struct rpc_request q = { .op = RPC_BIND, .addr.family = 4 };
	struct rpc_accept record;
	struct rpc_reply reply;
	int fds[2];
	int host, a;
	uint16_t port;

	start_worker();
	fds[0] = z_socket(TAG4);
	fds[1] = host_listener(&port);
	q.addr.port = port;
	CHECK_EQ(call_full(&q, fds, 2, &reply), 0);
	close(fds[1]);
	CHECK_EQ(z_listen(fds[0], 4), 0);
	wait_for_kept(2);
	end_worker();
	/* The host's side is never away. */
	host = dial_host(port);
	start_worker();
	CHECK_EQ(wait_for(fds[0], POLLIN, WAIT_MS), POLLIN);
	a = z_accept(fds[0], &record);
	CHECK_EQ(record.kind, ACCEPT_HOST);
	CHECK(accept(a, NULL, NULL) >= 0);
	close(a);
	close(host);
	check_serves(fds[0], own4(port));
	close(fds[0]);
	finish();
}

/* A keeper that does not read holds nobody, and hears everything later. */
TEST(keep_waits_for_no_keeper)
{
	int fds[400];
	size_t i;

	start_worker();
	for (i = 0; i < 400; i++)
		fds[i] = bound(TAG_UDP, own4((uint16_t)(10000 + i)));
	for (i = 200; i < 400; i++)
		close(fds[i]);
	wait_for_sockets(200);
	for (i = 300; i < 400; i++)
		fds[i] = bound(TAG_UDP, own4((uint16_t)(11000 + i)));
	wait_for_kept(301);
	restart();
	wait_for_sockets(300);
	for (i = 0; i < 200; i++)
		close(fds[i]);
	for (i = 300; i < 400; i++)
		close(fds[i]);
	finish();
}

TEST(keep_mentions_no_stream_and_no_unbound_socket)
{
	int fd, u;

	start_worker();
	fd = bound(TAG4, own4(7070));
	u = z_socket(TAG_UDP);
	world_do(do_nothing, NULL);
	wait_for_kept(1);
	/* The first datagram gives it a port. */
	send_datagram(u, own4(7071), "x");
	wait_for_kept(2);
	close(fd);
	close(u);
	finish();
}

static bool keeper_is_gone;

static void on_gone(TL_UNUSED void *ctx)
{
	keeper_is_gone = true;
}

TEST(keep_tells_of_the_keepers_death)
{
	struct sockets_config c = { .on_keeper_gone = on_gone };
	static const struct fdpass none;
	static const uint8_t hello[KEEP_HELLO_LEN];
	int64_t until = world_now_us() + WAIT_MS * 1000;
	int ends[2];

	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends),
		 0);
	keeper_end = ends[0];
	send_record(KEEP_HELLO, 0, TL_BYTES_OF(hello), &none);
	CHECK_EQ(tl_keepline_open(&line, ends[1], WAIT_MS), 0);
	c.keeper = line;
	world_start_with(&c);
	CHECK(!keeper_is_gone);
	close(keeper_end);
	while (!keeper_is_gone && world_now_us() < until)
		world_do(do_nothing, NULL);
	CHECK(keeper_is_gone);
	world_stop();
	tl_keepline_free(line);
}
