/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/netns_device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "os/file.h"
#include "os/tap.h"

#define NAMES_MAX 256

int tl_netns_devices_init(struct netns_devices *d, struct netns_agent *agent,
			  bool only_veth)
{
	memset(d, 0, sizeof(*d));
	d->agent = agent;
	d->only_veth = only_veth;
	d->groups = -1;
	d->netlink = tl_netns_agent_fd(agent, NETNS_FD_NETLINK);
	if (d->netlink < 0)
		return d->netlink;
	d->groups = tl_netns_agent_fd(agent, NETNS_FD_GROUPS);
	return d->groups < 0 ? d->groups : 0;
}

void tl_netns_devices_fini(struct netns_devices *d)
{
	if (!d->agent)
		return;
	if (d->netlink >= 0)
		tl_fd_close(&d->netlink);
	if (d->groups >= 0)
		tl_fd_close(&d->groups);
	d->agent = NULL;
}

static struct netns_device *find(struct netns_devices *d, const char *name)
{
	size_t i;

	for (i = 0; i < NETNS_DEVICES_MAX; i++)
		if (strcmp(d->list[i].applied.name, name) == 0)
			return &d->list[i];
	return NULL;
}

static int open_tap(struct netns_devices *d, const char *name, int *fdp)
{
	int fd = tl_netns_agent_fd(d->agent, NETNS_FD_TUN);
	int r;

	if (fd < 0)
		return fd;
	r = tl_tap_open(fd, name);
	if (r)
		tl_fd_close(&fd);
	else
		*fdp = fd;
	return r;
}

/* Its wire's end is named after it. */
static int open_veth(struct netns_devices *d, struct netns_device *dev,
		     const char *name, int *fdp)
{
	struct netlink_link up = { .no_arp = true, .no_ip6 = true, .up = true };
	char peer[NETDEV_NAME_SIZE];
	int fd = -1;
	int r;

	snprintf(peer, sizeof(peer), "%.14sp", name);
	r = tl_netlink_add_veth(d->netlink, name, peer);
	if (r)
		return r == -EEXIST ? -EBUSY : r;
	r = tl_netns_agent_own(d->agent, name);
	if (!r)
		r = tl_netlink_index(d->netlink, peer, &dev->peer);
	if (!r)
		r = tl_netlink_set(d->netlink, dev->peer, &up);
	if (!r) {
		fd = tl_netns_agent_fd(d->agent, NETNS_FD_PACKET);
		r = fd < 0 ? fd : tl_tap_open_packet(fd, dev->peer);
	}
	if (!r) {
		*fdp = fd;
		return 0;
	}
	if (fd >= 0)
		tl_fd_close(&fd);
	tl_netlink_delete(d->netlink, name);
	return r;
}

/* Is it that TAP devices cannot be had here at all? */
static bool is_forbidden(int r)
{
	return r == -ENOENT || r == -EACCES || r == -EPERM || r == -ENODEV ||
	       r == -ENXIO || r == -ENOTTY;
}

static int open_named(struct netns_devices *d, struct netns_device *dev,
		      const char *name, int *fdp)
{
	unsigned int other;
	int r;

	/* TUNSETIFF would take a TAP device that is there. */
	if (tl_netlink_index(d->netlink, name, &other) == 0)
		return -EBUSY;
	if (d->only_veth)
		return open_veth(d, dev, name, fdp);
	r = open_tap(d, name, fdp);
	if (!is_forbidden(r))
		return r;
	d->only_veth = true;
	return open_veth(d, dev, name, fdp);
}

/* The name that is wished, or the first that is free. */
static int open_any(struct netns_devices *d, struct netns_device *dev,
		    char name[NETDEV_NAME_SIZE], int *fdp)
{
	unsigned int i;
	int r = open_named(d, dev, name, fdp);

	for (i = 0; r == -EBUSY && i < NAMES_MAX; i++) {
		snprintf(name, NETDEV_NAME_SIZE, "zt%u", i);
		r = open_named(d, dev, name, fdp);
	}
	return r;
}

/* Addresses come from the controller, and nobody here is a router. Settings
 * that cannot be made cost a second of waiting, no more. */
static void set_quiet(struct netns_devices *d, const char *name)
{
	static const char *const zeros[] = { "accept_ra", "accept_dad",
					     "router_solicitations" };
	char path[96];
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(zeros); i++) {
		snprintf(path, sizeof(path), "ipv6/conf/%s/%s", name, zeros[i]);
		(void)tl_netns_agent_set(d->agent, path, "0");
	}
	snprintf(path, sizeof(path), "ipv4/conf/%s/promote_secondaries", name);
	(void)tl_netns_agent_set(d->agent, path, "1");
}

static int raise_device(struct netns_devices *d, struct netns_device *dev,
			const struct netdev_config *c)
{
	struct netlink_link first = { .mac = c->mac,
				      .mtu = c->mtu,
				      .queue_len = TAP_QUEUE_LEN };
	struct netlink_link peer = { .mtu = c->mtu };
	struct netlink_link up = { .up = true };
	int r = tl_netlink_index(d->netlink, c->name, &dev->index);

	if (!r)
		r = tl_netlink_set(d->netlink, dev->index, &first);
	if (!r && dev->peer)
		r = tl_netlink_set(d->netlink, dev->peer, &peer);
	set_quiet(d, c->name);
	if (!r)
		r = tl_netlink_set(d->netlink, dev->index, &up);
	return r;
}

int tl_netns_device_open(struct netns_devices *d, struct netdev_config *c,
			 int *fdp)
{
	struct netns_device *dev = find(d, "");
	int fd = -1;
	int r;

	if (!dev)
		return -ENFILE;
	*dev = (struct netns_device){ 0 };
	r = open_any(d, dev, c->name, &fd);
	if (r)
		return r;
	r = raise_device(d, dev, c);
	if (r) {
		tl_fd_close(&fd);
		if (dev->peer)
			tl_netlink_delete(d->netlink, c->name);
		return r;
	}
	memcpy(dev->applied.name, c->name, sizeof(dev->applied.name));
	dev->applied.mtu = c->mtu;
	*fdp = fd;
	return 0;
}

int tl_netns_device_apply(struct netns_devices *d,
			  const struct netdev_config *c)
{
	struct netlink_link mtu = { .mtu = c->mtu };
	struct netns_device *dev = find(d, c->name);
	int other = 0;
	int r;

	if (!dev)
		return -ENODEV;
	if (dev->peer && c->mtu != dev->applied.mtu)
		other = tl_netlink_set(d->netlink, dev->peer, &mtu);
	r = tl_netdev_apply(d->netlink, dev->index, c, &dev->applied);
	dev->applied = *c;
	return r ? r : other;
}

void tl_netns_device_close(struct netns_devices *d, const char *name)
{
	struct netns_device *dev = find(d, name);

	if (!dev)
		return;
	if (dev->peer)
		tl_netlink_delete(d->netlink, name);
	*dev = (struct netns_device){ 0 };
}

bool tl_netns_group_of_line(const char *line, const char *device,
			    uint8_t mac[6])
{
	char name[NETDEV_NAME_SIZE];
	char digits[32];

	if (sscanf(line, "%*u %15s %*u %*d %31s", name, digits) != 2 ||
	    strcmp(name, device) != 0)
		return false;
	return tl_hex_decode(mac, 6, tl_bytes_from_str(digits)) == 0;
}

size_t tl_netns_device_groups(struct netns_devices *d, const char *name,
			      uint8_t (*macs)[6], size_t max)
{
	int fd = dup(d->groups);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[128];
	size_t n = 0;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	rewind(f);
	while (n < max && fgets(line, sizeof(line), f))
		if (tl_netns_group_of_line(line, name, macs[n]))
			n++;
	fclose(f);
	return n;
}

size_t tl_netns_device_addresses(struct netns_devices *d, const char *name,
				 struct netdev_address *out, size_t max)
{
	const struct netns_device *dev = find(d, name);
	int n = dev ? tl_netlink_addresses(d->netlink, dev->index, out, max)
		    : 0;

	return n > 0 ? (size_t)n : 0;
}

size_t tl_netns_device_neighbours(struct netns_devices *d, const char *name,
				  const struct netdev_neighbour *like,
				  struct netdev_neighbour *out, size_t max)
{
	const struct netns_device *dev = find(d, name);
	int n = dev ? tl_netlink_neighbours(d->netlink, dev->index, like, out,
					    max)
		    : 0;

	return n > 0 ? (size_t)n : 0;
}
