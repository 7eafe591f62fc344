/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/body_types.h"

#include <errno.h>

#include "controller/json.h"
#include "harness.h"

#define TEXT_OF_16 "0123456789abcdef"
#define TEXT_OF_127                                                            \
	TEXT_OF_16 TEXT_OF_16 TEXT_OF_16 TEXT_OF_16 TEXT_OF_16 TEXT_OF_16      \
		TEXT_OF_16 "0123456789abcde"

typedef int (*types_fn)(const json_t *body, struct object_error *why);

/* One value of each kind, by a letter. */
static const struct value {
	char letter;
	const char *text;
} values[] = {
	{ 'n', "null" },       { 'b', "true" },
	{ 'B', "false" },      { '0', "0" },
	{ '5', "5" },	       { '4', "4294967296" },
	{ '-', "-1" },	       { 'r', "2.5" },
	{ 'R', "3.0" },	       { 'h', "1e30" },
	{ 't', "\"true\"" },   { 'f', "\"False\"" },
	{ 'd', "\"12\"" },     { 'D', "\"-3\"" },
	{ 'w', "\"words\"" },  { 'y', "\"yes\"" },
	{ 'e', "\"\"" },       { 'l', "[]" },
	{ 'L', "[1]" },	       { 'N', "[null]" },
	{ 'o', "{}" },	       { 'z', "{\"zt\":true}" },
	{ 'Z', "{\"zt\":7}" }, { 'x', "{\"zt\":\"x\"}" },
};

#define BOOLS "nbB054rRhtfd"
#define COUNTS "nbB05Rd"
#define TIMES COUNTS "4"
#define TEXTS "nbB054-rRhtfdDwye"
#define LISTS "nlLN"
#define MODES "ntfdDwyeozZ"

/* What each field takes; the rest is refused. */
static const struct row {
	const char *name;
	const char *takes;
} network_rows[] = {
	{ "authTokens", "nlNoZ" },
	{ "capabilities", LISTS },
	{ "certificateTimeoutWindowSize", TIMES },
	{ "dns", "nlNozZx" },
	{ "enableBroadcast", BOOLS },
	{ "ipAssignmentPools", LISTS },
	{ "mtu", COUNTS },
	{ "multicastLimit", COUNTS },
	{ "name", TEXTS },
	{ "oneTimeTokens", "nlNoZ" },
	{ "private", BOOLS },
	{ "remoteTraceLevel", COUNTS },
	{ "routes", LISTS },
	{ "rules", LISTS },
	{ "rulesSource", TEXTS },
	{ "tags", LISTS },
	{ "v4AssignMode", MODES },
	{ "v6AssignMode", MODES },
};

static const struct row member_rows[] = {
	{ "activeBridge", BOOLS },    { "authenticationExpiryTime", TIMES },
	{ "authorized", BOOLS },      { "capabilities", LISTS },
	{ "ipAssignments", LISTS },   { "name", TEXTS },
	{ "noAutoAssignIps", BOOLS }, { "remoteTraceLevel", COUNTS },
	{ "ssoExempt", BOOLS },	      { "tags", LISTS },
};

static int check(types_fn fn, const char *text, struct object_error *why)
{
	json_t *body = tl_json_parse(tl_bytes_from_str(text));
	int err;

	CHECK(body);
	why->text[0] = '\0';
	err = fn(body, why);
	json_decref(body);
	return err;
}

static void check_row(types_fn fn, const struct row *row)
{
	size_t n = strlen(row->name);
	struct object_error why;
	char text[120];
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(values); i++) {
		const struct value *v = &values[i];
		bool is_taken = strchr(row->takes, v->letter);
		int err;

		snprintf(text, sizeof(text), "{\"%s\":%s}", row->name, v->text);
		err = check(fn, text, &why);
		if (err != (is_taken ? 0 : -EINVAL))
			FAIL("%s: %d, \"%s\"", text, err, why.text);
		if (err && (strncmp(why.text, row->name, n) != 0 ||
			    !strchr(":.", why.text[n])))
			FAIL("%s: \"%s\" does not name it", text, why.text);
	}
}

TEST(body_types_of_every_field_of_a_network)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(network_rows); i++)
		check_row(tl_body_types_network, &network_rows[i]);
}

TEST(body_types_of_every_field_of_a_member)
{
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(member_rows); i++)
		check_row(tl_body_types_member, &member_rows[i]);
}

TEST(body_types_pass_over_what_is_not_written)
{
	static const char text[] =
		"{\"id\":[],\"nwid\":7,\"objtype\":null,\"revision\":\"x\","
		"\"creationTime\":{},\"ssoEnabled\":[],\"clientId\":{},"
		"\"identity\":7,\"vMajor\":[],\"clock\":{},\"nonsense\":[1]}";
	struct object_error why;

	CHECK_EQ(check(tl_body_types_network, text, &why), 0);
	CHECK_EQ(check(tl_body_types_member, text, &why), 0);
}

TEST(body_types_look_inside)
{
	static const struct {
		const char *body;
		const char *text;
	} cases[] = {
		{ "{\"v6AssignMode\":{\"zt\":true,\"6plane\":[]}}",
		  "v6AssignMode.6plane: " },
		{ "{\"v6AssignMode\":{\"rfc4193\":\"no\"}}",
		  "v6AssignMode.rfc4193: " },
		{ "{\"dns\":{\"domain\":7}}", "dns.domain: " },
		{ "{\"dns\":{\"domain\":\"a\",\"servers\":\"1.1.1.1\"}}",
		  "dns.servers: " },
		{ "{\"authTokens\":{\"good\":0,\"bad\":\"0\"}}",
		  "authTokens: the time of a token" },
		{ "{\"authTokens\":{\"good\":0,\"bad\":-1}}",
		  "authTokens: the time of a token" },
		{ "{\"oneTimeTokens\":{\"bad\":{}}}", "oneTimeTokens: " },
		{ "{\"dns\":{\"domain\":\"" TEXT_OF_127 "x\"}}",
		  "dns.domain: more than 127 bytes" },
		{ "{\"dns\":{\"servers\":[\"1.1.1.1\",\"1.1.1.2\","
		  "\"1.1.1.3\",\"1.1.1.4\",\"1.1.1.5\"]}}",
		  "dns.servers: more than 4 entries" },
	};
	struct object_error why;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(cases); i++) {
		CHECK_EQ(check(tl_body_types_network, cases[i].body, &why),
			 -EINVAL);
		if (!strstr(why.text, cases[i].text))
			FAIL("%s: \"%s\"", cases[i].body, why.text);
		CHECK(!strstr(why.text, "bad\""));
	}
	CHECK_EQ(check(tl_body_types_network,
		       "{\"authTokens\":{\"a\":0,\"b\":12.0,\"c\":null},"
		       "\"dns\":{\"domain\":null,\"servers\":null}}",
		       &why),
		 0);
	CHECK_EQ(check(tl_body_types_network,
		       "{\"dns\":{\"domain\":\"" TEXT_OF_127
		       "\",\"servers\":[\"1.1.1.1\",\"1.1.1.2\","
		       "\"1.1.1.3\",\"1.1.1.4\"]}}",
		       &why),
		 0);
}
