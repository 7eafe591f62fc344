/* SPDX-License-Identifier: Apache-2.0 */
/* diag.c - which path asks for what, and what its answers share */
#include "service/service_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tl_diag_answer(struct http_reply *reply, json_t *json)
{
	reply->body = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS)
			   : NULL;
	if (reply->body)
		reply->body_len = strlen(reply->body);
	else
		reply->status = 500;
	json_decref(json);
}

void tl_diag_refuse(struct http_reply *reply, unsigned int status,
		    const char *why)
{
	json_t *o = json_object();

	json_object_set_new(o, "error", json_string(why));
	tl_diag_answer(reply, o);
	reply->status = status;
}

bool tl_diag_put_line(struct http_stream *st, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	size_t n = text ? strlen(text) : 0;
	bool fits = false;

	if (text) {
		text[n] = '\n'; /* in place of the zero */
		fits = tl_http_stream_put(st, tl_bytes(text, n + 1));
	}
	free(text);
	json_decref(json);
	return fits;
}

bool tl_diag_number(int64_t *out, const struct http_request *q,
		    struct http_reply *reply, const char *name,
		    int64_t otherwise, int64_t min, int64_t max)
{
	const char *text = tl_http_query(q, name);
	char why[160];
	char *end;
	long long v;

	*out = otherwise;
	if (!text)
		return true;
	v = strtoll(text, &end, 10);
	if (*text && !*end && v >= min && v <= max) {
		*out = v;
		return true;
	}
	snprintf(why, sizeof(why), "%s is not a number from %lld to %lld", name,
		 (long long)min, (long long)max);
	tl_diag_refuse(reply, 400, why);
	return false;
}

/* "/tapless/ping/x": "x", NULL if the path is another. */
static const char *behind(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 && path[n] ? path + n : NULL;
}

bool tl_diag_handle(struct service *s, const struct http_request *q,
		    struct http_reply *reply)
{
	const char *path = q->path;
	const char *what;

	if (q->method != HTTP_GET)
		return false;
	if (strcmp(path, "/metrics") == 0)
		tl_diag_get_metrics(s, q, reply);
	else if (strcmp(path, "/tapless/drops") == 0)
		tl_diag_get_drops(s, q, reply);
	else if (strcmp(path, "/tapless/reports") == 0)
		tl_diag_get_reports(s, reply);
	else if (strcmp(path, "/tapless/capture") == 0)
		tl_diag_get_capture(s, q, reply);
	else if ((what = behind(path, "/tapless/ping/")))
		tl_diag_get_ping(s, q, what, reply);
	else if ((what = behind(path, "/tapless/trace/")))
		tl_diag_get_trace(s, what, reply);
	else if ((what = behind(path, "/tapless/way/")))
		tl_diag_get_way(s, what, reply);
	else
		return false;
	return true;
}

void tl_diag_init(struct service *s)
{
	tl_list_init(&s->diag.watchers);
	tl_list_init(&s->diag.pings);
	tl_captures_init(&s->diag.captures);
}
