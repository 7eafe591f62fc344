/* SPDX-License-Identifier: Apache-2.0 */
/* filter.h - MCAST_MSFILTER and IP_MSFILTER, as programs give and take them */
#ifndef TL_SDK_CLIENT_FILTER_H
#define TL_SDK_CLIENT_FILTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Is it one of the two? */
bool tl_filter_is(int level, int name);

/* Both as setsockopt(2) and getsockopt(2): 0 or a negative errno. */
int tl_filter_setsockopt(int fd, uint32_t tag, int level, int name,
			 const void *value, socklen_t len);
int tl_filter_getsockopt(int fd, uint32_t tag, int level, int name, void *value,
			 socklen_t *len);

#endif /* TL_SDK_CLIENT_FILTER_H */
