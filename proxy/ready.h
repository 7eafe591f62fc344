/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - the line that says where a server listens
 *
 * "listening on A, B": whoever starts the program waits for it.
 */
#ifndef TL_PROXY_READY_H
#define TL_PROXY_READY_H

#include "proxy/place.h"

#define READY_SIZE 8192

struct ready {
	char text[READY_SIZE];
	size_t n;
};

/* Add an address, with a remark in parentheses unless it is NULL. */
void tl_ready_add(struct ready *r, const union place *at, const char *remark);

/* Write the line to standard error. */
void tl_ready_say(const struct ready *r);

#endif /* TL_PROXY_READY_H */
