/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/member_row.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define DIGITS_MAX 18 /* always fits into an int64_t */
#define TOKEN_MAX 255 /* bytes; a longer one is read by others */

/**
 * struct row - A row that is being read
 * @err:	-ENOMEM; sticky, as is @is_other, and both empty @rest
 */
struct row {
	struct member_object *o;
	struct bytes rest;
	bool is_other;
	int err;
};

static void give_up(struct row *r, int err)
{
	r->is_other = true;
	if (err == -ENOMEM)
		r->err = err;
	r->rest = tl_bytes(NULL, 0);
}

/* Is @c next? It is taken then. */
static bool take(struct row *r, char c)
{
	if (!r->rest.n || r->rest.at[0] != (uint8_t)c)
		return false;
	r->rest = tl_bytes_skip(r->rest, 1);
	return true;
}

static void expect(struct row *r, char c)
{
	if (!take(r, c))
		give_up(r, 0);
}

static bool take_word(struct row *r, const char *word)
{
	size_t n = strlen(word);

	if (r->rest.n < n || memcmp(r->rest.at, word, n) != 0)
		return false;
	r->rest = tl_bytes_skip(r->rest, n);
	return true;
}

static bool is_plain(uint8_t c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* Without its quotes; borrowed from the row. */
static struct bytes take_string(struct row *r)
{
	struct bytes s = { 0 };
	size_t n = 0;

	expect(r, '"');
	while (n < r->rest.n && is_plain(r->rest.at[n]))
		n++;
	s = tl_bytes(r->rest.at, n);
	r->rest = tl_bytes_skip(r->rest, n);
	expect(r, '"');
	return s;
}

static int64_t take_int(struct row *r)
{
	bool is_negative = take(r, '-');
	int64_t v = 0;
	size_t n = 0;

	for (; n < r->rest.n && r->rest.at[n] >= '0' && r->rest.at[n] <= '9';
	     n++) {
		if (n < DIGITS_MAX)
			v = v * 10 + (r->rest.at[n] - '0');
	}
	/* No zeros in front. What follows is not a number, or is refused. */
	if (n == 0 || n > DIGITS_MAX || (n > 1 && r->rest.at[0] == '0'))
		give_up(r, 0);
	else
		r->rest = tl_bytes_skip(r->rest, n);
	return is_negative ? -v : v;
}

static bool take_bool(struct row *r)
{
	if (take_word(r, "true"))
		return true;
	if (!take_word(r, "false"))
		give_up(r, 0);
	return false;
}

/* Zero-terminated, for parsers that want it so. */
static bool copy_string(struct row *r, char *out, size_t size)
{
	struct bytes s = take_string(r);

	if (r->is_other)
		return false;
	if (s.n >= size) {
		give_up(r, 0);
		return false;
	}
	memcpy(out, s.at, s.n);
	out[s.n] = '\0';
	return true;
}

/* Replaces what is at @textp. */
static void take_text(struct row *r, char **textp, size_t max)
{
	struct bytes s = take_string(r);
	char *copy;

	if (r->is_other)
		return;
	copy = s.n <= max ? tl_alloc(s.n + 1) : NULL;
	if (!copy) {
		give_up(r, s.n <= max ? -ENOMEM : 0);
		return;
	}
	memcpy(copy, s.at, s.n);
	copy[s.n] = '\0';
	tl_free(*textp);
	*textp = copy;
}

static void take_identity(struct row *r)
{
	struct bytes s = take_string(r);
	struct identity id;

	if (r->is_other)
		return;
	if (tl_identity_parse(&id, s) ||
	    !tl_address_equal(id.addr, r->o->address)) {
		give_up(r, 0);
		return;
	}
	r->o->has_identity = true;
	memcpy(r->o->pub, id.pub, sizeof(r->o->pub));
	tl_identity_wipe(&id);
}

static void take_grant(struct row *r)
{
	struct bytes s = take_string(r);
	unsigned int i;

	for (i = MEMBER_GRANT_API; i <= MEMBER_GRANT_TOKEN; i++) {
		if (!tl_bytes_equal(
			    s, tl_bytes_from_str(tl_member_grant_names[i])))
			continue;
		r->o->grant = (enum member_grant)i;
		return;
	}
	give_up(r, 0);
}

static void take_target(struct row *r)
{
	struct bytes s = take_string(r);

	if (!r->is_other && tl_address_parse(&r->o->trace_target, s))
		give_up(r, 0);
}

static void take_ip(struct row *r)
{
	char text[ENDPOINT_TEXT_SIZE];
	struct endpoint ip;
	int err;

	if (!copy_string(r, text, sizeof(text)))
		return;
	if (tl_endpoint_parse(&ip, text) || ip.family == 0) {
		give_up(r, 0);
		return;
	}
	err = tl_member_object_add_ip(r->o, &ip);
	if (err)
		give_up(r, err);
}

static void take_tag(struct row *r)
{
	uint32_t id;
	uint32_t value;
	int err;

	expect(r, '[');
	id = (uint32_t)take_int(r);
	expect(r, ',');
	value = (uint32_t)take_int(r);
	expect(r, ']');
	err = r->is_other ? 0 : tl_member_object_set_tag(r->o, id, value);
	if (err)
		give_up(r, err);
}

static void take_capability(struct row *r)
{
	uint32_t id = (uint32_t)take_int(r);
	int err = r->is_other ? 0 : tl_member_object_add_capability(r->o, id);

	if (err)
		give_up(r, err);
}

/* A list with at least one entry: an empty one is not written. It takes the
 * place of what was there. */
static void take_list(struct row *r, size_t *count,
		      void (*take_entry)(struct row *))
{
	*count = 0;
	expect(r, '[');
	do
		take_entry(r);
	while (take(r, ','));
	expect(r, ']');
}

enum kind {
	KIND_BOOL,
	KIND_INT,
	KIND_COUNT, /* not below 0 */
	KIND_SPECIAL,
};

enum special {
	CAPABILITIES,
	GRANT,
	IDENTITY,
	IPS,
	NAME,
	TAGS,
	TARGET,
	TOKEN,
};

/**
 * struct field - A key that we write
 * @at:		offset in struct member_object, or an enum special
 */
struct field {
	const char *key;
	size_t key_len;
	enum kind kind;
	size_t at;
};

#define FIELD(key, kind, at)                                                   \
	{                                                                      \
		key, sizeof(key) - 1, kind, at                                 \
	}
#define VALUE(key, kind, name)                                                 \
	FIELD(key, kind, offsetof(struct member_object, name))
#define BOOL(key, name) VALUE(key, KIND_BOOL, name)
#define INT(key, name) VALUE(key, KIND_INT, name)
#define COUNT(key, name) VALUE(key, KIND_COUNT, name)
#define SPECIAL(key, what) FIELD(key, KIND_SPECIAL, what)

/* In the order in which they are written: the next is found at once. */
static const struct field fields[] = {
	COUNT("revision", revision),
	BOOL("activeBridge", active_bridge),
	INT("authenticationExpiryTime", auth_expiry_ms),
	BOOL("authorized", authorized),
	INT("creationTime", creation_ms),
	SPECIAL("identity", IDENTITY),
	SPECIAL("lastAuthorizedCredential", TOKEN),
	SPECIAL("lastAuthorizedCredentialType", GRANT),
	INT("lastAuthorizedTime", last_authorized_ms),
	INT("lastDeauthorizedTime", last_deauthorized_ms),
	SPECIAL("name", NAME),
	BOOL("noAutoAssignIps", no_auto_ips),
	COUNT("remoteTraceLevel", trace_level),
	BOOL("ssoExempt", sso_exempt),
	SPECIAL("capabilities", CAPABILITIES),
	SPECIAL("ipAssignments", IPS),
	SPECIAL("tags", TAGS),
	SPECIAL("remoteTraceTarget", TARGET),
	INT("vMajor", version.major),
	INT("vMinor", version.minor),
	INT("vProto", version.protocol),
	INT("vRev", version.revision),
};

/* The one with the next key, looked for from @*placep on; NULL if we never
 * write it. */
static const struct field *take_key(struct row *r, size_t *placep)
{
	struct bytes key = take_string(r);
	size_t i;

	expect(r, ':');
	for (i = 0; i < TL_ARRAY_SIZE(fields); i++) {
		const struct field *f =
			&fields[(*placep + i) % TL_ARRAY_SIZE(fields)];

		if (!tl_bytes_equal(key, tl_bytes(f->key, f->key_len)))
			continue;
		*placep += i + 1;
		return f;
	}
	return NULL;
}

static void take_special(struct row *r, enum special what)
{
	struct member_object *o = r->o;

	switch (what) {
	case CAPABILITIES:
		take_list(r, &o->n_capabilities, take_capability);
		break;
	case GRANT:
		take_grant(r);
		break;
	case IDENTITY:
		take_identity(r);
		break;
	case IPS:
		take_list(r, &o->n_ips, take_ip);
		break;
	case NAME:
		take_text(r, &o->name, MEMBER_NAME_MAX);
		break;
	case TAGS:
		take_list(r, &o->n_tags, take_tag);
		break;
	case TARGET:
		take_target(r);
		break;
	case TOKEN:
		take_text(r, &o->token, TOKEN_MAX);
		break;
	}
}

static void take_value(struct row *r, const struct field *f)
{
	char *at = (char *)r->o + f->at;
	int64_t v = 0;
	bool b;

	switch (f->kind) {
	case KIND_BOOL:
		b = take_bool(r);
		memcpy(at, &b, sizeof(b));
		break;
	case KIND_COUNT:
	case KIND_INT:
		v = take_int(r);
		if (v < 0 && f->kind == KIND_COUNT)
			give_up(r, 0);
		memcpy(at, &v, sizeof(v));
		break;
	case KIND_SPECIAL:
		take_special(r, (enum special)f->at);
		break;
	}
}

int tl_member_row_read(struct member_object *o, struct bytes text)
{
	struct row r = { .o = o, .rest = text };
	const struct field *f;
	size_t place = 0;

	expect(&r, '{');
	do {
		f = take_key(&r, &place);
		if (f)
			take_value(&r, f);
		else
			give_up(&r, 0);
	} while (take(&r, ','));
	expect(&r, '}');
	if (r.err)
		return r.err;
	return r.is_other || r.rest.n ? MEMBER_ROW_OTHER : MEMBER_ROW_READ;
}
