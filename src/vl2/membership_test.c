/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/membership.h"

#include "actors.h"
#include "base/alloc.h"

#define T 1700000000000

static const struct credential_window win = { T, 1000 };

static struct membership record(void)
{
	struct membership m;

	tl_membership_init(&m, ACTOR_NETWORK, actor(ACTOR_MEMBER_A)->addr);
	return m;
}

static struct tag tag(uint32_t id, int64_t timestamp)
{
	struct tag t = {
		.network = ACTOR_NETWORK,
		.timestamp = timestamp,
		.id = id,
		.value = 5,
		.issued_to = actor(ACTOR_MEMBER_A)->addr,
	};

	tl_tag_sign(&t, actor(ACTOR_CONTROLLER));
	return t;
}

static struct revocation revocation(enum credential_type type, uint32_t id,
				    int64_t threshold)
{
	struct revocation rev = {
		.network = ACTOR_NETWORK,
		.credential_id = id,
		.threshold = threshold,
		.target = actor(ACTOR_MEMBER_A)->addr,
		.credential_type = (uint8_t)type,
	};

	tl_revocation_sign(&rev, actor(ACTOR_CONTROLLER));
	return rev;
}

static enum add_result add_tag(struct membership *m, uint32_t id,
			       int64_t timestamp)
{
	struct tag t = tag(id, timestamp);
	struct address missing;

	return tl_membership_add_tag(m, &t, actor_keys(), &missing);
}

static enum add_result revoke(struct membership *m, enum credential_type type,
			      uint32_t id, int64_t threshold)
{
	struct revocation rev = revocation(type, id, threshold);
	struct address missing;

	return tl_membership_add_revocation(m, &rev, actor_keys(), &missing);
}

TEST(membership_defers_while_the_signer_is_unknown)
{
	struct membership m = record();
	struct address missing = { 0 };
	struct tag t = tag(1, T);

	CHECK_EQ(tl_membership_add_tag(&m, &t, actor_no_keys(), &missing),
		 ADD_DEFERRED);
	CHECK_EQ(missing.v, actor(ACTOR_CONTROLLER)->addr.v);
	CHECK(!tl_membership_tag(&m, 1, win));
	CHECK_EQ(tl_membership_add_tag(&m, &t, actor_keys(), &missing),
		 ADD_NEW);
	CHECK_EQ(tl_membership_tag(&m, 1, win)->value, 5);
	/* known by now: the signature need not be looked at */
	CHECK_EQ(tl_membership_add_tag(&m, &t, actor_no_keys(), &missing),
		 ADD_REDUNDANT);
	tl_membership_fini(&m);
}

TEST(membership_rejects_what_was_issued_to_others)
{
	struct membership m = record();
	struct address missing;
	struct tag t = tag(1, T);
	struct com com;

	t.issued_to = actor(ACTOR_MEMBER_B)->addr;
	tl_tag_sign(&t, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_membership_add_tag(&m, &t, actor_keys(), &missing),
		 ADD_REJECTED);
	t = tag(1, T);
	t.network.v++;
	tl_tag_sign(&t, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_membership_add_tag(&m, &t, actor_keys(), &missing),
		 ADD_REJECTED);
	tl_com_init(&com, ACTOR_NETWORK, actor(ACTOR_MEMBER_B), T, 1000);
	tl_com_sign(&com, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_membership_add_com(&m, &com, actor_keys(), &missing),
		 ADD_REJECTED);
	tl_membership_fini(&m);
}

TEST(membership_agrees_until_revoked)
{
	struct membership m = record();
	struct com mine, theirs;
	struct address missing;

	tl_com_init(&mine, ACTOR_NETWORK, actor(ACTOR_MEMBER_B), T, 1000);
	tl_com_init(&theirs, ACTOR_NETWORK, actor(ACTOR_MEMBER_A), T, 1000);
	tl_com_sign(&theirs, actor(ACTOR_CONTROLLER));
	CHECK(!tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	CHECK_EQ(tl_membership_add_com(&m, &theirs, actor_keys(), &missing),
		 ADD_NEW);
	CHECK(tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	CHECK(tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	CHECK(!tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_B)));
	/* those of other credentials leave it alone */
	CHECK_EQ(revoke(&m, CREDENTIAL_OWNERSHIP, 1, T), ADD_NEW);
	CHECK(tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	CHECK_EQ(revoke(&m, CREDENTIAL_COM, 0, T), ADD_NEW);
	CHECK(!tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	CHECK_EQ(revoke(&m, CREDENTIAL_COM, 0, T), ADD_REDUNDANT);
	CHECK_EQ(tl_membership_add_com(&m, &theirs, actor_keys(), &missing),
		 ADD_REJECTED);
	tl_membership_fini(&m);
}

TEST(membership_identity_with_other_keys_does_not_agree)
{
	struct identity impostor = *actor(ACTOR_MEMBER_B);
	struct membership m = record();
	struct com mine, theirs;
	struct address missing;

	tl_com_init(&mine, ACTOR_NETWORK, actor(ACTOR_MEMBER_B), T, 1000);
	tl_com_init(&theirs, ACTOR_NETWORK, actor(ACTOR_MEMBER_A), T, 1000);
	tl_com_sign(&theirs, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_membership_add_com(&m, &theirs, actor_keys(), &missing),
		 ADD_NEW);
	CHECK(tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	impostor.addr = actor(ACTOR_MEMBER_A)->addr;
	CHECK(!tl_membership_agrees(&m, &mine, &impostor));
	CHECK(tl_membership_agrees(&m, &mine, actor(ACTOR_MEMBER_A)));
	tl_membership_fini(&m);
}

static bool still(struct membership *m, const struct com *mine, uint64_t serial)
{
	bool agrees = tl_membership_agrees(m, mine, actor(ACTOR_MEMBER_A));

	CHECK_EQ(tl_membership_still_agrees(m, mine, serial,
					    actor(ACTOR_MEMBER_A)),
		 agrees);
	/* and as it is remembered */
	CHECK_EQ(tl_membership_still_agrees(m, mine, serial,
					    actor(ACTOR_MEMBER_A)),
		 agrees);
	return agrees;
}

TEST(membership_what_agreed_is_remembered_as_long_as_it_does)
{
	struct identity impostor = *actor(ACTOR_MEMBER_B);
	struct membership m = record();
	struct com mine, theirs, far;
	struct address missing;

	tl_com_init(&mine, ACTOR_NETWORK, actor(ACTOR_MEMBER_B), T, 1000);
	tl_com_init(&far, ACTOR_NETWORK, actor(ACTOR_MEMBER_B), T + 5000, 1000);
	tl_com_init(&theirs, ACTOR_NETWORK, actor(ACTOR_MEMBER_A), T, 1000);
	tl_com_sign(&theirs, actor(ACTOR_CONTROLLER));
	CHECK(!still(&m, &mine, 1));
	CHECK_EQ(tl_membership_add_com(&m, &theirs, actor_keys(), &missing),
		 ADD_NEW);
	CHECK(still(&m, &mine, 1));
	/* ours is another one */
	CHECK(!still(&m, &far, 2));
	CHECK(still(&m, &mine, 3));
	/* somebody else */
	impostor.addr = actor(ACTOR_MEMBER_A)->addr;
	CHECK(!tl_membership_still_agrees(&m, &mine, 3, &impostor));
	CHECK(!tl_membership_still_agrees(&m, &mine, 3, actor(ACTOR_MEMBER_B)));
	CHECK(still(&m, &mine, 3));
	/* theirs is another one */
	tl_com_init(&theirs, ACTOR_NETWORK, actor(ACTOR_MEMBER_A), T + 5000,
		    1000);
	tl_com_sign(&theirs, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_membership_add_com(&m, &theirs, actor_keys(), &missing),
		 ADD_NEW);
	CHECK(!still(&m, &mine, 3));
	CHECK(still(&m, &far, 4));
	/* theirs is void */
	CHECK_EQ(revoke(&m, CREDENTIAL_COM, 0, T + 5000), ADD_NEW);
	CHECK(!still(&m, &far, 4));
	tl_membership_fini(&m);
}

TEST(membership_full_table_keeps_the_newest)
{
	struct membership m = record();
	uint32_t i;

	for (i = 0; i < MEMBERSHIP_MAX_TAGS; i++)
		CHECK_EQ(add_tag(&m, i * 3, T + i), ADD_NEW);
	CHECK_EQ(add_tag(&m, 1, T - 1), ADD_REJECTED);
	CHECK_EQ(add_tag(&m, 1, T), ADD_REJECTED);
	CHECK_EQ(add_tag(&m, 1, T + 1), ADD_NEW);
	CHECK_EQ(m.tags.n, MEMBERSHIP_MAX_TAGS);
	CHECK(!tl_membership_tag(&m, 0, win));
	CHECK(tl_membership_tag(&m, 1, win) != NULL);
	CHECK(tl_membership_tag(&m, 3, win) != NULL);
	/* one that is there is replaced, full or not */
	CHECK_EQ(add_tag(&m, 3, T + 2), ADD_NEW);
	tl_membership_fini(&m);
}

TEST(membership_forgotten_revocations_stay_in_force)
{
	struct membership m = record();
	uint32_t i;

	for (i = 0; i < MEMBERSHIP_MAX_REVOCATIONS; i++)
		CHECK_EQ(revoke(&m, CREDENTIAL_TAG, i, T + i), ADD_NEW);
	CHECK_EQ(add_tag(&m, 9999, T), ADD_NEW);
	CHECK_EQ(revoke(&m, CREDENTIAL_TAG, 5000, T + 7), ADD_NEW);
	CHECK_EQ(m.n_revoked, MEMBERSHIP_MAX_REVOCATIONS);
	/* the one of tag 0 made room, and now counts for all tags */
	CHECK_EQ(add_tag(&m, 0, T), ADD_REJECTED);
	CHECK(!tl_membership_tag(&m, 9999, win));
	CHECK_EQ(add_tag(&m, 0, T + 1), ADD_NEW);
	CHECK_EQ(add_tag(&m, 9999, T + 1), ADD_NEW);
	CHECK(tl_membership_is_usable(&m, CREDENTIAL_CAPABILITY, 0, T, win));
	tl_membership_fini(&m);
}

TEST(membership_expires_what_left_the_window)
{
	static const struct credential_window later = { T + 1500, 1000 };
	struct membership m = record();

	CHECK_EQ(add_tag(&m, 1, T), ADD_NEW);
	CHECK_EQ(add_tag(&m, 2, T + 600), ADD_NEW);
	tl_membership_expire(&m, win);
	CHECK_EQ(m.tags.n, 2);
	tl_membership_expire(&m, later);
	CHECK_EQ(m.tags.n, 1);
	CHECK(tl_membership_tag(&m, 2, later) != NULL);
	tl_membership_fini(&m);
}

TEST(membership_window_of_extremes_does_not_wrap)
{
	static const struct credential_window low = { INT64_MIN, 1000 };
	static const struct credential_window negative = { T, -1 };
	struct membership m = record();

	CHECK(!tl_membership_is_usable(&m, CREDENTIAL_TAG, 1, INT64_MAX, low));
	CHECK(!tl_membership_is_usable(&m, CREDENTIAL_TAG, 1, T, negative));
	CHECK(tl_membership_is_usable(&m, CREDENTIAL_TAG, 1, T - 1000, win));
	CHECK(!tl_membership_is_usable(&m, CREDENTIAL_TAG, 1, T - 1001, win));
	tl_membership_fini(&m);
}

TEST(membership_walks_usable_capabilities_by_id)
{
	static const uint32_t ids[] = { 9, 2, 5 };
	struct membership m = record();
	struct address missing;
	size_t i, at = 0;

	for (i = 0; i < 3; i++) {
		struct capability cap = { .network = ACTOR_NETWORK,
					  .timestamp = T,
					  .id = ids[i],
					  .max_custody = 1 };

		CHECK_EQ(tl_capability_grant(&cap, m.member,
					     actor(ACTOR_CONTROLLER)),
			 0);
		CHECK_EQ(tl_membership_add_capability(&m, &cap, actor_keys(),
						      &missing),
			 ADD_NEW);
	}
	CHECK_EQ(revoke(&m, CREDENTIAL_CAPABILITY, 5, T), ADD_NEW);
	CHECK_EQ(tl_membership_next_capability(&m, &at, win)->id, 2);
	CHECK_EQ(tl_membership_next_capability(&m, &at, win)->id, 9);
	CHECK(!tl_membership_next_capability(&m, &at, win));
	CHECK(!tl_membership_capability(&m, 5, win));
	CHECK_EQ(tl_membership_capability(&m, 9, win)->id, 9);
	tl_membership_fini(&m);
}

TEST(membership_knows_what_the_peer_owns)
{
	static const uint8_t ip[16] = { 10, 0, 0, 1 };
	struct endpoint e = tl_endpoint_ip4(ip, 24);
	struct ownership own = { .network = ACTOR_NETWORK,
				 .timestamp = T,
				 .id = 1 };
	struct mac mac = { { 2, 1, 1, 1, 1, 1 } };
	struct membership m = record();
	struct credential c = { .type = CREDENTIAL_OWNERSHIP };
	struct address missing;

	own.issued_to = m.member;
	CHECK_EQ(tl_ownership_add_ip(&own, &e), 0);
	CHECK_EQ(tl_ownership_add_mac(&own, mac), 0);
	tl_ownership_sign(&own, actor(ACTOR_CONTROLLER));
	CHECK(!tl_membership_owns_ip(&m, &e, win));
	c.ownership = own;
	CHECK_EQ(tl_membership_add(&m, &c, actor_keys(), &missing), ADD_NEW);
	CHECK(tl_membership_owns_ip(&m, &e, win));
	CHECK(tl_membership_owns_mac(&m, mac, win));
	CHECK_EQ(revoke(&m, CREDENTIAL_OWNERSHIP, 1, T), ADD_NEW);
	CHECK(!tl_membership_owns_ip(&m, &e, win));
	CHECK(!tl_membership_owns_mac(&m, mac, win));
	tl_membership_fini(&m);
}

TEST(membership_out_of_memory_rejects)
{
	struct membership m = record();
	int n;

	for (n = 0; n < 2; n++) {
		tl_alloc_fail_after(n);
		CHECK_EQ(add_tag(&m, 1, T), ADD_REJECTED);
		CHECK_EQ(m.tags.n, 0);
	}
	tl_alloc_fail_after(-1);
	CHECK_EQ(add_tag(&m, 1, T), ADD_NEW);
	tl_membership_fini(&m);
}

TEST(membership_out_of_memory_loses_no_revocation)
{
	struct membership m = record();

	tl_alloc_fail_after(0);
	CHECK_EQ(revoke(&m, CREDENTIAL_TAG, 1, T), ADD_NEW);
	tl_alloc_fail_after(-1);
	CHECK_EQ(m.n_revoked, 0);
	CHECK_EQ(add_tag(&m, 1, T), ADD_REJECTED);
	CHECK_EQ(add_tag(&m, 2, T), ADD_REJECTED);
	CHECK_EQ(add_tag(&m, 2, T + 1), ADD_NEW);
	tl_membership_fini(&m);
}
