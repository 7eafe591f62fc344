/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_bare.c - datagrams without headers, with labels
 *
 * What the header of a record would say goes along as a label: a descriptor
 * whose name spells it. Labels say nothing about a socket, so one serves all
 * datagrams that have the same to say; the last few are kept. A label that
 * comes from a program is a stranger's descriptor like any other: it is
 * believed only by its name, and closed elsewhere.
 */
#include "sockets/socket_impl.h"

#include <string.h>
#include <unistd.h>

/* Names are unguessable enough that a few tries find a free one. */
#define LABEL_TRIES 4

static void close_label(struct kept_label *l)
{
	if (l->is_there)
		close(l->fd);
	l->is_there = false;
}

void tl_bare_free_labels(struct sockets *s)
{
	for (size_t i = 0; i < LABELS_KEPT; i++)
		close_label(&s->labels[i]);
}

static int make_label(struct sockets *s, const struct rpc_datagram *d)
{
	int fd = -EADDRINUSE;

	for (int i = 0; i < LABEL_TRIES && fd == -EADDRINUSE; i++) {
		if (i > 0)
			tl_socket_random(s, &s->unique, sizeof(s->unique));
		fd = tl_end_label(d, s->unique++);
	}
	return fd;
}

/* FNV-1a; whoever makes others meet in it makes them wait a little. */
static size_t place_of(const uint8_t header[RPC_DATAGRAM_LEN])
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < RPC_DATAGRAM_LEN; i++)
		h = (h ^ header[i]) * 16777619u;
	return (h ^ h >> 16) % LABELS_KEPT;
}

/* A label that says what @d says; borrowed from the table. */
static int find_label(struct sockets *s, const struct rpc_datagram *d)
{
	uint8_t header[RPC_DATAGRAM_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(header));
	struct kept_label *l;
	int fd;

	tl_rpc_write_datagram(&w, d);
	l = &s->labels[place_of(header)];
	if (l->is_there && memcmp(l->header, header, sizeof(header)) == 0)
		return l->fd;
	fd = make_label(s, d);
	if (fd < 0)
		return fd;
	close_label(l);
	memcpy(l->header, header, sizeof(header));
	l->fd = fd;
	l->is_there = true;
	return fd;
}

int tl_bare_write(struct socket *k, const struct rpc_datagram *d,
		  const struct bytes *runs, size_t n)
{
	int label;

	/* A reader who asks for no address would take it for an empty
	 * datagram. */
	if (d->kind == DATAGRAM_ERROR) {
		tl_socket_remember(k, (int)d->error);
		return 0;
	}
	label = find_label(k->owner, d);
	if (label < 0)
		return label;
	return tl_end_write_labelled(k->watch.fd, runs, n, label);
}

static void close_strange(struct sockets *s, int fd)
{
	if (s->config.close_fd)
		s->config.close_fd(s->config.ctx, fd);
	else
		close(fd);
}

int tl_bare_read(struct socket *k, struct rpc_datagram *d, struct buffer room,
		 size_t *n)
{
	struct end_record record;
	int err;

	*d = (struct rpc_datagram){ .kind = DATAGRAM_DATA };
	err = tl_end_bare_record(k->watch.fd, room, k->tcp.app_gone, &record);
	if (!err && record.n_fds > 0 && !tl_end_read_label(d, record.fds[0]))
		err = -EBADMSG;
	if (!err && record.is_end)
		err = -EPIPE;
	for (size_t i = 0; i < record.n_fds; i++)
		close_strange(k->owner, record.fds[i]);
	*n = record.n;
	return err;
}
