/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/netns_resolv.c"

#include "harness.h"

static struct netns_resolv r;
static char text[TEXT_MAX];

static const char *now(void)
{
	ssize_t n = pread(r.fd, text, sizeof(text) - 1, 0);

	CHECK(n >= 0);
	text[n] = 0;
	return text;
}

static struct port_config network(const char *device, const char *domain,
				  uint8_t server)
{
	struct port_config c = { .n_servers = server ? 1 : 0 };

	snprintf(c.dev.name, sizeof(c.dev.name), "%s", device);
	snprintf(c.domain, sizeof(c.domain), "%s", domain);
	c.servers[0] = (struct netdev_address){ 4, 0, { 10, 0, 0, server } };
	return c;
}

TEST(resolv_follows_the_networks)
{
	struct port_config a = network("zt0", "a.test", 1);
	struct port_config b = network("zt1", "", 2);

	CHECK_EQ(tl_cli_resolv_new(&r), 0);
	CHECK(access(r.path, R_OK) == 0);
	tl_cli_resolv_unlink(&r);
	CHECK_STR(now(), nobody);
	CHECK_EQ(tl_cli_resolv_set(&r, &a), 0);
	CHECK_STR(now(), "search a.test\nnameserver 10.0.0.1\n");
	CHECK_EQ(tl_cli_resolv_set(&r, &b), 0);
	CHECK_STR(now(), "search a.test\nnameserver 10.0.0.1\n"
			 "nameserver 10.0.0.2\n");
	a = network("zt0", "a.test", 0);
	CHECK_EQ(tl_cli_resolv_set(&r, &a), 0);
	CHECK_STR(now(), "nameserver 10.0.0.2\n");
	tl_cli_resolv_forget(&r, "zt1");
	CHECK_STR(now(), nobody);
	tl_cli_resolv_free(&r);
	CHECK_EQ(tl_cli_resolv_set(&r, &a), 0);
}

TEST(resolv_own_server_comes_first)
{
	struct port_config a = network("zt0", "a.test", 1);

	CHECK_EQ(tl_cli_resolv_new(&r), 0);
	tl_cli_resolv_unlink(&r);
	tl_cli_resolv_serve(&r, RESOLV_SERVER);
	CHECK_EQ(strncmp(now(), "nameserver 127.0.0.53\n", 22), 0);
	CHECK_STR(text + 22, nobody);
	CHECK_EQ(tl_cli_resolv_set(&r, &a), 0);
	CHECK_STR(now(), "nameserver 127.0.0.53\nsearch a.test\n"
			 "nameserver 10.0.0.1\n");
	tl_cli_resolv_forget(&r, "zt0");
	CHECK_STR(now() + 22, nobody);
	tl_cli_resolv_free(&r);
	/* In a namespace of others there is no file. */
	tl_cli_resolv_serve(&r, RESOLV_SERVER);
	CHECK_EQ(tl_cli_resolv_set(&r, &a), 0);
}

TEST(resolv_domain_cannot_add_lines)
{
	struct port_config c = network("zt0", "a\nnameserver 6.6.6.6", 1);

	CHECK_EQ(tl_cli_resolv_new(&r), 0);
	CHECK_EQ(tl_cli_resolv_set(&r, &c), 0);
	CHECK_STR(now(), "nameserver 10.0.0.1\n");
	tl_cli_resolv_free(&r);
}

TEST(resolv_default_route_leads_to_the_hosts_servers)
{
	struct port_config c = network("zt0", "", 0);
	struct buffer b;

	if (tl_file_read(&b, HOSTS_FILE, TEXT_MAX))
		SKIP("there is no " HOSTS_FILE);
	CHECK_EQ(tl_cli_resolv_new(&r), 0);
	c.dev.n_routes = 1;
	CHECK_EQ(tl_cli_resolv_set(&r, &c), 0);
	CHECK_STR(now(), (char *)b.at);
	tl_free(b.at);
	tl_cli_resolv_free(&r);
}
