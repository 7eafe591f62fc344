/* SPDX-License-Identifier: Apache-2.0 */
#include "service/https.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "service/failure.h"

#define PEM_MAX (1024 * 1024)

static int load(struct buffer *out, const struct service *s, const char *key,
		const char *name, char *error)
{
	int r;

	if (!name[0])
		return tl_failure(error, -EINVAL,
				  "cannot serve HTTPS: %s is not set; "
				  "certificate and key go together",
				  key);
	r = name[0] == '/' ? tl_file_read(out, name, PEM_MAX)
			   : tl_home_load(&s->home, name, out, PEM_MAX);
	if (r)
		return tl_failure(error, r,
				  "cannot serve HTTPS: cannot read %s, which "
				  "is %s: %s",
				  name, key, strerror(-r));
	return 0;
}

int tl_https_fill(struct http_options *o, struct https *h,
		  const struct service *s, char error[SERVICE_ERROR_SIZE])
{
	const struct local_conf *c = &s->conf;
	bool is_open = c->n_management > 0;
	int r;

	memset(h, 0, sizeof(*h));
	if (!c->tls_certificate[0] && !c->tls_key[0])
		return 0;
	r = load(&h->certificate, s, "tlsCertificate", c->tls_certificate,
		 error);
	if (!r)
		r = load(&h->key, s, "tlsKey", c->tls_key, error);
	if (r)
		return r;
	h->listen[0].family = 4;
	h->listen[1].family = 6;
	if (!is_open) {
		h->listen[0].ip[0] = 127;
		h->listen[0].ip[3] = 1;
		h->listen[1].ip[15] = 1;
	}
	h->listen[0].port = (uint16_t)(c->tls_port ? c->tls_port : HTTPS_PORT);
	h->listen[1].port = h->listen[0].port;
	o->tls_listen = h->listen;
	o->n_tls_listen = 2;
	o->tls_certificate = (const char *)h->certificate.at;
	o->tls_key = (const char *)h->key.at;
	return 0;
}

void tl_https_fini(struct https *h)
{
	if (h->key.at)
		tl_wipe(h->key.at, h->key.n);
	tl_free(h->key.at);
	tl_free(h->certificate.at);
	memset(h, 0, sizeof(*h));
}

bool tl_https_differs(const struct local_conf *a, const struct local_conf *b)
{
	return a->tls_port != b->tls_port ||
	       strcmp(a->tls_certificate, b->tls_certificate) != 0 ||
	       strcmp(a->tls_key, b->tls_key) != 0;
}
