/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.h - the launcher's loop: notifications in, answers out
 *
 * One thread. A call that has to wait for its descriptor is set aside, and done
 * again when the kernel says that it is ready, its time is over, or not at all
 * if nobody waits for it any more.
 */
#ifndef TL_LAUNCHER_SERVE_H
#define TL_LAUNCHER_SERVE_H

#include <stdbool.h>

#include "base/compiler.h"

/* Calls that wait at the same time; more get ENOBUFS. */
#define SERVE_WAITING_MAX 4096

/* Can this kernel answer with descriptors (Linux 5.14)? */
TL_MUST_USE bool tl_serve_is_possible(int listener);

/**
 * tl_serve() - Answer until nobody is left under the filter
 * @listener:	notifications; consumed
 * @child_fd:	readable when children have ended or signals have come; borrowed
 * @on_child:	called then
 *
 * Return: 0, or a negative errno: -ENOMEM, -EMFILE.
 */
TL_MUST_USE int tl_serve(int listener, int child_fd, void (*on_child)(void));

#endif /* TL_LAUNCHER_SERVE_H */
