/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udp.c - UDP in batches, with what Linux offers for it
 *
 * Sending: a socket has flows, one for each destination with something queued,
 * and a flow has entries, one for each packet. A batch is built from the front
 * of the queue without changing it; what the kernel has taken (or refused for
 * good) is then consumed from the front. So any failure is handled by changing
 * the socket's limits and building again. The headers of a packet's parts are
 * put between them when it is queued, since the kernel takes what lies in one
 * piece at once: it has just been sealed, so moving it apart costs little.
 *
 * Receiving: buffers are 64 KiB, since a GRO batch may have that size. Memory
 * behind short datagrams is never touched, so they cost address space only.
 */
#include "os/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/list.h"

#define SOCKET_RCVBUF (8 * 1024 * 1024)
#define SOCKET_SNDBUF (1024 * 1024)

/* Receiving: a first system call with few buffers, so that what it brings is
 * still in the cache when it is handled, and more in one call if the first
 * brought small datagrams only. */
#define RECV_BUFFER_LEN 65536
#define RECV_STRIDE (RECV_BUFFER_LEN + 64) /* not all in the same cache set */
#define RECV_FIRST 4
#define RECV_BUFFERS 64
#define RECV_SMALL (64 * 1024)
#define RECV_PASS_BYTES (1024 * 1024)

/* Sending: what UDP_SEGMENT takes, and what one sendmmsg carries. */
#define GSO_SEGMENTS_MAX 64
#define GSO_BYTES_MAX 65000
#define GSO_SIZE_MIN 1200 /* at or below this no device says "too large" */
#define GSO_RETRY_FLUSHES 1024
#define FLUSH_BYTES (256 * 1024) /* do not wait for more: the cache is small */
#define BATCH_MSGS 64
#define BATCH_IOVS 512

#define COPY_POOL_KEEP 64
#define FLOW_LOOK_BACK 16
#define ENTRIES_MAX (4 * UDP_QUEUE_MAX)

union sockaddr_ip {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* One packet in a flow: datagrams 0..@done-1 have been sent. */
struct entry {
	struct list link;
	struct packet *p;
	struct udp_cuts cuts;
	unsigned int done;
};

/* All that is queued for one destination, in order. */
struct flow {
	struct list link;
	struct list entries;
	struct udp_addr to;
	union sockaddr_ip sa;
	socklen_t sa_len;
};

/**
 * struct udp_socket - A bound socket
 * @link:	in udp.sockets
 * @flows:	oldest first; none is empty
 * @n_entries:	packets in all flows
 * @n_fresh:	bytes queued since the last flush
 * @gso:	UDP_SEGMENT works, as far as is known
 * @gso_suspect: switched off by an EINVAL that may have had another reason
 * @gso_max:	largest size of segments that has not been refused
 * @gso_retry:	flushes until larger ones are tried again
 */
struct udp_socket {
	struct list link;
	struct udp *udp;
	int fd;
	struct udp_addr local;
	void *user;
	struct list flows;
	unsigned int n_entries;
	size_t n_fresh;
	bool gso;
	bool gso_suspect;
	size_t gso_max;
	unsigned int gso_retry;
};

/* One message of a batch: one datagram, or several through UDP_SEGMENT. */
struct out_msg {
	const struct flow *flow;
	size_t size;
	size_t bytes;
	unsigned int n;
	bool closed;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))];
};

struct batch {
	struct mmsghdr hdrs[BATCH_MSGS];
	struct out_msg msgs[BATCH_MSGS];
	struct iovec iovs[BATCH_IOVS];
	unsigned int n_msgs;
	unsigned int n_iovs;
};

struct in_msg {
	union sockaddr_ip from;
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))];
};

struct udp {
	struct list sockets;
	unsigned int n_sockets;
	struct packet_pool copies;
	struct list free_entries;
	struct list free_flows;
	struct udp_counts counts;
	struct batch batch;
	struct mmsghdr in_hdrs[RECV_BUFFERS];
	struct iovec in_iovs[RECV_BUFFERS];
	struct in_msg in_msgs[RECV_BUFFERS];
	struct entry entries[ENTRIES_MAX];
	struct flow flows[ENTRIES_MAX];
	uint8_t *buffers;
};

static socklen_t to_native(union sockaddr_ip *out, const struct udp_addr *a)
{
	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(a->port);
		memcpy(&out->v4.sin_addr, a->ip, 4);
		return sizeof(out->v4);
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(a->port);
	memcpy(&out->v6.sin6_addr, a->ip, 16);
	return sizeof(out->v6);
}

static void from_native(struct udp_addr *out, const union sockaddr_ip *sa)
{
	memset(out, 0, sizeof(*out));
	if (sa->sa.sa_family == AF_INET) {
		out->family = 4;
		out->port = ntohs(sa->v4.sin_port);
		memcpy(out->ip, &sa->v4.sin_addr, 4);
	} else {
		out->family = 6;
		out->port = ntohs(sa->v6.sin6_port);
		memcpy(out->ip, &sa->v6.sin6_addr, 16);
	}
}

static bool addr_equal(const struct udp_addr *a, const struct udp_addr *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

int tl_udp_new(struct udp **udpp)
{
	struct udp *u = tl_alloc_zeroed(sizeof(*u));
	size_t i;

	if (!u)
		return -ENOMEM;
	tl_list_init(&u->sockets);
	tl_list_init(&u->free_entries);
	tl_list_init(&u->free_flows);
	tl_packet_pool_init(&u->copies, COPY_POOL_KEEP, ENTRIES_MAX);
	u->buffers = tl_alloc_aligned(64, (size_t)RECV_BUFFERS * RECV_STRIDE);
	if (!u->buffers) {
		tl_udp_free(u);
		return -ENOMEM;
	}
	for (i = 0; i < ENTRIES_MAX; i++) {
		tl_list_append(&u->free_entries, &u->entries[i].link);
		tl_list_append(&u->free_flows, &u->flows[i].link);
		tl_list_init(&u->flows[i].entries);
	}
	*udpp = u;
	return 0;
}

void tl_udp_free(struct udp *u)
{
	if (!u)
		return;
	while (!tl_list_is_empty(&u->sockets))
		tl_udp_close(
			tl_list_first(&u->sockets, struct udp_socket, link));
	tl_packet_pool_fini(&u->copies);
	tl_free(u->buffers);
	tl_free(u);
}

const struct udp_counts *tl_udp_counts(const struct udp *u)
{
	return &u->counts;
}

/* Beyond the system's limit where we may, up to it where we may not. */
static void set_buffer_size(int fd, int force, int plain, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static int set_int(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) != 0)
		return -errno;
	return 0;
}

/* Hints may fail; IPV6_V6ONLY may not. */
static int set_options(int fd, const struct udp_addr *local, const char *device)
{
	int err = 0;

	set_buffer_size(fd, SO_RCVBUFFORCE, SO_RCVBUF, SOCKET_RCVBUF);
	set_buffer_size(fd, SO_SNDBUFFORCE, SO_SNDBUF, SOCKET_SNDBUF);
	if (local->family == 4) {
		(void)set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER,
			      IP_PMTUDISC_DONT);
	} else {
		err = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		(void)set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
			      IPV6_PMTUDISC_DONT);
	}
	(void)set_int(fd, IPPROTO_UDP, UDP_GRO, 1);
	if (device)
		(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				 (socklen_t)strlen(device) + 1);
	return err;
}

static int bind_fd(int fd, struct udp_addr *local)
{
	union sockaddr_ip sa;
	socklen_t len = to_native(&sa, local);

	if (bind(fd, &sa.sa, len) != 0)
		return -errno;
	len = sizeof(sa);
	if (getsockname(fd, &sa.sa, &len) != 0)
		return -errno;
	from_native(local, &sa);
	return 0;
}

int tl_udp_bind(struct udp_socket **sockp, struct udp *u,
		const struct udp_addr *local, const char *device)
{
	struct udp_socket *s;
	int err;

	if (u->n_sockets >= UDP_SOCKETS_MAX)
		return -ENFILE;
	s = tl_alloc_zeroed(sizeof(*s));
	if (!s)
		return -ENOMEM;
	tl_list_init(&s->flows);
	tl_list_append(&u->sockets, &s->link);
	u->n_sockets++;
	s->udp = u;
	s->local = *local;
	s->gso = true;
	s->gso_max = GSO_BYTES_MAX;
	s->fd = socket(local->family == 4 ? AF_INET : AF_INET6,
		       SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = s->fd < 0 ? -errno : set_options(s->fd, local, device);
	if (err == 0)
		err = bind_fd(s->fd, &s->local);
	if (err) {
		tl_udp_close(s);
		return err;
	}
	*sockp = s;
	return 0;
}

static void entry_free(struct udp_socket *s, struct entry *e)
{
	tl_packet_free(e->p);
	tl_list_remove(&e->link);
	tl_list_prepend(&s->udp->free_entries, &e->link);
	s->n_entries--;
}

/* @f must be empty. */
static void flow_free(struct udp_socket *s, struct flow *f)
{
	tl_list_remove(&f->link);
	tl_list_prepend(&s->udp->free_flows, &f->link);
}

static void drop_all(struct udp_socket *s)
{
	struct flow *f;
	struct entry *e;

	while ((f = tl_list_first(&s->flows, struct flow, link))) {
		while ((e = tl_list_first(&f->entries, struct entry, link)))
			entry_free(s, e);
		flow_free(s, f);
	}
}

void tl_udp_close(struct udp_socket *s)
{
	if (!s)
		return;
	drop_all(s);
	tl_list_remove(&s->link);
	s->udp->n_sockets--;
	if (s->fd >= 0)
		close(s->fd);
	tl_free(s);
}

int tl_udp_fd(const struct udp_socket *s)
{
	return s->fd;
}

const struct udp_addr *tl_udp_local(const struct udp_socket *s)
{
	return &s->local;
}

void tl_udp_set_user(struct udp_socket *s, void *user)
{
	s->user = user;
}

void *tl_udp_user(const struct udp_socket *s)
{
	return s->user;
}

void tl_udp_disable_gso(struct udp_socket *s)
{
	s->gso = false;
	s->gso_suspect = false;
}

bool tl_udp_is_waiting(const struct udp_socket *s)
{
	return s->n_entries > 0;
}

bool tl_udp_any_waiting(const struct udp *u)
{
	tl_list_each(it, next, &u->sockets) {
		if (tl_udp_is_waiting(
			    tl_container_of(it, struct udp_socket, link)))
			return true;
	}
	return false;
}

/* Receiving */

static void prepare_receive(struct udp *u, unsigned int first, unsigned int n)
{
	unsigned int i;

	for (i = first; i < first + n; i++) {
		u->in_iovs[i] = (struct iovec){
			.iov_base = u->buffers + (size_t)i * RECV_STRIDE,
			.iov_len = RECV_BUFFER_LEN,
		};
		u->in_hdrs[i].msg_hdr = (struct msghdr){
			.msg_name = &u->in_msgs[i].from,
			.msg_namelen = sizeof(u->in_msgs[i].from),
			.msg_iov = &u->in_iovs[i],
			.msg_iovlen = 1,
			.msg_control = u->in_msgs[i].control,
			.msg_controllen = sizeof(u->in_msgs[i].control),
		};
	}
}

/* The size of a GRO batch's datagrams; @len if it is a single one. */
static size_t segment_size(struct msghdr *h, size_t len)
{
	struct cmsghdr *c;
	int size;

	for (c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
			continue;
		memcpy(&size, CMSG_DATA(c), sizeof(size));
		if (size > 0 && (size_t)size < len)
			return (size_t)size;
	}
	return len;
}

static void deliver(struct udp_socket *s, struct mmsghdr *m, udp_datagram_fn fn,
		    void *ctx)
{
	struct udp_counts *counts = &s->udp->counts;
	struct buffer rest;
	struct udp_addr from;
	size_t size;
	size_t n;

	rest = tl_buffer(m->msg_hdr.msg_iov->iov_base, m->msg_len);
	size = segment_size(&m->msg_hdr, rest.n);
	from_native(&from, m->msg_hdr.msg_name);
	counts->received_bytes += rest.n;
	do {
		struct buffer d;

		n = TL_MIN(size, rest.n);
		d = tl_buffer(rest.at, n);
		rest = tl_buffer(rest.at + n, rest.n - n);
		counts->received++;
		fn(ctx, s, &from, d, rest);
	} while (rest.n > 0);
}

/* Number of messages taken, 0 if there are none, or a negative errno. */
static int receive_some(struct udp_socket *s, unsigned int first,
			unsigned int n)
{
	struct udp *u = s->udp;
	int got;

	prepare_receive(u, first, n);
	do {
		got = recvmmsg(s->fd, u->in_hdrs + first, n, MSG_DONTWAIT,
			       NULL);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? 0 : -errno;
	u->counts.receive_calls++;
	return got;
}

int tl_udp_receive(struct udp_socket *s, udp_datagram_fn fn, void *ctx)
{
	struct udp *u = s->udp;
	unsigned int used = 0;
	size_t bytes = 0;

	while (used < RECV_BUFFERS && bytes < RECV_PASS_BYTES) {
		unsigned int want = RECV_FIRST;
		int got;
		int i;

		if (used && bytes < RECV_SMALL)
			want = RECV_BUFFERS - used;
		got = receive_some(s, used, want);
		if (got < 0)
			return got;
		for (i = 0; i < got; i++) {
			bytes += u->in_hdrs[used].msg_len;
			deliver(s, &u->in_hdrs[used++], fn, ctx);
		}
		if ((unsigned int)got < want)
			return UDP_DRAINED;
	}
	return UDP_MORE;
}

/* Queueing */

static struct flow *flow_find(struct udp_socket *s, const struct udp_addr *to)
{
	struct list *it = s->flows.prev;
	int i;

	for (i = 0; it != &s->flows && i < FLOW_LOOK_BACK; i++, it = it->prev) {
		struct flow *f = tl_container_of(it, struct flow, link);

		if (addr_equal(&f->to, to))
			return f;
	}
	return NULL;
}

static struct flow *flow_new(struct udp_socket *s, const struct udp_addr *to)
{
	struct flow *f = tl_list_first(&s->udp->free_flows, struct flow, link);

	tl_assert(f); /* there are as many as entries */
	tl_list_remove(&f->link);
	tl_list_append(&s->flows, &f->link);
	f->to = *to;
	f->sa_len = to_native(&f->sa, to);
	return f;
}

static void flush_socket(struct udp_socket *s);

/* NULL if too much waits, or nobody can be there. */
static struct entry *entry_new(struct udp_socket *s, const struct udp_addr *to)
{
	struct udp *u = s->udp;
	struct entry *e;
	struct flow *f;

	if (to->family != s->local.family || to->port == 0) {
		u->counts.dropped_error++;
		return NULL;
	}
	if (s->n_entries >= UDP_QUEUE_MAX || tl_list_is_empty(&u->free_entries))
		tl_udp_flush(u);
	if (s->n_entries >= UDP_QUEUE_MAX ||
	    tl_list_is_empty(&u->free_entries)) {
		u->counts.dropped_full++;
		return NULL;
	}
	f = flow_find(s, to);
	if (!f)
		f = flow_new(s, to);
	e = tl_list_first(&u->free_entries, struct entry, link);
	tl_list_remove(&e->link);
	tl_list_append(&f->entries, &e->link);
	s->n_entries++;
	return e;
}

/* The parts move apart, from the last on, and their headers go between. */
static void insert_headers(struct packet *p, struct udp_cuts *cuts)
{
	uint8_t *parts = p->data + p->head + cuts->head_len;
	size_t n = p->n - cuts->head_len - (cuts->n - 2) * cuts->part_len;
	size_t stride = cuts->part_len + PACKET_PART_HEADER_LEN;
	unsigned int i;

	tl_assert(p->head + p->n + (cuts->n - 1) * PACKET_PART_HEADER_LEN <=
		  PACKET_SIZE);
	for (i = cuts->n - 1; i > 0; i--) {
		uint8_t *to = parts + (i - 1) * stride;

		memmove(to + PACKET_PART_HEADER_LEN,
			parts + (i - 1) * cuts->part_len, n);
		memcpy(to, p->frag[i - 1], PACKET_PART_HEADER_LEN);
		n = cuts->part_len;
	}
	p->n += (cuts->n - 1) * PACKET_PART_HEADER_LEN;
	cuts->part_len = stride;
}

void tl_udp_send(struct udp_socket *s, const struct udp_addr *to,
		 struct packet *p, struct udp_cuts cuts)
{
	struct entry *e;

	tl_assert(cuts.n >= 1 && cuts.n <= PACKET_MAX_PARTS);
	if (cuts.n == 1) {
		cuts.head_len = p->n;
	} else {
		size_t before_last =
			cuts.head_len + (cuts.n - 2) * cuts.part_len;

		tl_assert(cuts.head_len > 0 && before_last < p->n);
		tl_assert(p->n - before_last <= cuts.part_len);
	}
	e = entry_new(s, to);
	if (!e) {
		tl_packet_free(p);
		return;
	}
	if (cuts.n > 1)
		insert_headers(p, &cuts);
	e->p = p;
	e->cuts = cuts;
	e->done = 0;
	s->n_fresh += p->n;
	if (s->n_fresh >= FLUSH_BYTES)
		flush_socket(s);
}

void tl_udp_send_copy(struct udp_socket *s, const struct udp_addr *to,
		      struct bytes datagram)
{
	struct packet *p = tl_packet_new(&s->udp->copies);

	if (!p || !tl_packet_append(p, datagram)) {
		s->udp->counts.dropped_full++;
		tl_packet_free(p);
		return;
	}
	tl_udp_send(s, to, p, (struct udp_cuts){ .n = 1 });
}

void tl_udp_send_ttl(struct udp_socket *s, const struct udp_addr *to,
		     struct bytes datagram, int ttl)
{
	_Alignas(struct cmsghdr)
		uint8_t control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { .iov_len = datagram.n };
	union sockaddr_ip sa;
	struct msghdr h = {
		.msg_name = &sa,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);

	if (to->family != s->local.family)
		return;
	memcpy(&iov.iov_base, &datagram.at, sizeof(iov.iov_base));
	h.msg_namelen = to_native(&sa, to);
	c->cmsg_level = to->family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
	c->cmsg_type = to->family == 4 ? IP_TTL : IPV6_HOPLIMIT;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	if (sendmsg(s->fd, &h, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		s->udp->counts.dropped_error++;
		return;
	}
	s->udp->counts.send_calls++;
	s->udp->counts.sent++;
	s->udp->counts.sent_bytes += datagram.n;
}

/* Sending */

/* Datagram @no of an entry. */
static struct iovec slice(const struct entry *e, unsigned int no)
{
	size_t offset = no ? e->cuts.head_len + (no - 1) * e->cuts.part_len : 0;
	size_t most = no ? e->cuts.part_len : e->cuts.head_len;

	return (struct iovec){ .iov_base = e->p->data + e->p->head + offset,
			       .iov_len = TL_MIN(most, e->p->n - offset) };
}

/* May a datagram of @size bytes join the message @m? */
static bool fits(const struct udp_socket *s, const struct out_msg *m,
		 const struct flow *f, size_t size)
{
	return s->gso && m->flow == f && !m->closed && size > 0 &&
	       size <= m->size && m->size <= s->gso_max &&
	       m->n < GSO_SEGMENTS_MAX && m->bytes + size <= GSO_BYTES_MAX;
}

static void msg_start(struct batch *b, struct flow *f, size_t size)
{
	struct out_msg *m = &b->msgs[b->n_msgs];

	m->flow = f;
	m->size = size;
	m->bytes = 0;
	m->n = 0;
	m->closed = false;
	b->hdrs[b->n_msgs].msg_hdr = (struct msghdr){
		.msg_name = &f->sa,
		.msg_namelen = f->sa_len,
		.msg_iov = &b->iovs[b->n_iovs],
	};
	b->n_msgs++;
}

/* Behind what is there, if it lies there. False if there are too many. */
static bool add_piece(struct batch *b, struct msghdr *h, struct iovec piece)
{
	struct iovec *last = h->msg_iovlen ? &b->iovs[b->n_iovs - 1] : NULL;

	if (last &&
	    (uint8_t *)last->iov_base + last->iov_len == piece.iov_base) {
		last->iov_len += piece.iov_len;
		return true;
	}
	if (b->n_iovs == BATCH_IOVS)
		return false;
	b->iovs[b->n_iovs++] = piece;
	h->msg_iovlen++;
	return true;
}

/* False if the batch is full. */
static bool batch_add(struct udp_socket *s, struct flow *f, struct entry *e,
		      unsigned int no)
{
	struct batch *b = &s->udp->batch;
	struct iovec piece = slice(e, no);
	struct out_msg *m;

	if (b->n_msgs == 0 ||
	    !fits(s, &b->msgs[b->n_msgs - 1], f, piece.iov_len)) {
		if (b->n_msgs == BATCH_MSGS || b->n_iovs == BATCH_IOVS)
			return false;
		msg_start(b, f, piece.iov_len);
	}
	if (!add_piece(b, &b->hdrs[b->n_msgs - 1].msg_hdr, piece))
		return false;
	m = &b->msgs[b->n_msgs - 1];
	m->n++;
	m->bytes += piece.iov_len;
	m->closed = piece.iov_len < m->size;
	return true;
}

static void set_segment_sizes(struct batch *b)
{
	unsigned int i;

	for (i = 0; i < b->n_msgs; i++) {
		struct out_msg *m = &b->msgs[i];
		struct msghdr *h = &b->hdrs[i].msg_hdr;
		uint16_t size = (uint16_t)m->size;
		struct cmsghdr *c;

		if (m->n == 1)
			continue;
		memset(m->control, 0, sizeof(m->control));
		h->msg_control = m->control;
		h->msg_controllen = sizeof(m->control);
		c = CMSG_FIRSTHDR(h);
		c->cmsg_level = IPPROTO_UDP;
		c->cmsg_type = UDP_SEGMENT;
		c->cmsg_len = CMSG_LEN(sizeof(size));
		memcpy(CMSG_DATA(c), &size, sizeof(size));
	}
}

/* False if the batch is full. */
static bool batch_add_flow(struct udp_socket *s, struct flow *f)
{
	unsigned int no;

	tl_list_each(it, next, &f->entries) {
		struct entry *e = tl_container_of(it, struct entry, link);

		for (no = e->done; no < e->cuts.n; no++)
			if (!batch_add(s, f, e, no))
				return false;
	}
	return true;
}

/* From the front of the queue, which is not changed. */
static void batch_build(struct udp_socket *s)
{
	struct batch *b = &s->udp->batch;

	b->n_msgs = 0;
	b->n_iovs = 0;
	tl_list_each(it, next, &s->flows)
		if (!batch_add_flow(s, tl_container_of(it, struct flow, link)))
			break;
	set_segment_sizes(b);
}

/* Take @n datagrams away from the front of the queue. */
static void consume(struct udp_socket *s, unsigned int n)
{
	while (n > 0) {
		struct flow *f = tl_list_first(&s->flows, struct flow, link);
		struct entry *e =
			tl_list_first(&f->entries, struct entry, link);
		unsigned int here = TL_MIN(n, e->cuts.n - e->done);

		e->done += here;
		n -= here;
		if (e->done == e->cuts.n)
			entry_free(s, e);
		if (tl_list_is_empty(&f->entries))
			flow_free(s, f);
	}
}

static void msg_sent(struct udp_socket *s, const struct out_msg *m)
{
	s->udp->counts.sent += m->n;
	s->udp->counts.sent_bytes += m->bytes;
	if (m->n == 1 && s->gso_suspect) {
		s->gso_suspect = false;
		s->udp->counts.gso_off++;
	}
	consume(s, m->n);
}

static void msg_dropped(struct udp_socket *s, const struct out_msg *m)
{
	s->udp->counts.dropped_error += m->n;
	consume(s, m->n);
}

/*
 * A message of several datagrams was refused with @err: change what the socket
 * believes, so that the next batch is built otherwise. False if that would not
 * help.
 */
static bool gso_refused(struct udp_socket *s, const struct out_msg *m, int err)
{
	if (m->n == 1)
		return false;
	if (err == EMSGSIZE && m->size > GSO_SIZE_MIN) {
		s->gso_max = m->size - 1;
		s->gso_retry = GSO_RETRY_FLUSHES;
		return true;
	}
	if (err != EIO && err != EINVAL && err != EMSGSIZE &&
	    err != EOPNOTSUPP && err != ENOPROTOOPT)
		return false;
	s->gso = false;
	s->gso_suspect = true;
	return true;
}

enum step {
	STEP_GO_ON, /* the message was dropped */
	STEP_AGAIN, /* send the same message again */
	STEP_REBUILD, /* the batch no longer fits the socket's limits */
	STEP_WAIT, /* until the socket is writable */
};

/* The kernel did not take @m: what now? */
static enum step on_error(struct udp_socket *s, const struct out_msg *m,
			  int err, bool *retried)
{
	if (err == EINTR)
		return STEP_AGAIN;
	if (err == EAGAIN)
		return STEP_WAIT;
	if (err == ECONNREFUSED && !*retried) {
		/* About an earlier datagram; this one was not sent. */
		*retried = true;
		return STEP_AGAIN;
	}
	if (gso_refused(s, m, err))
		return STEP_REBUILD;
	if (m->n == 1 && err == EINVAL && s->gso_suspect) {
		/* A bad destination, then: segmentation was not to blame. */
		s->gso_suspect = false;
		s->gso = true;
		msg_dropped(s, m);
		return STEP_REBUILD;
	}
	msg_dropped(s, m);
	return STEP_GO_ON;
}

/* False if the rest has to wait. */
static bool batch_send(struct udp_socket *s)
{
	struct batch *b = &s->udp->batch;
	unsigned int at = 0;
	bool retried = false;

	while (at < b->n_msgs) {
		int n = sendmmsg(s->fd, b->hdrs + at, b->n_msgs - at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0) {
			s->udp->counts.send_calls++;
			for (; n > 0; n--)
				msg_sent(s, &b->msgs[at++]);
			retried = false;
			continue;
		}
		switch (on_error(s, &b->msgs[at], errno, &retried)) {
		case STEP_GO_ON:
			at++;
			retried = false;
			break;
		case STEP_AGAIN:
			break;
		case STEP_REBUILD:
			return true;
		case STEP_WAIT:
			return false;
		}
	}
	return true;
}

static void flush_socket(struct udp_socket *s)
{
	s->n_fresh = 0;
	if (s->gso_retry > 0 && --s->gso_retry == 0)
		s->gso_max = GSO_BYTES_MAX;
	while (!tl_list_is_empty(&s->flows)) {
		batch_build(s);
		if (!batch_send(s))
			return;
	}
}

void tl_udp_flush(struct udp *u)
{
	tl_list_each(it, next, &u->sockets) {
		struct udp_socket *s =
			tl_container_of(it, struct udp_socket, link);

		if (!tl_list_is_empty(&s->flows))
			flush_socket(s);
	}
}
