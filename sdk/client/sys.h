/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sys.h - system calls that nobody intercepts
 *
 * The client runs inside the preload object too, where a plain call of
 * getsockopt() would come back to the hook. So it enters the kernel itself, and
 * gets negative errnos without touching the caller's errno. Only the calls that
 * may wait go through tl_sys_wait, a recvmsg() of the C library, because they
 * have to be cancellation points.
 */
#ifndef TL_SDK_CLIENT_SYS_H
#define TL_SDK_CLIENT_SYS_H

#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>

#include "base/compiler.h"

/* recvmsg(2) as the C library has it; the preload object sets its own. */
extern ssize_t (*tl_sys_wait)(int fd, struct msghdr *m, int flags);

/* An argument of a system call from a pointer or a number. */
#define SYS_ARG(x) ((intptr_t)(x))

#if defined(__x86_64__)
static inline intptr_t tl_sys(intptr_t nr, intptr_t a, intptr_t b, intptr_t c,
			      intptr_t d, intptr_t e, intptr_t f)
{
	register intptr_t r10 __asm__("r10") = d;
	register intptr_t r8 __asm__("r8") = e;
	register intptr_t r9 __asm__("r9") = f;
	intptr_t ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
			   "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}
#elif defined(__aarch64__)
static inline intptr_t tl_sys(intptr_t nr, intptr_t a, intptr_t b, intptr_t c,
			      intptr_t d, intptr_t e, intptr_t f)
{
	register intptr_t x8 __asm__("x8") = nr;
	register intptr_t x0 __asm__("x0") = a;
	register intptr_t x1 __asm__("x1") = b;
	register intptr_t x2 __asm__("x2") = c;
	register intptr_t x3 __asm__("x3") = d;
	register intptr_t x4 __asm__("x4") = e;
	register intptr_t x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}
#elif defined(__arm__) && defined(__ARM_EABI__)
static inline intptr_t tl_sys(intptr_t nr, intptr_t a, intptr_t b, intptr_t c,
			      intptr_t d, intptr_t e, intptr_t f)
{
	register intptr_t r7 __asm__("r7") = nr;
	register intptr_t r0 __asm__("r0") = a;
	register intptr_t r1 __asm__("r1") = b;
	register intptr_t r2 __asm__("r2") = c;
	register intptr_t r3 __asm__("r3") = d;
	register intptr_t r4 __asm__("r4") = e;
	register intptr_t r5 __asm__("r5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(r0)
			 : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
			 : "memory", "cc");
	return r0;
}
#elif defined(__riscv) && __riscv_xlen == 64
static inline intptr_t tl_sys(intptr_t nr, intptr_t a, intptr_t b, intptr_t c,
			      intptr_t d, intptr_t e, intptr_t f)
{
	register intptr_t a7 __asm__("a7") = nr;
	register intptr_t a0 __asm__("a0") = a;
	register intptr_t a1 __asm__("a1") = b;
	register intptr_t a2 __asm__("a2") = c;
	register intptr_t a3 __asm__("a3") = d;
	register intptr_t a4 __asm__("a4") = e;
	register intptr_t a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}
#else
#error "sdk/client/sys.h: how does this processor enter the kernel?"
#endif

#define SYS3(nr, a, b, c)                                                      \
	tl_sys((nr), SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define SYS5(nr, a, b, c, d, e)                                                \
	tl_sys((nr), SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d),           \
	       SYS_ARG(e), 0)

static inline int tl_sys_socket(int domain, int type, int protocol)
{
	return (int)SYS3(SYS_socket, domain, type, protocol);
}

static inline int tl_sys_socketpair(int domain, int type, int protocol,
				    int fds[2])
{
	return (int)SYS5(SYS_socketpair, domain, type, protocol, fds, 0);
}

static inline int tl_sys_connect(int fd, const void *addr, socklen_t len)
{
	return (int)SYS3(SYS_connect, fd, addr, len);
}

static inline int tl_sys_bind(int fd, const void *addr, socklen_t len)
{
	return (int)SYS3(SYS_bind, fd, addr, len);
}

static inline int tl_sys_getsockname(int fd, void *addr, socklen_t *len)
{
	return (int)SYS3(SYS_getsockname, fd, addr, len);
}

static inline int tl_sys_getpeername(int fd, void *addr, socklen_t *len)
{
	return (int)SYS3(SYS_getpeername, fd, addr, len);
}

static inline int tl_sys_getsockopt(int fd, int level, int name, void *value,
				    socklen_t *len)
{
	return (int)SYS5(SYS_getsockopt, fd, level, name, value, len);
}

static inline int tl_sys_setsockopt(int fd, int level, int name,
				    const void *value, socklen_t len)
{
	return (int)SYS5(SYS_setsockopt, fd, level, name, value, len);
}

static inline ssize_t tl_sys_sendmsg(int fd, const struct msghdr *m, int flags)
{
	return (ssize_t)SYS3(SYS_sendmsg, fd, m, flags);
}

static inline ssize_t tl_sys_recvmsg(int fd, struct msghdr *m, int flags)
{
	return (ssize_t)SYS3(SYS_recvmsg, fd, m, flags);
}

static inline ssize_t tl_sys_send(int fd, const void *at, size_t n, int flags)
{
	return (ssize_t)tl_sys(SYS_sendto, fd, SYS_ARG(at), SYS_ARG(n), flags,
			       0, 0);
}

static inline ssize_t tl_sys_recv(int fd, void *at, size_t n, int flags)
{
	return (ssize_t)tl_sys(SYS_recvfrom, fd, SYS_ARG(at), SYS_ARG(n), flags,
			       0, 0);
}

static inline int tl_sys_shutdown(int fd, int how)
{
	return (int)SYS3(SYS_shutdown, fd, how, 0);
}

static inline int tl_sys_fcntl(int fd, int cmd, int arg)
{
	return (int)SYS3(SYS_fcntl, fd, cmd, arg);
}

static inline int tl_sys_dup3(int from, int to, int flags)
{
	return (int)SYS3(SYS_dup3, from, to, flags);
}

static inline int tl_sys_close(int fd)
{
	return (int)SYS3(SYS_close, fd, 0, 0);
}

/* @timeout: NULL waits for ever. */
static inline int tl_sys_poll(struct pollfd *p, unsigned int n,
			      struct timespec *timeout)
{
	return (int)SYS5(SYS_ppoll, p, n, timeout, 0, 0);
}

#endif /* TL_SDK_CLIENT_SYS_H */
