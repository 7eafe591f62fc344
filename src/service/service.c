/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.c - what the service owns, and a pass of its loop
 *
 * Theory of operation: everything that carries data hangs in one epoll set,
 * which loop.c waits for. When it is ready, or something is due, a pass runs:
 * all that is readable is taken, the engine and the stack work it off,
 * applications and then the network get what came of it, each with as few
 * system calls as possible. At its end it says when the next one is due.
 * Nothing polls.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "os/clock.h"
#include "os/limits.h"
#include "os/random.h"
#include "service/failure.h"
#include "service/https.h"
#include "service/relay.h"
#include "service/tcp_tunnel.h"

#define REFRESH_MS 30000
#define SLOW_PASS_US 5000
#define CLOCK_STEP_MS 5000

int64_t tl_service_now(const struct service *s)
{
	return (s->is_in_pass ? s->pass_ms : tl_clock_ms()) + s->wall_offset_ms;
}

/* The protocol's time never goes back. */
void tl_service_follow_wall(struct service *s)
{
	int64_t offset = tl_clock_wall_ms() - tl_clock_ms();

	if (offset - s->wall_offset_ms > CLOCK_STEP_MS)
		s->wall_offset_ms = offset;
}

/* Engine timers; returns the time of the next one. */
static int64_t run_engine(struct service *s, int64_t now)
{
	int64_t next = tl_node_run(s->node, now);
	int64_t other = tl_vl2_run(s->vl2, now);

	next = TL_MIN(next, other);
	if (s->controller) {
		other = tl_controller_tick(s->controller, now);
		next = TL_MIN(next, other);
	}
	return next;
}

static void plan_next(struct service *s, int64_t engine_ms, bool is_more)
{
	int64_t stack_us = tl_stack_next_us();
	int64_t wait = engine_ms - tl_service_now(s);

	if (stack_us != INT64_MAX)
		wait = TL_MIN(wait, (stack_us - tl_clock_us() + 999) / 1000);
	wait = is_more ? 0 : TL_MAX(wait, 0);
	tl_loop_plan(s, wait);
	tl_awake_end_pass(s, wait);
}

bool tl_service_settle(struct service *s)
{
	bool is_more;

	if (!s->is_borrowing)
		return false;
	s->is_borrowing = false;
	is_more = tl_sockets_end_pass(s->sockets, tl_clock_us());
	tl_stack_end_pass();
	tl_eports_flush(s);
	tl_node_end_pass(s->node);
	return is_more;
}

void tl_service_pass(struct service *s)
{
	int64_t start_us = tl_clock_us();
	int64_t engine_ms;
	int64_t took_us;
	bool is_more;

	s->is_in_pass = true;
	s->pass_ms = tl_clock_ms();
	s->n_passes++;
	tl_awake_begin_pass(s);
	tl_stack_run(start_us);
	tl_poll_tell(s->poll);
	if (tl_sockets_wants_sweep(s->sockets))
		tl_poll_run(s->poll, 0);
	is_more = tl_wires_drain(s);
	is_more |= tl_eports_drain(s);
	engine_ms = run_engine(s, tl_service_now(s));
	is_more |= tl_sockets_end_pass(s->sockets, tl_clock_us());
	/* Delivers what we sent to ourselves: sockets may have more to do. */
	tl_stack_end_pass();
	is_more |= tl_sockets_has_work(s->sockets);
	tl_eports_flush(s);
	tl_node_end_pass(s->node);
	s->is_borrowing = false;
	tl_wires_flush(s);
	tl_relay_lines_flush(&s->relay_lines);
	s->is_in_pass = false;
	tl_waiters_notice(s);
	tl_service_tell(s);
	tl_peers_notice(s);
	tl_diag_notice(s);
	tl_awake_notice(s);
	tl_tcp_tunnel_notice(s);
	plan_next(s, TL_MIN(engine_ms, tl_node_udp_due(s->node)), is_more);
	tl_collision_notice(s);

	took_us = tl_clock_us() - start_us;
	tl_pass_times_add(&s->diag.passes, took_us);
	if (took_us > SLOW_PASS_US)
		tl_dbg("a pass of the loop took %lld us", (long long)took_us);
}

static void on_refresh(uv_timer_t *timer)
{
	struct service *s = timer->data;

	tl_service_follow_wall(s);
	tl_wires_refresh(s);
}

static void on_beat(uv_timer_t *timer)
{
	struct service *s = timer->data;

	s->options.on_beat(s->options.ctx);
}

static int open_engine(struct service *s, char *error)
{
	struct node_config c = {
		.identity = &s->home.id,
		.planet = tl_buffer_bytes(s->home.planet),
		.pool = &s->packets,
		.allow_loopback = s->conf.allow_loopback_paths,
		.host = &tl_host_node,
		.host_ctx = s,
		.upper = &tl_vl2_upper,
	};
	int64_t now = tl_service_now(s);
	int r = tl_vl2_new(&s->vl2, &tl_host_vl2, s);

	if (!r) {
		c.upper_ctx = s->vl2;
		r = tl_node_new(&s->node, &c, now);
	}
	if (r)
		return tl_failure(error, r, "cannot start the node: %s",
				  strerror(-r));
	tl_vl2_attach(s->vl2, s->node, now);
	tl_settings_apply(s);
	return 0;
}

static void stack_random(void *out, size_t n)
{
	tl_random(NULL, out, n);
}

static int open_stack(struct service *s, char *error)
{
	int r = tl_stack_init(&s->packets, stack_random, tl_clock_us());

	if (r)
		return tl_failure(error, r,
				  r == -EBUSY
					  ? "this process runs a service "
					    "already; stop that one first"
					  : "cannot start the TCP/IP stack: "
					    "out of memory");
	s->is_stack_up = true;
	return 0;
}

static void random_buffer(void *ctx, struct buffer out)
{
	tl_random(ctx, out.at, out.n);
}

static void close_elsewhere(void *ctx, int fd)
{
	struct service *s = ctx;

	tl_worker_close_fd(s->worker, fd);
}

static void on_keeper_gone(void *ctx)
{
	struct service *s = ctx;

	if (s->options.on_keeper_gone)
		s->options.on_keeper_gone(s->options.ctx);
}

/* A name that stays the same over restarts of the same home: programs that were
 * started before can go on. */
static void name_endpoint(struct service *s)
{
	struct stat st = { 0 };

	(void)stat(s->home.path, &st);
	snprintf(s->endpoint, sizeof(s->endpoint), "tapless-%010llx-%llx-%llx",
		 (unsigned long long)s->home.id.addr.v,
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
}

static int open_sockets(struct service *s, const struct service_options *o,
			char *error)
{
	struct sockets_config c = {
		.poll = s->poll,
		.name = s->endpoint,
		.owner = s->owner,
		.user_sockets = o->user_sockets,
		.sees = tl_share_sees,
		.random = random_buffer,
		.close_fd = close_elsewhere,
		.lookup = tl_names_lookup,
		.wait = tl_waiters_call,
		.resolv_conf = "/etc/resolv.conf",
		.keeper = s->options.keeper,
		.on_keeper_gone = on_keeper_gone,
		.ctx = s,
	};
	char line[ENDPOINT_NAME_SIZE + 16];
	int r = tl_share_open(s, o->share_group, &c, error);

	if (r)
		return r;
	tl_waiters_init(s);
	name_endpoint(s);
	memcpy(c.secret, s->home.secret, sizeof(c.secret));
	r = tl_sockets_new(&s->sockets, &c);
	tl_wipe(c.secret, sizeof(c.secret));
	if (r)
		return tl_failure(error, r,
				  "cannot listen for programs on @%s: %s",
				  s->endpoint, strerror(-r));
	snprintf(line, sizeof(line), "%s\n", s->endpoint);
	tl_home_save(&s->home, "tapless.endpoint", tl_bytes_from_str(line),
		     0644);
	return 0;
}

static int http_failure(const struct service *s, const struct http_options *o,
			int r, char *error)
{
	if (r == -EBADMSG)
		return tl_failure(error, r,
				  "cannot serve HTTPS: tlsCertificate and "
				  "tlsKey are not a certificate and its key in "
				  "PEM");
	if (r == -ENOTSUP)
		return tl_failure(error, r,
				  "cannot serve HTTPS: this build has no TLS; "
				  "leave out tlsCertificate and tlsKey");
	if (o->n_tls_listen)
		return tl_failure(error, r,
				  "cannot serve HTTP on TCP port %u, or HTTPS "
				  "on %u: %s; choose others with --port and "
				  "tlsPort",
				  s->port, o->tls_listen[0].port, strerror(-r));
	return tl_failure(error, r,
			  "cannot serve HTTP on TCP port %u: %s; choose "
			  "another with --port",
			  s->port, strerror(-r));
}

/* Many clients may change things at the same time, and each waits for the disk;
 * but a sixth of our descriptors is all they get. Within another program: few.
 */
static unsigned int http_connections(const struct service *s)
{
	size_t n;

	if (s->options.is_guest)
		return HTTP_CONNECTIONS_MAX;
	n = tl_limits_raise_files() / 6;
	return (unsigned int)TL_MIN(TL_MAX(n, HTTP_CONNECTIONS_MAX),
				    HTTP_CONNECTIONS_MANY);
}

static int open_http(struct service *s, char *error)
{
	static const struct udp_addr any4 = { .family = 4 };
	struct udp_addr listen[2] = {
		{ .family = 4, .ip = { 127, 0, 0, 1 } },
		{ .family = 6, .ip = { [15] = 1 } },
	};
	struct http_options o = {
		.listen = listen,
		.n_listen = 2,
		.token = s->home.token,
		.metrics_token = s->home.metrics_token,
		.allow = tl_api_allows,
		.handler = tl_api_handle,
		.ctx = s,
		.n_conns = http_connections(s),
	};
	struct https tls;
	char text[8];
	int r = tl_https_fill(&o, &tls, s, error);

	if (r)
		goto out;
	if (s->conf.n_management && !o.n_tls_listen) {
		listen[0] = any4;
		listen[1] = (struct udp_addr){ .family = 6 };
	}
	listen[0].port = s->port;
	listen[1].port = s->port;
	r = tl_http_server_new(&s->http, &s->loop, &o);
	if (r) {
		r = http_failure(s, &o, r, error);
		goto out;
	}
	snprintf(text, sizeof(text), "%u", s->port);
	tl_home_save(&s->home, "zerotier-one.port", tl_bytes_from_str(text),
		     0644);
out:
	tl_https_fini(&tls);
	return r;
}

int tl_service_move_http(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	if (s->is_without_http)
		return 0;
	tl_http_server_free(s->http);
	s->http = NULL;
	return open_http(s, error);
}

/* Another planet than the home's, for this run. */
static int take_planet(struct service *s, struct bytes planet, char *error)
{
	uint8_t *copy;

	if (!planet.n)
		return 0;
	copy = tl_alloc(planet.n);
	if (!copy)
		return tl_failure(error, -ENOMEM, "out of memory");
	memcpy(copy, planet.at, planet.n);
	tl_free(s->home.planet.at);
	s->home.planet = tl_buffer(copy, planet.n);
	s->has_planet_of_options = true;
	return 0;
}

static int start(struct service *s, const struct service_options *o,
		 char *error)
{
	/* With a keeper it is known by that one's number. */
	pid_t owner = o->keeper ? getppid() : getpid();
	int r = tl_home_open(&s->home, o->home, owner, error);

	if (!r)
		r = take_planet(s, o->planet, error);
	if (!r)
		r = tl_local_conf_load(&s->conf, &s->home, error);
	if (!r)
		r = tl_loop_open(s, error);
	if (!r)
		r = tl_udp_new(&s->udp);
	if (!r)
		r = tl_wires_open(s, o->port, error);
	if (!r)
		tl_awake_open(s);
	if (!r)
		r = tl_settings_open(s, error);
	if (!r)
		r = open_stack(s, error);
	if (!r)
		r = open_engine(s, error);
	if (!r)
		r = tl_tcp_tunnel_open(s, error);
	if (!r)
		r = tl_relay_open(s, o, error);
	if (!r)
		r = tl_peers_open(s, error);
	if (!r)
		tl_natmap_open(s);
	if (!r)
		tl_discovery_open(s);
	if (!r && !o->no_controller)
		r = tl_control_open(s, error);
	if (!r)
		r = open_sockets(s, o, error);
	if (!r && !o->no_http)
		r = open_http(s, error);
	return r;
}

int tl_service_new(struct service **sp, const struct service_options *options,
		   char error[SERVICE_ERROR_SIZE])
{
	struct service *s;
	int r;

	if (tl_crypto_init())
		return tl_failure(error, -ENOSYS,
				  "libsodium cannot be used on this machine");
	if (!options->is_guest)
		tl_limits_raise_files();
	s = tl_alloc_zeroed(sizeof(*s));
	if (!s)
		return tl_failure(error, -ENOMEM, "out of memory");
	s->options = *options;
	s->owner = (uint32_t)geteuid();
	s->options.home = NULL;
	s->options.share_group = NULL;
	s->options.relay = NULL;
	s->options.planet = tl_bytes(NULL, 0);
	tl_list_init(&s->eports);
	tl_diag_init(s);
	s->home.lock_fd = -1;
	s->ifaddrs_fd = -1;
	s->settings.fd = -1;
	s->awake.fd = -1;
	s->is_without_http = options->no_http;
	s->wall_offset_ms = tl_clock_wall_ms() - tl_clock_ms();
	s->since_ms =
		options->keeper
			? (int64_t)tl_keepline_hello(options->keeper)->since_ms
			: tl_clock_ms();
	tl_packet_pool_init(&s->packets, PACKETS_KEEP, PACKETS_LIMIT);
	snprintf(error, SERVICE_ERROR_SIZE, "out of memory");
	r = start(s, options, error);
	if (r) {
		tl_service_free(s);
		return r;
	}
	tl_moons_load(s);
	tl_lan_restore(s);
	tl_sockets_take_over(s->sockets);
	*sp = s;
	return 0;
}

void tl_service_run(struct service *s)
{
	char address[ADDRESS_TEXT_SIZE];

	tl_info("node %s, port %u, home %s%s",
		tl_address_print(address, s->home.id.addr), s->port,
		s->home.path, tl_node_is_root(s->node) ? ", a root" : "");
	uv_timer_start(&s->refresh, on_refresh, REFRESH_MS, REFRESH_MS);
	if (s->options.beat_ms)
		uv_timer_start(&s->beat, on_beat, s->options.beat_ms,
			       s->options.beat_ms);
	tl_peers_start(s);
	tl_loop_run(s);
}

void tl_service_stop(struct service *s)
{
	uv_async_send(&s->stop);
}

static void free_networks(struct service *s, struct vl2 *vl2)
{
	struct network *net;
	size_t i;

	for (i = 0; vl2 && (net = tl_vl2_at(vl2, i)); i++)
		tl_lan_free(s, net);
}

int tl_service_renew_engine(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	bool has_controller = s->controller;
	struct node *node = s->node;
	struct vl2 *vl2 = s->vl2;
	int r = open_engine(s, error);

	if (r) {
		if (s->vl2 != vl2)
			tl_vl2_free(s->vl2);
		s->node = node;
		s->vl2 = vl2;
		return r;
	}
	free_networks(s, vl2);
	tl_control_close(s);
	tl_vl2_free(vl2);
	tl_node_free(node);
	tl_tcp_tunnel_renewed(s);
	if (has_controller)
		r = tl_control_open(s, error);
	tl_moons_load(s);
	tl_lan_restore(s);
	s->is_changed = true;
	tl_service_wake(s);
	return r;
}

static int port_socket(void *ctx, uint8_t family, bool is_stream)
{
	const struct service *s = ctx;

	return s->options.ports->socket(s->options.ports_ctx, family,
					is_stream);
}

int tl_service_serve_names(struct service *s, int udp_fd, int tcp_fd)
{
	const struct dnsd_config c = {
		.poll = s->poll,
		.lookup = tl_names_lookup_ports,
		.servers = tl_names_servers,
		.socket = port_socket,
		.ctx = s,
	};

	tl_assert(s->options.ports && !s->dnsd);
	return tl_dnsd_new(&s->dnsd, &c, udp_fd, tcp_fd);
}

void tl_service_leave_to_next(struct service *s)
{
	tl_sockets_leave(s->sockets);
}

void tl_service_free(struct service *s)
{
	if (!s)
		return;
	tl_natmap_close(s);
	tl_http_server_free(s->http);
	s->http = NULL;
	tl_dnsd_free(s->dnsd);
	free_networks(s, s->vl2);
	tl_sockets_free(s->sockets);
	tl_control_close(s);
	if (s->is_stack_up)
		tl_stack_fini();
	if (s->udp)
		tl_udp_flush(s->udp);
	tl_peers_close(s);
	tl_discovery_close(s);
	tl_relay_close(s);
	tl_tcp_tunnel_close(s);
	tl_vl2_free(s->vl2);
	tl_diag_fini(s);
	tl_node_free(s->node);
	s->vl2 = NULL;
	s->node = NULL;
	tl_settings_close(s);
	tl_awake_close(s);
	tl_wires_close(s);
	tl_udp_free(s->udp);
	if (s->is_loop_up)
		tl_loop_close(s);
	tl_tcp_tunnel_free(s);
	tl_relay_lines_fini(&s->relay_lines);
	tl_peers_free(s);
	tl_packet_pool_fini(&s->packets);
	tl_local_conf_fini(&s->conf);
	tl_home_close(&s->home);
	tl_free(s);
}

const char *tl_service_endpoint(const struct service *s)
{
	return s->endpoint;
}

uint16_t tl_service_port(const struct service *s)
{
	return s->port;
}
