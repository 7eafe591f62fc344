/* SPDX-License-Identifier: Apache-2.0 */
#include "portmap/igd.h"

#include <errno.h>
#include <miniupnpc/miniupnpc.h>
#include <miniupnpc/miniwget.h>
#include <miniupnpc/upnpcommands.h>
#include <miniupnpc/upnperrors.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEARCH_MS 1000
#define SEARCH_TTL 2
#define PORT_TRIES 60
#define DEVICES_MAX 8
#define IP_TEXT_SIZE 64
#define NUMBER_SIZE 12

/* UPnP's numbers, WANIPConnection:1 2.4.16. */
#define NOT_AUTHORIZED 606
#define NO_SUCH_ENTRY 714
#define CONFLICT 718
#define PERMANENT_ONLY 725

void tl_igd_init(struct igd *g, const struct way_request *q)
{
	memset(g, 0, sizeof(*g));
	g->request = *q;
}

bool tl_igd_url_is_near(const char *url, const struct way_request *q)
{
	static const char scheme[] = "http://";
	struct endpoint link = q->local;
	char host[IP_TEXT_SIZE];
	struct endpoint e;
	size_t n;

	if (strncmp(url, scheme, strlen(scheme)) != 0)
		return false;
	url += strlen(scheme);
	n = strcspn(url, ":/");
	if (n >= sizeof(host))
		return false;
	memcpy(host, url, n);
	host[n] = '\0';
	if (tl_endpoint_parse(&e, host) || e.family != 4)
		return false;
	link.port = q->bits;
	return tl_endpoint_same_ip(&e, &q->gateway) ||
	       tl_endpoint_contains(&link, &e);
}

/* Take the first service if @which is 0, else the second. */
static bool take_service(struct igd *g, struct IGDdatas *data,
			 const char *description, int which)
{
	struct UPNPUrls urls;
	bool ok = false;

	if (which)
		memcpy(&data->first, &data->second, sizeof(data->first));
	if (!data->first.servicetype[0] || !data->first.controlurl[0])
		return false;
	memset(&urls, 0, sizeof(urls));
	GetUPNPUrls(&urls, data, description, 0);
	if (urls.controlURL &&
	    tl_igd_url_is_near(urls.controlURL, &g->request) &&
	    strlen(urls.controlURL) < sizeof(g->control)) {
		snprintf(g->control, sizeof(g->control), "%s", urls.controlURL);
		snprintf(g->service, sizeof(g->service), "%s",
			 data->first.servicetype);
		ok = true;
	}
	FreeUPNPUrls(&urls);
	return ok;
}

/* False also if it has no connection itself. */
static bool read_external(const struct igd *g, struct endpoint *out)
{
	char text[IP_TEXT_SIZE] = "";

	return UPNP_GetExternalIPAddress(g->control, g->service, text) ==
		       UPNPCOMMAND_SUCCESS &&
	       tl_endpoint_parse(out, text) == 0 && out->family == 4 &&
	       tl_endpoint_scope(out) != IP_SCOPE_NONE;
}

static bool try_device(struct igd *g, const char *description,
		       struct endpoint *external)
{
	char own[IP_TEXT_SIZE] = "";
	char seen[ENDPOINT_TEXT_SIZE];
	struct IGDdatas data;
	int status = 0;
	int size = 0;
	bool ok = false;
	char *xml;
	int i;

	if (!tl_igd_url_is_near(description, &g->request))
		return false;
	xml = miniwget_getaddr(description, &size, own, sizeof(own), 0,
			       &status);
	/* It maps for whoever it sees; that must be who is bound. */
	tl_endpoint_print_ip(seen, &g->request.local);
	if (xml && size > 0 && status == 200 && strcmp(own, seen) == 0) {
		memset(&data, 0, sizeof(data));
		parserootdesc(xml, size, &data);
		for (i = 0; i < 2 && !ok; i++)
			ok = take_service(g, &data, description, i) &&
			     read_external(g, external);
	}
	free(xml);
	if (!ok)
		g->control[0] = '\0';
	return ok;
}

static int find(struct igd *g, struct endpoint *external)
{
	static const char *const kinds[] = {
		"urn:schemas-upnp-org:device:InternetGatewayDevice:1",
		"urn:schemas-upnp-org:service:WANIPConnection:1",
		NULL,
	};
	char own[ENDPOINT_TEXT_SIZE];
	const struct UPNPDev *d;
	struct UPNPDev *list;
	bool ok = false;
	int error = 0;
	int n = 0;

	tl_endpoint_print_ip(own, &g->request.local);
	list = upnpDiscoverDevices(kinds, SEARCH_MS, own, NULL,
				   UPNP_LOCAL_PORT_ANY, 0, SEARCH_TTL, &error,
				   0);
	for (d = list; d && !ok && n < DEVICES_MAX; d = d->pNext, n++)
		ok = try_device(g, d->descURL, external);
	freeUPNPDevlist(list);
	return ok ? 0 : -ENOENT;
}

static int add(const struct igd *g, uint16_t port, const char *lifetime)
{
	char external[NUMBER_SIZE];
	char internal[NUMBER_SIZE];
	char own[ENDPOINT_TEXT_SIZE];

	snprintf(external, sizeof(external), "%u", port);
	snprintf(internal, sizeof(internal), "%u", g->request.local.port);
	tl_endpoint_print_ip(own, &g->request.local);
	return UPNP_AddPortMapping(g->control, g->service, external, internal,
				   own, g->request.name, "UDP", NULL, lifetime);
}

/* Some gateways give away what another host has. */
static bool is_taken(const struct igd *g, uint16_t port)
{
	char text[NUMBER_SIZE];
	char client[IP_TEXT_SIZE] = "";
	char client_port[NUMBER_SIZE] = "";
	char own[ENDPOINT_TEXT_SIZE];

	snprintf(text, sizeof(text), "%u", port);
	tl_endpoint_print_ip(own, &g->request.local);
	return UPNP_GetSpecificPortMappingEntry(g->control, g->service, text,
						"UDP", NULL, client,
						client_port, NULL, NULL,
						NULL) == UPNPCOMMAND_SUCCESS &&
	       client[0] && strcmp(client, own) != 0;
}

static int try_port(const struct igd *g, uint16_t port)
{
	char lifetime[NUMBER_SIZE];
	int r;

	if (port != g->port && is_taken(g, port))
		return CONFLICT;
	snprintf(lifetime, sizeof(lifetime), "%d", WAY_LIFETIME_S);
	r = add(g, port, lifetime);
	return r == PERMANENT_ONLY ? add(g, port, "0") : r;
}

static int try_ports(struct igd *g, bool (*stop)(void *ctx), void *ctx)
{
	uint32_t first = g->port ? g->port : g->request.local.port;
	int r = CONFLICT;
	uint32_t i;

	for (i = 0; i < PORT_TRIES && r == CONFLICT; i++) {
		if (stop(ctx))
			return -ECANCELED;
		if (first + i > UINT16_MAX)
			break;
		r = try_port(g, (uint16_t)(first + i));
	}
	if (!r)
		g->port = (uint16_t)(first + i - 1);
	return r;
}

int tl_igd_map(struct igd *g, struct way_grant *out, bool (*stop)(void *ctx),
	       void *ctx)
{
	struct endpoint external;
	int r = 0;

	/* Restarted, it may be somewhere else. */
	if (!g->control[0] || !read_external(g, &external))
		r = find(g, &external);
	if (!r && stop(ctx))
		r = -ECANCELED;
	if (!r)
		r = try_ports(g, stop, ctx);
	if (r)
		return r;
	external.port = g->port;
	*out = (struct way_grant){ .external = external,
				   .lifetime_s = WAY_LIFETIME_S };
	return 0;
}

int tl_igd_release(struct igd *g)
{
	char port[NUMBER_SIZE];
	int r;

	if (!g->port)
		return 0;
	snprintf(port, sizeof(port), "%u", g->port);
	g->port = 0;
	r = UPNP_DeletePortMapping(g->control, g->service, port, "UDP", NULL);
	return r == NO_SUCH_ENTRY ? 0 : r;
}

const char *tl_igd_why(int result)
{
	switch (result) {
	case -ENOENT:
		return "no such gateway with a connection answered";
	case -EAGAIN:
		return "no thread could be started";
	case -ECANCELED:
		return "nobody waited for it";
	case UPNPCOMMAND_HTTP_ERROR:
		return "it broke off";
	case NOT_AUTHORIZED:
		return "it does not allow this";
	case CONFLICT:
		return "all ports that were tried are taken";
	default:
		return "it refused";
	}
}
