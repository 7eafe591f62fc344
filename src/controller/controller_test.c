/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/controller.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/fixture.h"
#include "harness.h"

#define NET 0xa1

#define POOL                                                                   \
	"\"v4AssignMode\":\"zt\",\"ipAssignmentPools\":[{\"ipRangeStart\":"    \
	"\"10.77.1.10\",\"ipRangeEnd\":\"10.77.1.99\"}],\"routes\":[{"         \
	"\"target\":\"10.77.1.0/24\"}]"

static void expect_config(struct fixture *f, size_t n)
{
	CHECK_EQ(f->n_configs, n);
	CHECK_EQ(f->n_errors, 0);
}

static void expect_error(struct fixture *f, size_t n, enum error_code code)
{
	CHECK_EQ(f->n_errors, n);
	CHECK_EQ(f->error, code);
}

TEST(controller_public_network_admits_everybody)
{
	struct fixture *f = fixture_new();
	const struct identity *m = &f->members[0];
	struct keyring keys = fixture_keys(f);
	struct address missing;
	const char *text;

	fixture_post(f, NET, NULL, "{\"private\":false," POOL "}");
	fixture_request(f, NET, m, NULL);
	expect_config(f, 1);
	CHECK_EQ(f->n_pushes, 0);
	CHECK_EQ(f->conf_to.v, m->addr.v);
	CHECK_EQ(f->conf->issued_to.v, m->addr.v);
	CHECK_EQ(f->conf->network.v, fixture_network(f, NET).v);
	CHECK_EQ(f->conf->timestamp, f->now);
	CHECK_EQ(f->conf->max_delta, 1800000);
	CHECK_EQ(f->conf->revision, 1);
	CHECK(f->conf->is_public);
	CHECK_EQ(f->conf->n_addresses, 1);
	CHECK_EQ(f->conf->n_ownerships, 1);
	CHECK(tl_ownership_has_ip(&f->conf->ownerships[0],
				  &f->conf->addresses[0]));
	CHECK_EQ(tl_ownership_verify(&f->conf->ownerships[0], &keys, &missing),
		 CREDENTIAL_VALID);
	CHECK_EQ(tl_com_verify(&f->conf->com, &keys, &missing),
		 CREDENTIAL_VALID);
	CHECK(tl_com_agrees(&f->conf->com, &f->conf->com, m));
	CHECK_EQ(tl_com_timestamp(&f->conf->com), f->now);
	text = fixture_post(f, NET, m, "{}");
	CHECK(strstr(text, "\"lastAuthorizedCredentialType\":\"public\""));
	CHECK(strstr(text, "\"vMajor\":1,\"vMinor\":14,\"vProto\":12"));
	/* Nothing of this is a reason to push. */
	fixture_settle(f);
	expect_config(f, 1);
	fixture_free(f);
}

TEST(controller_private_network_waits_for_approval)
{
	struct fixture *f = fixture_new();
	const struct identity *m = &f->members[0];

	fixture_post(f, NET, NULL, "{}");
	fixture_request(f, NET, m, NULL);
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	CHECK_EQ(f->n_configs, 0);
	CHECK(!tl_controller_is_recent(f->c, fixture_network(f, NET), m->addr,
				       f->now));
	/* Approved: it need not even ask again. */
	f->now += 2000;
	fixture_post(f, NET, m, "{\"authorized\":true}");
	fixture_settle(f);
	CHECK_EQ(f->n_configs, 1);
	CHECK_EQ(f->n_pushes, 1);
	CHECK(tl_controller_is_recent(f->c, fixture_network(f, NET), m->addr,
				      f->now));
	CHECK(tl_controller_is_recent(f->c, fixture_network(f, NET), m->addr,
				      f->now + 180000));
	CHECK(!tl_controller_is_recent(f->c, fixture_network(f, NET), m->addr,
				       f->now + 180001));
	fixture_request(f, NET, m, NULL);
	CHECK_EQ(f->n_configs, 2);
	CHECK_EQ(f->n_errors, 1);
	fixture_free(f);
}

TEST(controller_token_admits)
{
	struct fixture *f = fixture_new();
	const struct identity *m = &f->members[0];
	const char *text;

	fixture_post(f, NET, NULL,
		     "{\"authTokens\":{\"sesame\":0,\"old\":1000}}");
	fixture_request(f, NET, m, "wrong");
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	f->now += 2000;
	fixture_request(f, NET, m, "old");
	expect_error(f, 2, ERROR_NETWORK_ACCESS_DENIED);
	f->now += 2000;
	fixture_request(f, NET, m, "sesame");
	CHECK_EQ(f->n_configs, 1);
	text = fixture_post(f, NET, m, "{}");
	CHECK(strstr(text, "\"lastAuthorizedCredential\":\"sesame\""));
	CHECK(strstr(text, "\"lastAuthorizedCredentialType\":\"token\""));
	/* Once admitted, it stays so without a token. */
	f->now += 2000;
	fixture_request(f, NET, m, NULL);
	CHECK_EQ(f->n_configs, 2);
	fixture_free(f);
}

TEST(controller_one_time_token_admits_one)
{
	struct fixture *f = fixture_new();
	const char *text;

	text = fixture_post(f, NET, NULL, "{}");
	CHECK(!strstr(text, "oneTimeTokens"));
	fixture_post(f, NET, NULL,
		     "{\"oneTimeTokens\":{\"first\":0,\"late\":1000,"
		     "\"other\":0}}");
	fixture_request(f, NET, &f->members[0], "late");
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], "first");
	CHECK_EQ(f->n_configs, 1);
	text = fixture_post(f, NET, NULL, "{}");
	CHECK(strstr(text, "\"oneTimeTokens\":{\"late\":1000,"
			   "\"other\":0}"));
	CHECK(strstr(text, "\"revision\":3"));
	/* It is spent, also after a restart, and not by who is in. */
	fixture_start(f);
	f->now += 2000;
	fixture_request(f, NET, &f->members[1], "first");
	expect_error(f, 2, ERROR_NETWORK_ACCESS_DENIED);
	fixture_request(f, NET, &f->members[0], "other");
	CHECK_EQ(f->n_configs, 2);
	f->now += 2000;
	fixture_request(f, NET, &f->members[1], "other");
	CHECK_EQ(f->n_configs, 3);
	/* One that lasts as well is not spent. */
	fixture_post(f, NET, NULL,
		     "{\"oneTimeTokens\":{\"x\":0},\"authTokens\":{\"x\":0}}");
	f->now += 2000;
	fixture_post(f, NET, &f->members[1], "{\"authorized\":false}");
	fixture_request(f, NET, &f->members[1], "x");
	CHECK(strstr(fixture_post(f, NET, NULL, "{}"),
		     "\"oneTimeTokens\":{\"x\":0}"));
	fixture_free(f);
}

TEST(controller_member_of_a_public_network_stays_when_it_turns_private)
{
	struct fixture *f = fixture_new();

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_post(f, NET, NULL, "{\"private\":true}");
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_errors, 0);
	fixture_request(f, NET, &f->members[1], NULL);
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	fixture_free(f);
}

TEST(controller_unknown_and_foreign_networks)
{
	struct fixture *f = fixture_new();
	struct controller_request q = {
		.network = { 0x1234567890000001 },
		.packet_id = 7,
		.requester = &f->members[0],
	};

	fixture_request(f, 0x77, &f->members[0], NULL);
	expect_error(f, 1, ERROR_OBJ_NOT_FOUND);
	tl_controller_on_request(f->c, &q, f->now);
	CHECK_EQ(f->n_errors, 1);
	CHECK_EQ(tl_store_memory_rows(f->memory), 0);
	fixture_free(f);
}

TEST(controller_gate_of_one_second)
{
	struct fixture *f = fixture_new();
	const struct identity *m = &f->members[0];

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, m, NULL);
	f->now += 1000;
	fixture_request(f, NET, m, NULL);
	CHECK_EQ(f->n_configs, 1);
	f->now += 1;
	fixture_request(f, NET, m, NULL);
	CHECK_EQ(f->n_configs, 2);
	/* Each member has its own, each network too, unknown ones as well. */
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(f->n_configs, 3);
	fixture_request(f, 0x77, m, NULL);
	fixture_request(f, 0x77, m, NULL);
	CHECK_EQ(f->n_errors, 1);
	f->now += 1001;
	fixture_request(f, 0x77, m, NULL);
	CHECK_EQ(f->n_errors, 2);
	/* A clock that goes back locks nobody out. */
	f->now -= 3600000;
	fixture_request(f, NET, m, NULL);
	CHECK_EQ(f->n_configs, 4);
	fixture_free(f);
}

TEST(controller_pins_the_identity)
{
	struct fixture *f = fixture_new();
	struct identity other = f->members[1];

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	other.addr = f->members[0].addr;
	f->now += 2000;
	fixture_request(f, NET, &other, NULL);
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	CHECK_EQ(f->n_configs, 1);
	/* Nor does the impostor keep the member from asking. */
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 2);
	/* Still so after a restart. */
	fixture_start(f);
	f->now += 2000;
	fixture_request(f, NET, &other, NULL);
	CHECK_EQ(f->n_errors, 2);
	fixture_free(f);
}

TEST(controller_without_rules_engine_one_accept)
{
	struct fixture *f = fixture_new();
	struct controller_request q = {
		.network = fixture_network(f, NET),
		.packet_id = 7,
		.requester = &f->members[0],
	};

	fixture_post(f, NET, NULL,
		     "{\"private\":false,\"rules\":[{\"type\":"
		     "\"ACTION_DROP\"}],\"tags\":[{\"id\":1,\"default\":2}]}");
	tl_controller_on_request(f->c, &q, f->now);
	expect_config(f, 1);
	CHECK_EQ(f->conf->n_rules, 1);
	CHECK_EQ(f->conf->rules[0], 1);
	CHECK_EQ(f->conf->n_tags, 0);
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->conf->rules[0], 0);
	CHECK_EQ(f->conf->n_tags, 1);
	fixture_free(f);
}

TEST(controller_very_old_nodes_are_told_nothing)
{
	static const char text[] = "v=0000000000000005";
	struct fixture *f = fixture_new();
	struct controller_request q = {
		.network = fixture_network(f, NET),
		.packet_id = 7,
		.requester = &f->members[0],
		.metadata = tl_bytes_from_str(text),
	};

	fixture_post(f, NET, NULL, "{\"private\":false}");
	tl_controller_on_request(f->c, &q, f->now);
	expect_error(f, 1, ERROR_OBJ_NOT_FOUND);
	fixture_free(f);
}

TEST(controller_tags_and_capabilities)
{
	struct fixture *f = fixture_new();
	struct keyring keys = fixture_keys(f);
	struct address missing;

	fixture_post(f, NET, NULL,
		     "{\"private\":false,\"tags\":[{\"id\":7,\"default\":70},"
		     "{\"id\":5,\"default\":null}],\"capabilities\":[{\"id\":3,"
		     "\"default\":true,\"rules\":[{\"type\":"
		     "\"ACTION_ACCEPT\"}]},{\"id\":4,\"rules\":[]}]}");
	fixture_request(f, NET, &f->members[0], NULL);
	expect_config(f, 1);
	CHECK_EQ(f->conf->n_tags, 1);
	CHECK_EQ(f->conf->tags[0].id, 7);
	CHECK_EQ(f->conf->tags[0].value, 70);
	CHECK_EQ(tl_tag_verify(&f->conf->tags[0], &keys, &missing),
		 CREDENTIAL_VALID);
	CHECK_EQ(f->conf->n_capabilities, 1);
	CHECK_EQ(f->conf->capabilities[0].id, 3);
	CHECK_EQ(f->conf->capabilities[0].max_custody, 1);
	CHECK_EQ(tl_capability_verify(&f->conf->capabilities[0], &keys,
				      &missing),
		 CREDENTIAL_VALID);
	CHECK_EQ(tl_capability_issued_to(&f->conf->capabilities[0]).v,
		 f->members[0].addr.v);
	CHECK_EQ(f->conf->tags[0].timestamp, f->conf->timestamp);
	CHECK_EQ(f->conf->capabilities[0].timestamp, f->conf->timestamp);
	/* Now they are the member's own. */
	CHECK(strstr(fixture_post(f, NET, &f->members[0], "{}"),
		     "\"capabilities\":[3]"));
	f->now += CONTROLLER_PACE_MS;
	fixture_post(f, NET, &f->members[0],
		     "{\"capabilities\":[4,99],\"tags\":[[7,1],[2,2]]}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 1);
	CHECK_EQ(f->conf->n_tags, 2);
	CHECK_EQ(f->conf->tags[0].id, 2);
	CHECK_EQ(f->conf->tags[1].value, 1);
	CHECK_EQ(f->conf->n_capabilities, 1);
	CHECK_EQ(f->conf->capabilities[0].id, 4);
	fixture_free(f);
}

/* The reference does so on public networks only. */
TEST(controller_default_capabilities_at_first_approval)
{
	struct fixture *f = fixture_new();

	fixture_post(f, NET, NULL,
		     "{\"capabilities\":[{\"id\":3,\"default\":true}]}");
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK(strstr(fixture_post(f, NET, &f->members[0],
				  "{\"authorized\":true}"),
		     "\"capabilities\":[3]"));
	CHECK(strstr(fixture_post(f, NET, &f->members[1],
				  "{\"authorized\":true,"
				  "\"capabilities\":[]}"),
		     "\"capabilities\":[]"));
	/* Not once more. */
	fixture_post(f, NET, &f->members[0],
		     "{\"authorized\":false,\"capabilities\":[]}");
	CHECK(strstr(fixture_post(f, NET, &f->members[0],
				  "{\"authorized\":true}"),
		     "\"capabilities\":[]"));
	fixture_free(f);
}

TEST(controller_pushes_changes_of_the_network)
{
	struct fixture *f = fixture_new();

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(tl_controller_next_ms(f->c), INT64_MAX);
	f->now += CONTROLLER_PACE_MS;
	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	CHECK(tl_controller_next_ms(f->c) <= f->now);
	CHECK_EQ(tl_controller_tick(f->c, f->now), INT64_MAX);
	CHECK_EQ(f->n_pushes, 2);
	CHECK_EQ(f->conf->mtu, 1400);
	CHECK_EQ(f->conf->revision, 2);
	/* The same again is no change. */
	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 2);
	/* Only to those who are online. */
	f->now += CONTROLLER_ONLINE_MS - 1 - CONTROLLER_PACE_MS;
	fixture_request(f, NET, &f->members[0], NULL);
	f->now += CONTROLLER_PACE_MS;
	fixture_post(f, NET, NULL, "{\"mtu\":1500}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 3);
	CHECK_EQ(f->conf_to.v, f->members[0].addr.v);
	fixture_free(f);
}

TEST(controller_tells_those_who_ask_seldom_but_are_reached)
{
	struct fixture *f = fixture_new();

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	f->now += CONTROLLER_SELDOM_MS;
	f->reached = f->members[1].addr;
	fixture_post(f, NET, NULL, "{\"mtu\":1400}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 1);
	CHECK_EQ(f->conf_to.v, f->members[1].addr.v);
	/* Who has not asked for so long may have left. */
	f->now += 1;
	fixture_post(f, NET, NULL, "{\"mtu\":1500}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 1);
	fixture_free(f);
}

TEST(controller_new_bridge_is_told_to_all)
{
	struct fixture *f = fixture_new();

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	f->now += CONTROLLER_PACE_MS;
	fixture_post(f, NET, &f->members[1], "{\"activeBridge\":true}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 2);
	CHECK_EQ(f->conf->n_specialists, 1);
	CHECK_EQ(f->conf->specialists[0],
		 SPECIALIST_BRIDGE | f->members[1].addr.v);
	f->now += CONTROLLER_PACE_MS;
	fixture_post(f, NET, &f->members[1], "{\"activeBridge\":false}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 4);
	CHECK_EQ(f->conf->n_specialists, 0);
	fixture_free(f);
}

TEST(controller_deauthorization_revokes_and_reauthorization_reissues)
{
	struct fixture *f = fixture_new();
	const struct identity *m = &f->members[0];

	fixture_post(f, NET, NULL, "{}");
	fixture_post(f, NET, m, "{\"authorized\":true}");
	fixture_post(f, NET, &f->members[1], "{\"authorized\":true}");
	fixture_request(f, NET, m, NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	expect_config(f, 2);
	fixture_post(f, NET, m, "{\"authorized\":false}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 0);
	CHECK_EQ(f->n_revoked, 2); /* one each for both online members */
	CHECK_EQ(f->revoked[0].v, m->addr.v);
	CHECK_EQ(f->revoked[1].v, m->addr.v);
	CHECK(f->revoked_at[0].v != f->revoked_at[1].v);
	CHECK(f->threshold >= f->now);
	CHECK(!tl_controller_is_recent(f->c, fixture_network(f, NET), m->addr,
				       f->now));
	f->now += 2000;
	fixture_request(f, NET, m, NULL);
	expect_error(f, 1, ERROR_NETWORK_ACCESS_DENIED);
	/* In the very same millisecond it may be admitted again. */
	fixture_post(f, NET, m, "{\"authorized\":true}");
	fixture_post(f, NET, m, "{\"authorized\":false}");
	fixture_post(f, NET, m, "{\"authorized\":true}");
	fixture_settle(f);
	CHECK_EQ(f->n_pushes, 1);
	CHECK_EQ(f->conf_to.v, m->addr.v);
	CHECK(tl_com_timestamp(&f->conf->com) > f->threshold);
	fixture_free(f);
}

TEST(controller_deleting_revokes)
{
	struct fixture *f = fixture_new();
	char path[100];

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_request(f, NET, &f->members[1], NULL);
	snprintf(path, sizeof(path),
		 "/controller/network/%016llx/member/%010llx",
		 (unsigned long long)fixture_network(f, NET).v,
		 (unsigned long long)f->members[0].addr.v);
	fixture_http(f, "DELETE", path, "", 200);
	CHECK_EQ(f->n_revoked, 2);
	fixture_http(f, "GET", path, "", 404);
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL); /* a new record */
	CHECK_EQ(f->n_configs, 3);
	snprintf(path, sizeof(path), "/controller/network/%016llx",
		 (unsigned long long)fixture_network(f, NET).v);
	f->n_revoked = 0;
	f->n_credentials = 0;
	fixture_http(f, "DELETE", path, "", 200);
	CHECK_EQ(f->n_credentials, 2);
	CHECK_EQ(f->n_revoked, 4);
	CHECK_EQ(tl_store_memory_rows(f->memory), 0);
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	expect_error(f, 1, ERROR_OBJ_NOT_FOUND);
	fixture_free(f);
}

TEST(controller_addresses_belong_to_one_member_only)
{
	struct fixture *f = fixture_new();
	struct endpoint first;

	fixture_post(f, NET, NULL,
		     "{\"private\":false,\"v4AssignMode\":\"zt\","
		     "\"ipAssignmentPools\":[{\"ipRangeStart\":\"10.0.0.1\","
		     "\"ipRangeEnd\":\"10.0.0.3\"}],\"routes\":[{\"target\":"
		     "\"10.0.0.0/24\"}]}");
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->conf->n_addresses, 1);
	first = f->conf->addresses[0];
	fixture_start(f); /* what is taken is known after a restart */
	fixture_request(f, NET, &f->members[1], NULL);
	CHECK_EQ(f->conf->n_addresses, 1);
	CHECK(!tl_endpoint_same_ip(&first, &f->conf->addresses[0]));
	f->now += 2000;
	fixture_request(f, NET, &f->self, NULL); /* the pool is empty */
	CHECK_EQ(f->conf->n_addresses, 0);
	CHECK_EQ(f->conf->n_ownerships, 0);
	/* Given back when the member's list is edited. */
	fixture_post(f, NET, &f->members[0],
		     "{\"ipAssignments\":[],\"noAutoAssignIps\":true}");
	f->now += 2000;
	fixture_request(f, NET, &f->self, NULL);
	CHECK(tl_endpoint_same_ip(&first, &f->conf->addresses[0]));
	fixture_free(f);
}

TEST(controller_timestamps_never_go_back)
{
	struct fixture *f = fixture_new();
	int64_t last;

	fixture_post(f, NET, NULL, "{\"private\":false}");
	fixture_request(f, NET, &f->members[0], NULL);
	last = f->conf->timestamp;
	f->now -= 86400000; /* the machine's clock was lost */
	fixture_start(f);
	fixture_request(f, NET, &f->members[0], NULL);
	expect_config(f, 2);
	CHECK(f->conf->timestamp >= last);
	CHECK(f->conf->timestamp <= last + 10000);
	last = f->conf->timestamp;
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK(f->conf->timestamp >= last);
	/* In time, it is the clock again that says what time it is. */
	f->now += 10 * 86400000LL;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->conf->timestamp, f->now);
	fixture_free(f);
}

TEST(controller_says_nothing_if_it_cannot_store)
{
	struct fixture *f = fixture_new();
	const char *text;

	fixture_post(f, NET, NULL, "{\"private\":false}");
	tl_store_memory_break(f->memory, -EIO);
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 0);
	CHECK_EQ(f->n_errors, 0);
	text = fixture_http(f, "POST", "/controller/network", "{}", 500);
	CHECK(strstr(text, "cannot store"));
	tl_store_memory_break(f->memory, 0);
	CHECK_STR(fixture_http(f, "GET", "/controller/network", "", 200),
		  "[\"1e80fd6eb40000a1\"]");
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 1);
	/* What did not work has not happened. */
	tl_store_memory_break(f->memory, -EIO);
	fixture_http(f, "POST",
		     "/controller/network/1e80fd6eb40000a1/member/cc85670443",
		     "{\"authorized\":false}", 500);
	fixture_http(f, "DELETE", "/controller/network/1e80fd6eb40000a1", "",
		     500);
	CHECK_EQ(f->n_revoked, 0);
	tl_store_memory_break(f->memory, 0);
	f->now += 2000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 2);
	CHECK_EQ(f->n_errors, 0);
	fixture_free(f);
}

TEST(controller_a_quiet_member_costs_no_write)
{
	struct fixture *f = fixture_new();
	size_t writes;

	fixture_post(f, NET, NULL, "{\"private\":false," POOL "}");
	fixture_request(f, NET, &f->members[0], NULL);
	writes = tl_store_memory_writes(f->memory);
	f->now += 60000;
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 2);
	CHECK_EQ(tl_store_memory_writes(f->memory), writes);
	fixture_free(f);
}

TEST(controller_strangers_cannot_fill_the_list)
{
	struct fixture *f = fixture_new();
	struct identity m = f->members[0];
	size_t i;

	fixture_post(f, NET, NULL, "{\"authTokens\":{\"t\":0}}");
	for (i = 0; i < CONTROLLER_MAX_PENDING + 10; i++) {
		m.addr.v = 0x1000000000 + i;
		fixture_request(f, NET, &m, NULL);
	}
	CHECK_EQ(f->n_errors, CONTROLLER_MAX_PENDING + 10);
	CHECK_EQ(tl_store_memory_rows(f->memory), 1 + CONTROLLER_MAX_PENDING);
	/* Those with a token still get in, and so do those an admin names. */
	fixture_request(f, NET, &f->members[1], "t");
	CHECK_EQ(f->n_configs, 1);
	fixture_post(f, NET, &f->members[0], "{\"authorized\":true}");
	fixture_request(f, NET, &f->members[0], NULL);
	CHECK_EQ(f->n_configs, 2);
	fixture_free(f);
}

TEST(controller_large_configuration_in_chunks)
{
	static char body[200000];
	struct writer w = tl_writer(tl_buffer(body, sizeof(body) - 1));
	struct fixture *f = fixture_new();
	char rule[100];
	unsigned int i;

	tl_write_bytes(&w, tl_bytes_from_str("{\"private\":false,\"rules\":["));
	for (i = 0; i < 1023; i++) {
		snprintf(rule, sizeof(rule),
			 "{\"type\":\"MATCH_IPV6_SOURCE\",\"ip\":"
			 "\"fd00::%x/128\",\"or\":true},",
			 i);
		tl_write_bytes(&w, tl_bytes_from_str(rule));
	}
	tl_write_bytes(&w, tl_bytes_from_str("{\"type\":\"ACTION_ACCEPT\"}]}"));
	CHECK(tl_writer_ok(&w));
	fixture_post(f, NET, NULL, body);
	fixture_request(f, NET, &f->members[0], NULL);
	expect_config(f, 1);
	CHECK(f->n_chunks >= 2);
	CHECK_EQ(f->conf->n_rules, 1024);
	fixture_free(f);
}

TEST(controller_restart_keeps_everything)
{
	struct fixture *f = fixture_new();
	char *before;

	fixture_post(f, NET, NULL, "{\"private\":false," POOL "}");
	fixture_request(f, NET, &f->members[0], NULL);
	fixture_post(f, NET, &f->members[1], "{\"name\":\"x\"}");
	before = strdup(fixture_http(f, "GET", "/unstable/controller/network",
				     "", 200));
	fixture_start(f);
	CHECK_STR(fixture_http(f, "GET", "/unstable/controller/network", "",
			       200),
		  before);
	free(before);
	fixture_free(f);
}

TEST(controller_every_allocation_may_fail)
{
	struct fixture *f = fixture_new();
	size_t n_configs = 0;
	int n;

	fixture_post(f, NET, NULL,
		     "{\"private\":false," POOL ",\"tags\":[{\"id\":1,"
		     "\"default\":2}],\"capabilities\":[{\"id\":1,"
		     "\"default\":true}]}");
	for (n = 0; f->n_configs == n_configs; n++) {
		CHECK(n < 1000);
		f->now += 2000;
		tl_alloc_fail_after(n);
		fixture_request(f, NET, &f->members[0], NULL);
		tl_alloc_fail_after(-1);
	}
	CHECK(n > 10);
	CHECK_EQ(f->conf->n_addresses, 1);
	CHECK_EQ(f->conf->n_tags, 1);
	CHECK_EQ(f->n_errors, 0);
	fixture_free(f);
}

/* As another program may have written it. */
TEST(controller_member_that_is_stored_without_a_revision_stays)
{
	struct fixture *f = fixture_new();
	struct store store = tl_store_memory_ops(f->memory);
	char path[100];

	fixture_post(f, 1, NULL, "{}");
	CHECK_EQ(store.put_member(store.ctx, fixture_network(f, 1),
				  f->members[0].addr,
				  tl_bytes_from_str("{\"name\":\"x\"}")),
		 0);
	fixture_start(f);
	snprintf(path, sizeof(path),
		 "/controller/network/%016llx/member/%010llx",
		 (unsigned long long)fixture_network(f, 1).v,
		 (unsigned long long)f->members[0].addr.v);
	CHECK(strstr(fixture_http(f, "GET", path, "", 200), "\"name\":\"x\""));
	fixture_http(f, "POST", path, "{\"ipAssignments\":[\"nowhere\"]}", 400);
	fixture_http(f, "GET", path, "", 200);
	fixture_free(f);
}
