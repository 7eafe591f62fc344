/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/member_object.h"

#include <errno.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "harness.h"

static const struct network_id net = { 0x7ee85fb0c96e642f };
static const struct address addr = { 0x06deeb7a25 };
static struct object_error why;

static int merge(struct member_object *o, const char *text, int64_t now)
{
	json_t *body = tl_json_parse(tl_bytes_from_str(text));
	int err;

	CHECK(body);
	err = tl_member_object_merge(o, body, &why, now);
	json_decref(body);
	return err;
}

static struct member_object *fresh(void)
{
	struct member_object *o;

	CHECK_EQ(tl_member_object_new(&o, net, addr, 1000), 0);
	return o;
}

/* The store brings back what it was given, and shorter. */
static void check_row(const struct member_object *o)
{
	struct member_object *back;
	char *row = tl_member_object_row(o);

	CHECK(row);
	CHECK_EQ(tl_member_object_load(&back, net, addr,
				       tl_bytes_from_str(row)),
		 0);
	CHECK(tl_member_object_equal(o, back));
	CHECK_EQ(back->revision, o->revision);
	CHECK(strlen(row) < 600);
	tl_member_object_free(back);
	tl_free(row);
}

static void check_json(const struct member_object *o, const char *want)
{
	char *text = tl_member_object_text(o);
	json_t *j = tl_json_parse(tl_bytes_from_str(text));
	char *again = tl_json_print(j);

	CHECK_STR(text, want);
	/* JSON, its keys in order, and escaped as everywhere. */
	CHECK_STR(again, want);
	tl_free(again);
	tl_free(text);
	json_decref(j);
	check_row(o);
}

TEST(member_object_fresh)
{
	struct member_object *o = fresh();

	check_json(o, "{\"activeBridge\":false,\"address\":\"06deeb7a25\","
		      "\"authenticationExpiryTime\":0,\"authorized\":false,"
		      "\"capabilities\":[],\"creationTime\":1000,"
		      "\"id\":\"06deeb7a25\",\"ipAssignments\":[],"
		      "\"lastAuthorizedCredential\":null,"
		      "\"lastAuthorizedCredentialType\":null,"
		      "\"lastAuthorizedTime\":0,\"lastDeauthorizedTime\":0,"
		      "\"noAutoAssignIps\":false,\"nwid\":\"7ee85fb0c96e642f\","
		      "\"objtype\":\"member\",\"remoteTraceLevel\":0,"
		      "\"remoteTraceTarget\":null,\"revision\":0,"
		      "\"ssoExempt\":false,\"tags\":[],\"vMajor\":-1,"
		      "\"vMinor\":-1,\"vProto\":-1,\"vRev\":-1}");
	tl_member_object_free(o);
}

/* A field that is not mentioned stays, null puts its default. */
TEST(member_object_null_is_the_default)
{
	static const char all[] =
		"{\"authorized\":true,\"activeBridge\":true,"
		"\"noAutoAssignIps\":true,\"ssoExempt\":true,\"name\":\"n\","
		"\"remoteTraceLevel\":3,\"remoteTraceTarget\":\"1122334455\","
		"\"authenticationExpiryTime\":7}";
	struct member_object *o = fresh();

	CHECK_EQ(merge(o, all, 2000), 0);
	CHECK_EQ(merge(o, "{}", 3000), 0);
	CHECK(o->authorized && o->active_bridge && o->no_auto_ips &&
	      o->sso_exempt);
	CHECK_STR(o->name, "n");
	CHECK_EQ(o->trace_level, 3);
	CHECK_EQ(o->trace_target.v, 0x1122334455);
	CHECK_EQ(o->auth_expiry_ms, 7);
	CHECK_EQ(merge(o,
		       "{\"authorized\":null,\"activeBridge\":null,"
		       "\"noAutoAssignIps\":null,\"ssoExempt\":null,"
		       "\"name\":null,\"remoteTraceLevel\":null,"
		       "\"remoteTraceTarget\":null,"
		       "\"authenticationExpiryTime\":null}",
		       4000),
		 0);
	CHECK(!o->authorized && !o->active_bridge && !o->no_auto_ips &&
	      !o->sso_exempt);
	CHECK_STR(o->name, "");
	CHECK_EQ(o->trace_level, 0);
	CHECK_EQ(o->trace_target.v, 0);
	CHECK_EQ(o->auth_expiry_ms, 0);
	CHECK_EQ(o->last_deauthorized_ms, 4000);
	tl_member_object_free(o);
}

/* The shape of api.md 3.2, read from the store and written again. */
TEST(member_object_example_of_the_api)
{
	static const char text[] =
		"{\"activeBridge\":false,\"address\":\"06deeb7a25\","
		"\"authenticationExpiryTime\":0,\"authorized\":true,"
		"\"capabilities\":[1,5],\"creationTime\":1795374873927,"
		"\"id\":\"06deeb7a25\",\"identity\":\"06deeb7a25:0:"
		"54eeb5ada2945b6ee5a888d9d185cad065f68e96a57e8043e54d781421910f"
		"49d835690dd64b1db188bef2bdfdf0e36ef4b5a54a7731dce0ca9a8a5a6d2d"
		"773c\",\"ipAssignments\":[\"10.77.0.164\",\"fd00::1\"],"
		"\"lastAuthorizedCredential\":\"abc\","
		"\"lastAuthorizedCredentialType\":\"token\","
		"\"lastAuthorizedTime\":1795374880146,"
		"\"lastDeauthorizedTime\":7,\"name\":\"n\","
		"\"noAutoAssignIps\":true,\"nwid\":\"7ee85fb0c96e642f\","
		"\"objtype\":\"member\",\"remoteTraceLevel\":2,"
		"\"remoteTraceTarget\":\"1122334455\",\"revision\":3,"
		"\"ssoExempt\":true,\"tags\":[[1,3],[9,4294967295]],"
		"\"vMajor\":1,\"vMinor\":14,\"vProto\":12,\"vRev\":1}";
	struct member_object *o;
	struct member_object *copy;

	CHECK_EQ(tl_member_object_load(&o, net, addr, tl_bytes_from_str(text)),
		 0);
	check_json(o, text);
	CHECK_EQ(tl_member_object_copy(&copy, o), 0);
	check_json(copy, text);
	CHECK(tl_member_object_equal(o, copy));
	tl_member_object_free(o);
	tl_member_object_free(copy);
}

TEST(member_object_of_another_identity_is_not_loaded)
{
	struct member_object *o;

	CHECK_EQ(tl_member_object_load(
			 &o, net, addr,
			 tl_bytes_from_str("{\"identity\":\"garbage\"}")),
		 -EINVAL);
	CHECK_EQ(tl_member_object_load(&o, net, addr, tl_bytes_from_str("7")),
		 -EINVAL);
}

TEST(member_object_authorization_is_timed)
{
	struct member_object *o = fresh();

	CHECK_EQ(merge(o, "{\"authorized\":\"yes\"}", 5), 0);
	CHECK(!o->authorized); /* no t, T or 1 */
	CHECK_EQ(merge(o, "{\"authorized\":1}", 5), 0);
	CHECK(o->authorized);
	CHECK_EQ(o->last_authorized_ms, 5);
	CHECK_EQ(o->grant, MEMBER_GRANT_API);
	CHECK_EQ(merge(o, "{\"authorized\":true,\"name\":\"z\"}", 6), 0);
	CHECK_EQ(o->last_authorized_ms, 5);
	CHECK_EQ(merge(o, "{}", 7), 0);
	CHECK(o->authorized);
	CHECK_EQ(merge(o, "{\"authorized\":false}", 8), 0);
	CHECK(!o->authorized);
	CHECK_EQ(o->last_deauthorized_ms, 8);
	tl_member_object_free(o);
}

TEST(member_object_lists_are_put_in_order)
{
	struct member_object *o = fresh();

	CHECK_EQ(merge(o,
		       "{\"ipAssignments\":[\"10.0.0.2/24\",\"10.0.0.1\","
		       "\"10.0.0.2\"],\"tags\":[[5,1],[2,\"7\"],[5,9]],"
		       "\"capabilities\":[9,1,9,4]}",
		       1),
		 0);
	CHECK_EQ(o->n_ips, 2);
	CHECK_EQ(o->ips[0].ip[3], 2);
	CHECK_EQ(o->ips[0].port, 0);
	CHECK_EQ(o->n_tags, 2);
	CHECK_EQ(o->tags[0].id, 2);
	CHECK_EQ(o->tags[0].value, 7);
	CHECK_EQ(o->tags[1].value, 9);
	CHECK_EQ(o->n_capabilities, 3);
	CHECK_EQ(o->capabilities[0], 1);
	CHECK_EQ(o->capabilities[2], 9);
	CHECK_EQ(tl_member_object_find_tag(o, 5)->value, 9);
	CHECK(!tl_member_object_find_tag(o, 4));
	/* Replaced as a whole. */
	CHECK_EQ(merge(o, "{\"tags\":[],\"ipAssignments\":[\"::1\"]}", 1), 0);
	CHECK_EQ(o->n_tags, 0);
	CHECK_EQ(o->n_ips, 1);
	CHECK_EQ(o->n_capabilities, 3);
	tl_member_object_free(o);
}

TEST(member_object_bad_lists_are_refused)
{
	struct member_object *o = fresh();

	CHECK_EQ(merge(o, "{\"ipAssignments\":[5]}", 1), -EINVAL);
	CHECK(strstr(why.text, "ipAssignments"));
	CHECK_EQ(merge(o, "{\"ipAssignments\":[\"x\"]}", 1), -EINVAL);
	CHECK_EQ(merge(o, "{\"tags\":[[1]]}", 1), -EINVAL);
	CHECK(strstr(why.text, "tags"));
	CHECK_EQ(merge(o, "{\"tags\":[7]}", 1), -EINVAL);
	tl_member_object_free(o);
}

TEST(member_object_lists_have_limits)
{
	struct member_object *o = fresh();
	struct endpoint ip = { .family = 4 };
	uint32_t i;

	for (i = 0; i < MEMBER_MAX_TAGS; i++)
		CHECK_EQ(tl_member_object_set_tag(o, i, i), 0);
	CHECK_EQ(tl_member_object_set_tag(o, i, i), -ENOSPC);
	CHECK_EQ(tl_member_object_set_tag(o, 0, 9), 0);
	for (i = 0; i < MEMBER_MAX_CAPABILITIES; i++)
		CHECK_EQ(tl_member_object_add_capability(o, 1000 - i), 0);
	CHECK_EQ(tl_member_object_add_capability(o, 1), -ENOSPC);
	for (i = 0; i < MEMBER_MAX_IPS; i++) {
		tl_store_be32(ip.ip, i + 1);
		CHECK_EQ(tl_member_object_add_ip(o, &ip), 0);
	}
	CHECK_EQ(tl_member_object_add_ip(o, &ip), 0);
	tl_store_be32(ip.ip, i + 1);
	CHECK_EQ(tl_member_object_add_ip(o, &ip), -ENOSPC);
	tl_member_object_free(o);
}

TEST(member_object_equal_sees_every_field)
{
	static const char *const changes[] = {
		"{\"activeBridge\":true}",
		"{\"noAutoAssignIps\":true}",
		"{\"ssoExempt\":true}",
		"{\"name\":\"x\"}",
		"{\"ipAssignments\":[\"::1\"]}",
		"{\"tags\":[[1,1]]}",
		"{\"capabilities\":[3]}",
		"{\"remoteTraceTarget\":\"1122334455\"}",
		"{\"remoteTraceLevel\":3}",
		"{\"authenticationExpiryTime\":3}",
		"{\"authorized\":true}",
	};
	struct member_object *a = fresh();
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(changes); i++) {
		struct member_object *b;

		CHECK_EQ(tl_member_object_copy(&b, a), 0);
		b->revision = 99;
		CHECK(tl_member_object_equal(a, b));
		CHECK_EQ(merge(b, changes[i], 5), 0);
		CHECK(!tl_member_object_equal(a, b));
		tl_member_object_free(b);
	}
	tl_member_object_free(a);
}

TEST(member_object_every_allocation_may_fail)
{
	struct member_object *a = fresh();
	struct member_object *b;
	int err = -ENOMEM;
	int n;

	CHECK_EQ(merge(a,
		       "{\"name\":\"x\",\"ipAssignments\":[\"::1\"],"
		       "\"tags\":[[1,1]],\"capabilities\":[1]}",
		       1),
		 0);
	for (n = 0; err == -ENOMEM; n++) {
		tl_alloc_fail_after(n);
		err = tl_member_object_copy(&b, a);
		tl_alloc_fail_after(-1);
	}
	CHECK_EQ(err, 0);
	CHECK_EQ(n, 6);
	tl_member_object_free(a);
	tl_member_object_free(b);
}
