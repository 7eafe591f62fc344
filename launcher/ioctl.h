/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl.h - ioctl(2) of a program: queues, and requests about interfaces
 *
 * Static programs ask for interfaces on any socket, one of AF_UNIX too, so
 * these come for all descriptors. Nothing is asked for a program but what
 * everybody may know: it may have given up rights that the launcher has.
 */
#ifndef TL_LAUNCHER_IOCTL_H
#define TL_LAUNCHER_IOCTL_H

#include "launcher/trap.h"

/* t->fd is a descriptor, whosever. */
enum trap_end tl_do_ioctl(struct trap *t);

#endif /* TL_LAUNCHER_IOCTL_H */
