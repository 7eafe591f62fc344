/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_frame.h - messages of DNS in a stream of bytes
 *
 * Each has its length in two bytes in front (RFC 1035 4.2.2). Bytes are taken
 * as they come; memory is that of one message, from its length on. Belongs to
 * the connection's owner. All zero but @max: an empty one.
 */
#ifndef TL_SOCKETS_DNS_FRAME_H
#define TL_SOCKETS_DNS_FRAME_H

#include "base/bytes.h"
#include "base/compiler.h"

#define DNS_FRAME_HEAD 2

/**
 * struct dns_frame - The message that is coming
 * @max:	the longest that is taken
 * @head:	its length; @n bytes have come, these two counted
 * @at:		its bytes; NULL before the length is known
 */
struct dns_frame {
	size_t max;
	uint8_t head[DNS_FRAME_HEAD];
	uint8_t *at;
	size_t n;
};

/**
 * tl_dns_frame_take() - Take bytes, at most to the end of the message
 * @from:	what was taken is skipped
 *
 * Return: 0; -EMSGSIZE if the message is empty or too long; -ENOMEM. After a
 * failure the stream cannot be understood any more.
 */
TL_MUST_USE int tl_dns_frame_take(struct dns_frame *f, struct bytes *from);

/* Is the message complete? */
TL_MUST_USE bool tl_dns_frame_is_whole(const struct dns_frame *f);
/* It, borrowed until the frame is cleared. */
struct buffer tl_dns_frame_message(const struct dns_frame *f);

/* Forget the message: the next one begins. */
void tl_dns_frame_clear(struct dns_frame *f);

#endif /* TL_SOCKETS_DNS_FRAME_H */
