/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_networks.c - listnetworks, join, leave, set, get */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "os/clock.h"
#include "wire/address.h"

#define PATH_SIZE 64
#define IP6_PREFIX_LEN 24

/* "/network/<id>" of an argument; false after saying what is wrong. */
static bool network_path(char out[PATH_SIZE], const char *id)
{
	struct network_id net;

	if (tl_network_id_parse(&net, tl_bytes_from_str(id)) != 0) {
		tl_cli_fail(EXIT_USAGE,
			    "invalid network id \"%s\": it has 16 hexadecimal "
			    "digits",
			    id);
		return false;
	}
	snprintf(out, PATH_SIZE, "/network/%016llx", (unsigned long long)net.v);
	return true;
}

static void print_addresses(const json_t *network)
{
	const json_t *all = json_object_get(network, "assignedAddresses");
	size_t i;

	if (json_array_size(all) == 0)
		putchar('-');
	for (i = 0; i < json_array_size(all); i++)
		printf("%s%s", i ? "," : "",
		       json_string_value(json_array_get(all, i)));
}

static void print_sso(const json_t *network)
{
	int64_t left_ms;

	if (!tl_cli_bool(network, "ssoEnabled"))
		return;
	left_ms = tl_cli_int(network, "authenticationExpiryTime", 0) -
		  tl_clock_wall_ms();
	if (left_ms <= 0)
		printf("    AUTH EXPIRED, URL: %s\n",
		       tl_cli_str(network, "authenticationURL", "-"));
	else
		printf("    AUTH OK, expires in: %lld seconds\n",
		       (long long)left_ms / 1000);
}

static void print_network(const json_t *network)
{
	const char *why = tl_cli_str(network, "why", "");

	printf("200 listnetworks %s %s %s %s %s %s ",
	       tl_cli_str(network, "nwid", "-"),
	       tl_cli_str(network, "name", "-"),
	       tl_cli_str(network, "mac", "-"),
	       tl_cli_str(network, "status", "-"),
	       tl_cli_str(network, "type", "-"),
	       tl_cli_str(network, "portDeviceName", "-"));
	print_addresses(network);
	putchar('\n');
	print_sso(network);
	if (why[0])
		printf("    %s\n", why);
}

int tl_cmd_listnetworks(const struct cli *cli, int argc, char **argv TL_UNUSED)
{
	struct api_answer a;
	size_t i;
	int err;

	if (argc != 1)
		return tl_cli_fail(EXIT_USAGE, "%s takes no arguments",
				   cli->name);
	err = tl_cli_get(&a, cli, "/network", JSON_ARRAY);
	if (err)
		return err;
	if (cli->json) {
		tl_cli_print_json(a.json);
	} else {
		puts("200 listnetworks <nwid> <name> <mac> <status> <type> "
		     "<dev> <ZT assigned ips>");
		for (i = 0; i < json_array_size(a.json); i++)
			print_network(json_array_get(a.json, i));
	}
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

static int join_or_leave(const struct cli *cli, int argc, char **argv,
			 const char *method)
{
	struct api_answer a;
	char path[PATH_SIZE];
	int err;

	if (argc != 2)
		return tl_cli_fail(EXIT_USAGE,
				   "%s takes a network id; see tapless %s "
				   "--help",
				   cli->name, cli->name);
	if (!network_path(path, argv[1]))
		return EXIT_USAGE;
	err = tl_cli_call(&a, cli, method, path, NULL);
	if (err)
		return err;
	if (cli->json)
		tl_cli_print_raw(&a);
	else
		printf("200 %s OK\n", cli->name);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

int tl_cmd_join(const struct cli *cli, int argc, char **argv)
{
	return join_or_leave(cli, argc, argv, "POST");
}

int tl_cmd_leave(const struct cli *cli, int argc, char **argv)
{
	return join_or_leave(cli, argc, argv, "DELETE");
}

/* {"allowDNS":true}; NULL for any other key. */
static json_t *flag_setting(const char *assignment)
{
	static const char *const names[] = { "allowManaged", "allowGlobal",
					     "allowDefault", "allowDNS",
					     "allowRemoteTrace" };
	const char *value = strchr(assignment, '=') + 1;
	json_t *o = NULL;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(names) && !o; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(assignment, names[i], n) == 0 &&
		    assignment[n] == '=') {
			o = json_object();
			json_object_set_new(o, names[i],
					    json_boolean(*value == 't' ||
							 *value == '1'));
		}
	}
	return o;
}

/* {"allowUsers":["alice","1001"]} of a list with commas; none: everybody. */
static json_t *users_setting(const char *list)
{
	json_t *users = json_array();
	json_t *o = json_object();
	size_t n;

	while (*list) {
		n = strcspn(list, ",");
		json_array_append_new(users, json_stringn(list, n));
		list += n;
		list += *list == ',';
	}
	json_object_set_new(o, "allowUsers", users);
	return o;
}

static json_t *setting(const char *assignment)
{
	static const char users[] = "allowUsers=";

	if (strncmp(assignment, users, sizeof(users) - 1) == 0)
		return users_setting(assignment + sizeof(users) - 1);
	return flag_setting(assignment);
}

int tl_cmd_set(const struct cli *cli, int argc, char **argv)
{
	struct api_answer a;
	char path[PATH_SIZE];
	json_t *change;
	char *body;
	int err;

	if (argc != 3 || !strchr(argv[2], '='))
		return tl_cli_fail(EXIT_USAGE,
				   "set takes a network id and KEY=VALUE; see "
				   "tapless set --help");
	if (!network_path(path, argv[1]))
		return EXIT_USAGE;
	change = setting(argv[2]);
	if (!change)
		return EXIT_OK; /* as the reference does: api.md 5.1 */
	body = json_dumps(change, JSON_COMPACT);
	json_decref(change);
	if (!body)
		return tl_cli_fail(EXIT_FAILED, "cannot write \"%s\" as JSON",
				   argv[2]);
	err = tl_cli_call(&a, cli, "POST", path, body);
	tl_free(body);
	if (err)
		return err;
	tl_cli_print_raw(&a);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}

/* One assigned address, if it is of the kind that @key asks for. */
static void print_ip(const char *address, const char *key)
{
	size_t n = strcspn(address, "/");
	bool is6 = strchr(address, ':') != NULL;

	if (strcmp(key, "ip4") == 0 && is6)
		return;
	if (strncmp(key, "ip6", 3) == 0 && !is6)
		return;
	if (strncmp(key, "ip6p", 4) == 0 && strncmp(address, "fc", 2) != 0)
		return;
	if (strcmp(key, "ip6prefix") == 0 && n > IP6_PREFIX_LEN)
		n = IP6_PREFIX_LEN;
	printf("%.*s\n", (int)n, address);
}

static bool is_ip_key(const char *key)
{
	static const char *const keys[] = { "ip", "ip4", "ip6", "ip6plane",
					    "ip6prefix" };
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void print_property(const json_t *network, const char *key)
{
	const json_t *v = json_object_get(network, key);
	const json_t *all = json_object_get(network, "assignedAddresses");
	size_t i;

	if (is_ip_key(key)) {
		for (i = 0; i < json_array_size(all); i++) {
			v = json_array_get(all, i);
			if (json_is_string(v))
				print_ip(json_string_value(v), key);
		}
	} else if (json_is_string(v)) {
		puts(json_string_value(v));
	} else if (json_is_boolean(v)) {
		puts(json_is_true(v) ? "1" : "0");
	} else if (json_is_array(v) || json_is_number(v)) {
		tl_cli_print_json(v);
	} else {
		puts("error, unknown property name");
	}
}

int tl_cmd_get(const struct cli *cli, int argc, char **argv)
{
	struct api_answer a;
	char path[PATH_SIZE];
	int err;

	if (argc != 3)
		return tl_cli_fail(EXIT_USAGE,
				   "get takes a network id and a key; see "
				   "tapless get --help");
	if (!network_path(path, argv[1]))
		return EXIT_USAGE;
	err = tl_cli_get(&a, cli, path, JSON_OBJECT);
	if (err)
		return err;
	print_property(a.json, argv[2]);
	tl_cli_answer_free(&a);
	return EXIT_OK;
}
