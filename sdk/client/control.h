/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - control data of datagrams, and their errors
 */
#ifndef TL_SDK_CLIENT_CONTROL_H
#define TL_SDK_CLIENT_CONTROL_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/compiler.h"

/* One control message behind those that are in @m, which has @room bytes for
 * all; MSG_CTRUNC if it does not fit. */
void tl_control_put(struct msghdr *m, size_t room, int level, int type,
		    const void *data, size_t n);

/* IP_TTL or IPV6_HOPLIMIT, if the socket wants it. */
void tl_control_put_ttl(struct msghdr *m, size_t room, uint32_t tag,
			uint8_t ttl);

/* recvmsg(2) with MSG_ERRQUEUE, which never waits: bytes of payload, -EAGAIN if
 * no error is there, or another negative errno. */
TL_MUST_USE ssize_t tl_client_recv_error(int fd, uint32_t tag,
					 struct msghdr *m);

#endif /* TL_SDK_CLIENT_CONTROL_H */
