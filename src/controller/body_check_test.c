/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/body_check.h"

#include <errno.h>

#include "controller/json.h"
#include "harness.h"

typedef int (*check_fn)(const json_t *body, struct object_error *why);

struct wrong {
	const char *body;
	const char *text;
};

static int check(check_fn fn, const char *text, struct object_error *why)
{
	json_t *body = tl_json_parse(tl_bytes_from_str(text));
	int err;

	CHECK(body);
	why->text[0] = '\0';
	err = fn(body, why);
	json_decref(body);
	return err;
}

static void refused(check_fn fn, const struct wrong *w)
{
	struct object_error why;

	if (check(fn, w->body, &why) != -EINVAL || !strstr(why.text, w->text))
		FAIL("%s: \"%s\", not \"%s\"", w->body, why.text, w->text);
}

TEST(body_check_names_the_field_of_a_network)
{
	static const struct wrong cases[] = {
		{ "{\"routes\":[{\"target\":\"10.0.0.0/8\"},{}]}",
		  "routes[1].target" },
		{ "{\"routes\":[{\"target\":\"10.0.0.0/33\"}]}",
		  "routes[0].target" },
		{ "{\"routes\":[{\"target\":\"10.0.0.0\"}]}",
		  "routes[0].target" },
		{ "{\"routes\":[{\"target\":\"fd00::\"}]}",
		  "routes[0].target" },
		{ "{\"routes\":[7]}", "routes[0].target" },
		{ "{\"routes\":[{\"target\":\"10.0.0.0/8\",\"via\":\"x\"}]}",
		  "routes[0].via" },
		{ "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.300\","
		  "\"ipRangeEnd\":\"10.0.0.2\"}]}",
		  "ipAssignmentPools[0].ipRangeStart" },
		{ "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\"}]}",
		  "ipAssignmentPools[0].ipRangeEnd" },
		{ "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.9\","
		  "\"ipRangeEnd\":\"10.0.0.2\"}]}",
		  "ipAssignmentPools[0]: it ends before it begins" },
		{ "{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.9\","
		  "\"ipRangeEnd\":\"fd00::2\"}]}",
		  "ipAssignmentPools[0]: one end is IPv4" },
		{ "{\"capabilities\":[{\"id\":-1}]}", "capabilities[0].id" },
		{ "{\"capabilities\":[{}]}", "capabilities[0].id" },
		{ "{\"capabilities\":[{\"id\":1,\"default\":\"yes\"}]}",
		  "capabilities[0].default" },
		{ "{\"capabilities\":[{\"id\":1,\"default\":[]}]}",
		  "capabilities[0].default" },
		{ "{\"capabilities\":[{\"id\":1},{\"id\":2,\"rules\":[{},"
		  "{\"type\":\"MATCH_RANDOM\",\"or\":\"x\"}]}]}",
		  "capabilities[1].rules[1].or" },
		{ "{\"rules\":[{\"type\":\"MATCH_IPV4_SOURCE\","
		  "\"ip\":\"10.0.0.0\"}]}",
		  "rules[0].ip" },
		{ "{\"rules\":[{\"type\":\"MATCH_IPV6_DEST\","
		  "\"ip\":\"fd00::\"}]}",
		  "rules[0].ip" },
		{ "{\"rules\":[{},{\"not\":\"yes\"}]}", "rules[1].not" },
		{ "{\"rules\":[{\"or\":[]}]}", "rules[0].or" },
		{ "{\"rules\":[{\"little\":{}}]}", "rules[0].little" },
		{ "{\"rules\":[{\"not\":-1}]}", "rules[0].not" },
		{ "{\"tags\":[{\"id\":4294967296}]}", "tags[0].id" },
		{ "{\"tags\":[{\"id\":1,\"default\":-1}]}", "tags[0].default" },
		{ "{\"dns\":{\"domain\":\"a\",\"servers\":[\"::1\",\"x\"]}}",
		  "dns.servers[1]" },
		{ "{\"remoteTraceTarget\":\"xyz\"}", "remoteTraceTarget" },
		{ "{\"remoteTraceTarget\":5}", "remoteTraceTarget" },
		{ "{\"private\":[]}", "private" },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(cases); i++)
		refused(tl_body_check_network, &cases[i]);
}

TEST(body_check_names_the_field_of_a_member)
{
	static const struct wrong cases[] = {
		{ "{\"tags\":[[1,2],[3]]}", "tags[1]" },
		{ "{\"tags\":[[1,4294967296]]}", "tags[0]" },
		{ "{\"tags\":[5]}", "tags[0]" },
		{ "{\"capabilities\":[1,\"x\"]}", "capabilities[1]" },
		{ "{\"ipAssignments\":[\"10.0.0.1\",5]}", "ipAssignments[1]" },
		{ "{\"ipAssignments\":[\"10.0.0.1.2\"]}", "ipAssignments[0]" },
		{ "{\"authorized\":\"yes\"}", "authorized" },
		{ "{\"remoteTraceTarget\":\"0123456789a\"}",
		  "remoteTraceTarget" },
	};
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(cases); i++)
		refused(tl_body_check_member, &cases[i]);
}

TEST(body_check_lets_pass_what_may_be_meant)
{
	static const char *const networks[] = {
		"{}",
		"{\"routes\":[{\"target\":\"10.0.0.0/8\",\"via\":null},"
		"{\"target\":\"0.0.0.0/0\",\"via\":\"10.0.0.1\"},"
		"{\"target\":\"fd00::/8\",\"via\":\"\"}]}",
		"{\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		"\"ipRangeEnd\":\"10.0.0.1\"}]}",
		"{\"tags\":[{\"id\":\"7\",\"default\":null},{\"id\":8,"
		"\"default\":false},{\"id\":4294967295}]}",
		"{\"dns\":[],\"routes\":null,\"mtu\":\"1400\"}",
		"{\"capabilities\":[{\"id\":1,\"default\":null,\"rules\":"
		"null},{\"id\":2,\"default\":1},{\"id\":3,\"default\":"
		"\"true\",\"rules\":[{\"not\":true}]}]}",
		"{\"rules\":[{\"type\":\"MATCH_IPV4_SOURCE\",\"ip\":"
		"\"10.0.0.0/8\",\"not\":0,\"or\":\"f\"},{\"ip\":7,"
		"\"little\":null},7]}",
		"{\"rules\":null}",
		"{\"remoteTraceTarget\":\"\"}",
		"{\"remoteTraceTarget\":\"06deeb7a25\"}",
	};
	static const char *const members[] = {
		"{\"tags\":[],\"capabilities\":[\"3\",4],\"unknown\":[[]]}",
		"{\"ipAssignments\":[\"10.0.0.1/24\",\"fd00::1\"]}",
		"{\"remoteTraceTarget\":null,\"tags\":null}",
	};
	struct object_error why;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(networks); i++)
		CHECK_EQ(check(tl_body_check_network, networks[i], &why), 0);
	for (i = 0; i < TL_ARRAY_SIZE(members); i++)
		CHECK_EQ(check(tl_body_check_member, members[i], &why), 0);
}
