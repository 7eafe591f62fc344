/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netns_resolv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "os/file.h"

#define HOSTS_FILE "/etc/resolv.conf"
#define TEXT_MAX 65536

static const char nobody[] =
	"# No network here has a name server that may be asked; see\n"
	"# tapless set NETWORK allowDNS=1\n";

int tl_cli_resolv_new(struct netns_resolv *r)
{
	const char *dir = getenv("TMPDIR");
	int n;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	n = snprintf(r->path, sizeof(r->path), "%s/tapless-resolv.XXXXXX",
		     dir && *dir == '/' ? dir : "/tmp");
	if (n < 0 || (size_t)n >= sizeof(r->path))
		snprintf(r->path, sizeof(r->path),
			 "/tmp/tapless-resolv.XXXXXX");
	r->fd = mkostemp(r->path, O_CLOEXEC);
	if (r->fd < 0)
		return -errno;
	if (fchmod(r->fd, 0644) != 0 ||
	    write(r->fd, nobody, strlen(nobody)) < 0)
		return -errno;
	return 0;
}

void tl_cli_resolv_unlink(struct netns_resolv *r)
{
	if (r->path[0])
		(void)unlink(r->path);
	r->path[0] = 0;
}

void tl_cli_resolv_free(struct netns_resolv *r)
{
	tl_cli_resolv_unlink(r);
	tl_fd_close(&r->fd);
}

static void print_servers(FILE *out, const struct port_config *c)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (c->domain[0] && c->n_servers && !strpbrk(c->domain, " \t\r\n#;"))
		fprintf(out, "search %s\n", c->domain);
	for (i = 0; i < c->n_servers; i++) {
		const struct netdev_address *a = &c->servers[i];

		if (inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, text,
			      sizeof(text)))
			fprintf(out, "nameserver %s\n", text);
	}
}

static bool leads_everywhere(const struct port_config *c)
{
	size_t i;

	for (i = 0; i < c->dev.n_routes; i++)
		if (c->dev.routes[i].target.bits == 0)
			return true;
	return false;
}

/* The host's servers, if they can be reached. */
static void print_hosts(FILE *out)
{
	struct buffer b;

	if (tl_file_read(&b, HOSTS_FILE, TEXT_MAX))
		return;
	fwrite(b.at, 1, b.n, out);
	tl_free(b.at);
}

static void print(FILE *out, const struct netns_resolv *r)
{
	bool is_default = false;
	size_t n = 0;
	size_t i;

	if (r->own)
		fprintf(out, "nameserver %s\n", r->own);
	for (i = 0; i < r->n_ports; i++) {
		print_servers(out, &r->ports[i]);
		n += r->ports[i].n_servers;
		is_default |= leads_everywhere(&r->ports[i]);
	}
	if (!n && is_default)
		print_hosts(out);
	else if (!n)
		fputs(nobody, out);
}

/* In place: what is mounted is this very file. */
static int write_again(struct netns_resolv *r)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	int err = 0;

	if (!out)
		return -errno;
	print(out, r);
	if (fclose(out) != 0)
		err = -errno;
	if (!err && pwrite(r->fd, text, n, 0) != (ssize_t)n)
		err = -EIO;
	if (!err && ftruncate(r->fd, (off_t)n) != 0)
		err = -errno;
	free(text);
	return err;
}

static struct port_config *find(struct netns_resolv *r, const char *device)
{
	size_t i;

	for (i = 0; i < r->n_ports; i++)
		if (strcmp(r->ports[i].dev.name, device) == 0)
			return &r->ports[i];
	return NULL;
}

int tl_cli_resolv_set(struct netns_resolv *r, const struct port_config *c)
{
	struct port_config *known = find(r, c->dev.name);

	if (r->fd < 0)
		return 0;
	if (!known) {
		if (r->n_ports >= RESOLV_PORTS_MAX)
			return -ENOBUFS;
		known = &r->ports[r->n_ports++];
	}
	*known = *c;
	return write_again(r);
}

void tl_cli_resolv_serve(struct netns_resolv *r, const char *own)
{
	r->own = own;
	if (r->fd >= 0)
		(void)write_again(r);
}

void tl_cli_resolv_forget(struct netns_resolv *r, const char *device)
{
	struct port_config *known = find(r, device);

	if (!known)
		return;
	*known = r->ports[--r->n_ports];
	(void)write_again(r);
}
