/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare.h - UDP sockets whose records are payloads alone (TAG_BARE)
 *
 * Addresses travel beside them, as labels (rpc/label.h). Like all of the client
 * this takes no lock, allocates nothing and leaves nothing behind.
 */
#ifndef TL_SDK_CLIENT_BARE_H
#define TL_SDK_CLIENT_BARE_H

#include <sys/socket.h>

#include "rpc/proto.h"

/* @m's payload, with a label if @d says anything: bytes sent, or a negative
 * errno. */
TL_MUST_USE ssize_t tl_bare_send(int fd, const struct msghdr *m,
				 const struct rpc_datagram *d, int flags);

/* recvmsg(2): bytes of payload, or a negative errno. Sets @m's flags, and
 * msg_controllen to what the kernel has written besides; @d to what the label
 * says, which is nothing if there was none. */
TL_MUST_USE ssize_t tl_bare_recv(int fd, struct msghdr *m,
				 struct rpc_datagram *d, int flags);

/* As the functions of the same name in client.h. */
int tl_bare_take_error(int fd, uint32_t tag);
int tl_bare_next_size(int fd);

#endif /* TL_SDK_CLIENT_BARE_H */
