/* SPDX-License-Identifier: Apache-2.0 */
/*
 * none.c - what a small service is built without
 *
 * No controller, no TCP relay, no looking inside, no devices of a kernel and so
 * no name server beside them. Who asks for one of them is told.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <unistd.h>

#include "base/log.h"
#include "service/failure.h"
#include "service/https.h"
#include "service/relay.h"

/* control.c */

int tl_control_open(struct service *s, char error[SERVICE_ERROR_SIZE] TL_UNUSED)
{
	char path[FILE_PATH_SIZE];

	if (tl_path_join(path, s->home.path, "controller.db") == 0 &&
	    access(path, F_OK) == 0)
		tl_warn("the networks in %s are not served: this build has no "
			"controller",
			path);
	return 0;
}

void tl_control_close(struct service *s TL_UNUSED)
{
}

bool tl_control_request(struct service *s TL_UNUSED,
			const struct rx *rx TL_UNUSED,
			struct network_id net TL_UNUSED,
			struct bytes metadata TL_UNUSED)
{
	return false;
}

bool tl_control_own_request(struct service *s TL_UNUSED,
			    struct network_id net TL_UNUSED,
			    struct bytes metadata TL_UNUSED)
{
	return false;
}

/* https.h */

int tl_https_fill(struct http_options *o TL_UNUSED, struct https *h TL_UNUSED,
		  const struct service *s, char error[SERVICE_ERROR_SIZE])
{
	if (!s->conf.tls_certificate[0])
		return 0;
	return tl_failure(error, -ENOTSUP,
			  "this build has no TLS; leave out tlsCertificate "
			  "and tlsKey");
}

void tl_https_fini(struct https *h TL_UNUSED)
{
}

bool tl_https_differs(const struct local_conf *a, const struct local_conf *b)
{
	return a->tls_certificate[0] != b->tls_certificate[0];
}

void tl_control_reply(struct service *s TL_UNUSED,
		      struct controller_reply *from, struct http_reply *reply)
{
	reply->status = (unsigned int)from->status;
}

/* relay.h */

int tl_relay_open(struct service *s TL_UNUSED, const struct service_options *o,
		  char error[SERVICE_ERROR_SIZE])
{
	if (!o->relay)
		return 0;
	return tl_failure(error, -ENOSYS,
			  "this build cannot be a TCP relay; use another one, "
			  "or leave --relay away");
}

void tl_relay_close(struct service *s TL_UNUSED)
{
}

void tl_relay_refresh(struct service *s TL_UNUSED)
{
}

const struct relay_counts *tl_relay_counts(const struct service *s TL_UNUSED)
{
	return NULL;
}

/* diag.h and capture.h: nobody watches, so nothing is ever shown to them */

void tl_diag_init(struct service *s TL_UNUSED)
{
}

bool tl_diag_handle(struct service *s TL_UNUSED,
		    const struct http_request *q TL_UNUSED,
		    struct http_reply *reply TL_UNUSED)
{
	return false;
}

void tl_diag_traced(void *ctx TL_UNUSED, struct address from TL_UNUSED,
		    struct bytes dict TL_UNUSED)
{
}

void tl_diag_fini(struct service *s TL_UNUSED)
{
}

void tl_diag_notice(struct service *s TL_UNUSED)
{
}

void tl_diag_echoed(void *ctx TL_UNUSED, const struct rx *rx TL_UNUSED,
		    struct bytes payload TL_UNUSED)
{
}

void tl_capture_frame(struct service *s TL_UNUSED,
		      const struct capture_frame *f TL_UNUSED)
{
}

void tl_capture_datagram(struct service *s TL_UNUSED,
			 const struct capture_datagram *d TL_UNUSED)
{
}

void tl_capture_batch(struct service *s TL_UNUSED,
		      const struct udp_addr *from TL_UNUSED,
		      const struct udp_addr *to TL_UNUSED,
		      struct bytes batch TL_UNUSED, size_t segment TL_UNUSED)
{
}

void tl_capture_packet(struct service *s TL_UNUSED,
		       const struct udp_addr *from TL_UNUSED,
		       const struct udp_addr *to TL_UNUSED,
		       const struct packet *p TL_UNUSED,
		       struct udp_cuts cuts TL_UNUSED)
{
}

/* eport.h: the first of these says no, so the others are never called */

int tl_eport_new(struct eport **portp TL_UNUSED, struct service *s TL_UNUSED,
		 struct network *net TL_UNUSED, struct port_config *c TL_UNUSED)
{
	return -ENOSYS;
}

void tl_eport_free(struct eport *port TL_UNUSED)
{
}

void tl_eport_configure(struct eport *port TL_UNUSED,
			const struct port_config *c TL_UNUSED)
{
}

void tl_eport_input(struct eport *port TL_UNUSED, struct mac source TL_UNUSED,
		    struct mac dest TL_UNUSED, uint16_t ethertype TL_UNUSED,
		    struct buffer payload TL_UNUSED)
{
}

bool tl_eports_drain(struct service *s TL_UNUSED)
{
	return false;
}

void tl_eports_flush(struct service *s TL_UNUSED)
{
}

/* dnsd.h */

int tl_dnsd_new(struct dnsd **dp TL_UNUSED,
		const struct dnsd_config *config TL_UNUSED, int udp_fd,
		int tcp_fd)
{
	close(udp_fd);
	close(tcp_fd);
	return -ENOSYS;
}

void tl_dnsd_free(struct dnsd *d TL_UNUSED)
{
}
