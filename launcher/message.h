/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message.h - what is done for calls that carry bytes with an address
 *
 * Datagrams with their addresses and control data go through here, and the
 * few calls on streams whose address the kernel would misunderstand: a TCP
 * socket ignores them, one of AF_UNIX does not. What needs no help is left to
 * the kernel. As in control.h nothing waits.
 */
#ifndef TL_LAUNCHER_MESSAGE_H
#define TL_LAUNCHER_MESSAGE_H

#include "launcher/trap.h"

enum trap_end tl_do_sendto(struct trap *t);
enum trap_end tl_do_recvfrom(struct trap *t);
enum trap_end tl_do_sendmsg(struct trap *t);
enum trap_end tl_do_recvmsg(struct trap *t);
enum trap_end tl_do_sendmmsg(struct trap *t);
enum trap_end tl_do_recvmmsg(struct trap *t);

#endif /* TL_LAUNCHER_MESSAGE_H */
