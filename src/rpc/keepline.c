/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/keepline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

struct keepline {
	int fd;
	struct list gifts;
	struct keep_hello hello;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool is_pair_end(int fd)
{
	int type = 0;
	int domain = 0;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	       type == SOCK_SEQPACKET && domain == AF_UNIX;
}

/* Consumes the descriptors of @in. */
static int add_gift(struct keepline *l, const struct keep_record *k,
		    struct fdpass *in)
{
	struct keep_gift *g = tl_alloc(sizeof(*g) + k->blob.n);
	uint8_t *blob;

	if (!g) {
		tl_fdpass_drop(in);
		return -ENOMEM;
	}
	blob = (uint8_t *)(g + 1);
	if (k->blob.n)
		memcpy(blob, k->blob.at, k->blob.n);
	g->key = k->key;
	g->n_fds = in->n_fds;
	memcpy(g->fds, in->fds, sizeof(g->fds));
	g->blob = tl_bytes(blob, k->blob.n);
	tl_list_append(&l->gifts, &g->link);
	return 0;
}

static int take_hello(struct keepline *l, struct bytes blob)
{
	struct reader r = tl_reader(blob);

	tl_keep_read_hello(&r, &l->hello);
	return tl_reader_ok(&r) ? 1 : -EPROTO;
}

/* One record: 1 if it was the last, 0, or a negative errno. */
static int take_record(struct keepline *l)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct keep_record k;
	struct fdpass in;
	struct reader r;
	int err = tl_fdpass_recv(l->fd, &in, TL_BUFFER_OF(room), MSG_DONTWAIT);

	if (err)
		return err == -EINTR || err == -EAGAIN ? 0 : err;
	if (in.n == 0)
		return -EPIPE;
	r = tl_reader(tl_bytes(room, in.n));
	tl_keep_read(&r, &k);
	if (!tl_reader_done(&r)) {
		tl_fdpass_drop(&in);
		return -EPROTO;
	}
	if (k.kind == KEEP_GIVE)
		return add_gift(l, &k, &in);
	tl_fdpass_drop(&in);
	return k.kind == KEEP_HELLO ? take_hello(l, k.blob) : 0;
}

static int take_all(struct keepline *l, int limit_ms)
{
	int64_t until = now_ms() + limit_ms;
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	int64_t left = limit_ms;
	int r = 0;

	while (r == 0) {
		left = until - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) > 0)
			r = take_record(l);
	}
	return r > 0 ? 0 : r;
}

int tl_keepline_open(struct keepline **lp, int fd, int limit_ms)
{
	struct keepline *l;
	int err;

	if (!is_pair_end(fd))
		return -ENOTSOCK;
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
	l = tl_alloc_zeroed(sizeof(*l));
	if (!l) {
		close(fd);
		return -ENOMEM;
	}
	l->fd = fd;
	tl_list_init(&l->gifts);
	err = take_all(l, limit_ms);
	if (err) {
		tl_keepline_free(l);
		return err;
	}
	*lp = l;
	return 0;
}

void tl_keepline_free(struct keepline *l)
{
	struct keep_gift *g;

	if (!l)
		return;
	while ((g = tl_keepline_next(l, NULL)))
		tl_keepline_gift_free(g);
	close(l->fd);
	tl_free(l);
}

int tl_keepline_fd(const struct keepline *l)
{
	return l->fd;
}

const struct keep_hello *tl_keepline_hello(const struct keepline *l)
{
	return &l->hello;
}

struct keep_gift *tl_keepline_next(struct keepline *l, struct keep_gift *gift)
{
	struct list *at = gift ? gift->link.next : l->gifts.next;

	return at == &l->gifts ? NULL
			       : tl_container_of(at, struct keep_gift, link);
}

void tl_keepline_gift_free(struct keep_gift *g)
{
	size_t i;

	for (i = 0; i < g->n_fds; i++) {
		if (g->fds[i] >= 0)
			close(g->fds[i]);
	}
	tl_list_remove(&g->link);
	tl_free(g);
}

static int send_record(struct keepline *l, const struct keep_record *k,
		       const int *fds, size_t n_fds)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_keep_write(&w, k);
	if (!tl_writer_ok(&w))
		return -EMSGSIZE;
	return tl_fdpass_send(l->fd, tl_writer_bytes(&w), fds, n_fds,
			      MSG_DONTWAIT);
}

int tl_keepline_keep(struct keepline *l, uint64_t key, struct bytes blob,
		     const int *fds, size_t n_fds)
{
	const struct keep_record k = { KEEP_KEEP, key, blob };

	return send_record(l, &k, fds, n_fds);
}

int tl_keepline_drop(struct keepline *l, uint64_t key)
{
	const struct keep_record k = { .kind = KEEP_DROP, .key = key };

	return send_record(l, &k, NULL, 0);
}

int tl_keepline_started(struct keepline *l)
{
	const struct keep_record k = { .kind = KEEP_STARTED };

	return send_record(l, &k, NULL, 0);
}

int tl_keepline_alive(struct keepline *l)
{
	const struct keep_record k = { .kind = KEEP_ALIVE };

	return send_record(l, &k, NULL, 0);
}

int tl_keepline_say(struct keepline *l, const char *text)
{
	const struct keep_record k = { .kind = KEEP_SAY,
				       .blob = tl_bytes_from_str(text) };

	return send_record(l, &k, NULL, 0);
}

void tl_keepline_wait(const struct keepline *l, int ms)
{
	struct pollfd p = { .fd = l->fd, .events = POLLOUT };

	(void)poll(&p, 1, ms);
}
