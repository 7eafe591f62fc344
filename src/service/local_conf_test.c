/* SPDX-License-Identifier: Apache-2.0 */
/* local_conf_test.c - what is taken, and what is said of the rest */
#include "service/local_conf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "harness.h"
#include "wire/header.h"

static char error[SERVICE_ERROR_SIZE];
static char warnings[4096];

static void note(void *ctx TL_UNUSED, enum log_level level TL_UNUSED,
		 const char *line)
{
	size_t n = strlen(warnings);

	snprintf(warnings + n, sizeof(warnings) - n, "%s\n", line);
}

static int parse(struct local_conf *c, const char *text)
{
	error[0] = '\0';
	warnings[0] = '\0';
	tl_log_set_sink(note, NULL, TL_LOG_WARN);
	return tl_local_conf_parse(c, tl_bytes_from_str(text), "F", error);
}

static unsigned int count_warnings(void)
{
	unsigned int n = 0;
	const char *at;

	for (at = warnings; *at; at++)
		n += *at == '\n';
	return n;
}

TEST(empty_file_gives_the_defaults)
{
	struct local_conf c;

	CHECK_EQ(parse(&c, "{}"), 0);
	CHECK_EQ(c.primary_port, -1);
	CHECK_EQ(c.secondary_port, 0);
	CHECK(c.allow_secondary_port && c.port_mapping_enabled);
	CHECK(c.allow_tcp_relay && !c.force_tcp_relay);
	CHECK(!c.is_low_bandwidth && !c.allow_loopback_paths);
	CHECK_EQ(c.busy_poll_us, 50);
	CHECK_EQ(c.n_bind + c.n_management + c.n_blacklist + c.n_nets, 0);
	CHECK_STR(c.skip_prefixes[2], "tap");
	CHECK(!c.skip_prefixes[3]);
	CHECK_EQ(count_warnings(), 0);
	tl_local_conf_fini(&c);
}

static const char whole[] =
	"{\n"
	" \"settings\": {\n"
	"  \"primaryPort\": 9994, \"secondaryPort\": 2, \"tertiaryPort\": 3,\n"
	"  \"allowSecondaryPort\": false, \"portMappingEnabled\": false,\n"
	"  \"allowTcpFallbackRelay\": false, \"forceTcpRelay\": true,\n"
	"  \"tcpFallbackRelay\": \"198.51.100.7/443\",\n"
	"  \"lowBandwidthMode\": true, \"busyPoll\": 200,\n"
	"  \"bind\": [ \"192.168.1.5\", \"fd00::1\" ],\n"
	"  \"interfacePrefixBlacklist\": [ \"docker\" ],\n"
	"  \"allowManagementFrom\": [ \"10.0.0.0/8\", \"0.0.0.0/0\" ],\n"
	"  \"softwareUpdate\": \"disable\", \"multicoreEnabled\": false },\n"
	" \"physical\": {\n"
	"  \"10.1.0.0/16\": { \"blacklist\": true },\n"
	"  \"10.2.0.0/16\": { \"trustedPathId\": 101010024, \"mtu\": 9000 },\n"
	"  \"fd00::/8\": { \"trustedPathId\": \"18446744073709551615\" },\n"
	"  \"0.0.0.0/0\": { \"mtu\": 1400 } },\n"
	" \"virtual\": {\n"
	"  \"feedbeef01\": { \"try\": [ \"10.0.0.9/9993\", \"fd00::9/1\" ],\n"
	"                  \"blacklist\": [ \"10.9.0.0/16\" ] } }\n"
	"}\n";

static void check_peer(const struct local_conf *c)
{
	struct address a = { 0xfeedbeef01 };
	const struct local_peer *p = tl_local_conf_peer(c, a);

	CHECK(p);
	CHECK_EQ(p->try_at.n, 2);
	CHECK_EQ(p->try_at.e[0].port, 9993);
	CHECK_EQ(p->try_at.e[1].family, 6);
	CHECK_EQ(p->blacklist.n, 1);
	CHECK_EQ(p->blacklist.e[0].port, 16);
	a.v++;
	CHECK(!tl_local_conf_peer(c, a));
}

TEST(every_key_is_read)
{
	struct local_conf c;

	CHECK_EQ(parse(&c, whole), 0);
	CHECK_EQ(c.primary_port, 9994);
	CHECK_EQ(c.secondary_port, 2);
	CHECK_EQ(c.tertiary_port, 3);
	CHECK(!c.allow_secondary_port && !c.port_mapping_enabled);
	CHECK(!c.allow_tcp_relay && c.force_tcp_relay);
	CHECK_EQ(c.tcp_relay.port, 443);
	CHECK(c.is_low_bandwidth);
	CHECK_EQ(c.busy_poll_us, 200);
	CHECK_EQ(c.n_bind, 2);
	CHECK_EQ(c.n_management, 2);
	CHECK_STR(c.skip_prefixes[3], "docker");
	CHECK(!c.skip_prefixes[4]);
	CHECK_EQ(c.n_blacklist, 1);
	CHECK_EQ(c.n_nets, 3);
	CHECK_EQ(c.nets[0].trusted_path, 101010024);
	CHECK_EQ(c.nets[0].mtu, 9000);
	CHECK_EQ(c.nets[1].trusted_path, UINT64_MAX);
	CHECK_EQ(c.nets[1].mtu, 0);
	CHECK_EQ(c.nets[2].mtu, 1400);
	check_peer(&c);
	CHECK_EQ(count_warnings(), 0);
	tl_local_conf_fini(&c);
}

/* One line, in line @line of the file, that says @what and what to do. */
static void refused(const char *text, unsigned int line, const char *what)
{
	struct local_conf c;
	char begin[32];

	CHECK_EQ(parse(&c, text), -EINVAL);
	snprintf(begin, sizeof(begin), "F, line %u", line);
	if (strncmp(error, begin, strlen(begin)) != 0 || !strstr(error, what) ||
	    !strchr(error, ';') || strchr(error, '\n'))
		FAIL("'%s' is not about line %u and '%s'", error, line, what);
}

TEST(errors_of_syntax_name_the_line)
{
	refused("", 1, "column");
	refused("{\n\"settings\": { \"primaryPort\": 1, }\n}", 2, "column");
	refused("{}\nand more", 2, "end of file");
	refused("{ \"settings\": {},\n \"settings\": {} }", 2, "duplicate");
	refused("{ \"settings\":\n { \"primaryPort\": "
		"99999999999999999999 } }",
		2, "too big");
	refused("[]", 1, "is [], not an object");
	refused("\n7", 2, "expected near");
}

TEST(relay_may_have_a_name)
{
	struct local_conf c;

	CHECK_EQ(parse(&c, "{\"settings\": {\"tcpFallbackRelay\": "
			   "\"Relay-1.example1/443\"}}"),
		 0);
	CHECK_STR(c.tcp_relay_name, "Relay-1.example1");
	CHECK_EQ(c.tcp_relay.port, 443);
	CHECK_EQ(c.tcp_relay.family, 0);
	tl_local_conf_fini(&c);
	CHECK_EQ(parse(&c, "{\"settings\": {\"tcpFallbackRelay\": "
			   "\"198.51.100.7/443\"}}"),
		 0);
	CHECK_STR(c.tcp_relay_name, "");
	CHECK_EQ(c.tcp_relay.family, 4);
	tl_local_conf_fini(&c);
}

TEST(wrong_settings_are_named)
{
	static const char *const wrong[] = {
		"\"primaryPort\": 65536",
		"\"primaryPort\": -1",
		"\"primaryPort\": \"9993\"",
		"\"secondaryPort\": 1.5",
		"\"tertiaryPort\": null",
		"\"allowSecondaryPort\": 1",
		"\"portMappingEnabled\": \"yes\"",
		"\"allowTcpFallbackRelay\": []",
		"\"forceTcpRelay\": {}",
		"\"tcpFallbackRelay\": \"198.51.100.7\"",
		"\"tcpFallbackRelay\": \"relay.example\"",
		"\"tcpFallbackRelay\": \"relay.example/0\"",
		"\"tcpFallbackRelay\": \"relay.example/65536\"",
		"\"tcpFallbackRelay\": \"relay.example/-1\"",
		"\"tcpFallbackRelay\": \"relay example/443\"",
		"\"tcpFallbackRelay\": \"1.2.3.4.5/443\"",
		"\"lowBandwidthMode\": \"on\"",
		"\"busyPoll\": true",
		"\"busyPoll\": -1",
		"\"busyPoll\": 1001",
		"\"bind\": \"10.0.0.1\"",
		"\"bind\": [ \"10.0.0.256\" ]",
		"\"bind\": [ \"10.0.0.1/9993\" ]",
		"\"interfacePrefixBlacklist\": [ \"\" ]",
		"\"interfacePrefixBlacklist\": [ 1 ]",
		"\"allowManagementFrom\": [ \"10.0.0.1\" ]",
		"\"allowManagementFrom\": [ \"10.0.0.0/33\" ]",
		"\"softwareUpdate\": false",
		"\"multicoreEnabled\": \"\"",
		"\"concurrency\": \"all\"",
		"\"policies\": []",
	};
	char text[200];
	char key[64];
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(wrong); i++) {
		snprintf(text, sizeof(text), "{ \"settings\": {\n\n %s } }",
			 wrong[i]);
		snprintf(key, sizeof(key), "settings.%.*s",
			 (int)strcspn(wrong[i] + 1, "\""), wrong[i] + 1);
		refused(text, 3, key);
	}
}

TEST(wrong_networks_are_named)
{
	refused("{ \"physical\":\n[] }", 1, "physical is [], not an object");
	refused("{ \"physical\": {\n \"10.0.0.0\": {} } }", 2,
		"physical.\"10.0.0.0\" is no IP network");
	refused("{ \"physical\": {\n \"10.0.0.0/33\": {} } }", 2,
		"is no IP network");
	refused("{ \"physical\": {\n \"lan\": {} } }", 2,
		"physical.lan is no IP network");
	refused("{ \"physical\": {\n \"10.0.0.0/8\": true } }", 2,
		"is true, not an object");
	refused("{ \"physical\": { \"10.0.0.0/8\": {\n"
		" \"trustedPathId\": \"abc\" } } }",
		2, "physical.\"10.0.0.0/8\".trustedPathId is \"abc\"");
	refused("{ \"physical\": { \"10.0.0.0/8\": {\n"
		" \"trustedPathId\": \"18446744073709551616\" } } }",
		2, "trustedPathId");
	refused("{ \"physical\": { \"10.0.0.0/8\": {\n"
		" \"trustedPathId\": -1 } } }",
		2, "trustedPathId is -1");
	refused("{ \"physical\": { \"10.0.0.0/8\": {\n \"mtu\": -5 } } }", 2,
		"mtu is -5");
	refused("{ \"physical\": {\n \"0.0.0.0/0\": { \"blacklist\": true } } "
		"}",
		2, "prefix length above 0");
	refused("{ \"physical\": {\n \"::/0\": { \"trustedPathId\": 1 } } }", 2,
		"prefix length above 0");
}

TEST(wrong_nodes_are_named)
{
	refused("{ \"virtual\": {\n \"feedbeef\": {} } }", 2,
		"virtual.feedbeef is no node's address");
	refused("{ \"virtual\": {\n \"feedbeefxx\": {} } }", 2, "feedbeefxx");
	refused("{ \"virtual\": { \"feedbeef01\": {\n"
		" \"try\": [ \"10.0.0.1/1\",\n \"10.0.0.2\" ] } } }",
		3, "virtual.feedbeef01.try[1] is \"10.0.0.2\"");
	refused("{ \"virtual\": { \"feedbeef01\": {\n"
		" \"blacklist\": [ \"10.0.0.1\" ] } } }",
		2, "virtual.feedbeef01.blacklist[0]");
}

TEST(lists_have_limits)
{
	char text[4000] = "{ \"settings\": { \"bind\": [ ";
	size_t i;

	for (i = 0; i < LOCAL_CONF_BIND_MAX; i++)
		strncat(text, "\"10.0.0.1\", ", 20);
	strncat(text, "\"10.0.0.1\" ] } }", 20);
	refused(text, 1, "settings.bind has 17 entries; 16 are possible");
}

TEST(unknown_keys_are_warned_of_once_each)
{
	struct local_conf c;

	CHECK_EQ(parse(&c,
		       "{ \"mine\": 1,\n\"settings\": { \"primaryport\": 1,\n"
		       "\"softwareUpdate\": \"apply\" },\n"
		       "\"physical\": { \"10.0.0.0/8\": { \"mut\": 1 } },\n"
		       "\"virtual\": { \"feedbeef01\": { \"role\": 1 } } }"),
		 0);
	CHECK_EQ(count_warnings(), 5);
	CHECK(strstr(warnings, "F, line 1: mine is not known"));
	CHECK(strstr(warnings, "F, line 2: settings.primaryport is not known"));
	CHECK(strstr(warnings, "F, line 3: settings.softwareUpdate is for"));
	CHECK(strstr(warnings, "line 4: physical.\"10.0.0.0/8\".mut is not"));
	CHECK(strstr(warnings, "line 5: virtual.feedbeef01.role is not"));
	tl_local_conf_fini(&c);
}

TEST(mtu_beyond_its_ends_is_moved_there_with_a_warning)
{
	struct local_conf c;

	CHECK_EQ(parse(&c, "{ \"physical\": { \"10.0.0.0/8\": { \"mtu\": 1 },\n"
			   "\"11.0.0.0/8\": { \"mtu\": 65000 },\n"
			   "\"12.0.0.0/8\": { \"mtu\": 1400 } } }"),
		 0);
	CHECK_EQ(c.n_nets, 3);
	CHECK_EQ(c.nets[0].mtu, MTU_MIN);
	CHECK_EQ(c.nets[1].mtu, MTU_MAX);
	CHECK_EQ(count_warnings(), 2);
	CHECK(strstr(warnings, "mtu the nearest that is possible, 1400"));
	tl_local_conf_fini(&c);
}

TEST(first_error_is_the_one_that_is_told)
{
	refused("{ \"settings\": { \"primaryPort\": -1,\n"
		"\"secondaryPort\": -2 } }",
		1, "primaryPort is -1");
}

TEST(control_characters_of_the_file_stay_out_of_the_line)
{
	refused("{ \"settings\": { \"primaryPort\": \"\\u0007\\n\" } }", 1,
		"primaryPort");
	refused("{ \"physical\": { \"a\\u0007\\n\": {} } }", 1, "a??");
	/* The JSON library quotes it. */
	refused("{ \"a\\\n\n", 2, "escape");
}

TEST(tls_files_have_names)
{
	static char text[LOCAL_CONF_NAME_SIZE + 64];
	struct local_conf c;

	CHECK_EQ(parse(&c, "{\"settings\":{\"tlsCertificate\":\"a.pem\","
			   "\"tlsKey\":\"/k\",\"tlsPort\":443}}"),
		 0);
	CHECK_STR(c.tls_certificate, "a.pem");
	CHECK_STR(c.tls_key, "/k");
	CHECK_EQ(c.tls_port, 443);
	tl_local_conf_fini(&c);
	CHECK_EQ(parse(&c, "{\"settings\":{\"tlsKey\":\"\"}}"), -EINVAL);
	CHECK(strstr(error, "tlsKey"));
	CHECK_EQ(parse(&c, "{\"settings\":{\"tlsCertificate\":1}}"), -EINVAL);
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "{\"settings\":{\"tlsKey\":\"", 23);
	memcpy(text + sizeof(text) - 4, "\"}}", 3);
	CHECK_EQ(parse(&c, text), -EINVAL);
	CHECK_EQ(parse(&c, "{\"settings\":{\"tlsPort\":65536}}"), -EINVAL);
}
