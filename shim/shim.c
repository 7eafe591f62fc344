/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.c - the preload object: which calls it takes, and when
 *
 * Theory of operation
 *
 * The application's socket is a real descriptor, one end of a unix socket whose
 * other end the service holds (src/rpc/proto.h). So the kernel does what most
 * programs do most of the time, and only calls that concern addresses, options
 * and datagrams are taken over, by symbols of the same name that the loader
 * finds before the C library's.
 *
 * Nothing about a socket is remembered in the process: whether a descriptor is
 * ours, and what it is, are read from the kernel's socket (sdk/client/tag.h).
 * So dup, fork, vfork, exec and passing descriptors need no care. There are two
 * exceptions, both mere hints: a bitmap of numbers that are certainly not UDP
 * sockets of ours, so that read() and write() stay cheap (fds.c), and a table
 * of epoll registrations, checked against the kernel before use (watch.c).
 *
 * A socket of AF_INET or AF_INET6 starts as ours. When the program names a
 * destination or address of the host, loopback above all, a socket of the host
 * takes its place under the same number (exchange.c). When the service cannot
 * be reached the program is told ENETDOWN: it never falls through to the host.
 *
 * Refused: pretending descriptors (every call would have to be taken, and epoll
 * and fork never come right), a thread or a lasting control connection (fork,
 * greedy closers), allocating (calls come from within malloc and from signal
 * handlers), hooking close (nothing is left to clean up).
 *
 * Without TAPLESS_SERVICE in the environment, or in a program that runs with
 * more privileges than its caller, every hook is the C library's function.
 */
#include "shim/shim.h"

#include <errno.h>
#include <sys/auxv.h>

#include "sdk/client/endpoint.h"
#include "sdk/client/sys.h"

static bool is_live;

/* The exported symbols. Named by label, so that no header's idea of their
 * prototypes or attributes is in the way. */
#define CALL(result, name, params, args, raw)                                  \
	TL_PUBLIC result hook_##name params __asm__(#name);                    \
	TL_PUBLIC result hook_##name params                                    \
	{                                                                      \
		return is_live ? shim_##name args : tl_real.name args;         \
	}
#include "shim/calls.def"
#undef CALL

int tl_result(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

ssize_t tl_result_size(ssize_t r)
{
	if (r >= 0)
		return r;
	errno = (int)-r;
	return -1;
}

/* A variable that is there but malformed leaves no service to talk to: sockets
 * then fail with ENETDOWN instead of being the host's. */
static __attribute__((constructor)) void start(void)
{
	int saved = errno;

	tl_real_find();
	tl_libc_find();
	tl_sys_wait = tl_real.recvmsg;
	if (getauxval(AT_SECURE) == 0 && tl_endpoint_from_env() != -ENOENT) {
		tl_env_keep();
		is_live = true;
	}
	errno = saved;
}
