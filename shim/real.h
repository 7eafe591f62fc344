/* SPDX-License-Identifier: Apache-2.0 */
/*
 * real.h - the C library's own functions behind the hooks
 *
 * tl_real.connect() is the connect() that the program would have got without
 * us: the next object's in search order, so other preloads stay in the chain.
 * Until tl_real_find() has run, in the constructor, each is a bare system call:
 * a hook can be called while the loader or malloc() is being set up, where
 * dlsym() would never come back.
 */
#ifndef TL_SHIM_REAL_H
#define TL_SHIM_REAL_H

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "base/compiler.h"

struct real {
#define CALL(result, name, params, args, raw) result(*name) params;
#include "shim/calls.def"
#undef CALL
};

extern struct real tl_real;

/* From the constructor only. */
void tl_real_find(void);

#endif /* TL_SHIM_REAL_H */
