/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.c - the filter, built by libseccomp and loaded by hand
 *
 * Theory of operation
 *
 * Arguments that a filter sees are registers: whether a descriptor is ours it
 * cannot know, so calls about descriptors come for all of them, and those about
 * others are let go on. What the arguments do say keeps calls from coming:
 * sockets of other families, sends and receives without an address, ioctls.
 * The kernel remembers the calls that are always allowed, which then cost next
 * to nothing.
 *
 * Numbers of another word size must not lead past it. On x86-64 the i386
 * numbers are notified too, socketcall(2) whole, since its arguments are in
 * memory. All calls by x32 numbers, and those of 32-bit programs on other
 * machines, fail with ENOSYS. io_uring could make and connect sockets that
 * nobody sees, so it does: programs then use the calls.
 *
 * libseccomp would load the filter and keep the descriptor in the context, but
 * it adds flags of its own choice, so the finished program is taken out through
 * a memfd. WAIT_KILLABLE_RECV is not among the flags: it makes every wait deaf
 * to signals that have a handler, those of accept and recvmsg too, which may
 * last for ever. Signals interrupt instead, as they do natively, and journal.h
 * sees to it that no work is done twice.
 */
#include "launcher/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Registers are wider than an int, and what stands above it is anything. */
#define INT_IS(arg, v) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, 0xffffffff, (v))
#define INT_HAS(arg, bit) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, (bit), (bit))
#define NOT_NULL(arg) SCMP_CMP(arg, SCMP_CMP_NE, 0)

/* Calls that come whatever their arguments are. */
static const int always[] = {
	SCMP_SYS(bind),	       SCMP_SYS(connect),    SCMP_SYS(listen),
	SCMP_SYS(accept),      SCMP_SYS(accept4),    SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(setsockopt), SCMP_SYS(getsockopt),
	SCMP_SYS(shutdown),    SCMP_SYS(sendmsg),    SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg),    SCMP_SYS(recvmmsg),
};

static const struct {
	int call;
	struct scmp_arg_cmp when;
} sometimes[] = {
	{ SCMP_SYS(socket), INT_IS(0, AF_INET) },
	{ SCMP_SYS(socket), INT_IS(0, AF_INET6) },
	{ SCMP_SYS(sendto), NOT_NULL(4) },
	{ SCMP_SYS(recvfrom), NOT_NULL(4) },
	{ SCMP_SYS(recvfrom), INT_HAS(3, MSG_ERRQUEUE) },
};

/* Those of ioctl(2) that come: a mask, and what the request is under it. The
 * blocks are those of netdevice(7), 0x8910 to 0x8947. */
static const struct {
	uint32_t mask;
	uint32_t is;
} requests[] = {
	{ 0xffffffff, FIONREAD },    { 0xffffffff, SIOCOUTQ },
	{ 0xffffffff, SIOCOUTQNSD }, { 0xfffffff0, 0x8910 },
	{ 0xfffffff0, 0x8920 },	     { 0xfffffff0, 0x8930 },
	{ 0xfffffff8, 0x8940 },
};

/* The calls of a 32-bit program; which of them matter is seen later. */
static const int of_i386[] = {
	SCMP_SYS(socketcall),  SCMP_SYS(socket),      SCMP_SYS(bind),
	SCMP_SYS(connect),     SCMP_SYS(listen),      SCMP_SYS(accept4),
	SCMP_SYS(getsockname), SCMP_SYS(getpeername), SCMP_SYS(setsockopt),
	SCMP_SYS(getsockopt),  SCMP_SYS(shutdown),    SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),    SCMP_SYS(sendmsg),     SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg),    SCMP_SYS(recvmmsg),    SCMP_SYS(recvmmsg_time64),
};

static int add_requests(scmp_filter_ctx ctx)
{
	struct scmp_arg_cmp when;
	int r = 0;

	for (size_t i = 0; r == 0 && i < TL_ARRAY_SIZE(requests); i++) {
		when = SCMP_CMP(1, SCMP_CMP_MASKED_EQ, requests[i].mask,
				requests[i].is);
		r = seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY,
					   SCMP_SYS(ioctl), 1, &when);
	}
	return r;
}

static int add_native(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < TL_ARRAY_SIZE(always); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, always[i], 0);
	for (size_t i = 0; r == 0 && i < TL_ARRAY_SIZE(sometimes); i++)
		r = seccomp_rule_add_array(ctx, SCMP_ACT_NOTIFY,
					   sometimes[i].call, 1,
					   &sometimes[i].when);
	if (r == 0)
		r = add_requests(ctx);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
				     SCMP_SYS(io_uring_setup), 0);
	return r;
}

static int add_i386(scmp_filter_ctx ctx)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < TL_ARRAY_SIZE(of_i386); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, of_i386[i], 0);
	if (r == 0)
		r = add_requests(ctx);
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
				     SCMP_SYS(io_uring_setup), 0);
	return r;
}

static int set_attributes(scmp_filter_ctx ctx)
{
	/* Of architectures and word sizes that are not in the filter. */
	return seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
				SCMP_ACT_ERRNO(ENOSYS));
}

/* i386 in a context of its own, to be merged: its rules are others. */
static int merge_i386(scmp_filter_ctx ctx)
{
	scmp_filter_ctx other;
	int r;

	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		return 0;
	other = seccomp_init(SCMP_ACT_ALLOW);
	if (!other)
		return -ENOMEM;
	r = set_attributes(other);
	if (r == 0)
		r = seccomp_arch_remove(other, SCMP_ARCH_NATIVE);
	if (r == 0)
		r = seccomp_arch_add(other, SCMP_ARCH_X86);
	if (r == 0)
		r = add_i386(other);
	if (r == 0)
		r = seccomp_merge(ctx, other); /* consumes it */
	if (r < 0)
		seccomp_release(other);
	return r;
}

static int read_program(struct sock_fprog *out, int fd)
{
	struct sock_filter *code;
	struct stat st;
	size_t n;

	if (fstat(fd, &st) != 0)
		return -errno;
	n = (size_t)st.st_size / sizeof(*code);
	if (n == 0 || n > BPF_MAXINSNS)
		return -EINVAL;
	code = calloc(n, sizeof(*code));
	if (!code)
		return -ENOMEM;
	if (pread(fd, code, n * sizeof(*code), 0) !=
	    (ssize_t)(n * sizeof(*code))) {
		free(code);
		return -EIO;
	}
	out->len = (unsigned short)n;
	out->filter = code;
	return 0;
}

static int export_program(struct sock_fprog *out, scmp_filter_ctx ctx)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = seccomp_export_bpf(ctx, fd);
	if (r == 0)
		r = read_program(out, fd);
	close(fd);
	return r;
}

int tl_filter_build(struct sock_fprog *out)
{
	scmp_filter_ctx ctx;
	int r;

	ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (!ctx)
		return -ENOMEM;
	r = set_attributes(ctx);
	if (r == 0)
		r = add_native(ctx);
	if (r == 0)
		r = merge_i386(ctx);
	if (r == 0)
		r = export_program(out, ctx);
	seccomp_release(ctx);
	return r;
}

int tl_filter_load(const struct sock_fprog *prog)
{
	intptr_t fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -errno;
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		     SECCOMP_FILTER_FLAG_NEW_LISTENER, prog);
	return fd < 0 ? -errno : (int)fd;
}

void tl_filter_free(struct sock_fprog *prog)
{
	free(prog->filter);
	*prog = (struct sock_fprog){ 0 };
}
