/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/keepline.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"

#include "base/alloc.h"

#define LIMIT_MS 10000

static int ends[2]; /* keeper's, worker's */

static void make_pair(void)
{
	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
}

static void send_record(uint8_t kind, uint64_t key, struct bytes blob,
			const int *fds, size_t n)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	const struct keep_record k = { kind, key, blob };

	tl_keep_write(&w, &k);
	CHECK_EQ(tl_fdpass_send(ends[0], tl_writer_bytes(&w), fds, n, 0), 0);
}

static void send_hello(void)
{
	const struct keep_hello h = { .restarts = 5, .since_ms = 77 };
	uint8_t room[KEEP_HELLO_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_keep_write_hello(&w, &h);
	send_record(KEEP_HELLO, 0, tl_writer_bytes(&w), NULL, 0);
}

static struct keep_record receive(uint8_t room[KEEP_RECORD_MAX],
				  struct fdpass *in)
{
	struct keep_record k;
	struct reader r;

	CHECK_EQ(tl_fdpass_recv(ends[0], in, tl_buffer(room, KEEP_RECORD_MAX),
				MSG_DONTWAIT),
		 0);
	r = tl_reader(tl_bytes(room, in->n));
	tl_keep_read(&r, &k);
	CHECK(tl_reader_done(&r));
	return k;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

TEST(keepline_takes_gifts_in_their_order)
{
	struct keepline *l;
	struct keep_gift *g;
	int p[2];
	int left;

	make_pair();
	CHECK_EQ(pipe(p), 0);
	send_record(KEEP_GIVE, 7, tl_bytes_from_str("seven"), p, 2);
	send_record(99, 0, tl_bytes_from_str("of the future"), p, 1);
	send_record(KEEP_GIVE, 8, tl_bytes(NULL, 0), p, 1);
	send_hello();
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), 0);
	CHECK(fcntl(tl_keepline_fd(l), F_GETFD) & FD_CLOEXEC);
	CHECK_EQ(tl_keepline_hello(l)->restarts, 5);
	CHECK_EQ(tl_keepline_hello(l)->since_ms, 77);
	g = tl_keepline_next(l, NULL);
	CHECK_EQ(g->key, 7);
	CHECK_EQ(g->n_fds, 2);
	CHECK(tl_bytes_equal(g->blob, tl_bytes_from_str("seven")));
	CHECK_EQ(write(g->fds[1], "x", 1), 1);
	left = g->fds[0];
	tl_keepline_gift_free(g);
	CHECK(!is_open(left));
	g = tl_keepline_next(l, NULL);
	CHECK_EQ(g->key, 8);
	CHECK_EQ(g->blob.n, 0);
	CHECK(!tl_keepline_next(l, g));
	left = g->fds[0];
	tl_keepline_free(l);
	CHECK(!is_open(left));
	CHECK(!is_open(ends[1]));
}

TEST(keepline_is_opened_with_a_keeper_only)
{
	struct keepline *l = NULL;
	int p[2];

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(tl_keepline_open(&l, p[0], LIMIT_MS), -ENOTSOCK);
	CHECK(is_open(p[0])); /* somebody else's */
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), -ENOTSOCK);
	make_pair();
	CHECK_EQ(tl_keepline_open(&l, ends[1], 10), -ETIMEDOUT);
	CHECK(!is_open(ends[1]));
	make_pair();
	close(ends[0]);
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), -EPIPE);
	make_pair();
	CHECK_EQ(send(ends[0], "nonsense", 8, 0), 8);
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), -EPROTO);
	make_pair();
	send_record(KEEP_HELLO, 0, tl_bytes_from_str("short"), NULL, 0);
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), -EPROTO);
	CHECK(!l);
	tl_keepline_free(NULL);
}

TEST(keepline_without_memory_closes_everything)
{
	struct keepline *l = NULL;
	int n;

	for (n = 0; n < 2; n++) {
		make_pair();
		send_record(KEEP_GIVE, 7, tl_bytes_from_str("x"), ends, 1);
		send_hello();
		tl_alloc_fail_after(n);
		CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), -ENOMEM);
		tl_alloc_fail_after(-1);
		CHECK(!is_open(ends[1]));
		close(ends[0]);
	}
}

TEST(keepline_sends_what_the_keeper_understands)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct keep_record k;
	struct keepline *l;
	struct fdpass in;
	int p[2];

	make_pair();
	CHECK_EQ(pipe(p), 0);
	send_hello();
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), 0);
	CHECK_EQ(tl_keepline_keep(l, 42, tl_bytes_from_str("b"), p, 2), 0);
	CHECK_EQ(tl_keepline_drop(l, 43), 0);
	CHECK_EQ(tl_keepline_started(l), 0);
	CHECK_EQ(tl_keepline_alive(l), 0);
	CHECK_EQ(tl_keepline_say(l, "STATUS=well"), 0);
	k = receive(room, &in);
	CHECK_EQ(k.kind, KEEP_KEEP);
	CHECK_EQ(k.key, 42);
	CHECK_EQ(in.n_fds, 2);
	tl_fdpass_drop(&in);
	k = receive(room, &in);
	CHECK_EQ(k.kind, KEEP_DROP);
	CHECK_EQ(k.key, 43);
	CHECK_EQ(receive(room, &in).kind, KEEP_STARTED);
	CHECK_EQ(receive(room, &in).kind, KEEP_ALIVE);
	k = receive(room, &in);
	CHECK_EQ(k.kind, KEEP_SAY);
	CHECK(tl_bytes_equal(k.blob, tl_bytes_from_str("STATUS=well")));
	tl_keepline_free(l);
}

/* A keeper that does not read must not hold the loop. */
TEST(keepline_never_waits)
{
	uint8_t room[KEEP_RECORD_MAX];
	struct keepline *l;
	struct fdpass in;
	int err = 0;
	int n;

	make_pair();
	send_hello();
	CHECK_EQ(tl_keepline_open(&l, ends[1], LIMIT_MS), 0);
	for (n = 0; n < 100000 && !err; n++)
		err = tl_keepline_drop(l, 1);
	CHECK_EQ(err, -EAGAIN);
	tl_keepline_wait(l, 1);
	CHECK_EQ(tl_keepline_drop(l, 1), -EAGAIN);
	while (tl_fdpass_recv(ends[0], &in, TL_BUFFER_OF(room), MSG_DONTWAIT) ==
	       0)
		;
	tl_keepline_wait(l, LIMIT_MS);
	CHECK_EQ(tl_keepline_drop(l, 1), 0);
	close(ends[0]);
	CHECK(tl_keepline_drop(l, 1) < 0);
	tl_keepline_free(l);
}
