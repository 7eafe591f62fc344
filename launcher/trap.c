/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/trap.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/bytes.h"

/* Calls of the i386, which no header of another architecture has. */
#define I386_SOCKETCALL 102

struct number {
	int nr;
	enum trap_kind kind;
};

static const struct number native[] = {
	{ SYS_socket, TRAP_SOCKET },
	{ SYS_bind, TRAP_BIND },
	{ SYS_connect, TRAP_CONNECT },
	{ SYS_listen, TRAP_LISTEN },
	{ SYS_accept, TRAP_ACCEPT },
	{ SYS_accept4, TRAP_ACCEPT },
	{ SYS_getsockname, TRAP_GETSOCKNAME },
	{ SYS_getpeername, TRAP_GETPEERNAME },
	{ SYS_setsockopt, TRAP_SETSOCKOPT },
	{ SYS_getsockopt, TRAP_GETSOCKOPT },
	{ SYS_shutdown, TRAP_SHUTDOWN },
	{ SYS_sendto, TRAP_SENDTO },
	{ SYS_recvfrom, TRAP_RECVFROM },
	{ SYS_sendmsg, TRAP_SENDMSG },
	{ SYS_recvmsg, TRAP_RECVMSG },
	{ SYS_sendmmsg, TRAP_SENDMMSG },
	{ SYS_recvmmsg, TRAP_RECVMMSG },
	{ SYS_ioctl, TRAP_IOCTL },
};

static const struct number i386[] = {
	{ 359, TRAP_SOCKET },	   { 361, TRAP_BIND },
	{ 362, TRAP_CONNECT },	   { 363, TRAP_LISTEN },
	{ 364, TRAP_ACCEPT },	   { 365, TRAP_GETSOCKOPT },
	{ 366, TRAP_SETSOCKOPT },  { 367, TRAP_GETSOCKNAME },
	{ 368, TRAP_GETPEERNAME }, { 369, TRAP_SENDTO },
	{ 370, TRAP_SENDMSG },	   { 371, TRAP_RECVFROM },
	{ 372, TRAP_RECVMSG },	   { 373, TRAP_SHUTDOWN },
	{ 345, TRAP_SENDMMSG },	   { 337, TRAP_RECVMMSG },
	{ 417, TRAP_RECVMMSG },	   { 54, TRAP_IOCTL },
};

/* The first argument of socketcall(2), and how many words it takes. */
static const struct {
	enum trap_kind kind;
	size_t n;
} socketcalls[] = {
	[SYS_SOCKET] = { TRAP_SOCKET, 3 },
	[SYS_BIND] = { TRAP_BIND, 3 },
	[SYS_CONNECT] = { TRAP_CONNECT, 3 },
	[SYS_LISTEN] = { TRAP_LISTEN, 2 },
	[SYS_ACCEPT] = { TRAP_ACCEPT, 3 },
	[SYS_GETSOCKNAME] = { TRAP_GETSOCKNAME, 3 },
	[SYS_GETPEERNAME] = { TRAP_GETPEERNAME, 3 },
	[SYS_SOCKETPAIR] = { TRAP_OTHER, 4 },
	[SYS_SEND] = { TRAP_SENDTO, 4 },
	[SYS_RECV] = { TRAP_RECVFROM, 4 },
	[SYS_SENDTO] = { TRAP_SENDTO, 6 },
	[SYS_RECVFROM] = { TRAP_RECVFROM, 6 },
	[SYS_SHUTDOWN] = { TRAP_SHUTDOWN, 2 },
	[SYS_SETSOCKOPT] = { TRAP_SETSOCKOPT, 5 },
	[SYS_GETSOCKOPT] = { TRAP_GETSOCKOPT, 5 },
	[SYS_SENDMSG] = { TRAP_SENDMSG, 3 },
	[SYS_RECVMSG] = { TRAP_RECVMSG, 3 },
	[SYS_ACCEPT4] = { TRAP_ACCEPT, 4 },
	[SYS_RECVMMSG] = { TRAP_RECVMMSG, 5 },
	[SYS_SENDMMSG] = { TRAP_SENDMMSG, 4 },
};

static enum trap_kind find(const struct number *list, size_t n, int nr)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].nr == nr)
			return list[i].kind;
	return TRAP_OTHER;
}

static int decode_socketcall(struct trap *t)
{
	uint32_t words[6] = { 0 };
	uint32_t which = (uint32_t)t->data.args[0];
	size_t n;
	int r;

	t->kind = TRAP_OTHER;
	if (which == 0 || which >= TL_ARRAY_SIZE(socketcalls))
		return 0;
	n = socketcalls[which].n;
	r = tl_task_read(&t->task, words, (uint32_t)t->data.args[1],
			 n * sizeof(words[0]));
	if (r < 0)
		return r;
	t->kind = socketcalls[which].kind;
	for (size_t i = 0; i < TL_ARRAY_SIZE(words); i++)
		t->args[i] = words[i];
	return 0;
}

int tl_trap_decode(struct trap *t)
{
	bool no_flags;

	memcpy(t->args, t->data.args, sizeof(t->args));
#if defined(__x86_64__)
	t->is_32 = t->data.arch == AUDIT_ARCH_I386;
#endif
	if (t->is_32 && t->data.nr == I386_SOCKETCALL) {
		no_flags = t->data.args[0] == SYS_ACCEPT;
		if (decode_socketcall(t) < 0)
			return -EFAULT;
	} else if (t->is_32) {
		no_flags = false;
		t->kind = find(i386, TL_ARRAY_SIZE(i386), t->data.nr);
	} else {
		no_flags = t->data.nr == SYS_accept;
		t->kind = find(native, TL_ARRAY_SIZE(native), t->data.nr);
	}
	if (t->kind == TRAP_ACCEPT && no_flags)
		t->args[3] = 0;
	return 0;
}

/* --- message headers --- */

/* As 32-bit programs have them. */
struct iovec_32 {
	uint32_t base;
	uint32_t len;
};

struct msghdr_32 {
	uint32_t name;
	uint32_t name_len;
	uint32_t iov;
	uint32_t iov_len;
	uint32_t control;
	uint32_t control_len;
	uint32_t flags;
};

struct cmsghdr_32 {
	uint32_t len;
	int32_t level;
	int32_t type;
};

size_t tl_trap_mmsg_len_offset(const struct trap *t)
{
	return t->is_32 ? sizeof(struct msghdr_32) : sizeof(struct msghdr);
}

size_t tl_trap_mmsg_size(const struct trap *t)
{
	return t->is_32 ? sizeof(struct msghdr_32) + 4 : sizeof(struct mmsghdr);
}

static int read_runs_32(const struct trap *t, struct trap_message *m,
			uint64_t at)
{
	struct iovec_32 list[TRAP_RUNS_MAX];
	int r;

	r = tl_task_read(&t->task, list, at, m->n_runs * sizeof(list[0]));
	for (size_t i = 0; r == 0 && i < m->n_runs; i++) {
		uintptr_t base = list[i].base;

		m->runs[i].iov_base = (void *)base;
		m->runs[i].iov_len = list[i].len;
	}
	return r;
}

static int read_runs(const struct trap *t, struct trap_message *m, uint64_t at)
{
	int r;

	m->n = 0;
	if (m->n_runs > TRAP_RUNS_MAX)
		return -EMSGSIZE;
	r = t->is_32 ? read_runs_32(t, m, at)
		     : tl_task_read(&t->task, m->runs, at,
				    m->n_runs * sizeof(m->runs[0]));
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_runs; i++) {
		if (m->runs[i].iov_len > INT_MAX - m->n)
			return -EINVAL;
		m->n += m->runs[i].iov_len;
	}
	return 0;
}

static int read_message_32(const struct trap *t, struct trap_message *m)
{
	struct msghdr_32 h;
	int r = tl_task_read(&t->task, &h, m->at, sizeof(h));

	if (r < 0)
		return r;
	m->name = h.name;
	m->name_len = h.name_len;
	m->control = h.control;
	m->control_len = h.control_len;
	m->n_runs = h.iov_len;
	return read_runs(t, m, h.iov);
}

int tl_trap_read_message(const struct trap *t, struct trap_message *m,
			 uint64_t at)
{
	struct msghdr h;
	int r;

	m->at = at;
	if (t->is_32)
		return read_message_32(t, m);
	r = tl_task_read(&t->task, &h, at, sizeof(h));
	if (r < 0)
		return r;
	m->name = (uintptr_t)h.msg_name;
	m->name_len = h.msg_namelen;
	m->control = (uintptr_t)h.msg_control;
	m->control_len = h.msg_controllen;
	m->n_runs = h.msg_iovlen;
	return read_runs(t, m, (uintptr_t)h.msg_iov);
}

int tl_trap_write_message(const struct trap *t, const struct trap_message *m,
			  uint32_t name_len, size_t control_len, int flags)
{
	struct msghdr_32 h32;
	struct msghdr h;
	int r;

	if (t->is_32) {
		r = tl_task_read(&t->task, &h32, m->at, sizeof(h32));
		h32.name_len = m->name ? name_len : h32.name_len;
		h32.control_len = (uint32_t)control_len;
		h32.flags = (uint32_t)flags;
		return r < 0 ? r
			     : tl_task_write(&t->task, m->at, &h32,
					     sizeof(h32));
	}
	r = tl_task_read(&t->task, &h, m->at, sizeof(h));
	h.msg_namelen = m->name ? name_len : h.msg_namelen;
	h.msg_controllen = control_len;
	h.msg_flags = flags;
	return r < 0 ? r : tl_task_write(&t->task, m->at, &h, sizeof(h));
}

/* --- control data --- */

#define ALIGN_TO(n, a) (((n) + (a)-1) / (a) * (a))

/* Layout of a control message: its header's size and its alignment. */
struct layout {
	size_t head;
	size_t align;
};

static const struct layout of_64 = { sizeof(struct cmsghdr), sizeof(size_t) };
static const struct layout of_32 = { sizeof(struct cmsghdr_32), 4 };

static void read_head(struct cmsghdr *out, const struct layout *l,
		      const uint8_t *at)
{
	struct cmsghdr_32 h;

	if (l->head == sizeof(*out)) {
		memcpy(out, at, sizeof(*out));
		return;
	}
	memcpy(&h, at, sizeof(h));
	*out = (struct cmsghdr){ .cmsg_len = h.len,
				 .cmsg_level = h.level,
				 .cmsg_type = h.type };
}

static void write_head(uint8_t *at, const struct layout *l,
		       const struct cmsghdr *c)
{
	struct cmsghdr_32 h = { .len = (uint32_t)c->cmsg_len,
				.level = c->cmsg_level,
				.type = c->cmsg_type };

	if (l->head == sizeof(*c))
		memcpy(at, c, sizeof(*c));
	else
		memcpy(at, &h, sizeof(h));
}

static bool convert(uint8_t *to, size_t *n_to, const struct layout *lt,
		    const uint8_t *from, size_t n, const struct layout *lf)
{
	size_t room = *n_to;
	struct cmsghdr c;
	size_t at = 0;
	size_t data;

	*n_to = 0;
	while (n - at >= lf->head && at < n) {
		read_head(&c, lf, from + at);
		if (c.cmsg_len < lf->head || c.cmsg_len > n - at)
			return false;
		data = c.cmsg_len - lf->head;
		if (*n_to > room || room - *n_to < lt->head ||
		    room - *n_to - lt->head < data)
			return false;
		c.cmsg_len = lt->head + data;
		write_head(to + *n_to, lt, &c);
		memcpy(to + *n_to + lt->head, from + at + lf->head, data);
		*n_to = TL_MIN(ALIGN_TO(*n_to + c.cmsg_len, lt->align), room);
		at += TL_MIN(ALIGN_TO(lf->head + data, lf->align), n - at);
	}
	return true;
}

bool tl_trap_control_out(const struct trap *t, void *to, size_t *n_to,
			 const void *from, size_t n)
{
	return convert(to, n_to, t->is_32 ? &of_32 : &of_64, from, n, &of_64);
}

bool tl_trap_control_in(const struct trap *t, void *to, size_t *n_to,
			const void *from, size_t n)
{
	return convert(to, n_to, &of_64, from, n, t->is_32 ? &of_32 : &of_64);
}
