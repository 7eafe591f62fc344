/* SPDX-License-Identifier: Apache-2.0 */
/*
 * end.h - the service's end of an application's socket, and how it is made
 *
 * The system calls behind proto.h's "life of a socket". No call here blocks,
 * whatever flags the other holder of a descriptor has set, and none raises
 * SIGPIPE. Nothing is allocated.
 */
#ifndef TL_RPC_END_H
#define TL_RPC_END_H

#include "rpc/label.h"
#include "rpc/name.h"

/* Runs of bytes that one call takes at most. */
#define END_RUNS_MAX 64

/**
 * tl_end_pair() - Make both ends of a socket for an application
 * @ends:	the service's and the application's; both close-on-exec, the
 *		caller's to close
 * @type:	SOCK_STREAM or SOCK_SEQPACKET
 *
 * Return: 0, or a negative errno.
 */
TL_MUST_USE int tl_end_pair(int ends[2], int type);

/**
 * tl_end_prepare() - Give an application's end what it is born with
 *
 * Send buffer, tag, and on a stream the filler byte.
 */
TL_MUST_USE int tl_end_prepare(int app, uint32_t tag, int type);

/* Give an application's end that is connected its full send buffer. */
void tl_end_widen(int app);

/* Lets @size bytes wait in the application's end: what SO_RCVBUF is to a socket
 * of datagrams, doubled by the kernel and within its limit (wmem_max) as there,
 * but never so few that the longest would not fit. 0 or a negative errno. */
int tl_end_set_room(int own, int size);

/**
 * tl_end_fill() - Make a send buffer that is small and full wide and full
 * @own, @app:	both ends; the application holds @app, too
 * @n:		set to how many bytes of filler there are now
 *
 * In steps, so that it never becomes writable on the way (SO_SNDBUF of
 * RPC_SNDBUF_BORN is, and 4 times what is in use is below the next step's).
 *
 * Return: 0; -EPIPE if @own was shut down; -EILSEQ if the application managed
 * to write between two steps, so that its bytes and filler are mixed up.
 */
TL_MUST_USE int tl_end_fill(int own, int app, size_t *n);

/**
 * tl_end_check() - Might these two be the ends of one socket?
 *
 * For ends that the application uses already, and could read a nonce from. Who
 * passes two that do not belong together has a socket that does not work, and
 * can do nothing to it that he could not do himself.
 *
 * Return: 0, -ENOTSOCK or -EPROTOTYPE for a wrong kind.
 */
TL_MUST_USE int tl_end_check(int own, int app, int type);

/**
 * tl_end_verify() - Are these two the ends of one socket?
 * @own, @app:	descriptors that somebody sent us; borrowed
 * @type:	what both must be
 * @nonce:	unguessable; written into @own and read back through @app, so
 *		that nothing of it remains
 *
 * Return: 0, -ENOTSOCK or -EPROTOTYPE for a wrong kind, -EINVAL if they are not
 * each other's ends.
 */
TL_MUST_USE int tl_end_verify(int own, int app, int type, uint64_t nonce);

/* The kernel's name of a socket: the same in every process that holds it. */
TL_MUST_USE int tl_end_cookie(int fd, uint64_t *cookie);

/* True if @fd is a socket of AF_UNIX. */
TL_MUST_USE bool tl_end_is_unix(int fd);

/* An integer option of any socket; @otherwise if it cannot be read. */
int tl_end_option(int fd, int level, int name, int otherwise);

/* SO_LINGER: the time in seconds, -1 if it is off. */
int tl_end_linger(int fd);

/* Bind to a name; -EADDRINUSE if somebody has it. */
TL_MUST_USE int tl_end_bind(int own, const struct rpc_name *name);

/* Bytes that wait to be read from @own, the held one included. */
size_t tl_end_waiting(int own);

/* Bytes of memory that what was written to @own and not read yet takes. */
size_t tl_end_unread(int own);

/**
 * tl_end_drain() - Throw away @n bytes
 */
void tl_end_drain(int own, size_t n);

/**
 * tl_end_read() - Take bytes of the stream, and leave the last one held
 * @own:	service's end
 * @to:		@n_to <= END_RUNS_MAX runs, of not more bytes in all than
 *		tl_end_waiting() said, less the held one
 *
 * The byte held until now is consumed; the last one taken is held instead: it
 * stays in the kernel's queue, though it was read.
 *
 * Return: how many bytes were taken; 0 if there is nothing new.
 */
size_t tl_end_read(int own, const struct buffer *to, size_t n_to);

/**
 * tl_end_write() - Write to the stream, or one record
 * @from:	@n <= END_RUNS_MAX runs
 * @done:	bytes written; set always
 *
 * Return: 0 if all was written; -EAGAIN if the buffer is full now, -EPIPE if
 * nobody will read it, or another negative errno.
 */
TL_MUST_USE int tl_end_write(int own, const struct bytes *from, size_t n,
			     size_t *done);

/**
 * tl_end_record() - Read one record
 * @header:	the first bytes of it
 * @rest:	the others
 * @n:		length of the record; 0: the other side has closed
 *
 * Return: 0, -EAGAIN if there is none, -EMSGSIZE if it was longer than both, or
 * another negative errno.
 */
TL_MUST_USE int tl_end_record(int own, struct buffer header, struct buffer rest,
			      size_t *n);

/* Descriptors that one record of a bare socket may bring. */
#define END_FDS_MAX 8

/**
 * struct end_record - A record of a bare socket
 * @n:		length; 0 is a length too
 * @is_end:	there was none: the other side has closed
 * @fds:	@n_fds descriptors of a stranger that came with it; the caller's
 */
struct end_record {
	size_t n;
	bool is_end;
	size_t n_fds;
	int fds[END_FDS_MAX];
};

/**
 * tl_end_bare_record() - Read one record of a bare socket
 * @was_told:	the other side is known to have closed
 *
 * An empty record and the end look alike to recvmsg(2). Records have
 * credentials, if they are asked for, so that is done when @was_told; until
 * then the end is seen by poll(2). Whatever the return value, @out->fds are the
 * caller's.
 *
 * Return: 0, -EAGAIN if there is none, -EMSGSIZE if it was longer than @room,
 * or another negative errno.
 */
TL_MUST_USE int tl_end_bare_record(int own, struct buffer room, bool was_told,
				   struct end_record *out);

/**
 * tl_end_label() - Make a label
 * @d:		what it says
 * @unique:	likewise of its name; -EADDRINUSE if somebody has it
 *
 * Return: a descriptor, close-on-exec, the caller's; or a negative errno.
 */
TL_MUST_USE int tl_end_label(const struct rpc_datagram *d, uint64_t unique);

/* What a descriptor of a stranger says as a label; false if it is none. */
TL_MUST_USE bool tl_end_read_label(struct rpc_datagram *out, int fd);

/* One record with a label; 0, or a negative errno. */
TL_MUST_USE int tl_end_write_labelled(int own, const struct bytes *from,
				      size_t n, int label);

/* Nothing more will be written: the application reads the end. */
void tl_end_shutdown(int own);

/* Did the application close with something unread? Asked once. */
TL_MUST_USE bool tl_end_was_reset(int own);

#endif /* TL_RPC_END_H */
