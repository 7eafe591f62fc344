/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libc.c - where C libraries differ
 *
 * The object needs nothing that is not in every one of them, so the same file
 * is loaded by glibc and by musl. Structures are the kernel's on both, but for
 * msghdr and cmsghdr: musl has lengths of 32 bits and padding there, as POSIX
 * says, where the kernel and glibc have 64 bits. What stands in the padding is
 * the program's rubbish. musl's own sendmsg() cleans a copy; here the padding
 * itself is cleaned, which no program can tell.
 */
#include "shim/shim.h"

#include <dlfcn.h>
#include <string.h>

static bool is_musl;

void tl_libc_find(void)
{
	is_musl = sizeof(size_t) == 8 &&
		  !dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
}

/* A constant without rubbish is not written to: it may be read-only. */
static void clean(const size_t *field)
{
	uintptr_t at = (uintptr_t)field;

	if (*field != (uint32_t)*field)
		*(size_t *)at = (uint32_t)*field;
}

void tl_libc_clean(const struct msghdr *m)
{
	struct cmsghdr *c;
	size_t at = 0;

	if (!is_musl || !m)
		return;
	clean(&m->msg_iovlen);
	clean(&m->msg_controllen);
	if (!m->msg_control)
		return;
	while (m->msg_controllen - at >= sizeof(*c)) {
		c = (struct cmsghdr *)((char *)m->msg_control + at);
		clean(&c->cmsg_len);
		if (c->cmsg_len < sizeof(*c) ||
		    c->cmsg_len > m->msg_controllen - at)
			return;
		at += CMSG_ALIGN(c->cmsg_len);
		if (at > m->msg_controllen)
			return;
	}
}

/* The C library finds out by the return address who calls, and so where the
 * caller's $ORIGIN and RUNPATH are: this has to be a jump (see the compiler's
 * -foptimize-sibling-calls). */
void *shim_dlopen(const char *path, int flags)
{
	return tl_real.dlopen(path, flags & ~RTLD_DEEPBIND);
}
