/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sequences of membership[] in credentials.json.
 *
 * Two answers differ on purpose:
 * - Revoking a tag, capability or certificate of ownership does not void the
 *   certificate of membership (vl2.md 6.6 advises this).
 * - A certificate of membership is kept only for the member it was issued to;
 *   the reference keeps it and then lets the gate say no.
 */
#include "vectors/vector.h"
#include "vl2/membership.h"

static json_t *root;
static struct identity known[8];
static size_t n_known;

static struct identity identity_named(const char *name)
{
	const json_t *all = tl_vector_get(root, "identities");
	struct identity id;

	CHECK_EQ(tl_identity_parse(
			 &id, tl_bytes_from_str(tl_vector_text(all, name))),
		 0);
	return id;
}

static const struct identity *find(void *ctx, struct address addr)
{
	size_t i;

	CHECK(ctx == &n_known);
	for (i = 0; i < n_known; i++) {
		if (tl_address_equal(known[i].addr, addr))
			return &known[i];
	}
	return NULL;
}

static const struct keyring keys = { find, &n_known };

static void load(void)
{
	json_t *name;
	size_t i;

	root = tl_vector_load("credentials");
	n_known = 0;
	json_array_foreach(tl_vector_array(root, "verifier_knows"), i, name)
		known[n_known++] = identity_named(json_string_value(name));
}

static struct credential credential_of(const json_t *step)
{
	const char *kind = tl_vector_text(step, "add");
	struct reader r = tl_reader(tl_vector_bytes(step, "binary"));
	struct credential c;

	if (strcmp(kind, "com") == 0) {
		c.type = CREDENTIAL_COM;
		tl_read_com(&r, &c.com);
	} else if (strcmp(kind, "tag") == 0) {
		c.type = CREDENTIAL_TAG;
		tl_read_tag(&r, &c.tag);
	} else {
		CHECK_STR(kind, "revocation");
		c.type = CREDENTIAL_REVOCATION;
		tl_read_revocation(&r, &c.revocation);
	}
	CHECK(tl_reader_done(&r));
	return c;
}

static enum add_result result_named(const char *name)
{
	if (strcmp(name, "accepted") == 0)
		return ADD_NEW;
	if (strcmp(name, "redundant") == 0)
		return ADD_REDUNDANT;
	CHECK_STR(name, "rejected");
	return ADD_REJECTED;
}

/**
 * struct scene - One sequence
 * @com_strict:	a revocation of something else came: what the reference says
 *		about certificates of membership does not hold from then on
 */
struct scene {
	const json_t *item;
	struct identity member;
	struct membership m;
	struct com own;
	struct credential_window win;
	bool com_strict;
};

static void check_state(struct scene *s, const json_t *step)
{
	const struct tag *tag = tl_membership_tag(&s->m, 1000, s->win);

	if (tl_vector_has(step, "tag_usable_after"))
		CHECK_EQ(tag != NULL, tl_vector_bool(step, "tag_usable_after"));
	if (tl_vector_has(step, "tag_1000_usable_after"))
		CHECK_EQ(tag != NULL,
			 tl_vector_bool(step, "tag_1000_usable_after"));
	if (tag && json_is_integer(json_object_get(step, "tag_value_after")))
		CHECK_EQ(tag->value, tl_vector_int(step, "tag_value_after"));
	if (s->com_strict) {
		CHECK_EQ(s->m.com_threshold, 0);
		CHECK(tl_membership_agrees(&s->m, &s->own, &s->member));
		return;
	}
	if (tl_vector_has(step, "com_revocation_threshold_after"))
		CHECK_EQ(s->m.com_threshold,
			 tl_vector_int(step, "com_revocation_threshold_after"));
	if (tl_vector_has(step, "allowed_on_network_after"))
		CHECK_EQ(tl_membership_agrees(&s->m, &s->own, &s->member),
			 tl_vector_bool(step, "allowed_on_network_after"));
}

static void run_step(struct scene *s, const json_t *step)
{
	struct credential c = credential_of(step);
	enum add_result want = result_named(tl_vector_text(step, "result"));
	struct address missing = { 0 };

	if (c.type == CREDENTIAL_REVOCATION && want == ADD_NEW &&
	    c.revocation.credential_type != CREDENTIAL_COM)
		s->com_strict = true;
	/* In the reference's eyes it was void by the tag's revocation. */
	if (c.type == CREDENTIAL_COM && s->com_strict)
		want = ADD_NEW;
	if (c.type == CREDENTIAL_COM &&
	    !tl_address_equal(tl_com_issued_to(&c.com), s->member.addr))
		want = ADD_REJECTED;
	CHECK_EQ(tl_membership_add(&s->m, &c, &keys, &missing), want);
	check_state(s, step);
}

static struct scene scene_of(const json_t *item)
{
	struct reader r = tl_reader(tl_vector_bytes(item, "own_com"));
	struct scene s = { .item = item };

	s.member = identity_named(tl_vector_text(item, "member"));
	s.win.timestamp = tl_vector_int(item, "own_config_timestamp");
	s.win.max_delta = tl_vector_int(item, "credential_time_max_delta");
	tl_read_com(&r, &s.own);
	CHECK(tl_reader_done(&r));
	tl_membership_init(
		&s.m, (struct network_id){ tl_vector_u64(root, "network_id") },
		s.member.addr);
	return s;
}

TEST(membership_sequences)
{
	json_t *item, *step;
	size_t i, j;

	load();
	json_array_foreach(tl_vector_array(root, "membership"), i, item)
	{
		struct scene s = scene_of(item);

		json_array_foreach(tl_vector_array(item, "steps"), j, step)
		{
			/* Those that stand alone begin anew. */
			if (strstr(tl_vector_text(step, "what"), "empty")) {
				tl_membership_fini(&s.m);
				s = scene_of(item);
			}
			run_step(&s, step);
		}
		tl_membership_fini(&s.m);
	}
}
