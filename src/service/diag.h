/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag.h - looking inside a running service, without root
 *
 * What answers /drops, /metrics and the paths below /tapless/ of the HTTP
 * interface. drop_rows.c: what was dropped; diag_drops.c: and who watches that;
 * diag_ping.c: round trips; diag_trace.c: ways to peers; capture.c: packets;
 * metrics.c: counters for Prometheus; diag_reports.c: what other nodes report.
 */
#ifndef TL_SERVICE_DIAG_H
#define TL_SERVICE_DIAG_H

#include <jansson.h>

#include "base/list.h"
#include "service/capture.h"
#include "service/http_server.h"
#include "service/pass_times.h"
#include "vl1/node.h"

struct service;
struct reports;

#define DIAG_PINGS_MAX 16
#define DIAG_ECHO_LEN 16 /* of our ECHO: who asks, and which one it is */

/**
 * struct diag - State of all of it
 * @watchers:	of drops
 * @pings:	under way, @n_pings of them
 * @captures:	who gets copies of packets
 * @passes:	how long passes of the loop took
 * @reports:	NULL before the first one
 */
struct diag {
	struct list watchers;
	struct list pings;
	unsigned int n_pings;
	uint64_t next_ping;
	struct captures captures;
	struct pass_times passes;
	struct reports *reports;
};

/* What is under way ends with the HTTP server. */
void tl_diag_init(struct service *s);

/* diag.c: answer if the path is one of these; false: it is another. */
bool tl_diag_handle(struct service *s, const struct http_request *q,
		    struct http_reply *reply);

/* Once a pass: tell watchers what is new. */
void tl_diag_notice(struct service *s);

/* What struct vl2_host's traced is to do. */
void tl_diag_traced(void *ctx, struct address from, struct bytes dict);

/* When the service ends. */
void tl_diag_fini(struct service *s);

/* What struct node_host's echoed is to do. */
void tl_diag_echoed(void *ctx, const struct rx *rx, struct bytes payload);

/*
 * What the files know of each other.
 */

/**
 * struct drop_row - One reason
 * @name:	in upper case
 * @text:	a phrase
 * @advice:	a sentence
 * @where:	what of the service counts it
 */
struct drop_row {
	const char *name;
	const char *text;
	const char *advice;
	const char *where;
	uint64_t n;
};

#define DROP_ROWS_MAX 96

/* All of them, those that did not occur too. Return: how many. */
size_t tl_drop_rows(const struct service *s, struct drop_row *out, size_t max);

/* A value in a reply; consumes @json. */
void tl_diag_answer(struct http_reply *reply, json_t *json);
/* {"error": ...} with a status. */
void tl_diag_refuse(struct http_reply *reply, unsigned int status,
		    const char *why);
/* One line of JSON; false if it does not fit. Consumes @json. */
bool tl_diag_put_line(struct http_stream *st, json_t *json);
/* A query parameter as a number from @min to @max; @otherwise if it is not
 * given. False after saying what is wrong. */
TL_MUST_USE bool tl_diag_number(int64_t *out, const struct http_request *q,
				struct http_reply *reply, const char *name,
				int64_t otherwise, int64_t min, int64_t max);

void tl_diag_get_drops(struct service *s, const struct http_request *q,
		       struct http_reply *reply);
void tl_diag_get_ping(struct service *s, const struct http_request *q,
		      const char *who, struct http_reply *reply);
void tl_diag_get_way(struct service *s, const char *ip,
		     struct http_reply *reply);
void tl_diag_get_trace(struct service *s, const char *who,
		       struct http_reply *reply);
void tl_diag_get_reports(struct service *s, struct http_reply *reply);
void tl_diag_get_capture(struct service *s, const struct http_request *q,
			 struct http_reply *reply);
void tl_diag_get_metrics(struct service *s, const struct http_request *q,
			 struct http_reply *reply);

/**
 * tl_diag_way() - How packets of a peer come or go
 * @path:	on which
 * @is_direct:	it is the peer itself at the other end, no root
 *
 * Return: a new object with "way" (direct, relayed, tcp), "address" and, if it
 * is relayed, "via", the root.
 */
json_t *tl_diag_way(const struct service *s, const struct path *path,
		    bool is_direct);

#endif /* TL_SERVICE_DIAG_H */
