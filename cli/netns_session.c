/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netns_session.c - the service, the agent, and what happens to them
 *
 * Theory of operation: the agent is made first, as there may be no thread yet,
 * and signals are read from a descriptor. Everything else is the service's
 * loop: networks get devices when they are configured; when they are ready, or
 * it has taken too long, the command starts or it ends; when nothing that the
 * command has started is left, the service stops.
 *
 * Signals of a terminal reach the command by themselves, being in the same
 * group of processes; those that somebody sends to us are passed on.
 */
#include "cli/netns_session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/netns_resolv.h"
#include "cli/netns_why.h"
#include "launcher/netns_agent.h"
#include "launcher/netns_device.h"
#include "os/file.h"
#include "os/ifaddrs.h"
#include "os/logsink.h"
#include "os/poll.h"

#define GRACE_S 3
#define FIRST_DEVICE "zt0"
#define NETWORKS_TOLD_MAX 256
#define ADDRESSES_LISTED_MAX 64

static const int passed[] = {
	SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2
};

/* What a network came to, as it was said last. */
struct told {
	uint64_t network;
	enum service_network_state state;
};

/**
 * struct session - All of it
 * @command:	NULL: the namespace is somebody else's, @other
 * @is_started:	the command was
 * @has_status:	it has ended, with @status
 * @n_terms:	how often we were asked to end
 */
struct session {
	const struct netns_options *o;
	char **command;
	const struct netns_other *other;
	struct service *service;
	struct netns_agent agent;
	struct netns_devices devices;
	struct netns_resolv resolv;
	int signal_fd;
	int timer_fd;
	int netlink_fd;
	struct watch on_signal;
	struct watch on_timer;
	struct watch on_netlink;
	struct watch on_event;
	struct watch on_gone;
	struct told told[NETWORKS_TOLD_MAX];
	size_t n_told;
	bool is_started;
	bool has_status;
	int status;
	unsigned int n_terms;
};

static struct session session;

/* --- ports: what the service asks for --- */

static int port_open(void *ctx, struct port_config *c, int *fdp)
{
	struct session *s = ctx;

	return tl_netns_device_open(&s->devices, &c->dev, fdp);
}

/* Groups and broadcasts of programs that name no device go to the first: there
 * is none but ours. In others' namespaces that is the others' affair. */
static void add_group_routes(struct netdev_config *dev)
{
	static const struct netdev_address targets[] = {
		{ .family = 4, .bits = 4, .ip = { 224 } },
		{ .family = 4, .bits = 32, .ip = { 255, 255, 255, 255 } },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(targets); i++)
		if (dev->n_routes < NETDEV_ROUTES_MAX)
			dev->routes[dev->n_routes++] =
				(struct netdev_route){ .target = targets[i] };
}

static int port_apply(void *ctx, const struct port_config *c)
{
	struct session *s = ctx;
	struct netdev_config dev = c->dev;
	int other = tl_cli_resolv_set(&s->resolv, c);
	int r;

	if (s->command && strcmp(dev.name, FIRST_DEVICE) == 0)
		add_group_routes(&dev);
	r = tl_netns_device_apply(&s->devices, &dev);

	return r ? r : other;
}

static void port_close(void *ctx, const char *device)
{
	struct session *s = ctx;

	tl_netns_device_close(&s->devices, device);
	tl_cli_resolv_forget(&s->resolv, device);
}

static size_t add_arp_groups(struct session *s, const char *device,
			     struct port_group *out, size_t max)
{
	struct netdev_address list[ADDRESSES_LISTED_MAX];
	size_t n = tl_netns_device_addresses(&s->devices, device, list,
					     ADDRESSES_LISTED_MAX);
	size_t used = 0;
	size_t i;

	for (i = 0; i < n && used < max; i++) {
		if (list[i].family != 4)
			continue;
		memset(out[used].mac, 0xff, sizeof(out[used].mac));
		out[used++].adi = tl_load_be32(list[i].ip);
	}
	return used;
}

static size_t port_groups(void *ctx, const char *device, struct port_group *out,
			  size_t max)
{
	static uint8_t macs[PORT_GROUPS_MAX][6];
	struct session *s = ctx;
	size_t n = add_arp_groups(s, device, out, max);
	size_t n_macs = tl_netns_device_groups(&s->devices, device, macs,
					       TL_MIN(max - n,
						      (size_t)PORT_GROUPS_MAX));
	size_t i;

	for (i = 0; i < n_macs; i++, n++) {
		memcpy(out[n].mac, macs[i], sizeof(out[n].mac));
		out[n].adi = 0;
	}
	return n;
}

static size_t port_neighbours(void *ctx, const char *device,
			      const struct netdev_neighbour *like,
			      struct netdev_neighbour *out, size_t max)
{
	struct session *s = ctx;

	return tl_netns_device_neighbours(&s->devices, device, like, out, max);
}

static int port_socket(void *ctx, uint8_t family, bool is_stream)
{
	struct session *s = ctx;

	if (family == 4)
		return tl_netns_agent_fd(&s->agent, is_stream ? NETNS_FD_TCP4
							      : NETNS_FD_UDP4);
	return tl_netns_agent_fd(&s->agent,
				 is_stream ? NETNS_FD_TCP6 : NETNS_FD_UDP6);
}

static const struct port_host ports = {
	.open = port_open,
	.apply = port_apply,
	.groups = port_groups,
	.neighbours = port_neighbours,
	.socket = port_socket,
	.close = port_close,
};

/* --- what networks come to --- */

static void print_addresses(const struct service_network *n)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < n->n_addresses; i++) {
		const struct service_address *a = &n->addresses[i];

		if (inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text,
			      sizeof(text)))
			fprintf(stderr, "%s %s", i ? "," : "", text);
	}
}

static void tell_state(const struct session *s, uint64_t network,
		       const struct service_network *n)
{
	unsigned long long id = network;

	switch (n->state) {
	case SERVICE_NETWORK_READY:
		fprintf(stderr, "tapless: %s is on %016llx with",
			tl_service_device(s->service, network), id);
		print_addresses(n);
		fputc('\n', stderr);
		break;
	case SERVICE_NETWORK_DENIED:
		fprintf(stderr,
			"tapless: waiting for authorisation on %016llx: node "
			"%010llx\n",
			id, (unsigned long long)tl_service_node_id(s->service));
		break;
	case SERVICE_NETWORK_NOT_FOUND:
		fprintf(stderr,
			"tapless: %016llx: its controller knows no "
			"such network\n",
			id);
		break;
	case SERVICE_NETWORK_WAITING:
		break;
	}
}

static struct told *told_of(struct session *s, uint64_t network)
{
	size_t i;

	for (i = 0; i < s->n_told; i++)
		if (s->told[i].network == network)
			return &s->told[i];
	if (s->n_told >= NETWORKS_TOLD_MAX)
		return NULL;
	s->told[s->n_told] = (struct told){ network, SERVICE_NETWORK_WAITING };
	return &s->told[s->n_told++];
}

/* How many networks that concern us there are, and how many are ready. */
static void look(struct session *s, size_t *n_all, size_t *n_ready)
{
	struct service_network n;
	uint64_t network;
	struct told *t;
	size_t i;

	*n_all = 0;
	*n_ready = 0;
	for (i = 0; (network = tl_service_network_at(s->service, i)); i++) {
		if ((s->o->home.network && network != s->o->home.network) ||
		    tl_service_network(s->service, &n, network))
			continue;
		++*n_all;
		*n_ready += n.state == SERVICE_NETWORK_READY;
		t = told_of(s, network);
		if (t && t->state != n.state) {
			t->state = n.state;
			tell_state(s, network, &n);
		}
	}
}

/* --- the command --- */

static void finish(struct session *s, int status)
{
	if (!s->has_status)
		s->status = status;
	s->has_status = true;
	tl_service_stop(s->service);
}

static void start_command(struct session *s)
{
	struct itimerspec never = { 0 };
	int r;

	s->is_started = true;
	timerfd_settime(s->timer_fd, 0, &never, NULL);
	r = tl_netns_agent_start(&s->agent);
	if (!r)
		return;
	finish(s, r == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
	if (r == -ENOENT)
		tl_cli_fail(0, "%s: command not found", s->command[0]);
	else
		tl_cli_fail(0, "cannot run %s: %s", s->command[0],
			    strerror(-r));
}

static void on_change(void *ctx)
{
	struct session *s = ctx;
	size_t n_all;
	size_t n_ready;

	look(s, &n_all, &n_ready);
	if (s->command && !s->is_started && !s->has_status && n_ready &&
	    n_ready == n_all)
		start_command(s);
}

/* One network that works is enough to begin with. */
static void waited_enough(struct session *s)
{
	size_t n_all;
	size_t n_ready;

	look(s, &n_all, &n_ready);
	if (n_ready) {
		start_command(s);
		return;
	}
	finish(s, EXIT_FAILED);
	tl_cli_fail(0,
		    "no network was ready within %d s; have node %010llx "
		    "authorised at the network's controller, or wait longer "
		    "with --wait",
		    s->o->wait_s,
		    (unsigned long long)tl_service_node_id(s->service));
}

static void timer_fired(void *ctx, uint32_t events)
{
	struct session *s = ctx;
	uint64_t times;

	(void)events;
	if (read(s->timer_fd, &times, sizeof(times)) < 0)
		return;
	if (s->command && !s->is_started)
		waited_enough(s);
	else
		finish(s, 128 + SIGKILL);
}

static void set_timer(struct session *s, int seconds)
{
	struct itimerspec t = { .it_value.tv_sec = seconds };

	timerfd_settime(s->timer_fd, 0, &t, NULL);
}

static void asked_to_end(struct session *s, int number)
{
	if (!s->is_started) {
		finish(s, s->command ? 128 + number : EXIT_OK);
		return;
	}
	s->n_terms += number == SIGTERM;
	tl_netns_agent_signal(&s->agent, number, s->n_terms > 1);
	if (s->n_terms == 2)
		set_timer(s, GRACE_S);
}

static void signal_came(void *ctx, uint32_t events)
{
	struct session *s = ctx;
	struct signalfd_siginfo info;

	(void)events;
	while (read(s->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (info.ssi_code == SI_KERNEL && s->is_started)
			continue;
		if (!s->is_started && (number == SIGUSR1 || number == SIGUSR2))
			continue;
		asked_to_end(s, number);
	}
}

static void event_came(void *ctx, uint32_t events)
{
	struct session *s = ctx;
	enum netns_event event;
	int value = 0;

	(void)events;
	do {
		event = tl_netns_agent_event(&s->agent, &value);
		if (event == NETNS_ENDED) {
			s->status = WIFEXITED(value) ? WEXITSTATUS(value)
						     : 128 + WTERMSIG(value);
			s->has_status = true;
		} else if (event == NETNS_EMPTY) {
			finish(s, EXIT_OK);
		} else if (event == NETNS_LOST) {
			tl_service_unwatch(s->service, &s->on_event);
			finish(s, 128 + SIGKILL);
		}
	} while (event == NETNS_ENDED || event == NETNS_EMPTY);
}

static void netlink_came(void *ctx, uint32_t events)
{
	struct session *s = ctx;

	(void)events;
	if (tl_ifaddrs_watch_drain(s->netlink_fd))
		tl_service_groups_changed(s->service);
}

static void has_gone(void *ctx, uint32_t events)
{
	struct session *s = ctx;

	(void)events;
	if (!s->other->is_gone(s->other))
		return;
	tl_service_unwatch(s->service, &s->on_gone);
	fprintf(stderr, "tapless: the namespace has gone\n");
	finish(s, EXIT_OK);
}

/* --- beginning and end --- */

static int block_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;
	size_t i;

	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&set);
	for (i = 0; i < TL_ARRAY_SIZE(passed); i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int open_descriptors(struct session *s)
{
	int r = tl_netns_devices_init(&s->devices, &s->agent, s->o->only_veth);

	if (r)
		return r;
	s->netlink_fd = tl_netns_agent_fd(&s->agent, NETNS_FD_WATCH);
	if (s->netlink_fd < 0)
		return s->netlink_fd;
	s->signal_fd = block_signals();
	s->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	return s->signal_fd < 0 || s->timer_fd < 0 ? -errno : 0;
}

static int watch(struct session *s, struct watch *w, watch_fn fn, int fd)
{
	if (fd < 0)
		return 0;
	*w = (struct watch){ .fd = -1, .fn = fn, .ctx = s };
	return tl_service_watch(s->service, w, fd);
}

static int watch_all(struct session *s)
{
	int r = watch(s, &s->on_signal, signal_came, s->signal_fd);

	if (!r)
		r = watch(s, &s->on_timer, timer_fired, s->timer_fd);
	if (!r)
		r = watch(s, &s->on_netlink, netlink_came, s->netlink_fd);
	if (!r)
		r = watch(s, &s->on_event, event_came, s->agent.events);
	if (!r && s->other)
		r = watch(s, &s->on_gone, has_gone, s->other->gone_fd);
	return r;
}

static void unwatch_all(struct session *s)
{
	tl_service_unwatch(s->service, &s->on_signal);
	tl_service_unwatch(s->service, &s->on_timer);
	tl_service_unwatch(s->service, &s->on_netlink);
	tl_service_unwatch(s->service, &s->on_event);
	tl_service_unwatch(s->service, &s->on_gone);
}

static int run_service(struct session *s)
{
	int r = watch_all(s);

	if (r)
		return tl_cli_fail(EXIT_FAILED, "cannot watch descriptors: %s",
				   strerror(-r));
	fprintf(stderr, "tapless: node %010llx\n",
		(unsigned long long)tl_service_node_id(s->service));
	if (!tl_service_network_at(s->service, 0))
		return tl_cli_fail(EXIT_FAILED,
				   "%s has joined no network; name one with "
				   "--network",
				   s->o->home.home);
	if (s->command)
		set_timer(s, s->o->wait_s);
	tl_service_run(s->service);
	return s->status;
}

/* A name server at the first address where nobody else has one. Without it all
 * goes on: a namespace of others may want its own. */
static void serve_names(struct session *s)
{
	static const char *const addresses[] = { RESOLV_SERVER,
						 "127.53.53.53" };
	const char *at = NULL;
	int udp = -1;
	int tcp = -1;
	int r = -EADDRINUSE;
	size_t i;

	for (i = 0; r == -EADDRINUSE && i < TL_ARRAY_SIZE(addresses); i++) {
		at = addresses[i];
		r = tl_netns_agent_serve(&s->agent, at, &udp, &tcp);
	}
	if (!r)
		r = tl_service_serve_names(s->service, udp, tcp);
	if (r)
		fprintf(stderr,
			"tapless: no name server at %s, port 53: %s; the "
			"networks' names are not found\n",
			at, strerror(-r));
	else if (s->other)
		fprintf(stderr, "tapless: name server %s\n", at);
	else
		tl_cli_resolv_serve(&s->resolv, at);
}

static int run_session(struct session *s)
{
	struct service_options o = {
		.on_change = on_change,
		.ctx = s,
		.ports = &ports,
		.ports_ctx = s,
		.port_network = s->o->home.network,
	};
	int r = open_descriptors(s);
	int status;

	if (r)
		return tl_cli_netns_refused(NETNS_READY, -r);
	tl_log_set_sink(tl_logsink_stderr, NULL, s->o->level);
	status = tl_cli_netns_service(&s->service, &s->o->home, &o);
	if (status == EXIT_OK) {
		serve_names(s);
		status = run_service(s);
	}
	if (s->service)
		unwatch_all(s);
	tl_service_free(s->service);
	return status;
}

static struct session *begin(const struct netns_options *o, char **command)
{
	struct session *s = &session;

	*s = (struct session){
		.o = o,
		.command = command,
		.agent = { .control = -1, .events = -1 },
		.resolv = { .fd = -1 },
		.signal_fd = -1,
		.timer_fd = -1,
		.netlink_fd = -1,
		.on_signal = { .fd = -1 },
		.on_timer = { .fd = -1 },
		.on_netlink = { .fd = -1 },
		.on_event = { .fd = -1 },
		.on_gone = { .fd = -1 },
	};
	return s;
}

static void end(struct session *s)
{
	tl_netns_devices_fini(&s->devices);
	tl_netns_agent_free(&s->agent);
	tl_cli_resolv_free(&s->resolv);
	tl_fd_close(&s->signal_fd);
	tl_fd_close(&s->timer_fd);
	if (s->netlink_fd >= 0)
		tl_fd_close(&s->netlink_fd);
}

int tl_cli_netns_run(const struct netns_options *o, char **command)
{
	struct session *s = begin(o, command);
	struct netns_new what = { .command = command, .as_root = o->as_root };
	enum netns_stage stage = NETNS_FORK;
	int status = EXIT_FAILED;
	int r = tl_cli_resolv_new(&s->resolv);

	if (r) {
		tl_cli_fail(0, "cannot make a temporary file %s: %s",
			    s->resolv.path, strerror(-r));
		goto out;
	}
	what.resolv = s->resolv.path;
	r = tl_netns_agent_new(&s->agent, &stage, &what);
	tl_cli_resolv_unlink(&s->resolv);
	if (r)
		tl_cli_netns_refused(stage, -r);
	else
		status = run_session(s);
out:
	end(s);
	return status;
}

int tl_cli_netns_serve(const struct netns_options *o,
		       const struct netns_other *other)
{
	struct session *s = begin(o, NULL);
	enum netns_stage stage = NETNS_FORK;
	int status;
	int r = tl_netns_agent_enter(&s->agent, &stage, other->fd);

	s->other = other;
	status = r ? tl_cli_netns_refused(stage, -r) : run_session(s);
	end(s);
	return status;
}
