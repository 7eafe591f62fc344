/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diag_reports.c - what nodes report to us as observer of a network
 *
 * The newest are kept, in memory only. Whoever knows us can send some, so they
 * go to the log at the level of debugging, and nobody acts on them.
 */
#include "service/service_impl.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "wire/trace.h"

#define REPORTS_MAX 256

struct kept_report {
	int64_t when_ms; /* of the wall's clock */
	struct address from;
	unsigned int event;
	char text[TRACE_TEXT_MAX];
};

/* A ring; @n have come in all. */
struct reports {
	uint64_t n;
	struct kept_report list[REPORTS_MAX];
};

void tl_diag_traced(void *ctx, struct address from, struct bytes dict)
{
	struct service *s = ctx;
	struct reports *reports = s->diag.reports;
	struct kept_report *r;

	if (!reports) {
		reports = tl_alloc_zeroed(sizeof(*reports));
		if (!reports)
			return;
		s->diag.reports = reports;
	}
	r = &reports->list[reports->n++ % REPORTS_MAX];
	r->when_ms = tl_clock_wall_ms();
	r->from = from;
	r->event = tl_trace_event(dict);
	tl_trace_print(r->text, dict);
	tl_dbg("report of %010llx: %s: %s", (unsigned long long)from.v,
	       tl_trace_event_text(r->event), r->text);
}

void tl_diag_fini(struct service *s)
{
	tl_free(s->diag.reports);
	s->diag.reports = NULL;
}

static json_t *report_json(const struct kept_report *r)
{
	char node[ADDRESS_TEXT_SIZE];
	json_t *o = json_object();
	char event[8];

	snprintf(event, sizeof(event), "%04x", r->event);
	json_object_set_new(o, "time", json_integer(r->when_ms));
	json_object_set_new(o, "node",
			    json_string(tl_address_print(node, r->from)));
	json_object_set_new(o, "event", json_string(event));
	json_object_set_new(o, "what",
			    json_string(tl_trace_event_text(r->event)));
	json_object_set_new(o, "text", json_string(r->text));
	return o;
}

/* The oldest first. */
void tl_diag_get_reports(struct service *s, struct http_reply *reply)
{
	const struct reports *reports = s->diag.reports;
	uint64_t n = reports ? reports->n : 0;
	json_t *list = json_array();
	uint64_t i;

	for (i = n > REPORTS_MAX ? n - REPORTS_MAX : 0; i < n; i++)
		json_array_append_new(
			list, report_json(&reports->list[i % REPORTS_MAX]));
	tl_diag_answer(reply, list);
}
