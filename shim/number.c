/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.c - syscall(2), for programs that call by number
 *
 * What is intercepted by name is intercepted by number too; everything else
 * passes unchanged, known or not.
 */
#include "shim/shim.h"

#include <sys/syscall.h>

#define PTR(x) ((void *)(x))
#define INT(x) ((int)(x))
#define LEN(x) ((socklen_t)(x))

static intptr_t control(intptr_t nr, const intptr_t v[6], bool *taken)
{
	switch (nr) {
	case SYS_socket:
		return shim_socket(INT(v[0]), INT(v[1]), INT(v[2]));
	case SYS_bind:
		return shim_bind(INT(v[0]), PTR(v[1]), LEN(v[2]));
	case SYS_connect:
		return shim_connect(INT(v[0]), PTR(v[1]), LEN(v[2]));
	case SYS_listen:
		return shim_listen(INT(v[0]), INT(v[1]));
	case SYS_accept:
		return shim_accept(INT(v[0]), PTR(v[1]), PTR(v[2]));
	case SYS_accept4:
		return shim_accept4(INT(v[0]), PTR(v[1]), PTR(v[2]), INT(v[3]));
	case SYS_getsockname:
		return shim_getsockname(INT(v[0]), PTR(v[1]), PTR(v[2]));
	case SYS_getpeername:
		return shim_getpeername(INT(v[0]), PTR(v[1]), PTR(v[2]));
	case SYS_getsockopt:
		return shim_getsockopt(INT(v[0]), INT(v[1]), INT(v[2]),
				       PTR(v[3]), PTR(v[4]));
	case SYS_setsockopt:
		return shim_setsockopt(INT(v[0]), INT(v[1]), INT(v[2]),
				       PTR(v[3]), LEN(v[4]));
	case SYS_shutdown:
		return shim_shutdown(INT(v[0]), INT(v[1]));
	case SYS_ioctl:
		return shim_ioctl(INT(v[0]), (uintptr_t)v[1], PTR(v[2]));
	case SYS_epoll_ctl:
		return shim_epoll_ctl(INT(v[0]), INT(v[1]), INT(v[2]),
				      PTR(v[3]));
	default:
		*taken = false;
		return 0;
	}
}

static intptr_t data(intptr_t nr, const intptr_t v[6], bool *taken)
{
	switch (nr) {
	case SYS_read:
		return shim_read(INT(v[0]), PTR(v[1]), (size_t)v[2]);
	case SYS_write:
		return shim_write(INT(v[0]), PTR(v[1]), (size_t)v[2]);
	case SYS_readv:
		return shim_readv(INT(v[0]), PTR(v[1]), INT(v[2]));
	case SYS_writev:
		return shim_writev(INT(v[0]), PTR(v[1]), INT(v[2]));
	case SYS_sendto:
		return shim_sendto(INT(v[0]), PTR(v[1]), (size_t)v[2],
				   INT(v[3]), PTR(v[4]), LEN(v[5]));
	case SYS_recvfrom:
		return shim_recvfrom(INT(v[0]), PTR(v[1]), (size_t)v[2],
				     INT(v[3]), PTR(v[4]), PTR(v[5]));
	case SYS_sendmsg:
		return shim_sendmsg(INT(v[0]), PTR(v[1]), INT(v[2]));
	case SYS_recvmsg:
		return shim_recvmsg(INT(v[0]), PTR(v[1]), INT(v[2]));
	case SYS_sendmmsg:
		return shim_sendmmsg(INT(v[0]), PTR(v[1]), (unsigned int)v[2],
				     INT(v[3]));
	case SYS_recvmmsg:
		return shim_recvmmsg(INT(v[0]), PTR(v[1]), (unsigned int)v[2],
				     INT(v[3]), PTR(v[4]));
	default:
		*taken = false;
		return 0;
	}
}

static intptr_t numbers(intptr_t nr, const intptr_t v[6], bool *taken)
{
	switch (nr) {
	case SYS_dup:
		return shim_dup(INT(v[0]));
#ifdef SYS_dup2
	case SYS_dup2:
		return shim_dup2(INT(v[0]), INT(v[1]));
#endif
	case SYS_dup3:
		return shim_dup3(INT(v[0]), INT(v[1]), INT(v[2]));
	case SYS_fcntl:
		return shim_fcntl(INT(v[0]), INT(v[1]), PTR(v[2]));
	case SYS_execve:
		return shim_execve(PTR(v[0]), PTR(v[1]), PTR(v[2]));
	case SYS_execveat:
		return shim_execveat(INT(v[0]), PTR(v[1]), PTR(v[2]), PTR(v[3]),
				     INT(v[4]));
	default:
		*taken = false;
		return 0;
	}
}

intptr_t shim_syscall(intptr_t nr, intptr_t a, intptr_t b, intptr_t c,
		      intptr_t d, intptr_t e, intptr_t f)
{
	intptr_t (*const tables[])(intptr_t, const intptr_t[6],
				   bool *) = { control, data, numbers };
	const intptr_t v[6] = { a, b, c, d, e, f };
	bool taken;
	intptr_t r;

	for (size_t i = 0; i < TL_ARRAY_SIZE(tables); i++) {
		taken = true;
		r = tables[i](nr, v, &taken);
		if (taken)
			return r;
	}
	return tl_real.syscall(nr, a, b, c, d, e, f);
}
