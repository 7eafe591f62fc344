/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.c - local.conf while the service runs
 *
 * When the file changes, or when somebody asks for it, it is read anew and what
 * is different takes effect, as a whole or not at all: if something is wrong
 * with it, all stays as it was, and the error is logged and shown in the status
 * until the file is right.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/dirwatch.h"
#include "service/failure.h"
#include "service/https.h"
#include "service/tcp_tunnel.h"

/* Editors and scripts write more than once; and an answer over HTTP that has
 * caused this is given before its port may change. */
#define SETTLE_MS 200

void tl_settings_apply(struct service *s)
{
	struct node_local l = {
		.n_nets = s->conf.n_nets,
		.is_low_bandwidth = s->conf.is_low_bandwidth,
		.allow_loopback = s->conf.allow_loopback_paths,
	};

	memcpy(l.nets, s->conf.nets, sizeof(l.nets));
	tl_node_set_local(s->node, &l, tl_service_now(s));
	s->turn.spin.max_us = l.is_low_bandwidth ? 0 : s->conf.busy_poll_us;
}

static bool is_other_primary(const struct service *s,
			     const struct local_conf *old)
{
	return s->options.port < 0 && s->conf.primary_port != old->primary_port;
}

/* Sockets by the new settings, in place in @s already. */
static int change_ports(struct service *s, const struct local_conf *old,
			char *error)
{
	int r = 0;

	if (is_other_primary(s, old))
		r = tl_wires_move(s, error);
	if (!r && (s->conf.allow_secondary_port != old->allow_secondary_port ||
		   s->conf.secondary_port != old->secondary_port))
		r = tl_wires_move_second(s, error);
	return r;
}

/* To the ports and listeners of the settings that are in place again. */
static void go_back(struct service *s, bool has_moved)
{
	char error[SERVICE_ERROR_SIZE];

	if (has_moved && tl_wires_move(s, error))
		tl_err("cannot go back either: %s", error);
	/* To what was there, which cannot fail. */
	(void)!tl_tcp_tunnel_change(s, error);
	if (!s->http && tl_service_move_http(s, error))
		tl_err("cannot go back either: %s", error);
}

/* Consumes @fresh on success. */
static int change(struct service *s, struct local_conf *fresh, char *error)
{
	struct local_conf old = s->conf;
	uint16_t port = s->port;
	int r;

	s->conf = *fresh;
	r = tl_tcp_tunnel_change(s, error);
	if (!r)
		r = change_ports(s, &old, error);
	if (!r &&
	    (s->port != port || !s->conf.n_management != !old.n_management ||
	     tl_https_differs(&s->conf, &old)))
		r = tl_service_move_http(s, error);
	if (r) {
		*fresh = s->conf;
		s->conf = old;
		go_back(s, s->port != port);
	} else {
		tl_local_conf_fini(&old);
	}
	tl_wires_refresh(s);
	tl_settings_apply(s);
	tl_service_wake(s);
	return r;
}

static void keep_error(struct service *s, const char *error)
{
	if (strcmp(s->settings.error, error) == 0)
		return;
	memcpy(s->settings.error, error, SERVICE_ERROR_SIZE);
	tl_err("%s (the settings stay as they were)", error);
}

static void read_anew(struct service *s)
{
	struct local_conf *fresh = tl_alloc_zeroed(sizeof(*fresh));
	char error[SERVICE_ERROR_SIZE] = "out of memory";
	int r = fresh ? tl_local_conf_load(fresh, &s->home, error) : -ENOMEM;

	json_decref(s->settings.pending);
	s->settings.pending = NULL;
	if (!r && json_equal(fresh->json, s->conf.json)) {
		s->settings.error[0] = '\0';
		tl_local_conf_fini(fresh);
	} else if (!r) {
		r = change(s, fresh, error);
		if (r)
			tl_local_conf_fini(fresh);
	}
	tl_free(fresh);
	if (r) {
		keep_error(s, error);
		return;
	}
	if (s->settings.error[0])
		tl_info("local.conf is right again");
	s->settings.error[0] = '\0';
}

static void on_settled(uv_timer_t *timer)
{
	read_anew(timer->data);
}

static void on_change(void *ctx, uint32_t events)
{
	struct service *s = ctx;

	(void)events;
	if (tl_dirwatch_drain(s->settings.fd, "local.conf"))
		uv_timer_start(&s->settings.timer, on_settled, SETTLE_MS, 0);
}

static void on_request(uv_async_t *handle)
{
	struct service *s = handle->data;

	tl_info("reading local.conf anew, as was asked for");
	read_anew(s);
}

void tl_service_reload(struct service *s)
{
	uv_async_send(&s->settings.request);
}

/* Without a watch there is still tl_service_reload(). */
static void watch_file(struct service *s)
{
	int r;

	s->settings.watch.fd = -1;
	s->settings.watch.fn = on_change;
	s->settings.watch.ctx = s;
	s->settings.fd = tl_dirwatch_open(s->home.path);
	r = s->settings.fd;
	if (r >= 0)
		r = tl_poll_add(s->poll, &s->settings.watch, s->settings.fd,
				WATCH_IN);
	if (r >= 0)
		return;
	tl_fd_close(&s->settings.fd);
	tl_warn("changes of local.conf will not be noticed: %s; send SIGHUP "
		"after one",
		strerror(-r));
}

int tl_settings_open(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	int r = uv_timer_init(&s->loop, &s->settings.timer);

	if (!r)
		r = uv_async_init(&s->loop, &s->settings.request, on_request);
	if (r)
		return tl_failure(error, r, "cannot follow local.conf: %s",
				  strerror(-r));
	s->settings.timer.data = s;
	s->settings.request.data = s;
	watch_file(s);
	return 0;
}

void tl_settings_close(struct service *s)
{
	json_decref(s->settings.pending);
	s->settings.pending = NULL;
	if (s->settings.fd < 0)
		return;
	tl_poll_del(s->poll, &s->settings.watch);
	tl_fd_close(&s->settings.fd);
}

/* Validate and write what @json has become; it is consumed. */
static int save(struct service *s, json_t *json, char *error)
{
	struct local_conf *fresh = tl_alloc_zeroed(sizeof(*fresh));
	char *text = json_dumps(json, JSON_INDENT(4));
	int r = -ENOMEM;

	if (fresh && text)
		r = tl_local_conf_parse(fresh, tl_bytes_from_str(text),
					"the new local.conf", error);
	if (!r) {
		tl_local_conf_fini(fresh);
		tl_home_save(&s->home, "local.conf", tl_bytes_from_str(text),
			     0600);
		json_decref(s->settings.pending);
		s->settings.pending = json_incref(json);
		uv_timer_start(&s->settings.timer, on_settled, SETTLE_MS, 0);
	}
	json_decref(json);
	tl_free(text);
	tl_free(fresh);
	return r;
}

int tl_settings_merge(struct service *s, json_t *change,
		      char error[SERVICE_ERROR_SIZE])
{
	struct local_conf *now = tl_alloc_zeroed(sizeof(*now));
	json_t *settings;
	json_t *json;
	int r;

	snprintf(error, SERVICE_ERROR_SIZE, "out of memory");
	/* As the file is: what the owner has just written is not lost. */
	r = now ? tl_local_conf_load(now, &s->home, error) : -ENOMEM;
	if (r) {
		tl_free(now);
		return r;
	}
	json = json_deep_copy(now->json);
	tl_local_conf_fini(now);
	tl_free(now);
	settings = json_object_get(json, "settings");
	if (!settings) {
		settings = json_object();
		json_object_set_new(json, "settings", settings);
	}
	json_object_update(settings, change);
	return save(s, json, error);
}

json_t *tl_settings_json(const struct service *s)
{
	return s->settings.pending ? s->settings.pending : s->conf.json;
}
