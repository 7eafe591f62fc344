/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https.h - the HTTP interface beyond loopback, by TLS
 *
 * With a certificate whoever may come from elsewhere comes by TLS, to a port of
 * its own, and plain HTTP is on loopback only: what the tools of this machine
 * use stays as it is, and no token travels in the clear.
 */
#ifndef TL_SERVICE_HTTPS_H
#define TL_SERVICE_HTTPS_H

#include "service/service_impl.h"

#define HTTPS_PORT 9994

/* What http_options point to while the server is made. */
struct https {
	struct udp_addr listen[2];
	struct buffer certificate;
	struct buffer key;
};

/**
 * tl_https_fill() - Add to @o what local.conf says of TLS
 * @h:		for tl_https_fini(), whatever is returned
 *
 * Return: 0, also if there is nothing of it; or a negative errno with one line
 * in @error.
 */
TL_MUST_USE int tl_https_fill(struct http_options *o, struct https *h,
			      const struct service *s,
			      char error[SERVICE_ERROR_SIZE]);

/* Wipes the key. */
void tl_https_fini(struct https *h);

/* Does any setting differ that this is about? */
bool tl_https_differs(const struct local_conf *a, const struct local_conf *b);

#endif /* TL_SERVICE_HTTPS_H */
