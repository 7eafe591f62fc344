/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netns_home.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "os/file.h"
#include "wire/address.h"
#include "wire/world.h"

#define SETTINGS_MAX 1048576
#define NETWORK_FILE_LEN (16 + 5)

/**
 * struct joined - The networks that a home has joined
 */
struct joined {
	uint64_t *list;
	size_t n;
};

static void read_joined(struct joined *j, const char *home)
{
	char path[FILE_PATH_SIZE];
	struct dir_names names;
	struct network_id id;
	size_t i;

	*j = (struct joined){ 0 };
	if (tl_path_join(path, home, "networks.d") || tl_dir_list(&names, path))
		return;
	j->list = tl_alloc_array(names.n + 1, sizeof(*j->list));
	for (i = 0; j->list && i < names.n; i++) {
		const char *name = names.names[i];

		if (strlen(name) == NETWORK_FILE_LEN &&
		    strcmp(name + 16, ".conf") == 0 &&
		    tl_network_id_parse(&id, tl_bytes(name, 16)) == 0)
			j->list[j->n++] = id.v;
	}
	tl_dir_names_fini(&names);
}

static bool has_joined(const struct joined *j, uint64_t network)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (j->list[i] == network)
			return true;
	return false;
}

/* The first port that is tried is the home's; any other does as well. */
static int start(struct service **sp, struct service_options *o, int port,
		 char error[SERVICE_ERROR_SIZE])
{
	int r;

	o->port = port;
	r = tl_service_new(sp, o, error);
	if (r == -EADDRINUSE && port) {
		o->port = 0;
		r = tl_service_new(sp, o, error);
	}
	return r;
}

/* A file that the home has and the second one gets a copy of. */
static void inherit(const char *home, const char *second, const char *name)
{
	char from[FILE_PATH_SIZE];
	char to[FILE_PATH_SIZE];
	struct buffer b;

	if (tl_path_join(from, home, name) || tl_path_join(to, second, name) ||
	    tl_file_read(&b, from, SETTINGS_MAX))
		return;
	if (tl_file_write(to, tl_buffer_bytes(b), 0600))
		tl_cli_fail(EXIT_FAILED, "cannot write %s", to);
	tl_free(b.at);
}

static void inherit_all(const char *home, const char *second,
			const struct joined *j)
{
	char name[64];
	size_t i;

	inherit(home, second, "local.conf");
	for (i = 0; i < j->n; i++) {
		snprintf(name, sizeof(name), "networks.d/%016llx.local.conf",
			 (unsigned long long)j->list[i]);
		inherit(home, second, name);
	}
}

/* A node of the home's planet must never call other roots than the home's. */
static int read_planet(struct buffer *planet, const char *home)
{
	char path[FILE_PATH_SIZE];
	int r = tl_path_join(path, home, "planet");

	*planet = (struct buffer){ 0 };
	if (!r)
		r = tl_file_read(planet, path, WORLD_WIRE_MAX);
	if (r == -ENOENT)
		return EXIT_OK;
	return r ? tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", path,
			       strerror(-r))
		 : EXIT_OK;
}

static int make_second(char second[FILE_PATH_SIZE], const struct netns_home *h)
{
	char ns[FILE_PATH_SIZE];
	char networks[FILE_PATH_SIZE];
	int r = tl_path_join(ns, h->home, "ns");

	if (!r)
		r = tl_path_join(second, ns, h->name);
	if (!r)
		r = tl_path_join(networks, second, "networks.d");
	if (!r)
		r = tl_dir_make(networks, 0700);
	return r ? tl_cli_fail(EXIT_FAILED, "cannot make %s/ns/%s: %s", h->home,
			       h->name, strerror(-r))
		 : EXIT_OK;
}

static int start_second(struct service **sp, const struct netns_home *h,
			struct service_options *o, const struct joined *j)
{
	char error[SERVICE_ERROR_SIZE];
	char second[FILE_PATH_SIZE];
	struct buffer planet;
	int err = make_second(second, h);
	int r;

	if (err == EXIT_OK)
		err = read_planet(&planet, h->home);
	if (err)
		return err;
	inherit_all(h->home, second, j);
	o->home = second;
	o->planet = tl_buffer_bytes(planet);
	o->no_controller = true;
	r = start(sp, o, 0, error);
	tl_free(planet.at);
	if (r == -EBUSY)
		return tl_cli_fail(EXIT_FAILED,
				   "%s has a node that runs already, and so "
				   "has %s; give this one a name of its own "
				   "with --name",
				   h->home, second);
	return r ? tl_cli_fail(EXIT_FAILED, "%s", error) : EXIT_OK;
}

static void join(struct service *s, uint64_t network)
{
	int r = tl_service_join(s, network);

	if (r && r != -EEXIST)
		tl_cli_fail(EXIT_FAILED, "cannot join %016llx: %s",
			    (unsigned long long)network, strerror(-r));
}

/* The second one is in the networks of the first, or in one. */
static void follow(struct service *s, const struct netns_home *h,
		   const struct joined *j)
{
	uint64_t network;
	size_t i;

	for (i = 0; (network = tl_service_network_at(s, i));) {
		if (h->network ? network != h->network
			       : !has_joined(j, network))
			(void)!tl_service_leave(s, network);
		else
			i++;
	}
	for (i = 0; !h->network && i < j->n; i++)
		join(s, j->list[i]);
}

int tl_cli_netns_service(struct service **sp, const struct netns_home *h,
			 struct service_options *o)
{
	char error[SERVICE_ERROR_SIZE];
	int err = EXIT_OK;
	struct joined j;
	int r;

	read_joined(&j, h->home);
	o->home = h->home;
	r = start(sp, o, -1, error);
	if (r == -EBUSY) {
		err = start_second(sp, h, o, &j);
		if (err == EXIT_OK)
			follow(*sp, h, &j);
	} else if (r) {
		err = tl_cli_fail(EXIT_FAILED, "%s", error);
	}
	if (err == EXIT_OK && h->network)
		join(*sp, h->network);
	tl_free(j.list);
	return err;
}
