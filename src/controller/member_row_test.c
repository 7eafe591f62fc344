/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/member_row.h"

#include <errno.h>

#include "base/alloc.h"
#include "harness.h"

static const struct network_id net = { 0x7ee85fb0c96e642f };
static const struct address addr = { 0xcc85670443 };

/* With all that a row may have, in the order of writing. */
static const char full[] =
	"{\"revision\":7,\"activeBridge\":true,\"authenticationExpiryTime\":5,"
	"\"authorized\":true,\"creationTime\":1795913455506,"
	"\"lastAuthorizedCredential\":\"let me in\","
	"\"lastAuthorizedCredentialType\":\"token\",\"lastAuthorizedTime\":11,"
	"\"lastDeauthorizedTime\":12,\"name\":\"a b\",\"noAutoAssignIps\":true,"
	"\"remoteTraceLevel\":3,\"ssoExempt\":true,\"capabilities\":[1,"
	"4000000000],"
	"\"ipAssignments\":[\"10.1.2.3\",\"fd00::1\"],\"tags\":[[1,2],[3,4]],"
	"\"remoteTraceTarget\":\"0123456789\",\"vMajor\":1,\"vMinor\":14,"
	"\"vProto\":-12,\"vRev\":0}";

static struct member_object *fresh(void)
{
	struct member_object *o;

	CHECK_EQ(tl_member_object_new(&o, net, addr, 0), 0);
	return o;
}

/* As one who reads any JSON understands it: a space makes it that. */
static struct member_object *read_slowly(const char *text)
{
	struct member_object *o = NULL;
	char copy[4000];

	snprintf(copy, sizeof(copy), " %s", text);
	if (tl_member_object_load(&o, net, addr, tl_bytes_from_str(copy)))
		return NULL;
	return o;
}

static bool reads(const char *text)
{
	struct member_object *slow;
	struct member_object *o = fresh();
	int r = tl_member_row_read(o, tl_bytes_from_str(text));

	CHECK(r == MEMBER_ROW_READ || r == MEMBER_ROW_OTHER);
	if (r == MEMBER_ROW_READ) {
		slow = read_slowly(text);
		CHECK(slow);
		CHECK(tl_member_object_equal(o, slow));
		CHECK_EQ(o->revision, slow->revision);
		tl_member_object_free(slow);
	}
	tl_member_object_free(o);
	return r == MEMBER_ROW_READ;
}

TEST(member_row_is_read_as_any_json)
{
	CHECK(reads(full));
	CHECK(reads("{\"revision\":1}"));
	/* In any order; the last one counts. */
	CHECK(reads("{\"vRev\":3,\"revision\":1,\"name\":\"\"}"));
	CHECK(reads("{\"name\":\"x\",\"name\":\"y\"}"));
	CHECK(reads("{\"tags\":[[1,2],[5,6]],\"tags\":[[2,2]]}"));
	CHECK(reads("{\"ipAssignments\":[\"1.2.3.4\",\"1.2.3.4\"]}"));
	CHECK(reads("{\"tags\":[[-1,99999999999]],\"capabilities\":[-1]}"));
	CHECK(reads("{\"creationTime\":-999999999999999999}"));
}

TEST(member_row_leaves_the_rest_to_others)
{
	static const char *const other[] = {
		"",
		"{",
		"{}",
		"[]",
		"{\"revision\":1",
		"{\"revision\":1,",
		"{\"revision\":1,}",
		"{\"revision\":1}x",
		"{\"revision\":1}\n",
		" {\"revision\":1}",
		"{\"revision\": 1}",
		"{\"revision\":01}",
		"{\"revision\":-1}",
		"{\"revision\":-}",
		"{\"revision\":1.5}",
		"{\"revision\":1e3}",
		"{\"revision\":1234567890123456789}",
		"{\"revision\":9999999999999999999}",
		"{\"revision\":99999999999999999999999999999999}",
		"{\"revision\":\"1\"}",
		"{\"revision\":null}",
		"{\"Revision\":1}",
		"{\"revision\"}",
		"{revision:1}",
		"{\"id\":\"cc85670443\"}",
		"{\"authorized\":1}",
		"{\"authorized\":tru}",
		"{\"authorized\":truex}",
		"{\"name\":null}",
		"{\"name\":\"a\\nb\"}",
		"{\"name\":\"a\nb\"}",
		"{\"name\":\"\xc3\xa9\"}",
		"{\"name\":\"no end",
		"{\"remoteTraceTarget\":\"12\"}",
		"{\"lastAuthorizedCredentialType\":\"friendship\"}",
		"{\"lastAuthorizedCredentialType\":null}",
		"{\"capabilities\":[]}",
		"{\"capabilities\":[1,]}",
		"{\"capabilities\":[1",
		"{\"capabilities\":7}",
		"{\"tags\":[[1]]}",
		"{\"tags\":[[1,2,3]]}",
		"{\"tags\":[1,2]}",
		"{\"ipAssignments\":[\"nowhere\"]}",
		"{\"identity\":\"cc85670443:0:12\"}",
		"{\"identity\":\"\"}",
	};
	static const char long_ip[] = "{\"ipAssignments\":[\""
				      "1234567890123456789012345678901234567890"
				      "1234567890123456789\"]}";
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(other); i++) {
		if (reads(other[i]))
			FAIL("%s", other[i]);
	}
	CHECK(!reads(long_ip));
}

/* Whatever is cut off or changed: no other meaning. */
TEST(member_row_with_any_byte_wrong_means_the_same_or_is_left)
{
	static const char odd[] = "{}[]\",:\\ 0a-.\x80";
	char text[sizeof(full)];
	size_t i;
	size_t k;

	for (i = 0; i < sizeof(full) - 1; i++) {
		memcpy(text, full, sizeof(full));
		text[i] = '\0';
		CHECK(!reads(text));
		for (k = 0; k < sizeof(odd) - 1; k++) {
			memcpy(text, full, sizeof(full));
			text[i] = odd[k];
			(void)reads(text);
		}
	}
}

TEST(member_row_knows_the_identity_of_its_member)
{
	static const char pub[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef";
	char text[400];

	snprintf(text, sizeof(text), "{\"identity\":\"cc85670443:0:%s\"}", pub);
	CHECK(reads(text));
	snprintf(text, sizeof(text), "{\"identity\":\"cc85670444:0:%s\"}", pub);
	CHECK(!reads(text));
	CHECK(!read_slowly(text));
}

/* Every member that can be is written so that it is read at once. */
TEST(member_row_reads_what_is_written)
{
	struct member_object *o = read_slowly(full);
	char *row;

	CHECK(o);
	row = tl_member_object_row(o);
	CHECK(row);
	CHECK_STR(row, full);
	tl_free(row);
	memset(o->pub, 0xab, sizeof(o->pub));
	o->has_identity = true;
	row = tl_member_object_row(o);
	CHECK(row);
	CHECK(reads(row));
	tl_free(row);
	tl_member_object_free(o);
}

TEST(member_row_without_memory)
{
	struct member_object *o = NULL;
	int n;

	for (n = 0; n < 100; n++) {
		int err;

		tl_alloc_fail_after(n);
		err = tl_member_object_load(&o, net, addr,
					    tl_bytes_from_str(full));
		tl_alloc_fail_after(-1);
		if (!err)
			break;
		CHECK(err == -ENOMEM || err == -EINVAL);
	}
	tl_alloc_fail_after(-1);
	CHECK(n < 100);
	tl_member_object_free(o);
}
