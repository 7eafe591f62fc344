/* SPDX-License-Identifier: Apache-2.0 */
/* capture_headers.h - IP and UDP headers as the kernel would have them */
#ifndef TL_SERVICE_CAPTURE_HEADERS_H
#define TL_SERVICE_CAPTURE_HEADERS_H

#include "os/udp.h"

#define CAPTURE_HEADERS_MAX 48

/**
 * tl_capture_headers() - Write the headers of a datagram in front of it
 * @payload:	its whole payload, at most 65,000 bytes, with room for
 *		CAPTURE_HEADERS_MAX bytes in front
 *
 * Both ends are of one family. Checksums are right. Return: the whole packet.
 */
struct bytes tl_capture_headers(struct buffer payload,
				const struct udp_addr *from,
				const struct udp_addr *to);

#endif /* TL_SERVICE_CAPTURE_HEADERS_H */
