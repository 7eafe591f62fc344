/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/capability.h"

#include <errno.h>

#include "actors.h"

/* ACCEPT, and ETHERTYPE with a value of two bytes. */
static const uint8_t some_rules[] = { 0x25, 2, 8, 0, 0x01, 0 };

static void make(struct capability *cap, unsigned int max_custody)
{
	memset(cap, 0, sizeof(*cap));
	cap->network = ACTOR_NETWORK;
	cap->timestamp = 1000;
	cap->id = 4;
	cap->max_custody = max_custody;
	CHECK_EQ(tl_capability_set_rules(cap, 2, TL_BYTES_OF(some_rules)), 0);
}

TEST(capability_is_handed_on_as_often_as_it_says)
{
	struct address a = actor(ACTOR_MEMBER_A)->addr;
	struct address b = actor(ACTOR_MEMBER_B)->addr;
	struct address missing = { 0 };
	struct capability cap;

	make(&cap, 2);
	CHECK_EQ(tl_capability_issued_to(&cap).v, 0);
	CHECK_EQ(tl_capability_verify(&cap, actor_keys(), &missing),
		 CREDENTIAL_INVALID);
	CHECK_EQ(tl_capability_grant(&cap, a, actor(ACTOR_CONTROLLER)), 0);
	CHECK_EQ(tl_capability_verify(&cap, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	CHECK_EQ(tl_capability_grant(&cap, b, actor(ACTOR_MEMBER_A)), 0);
	CHECK_EQ(tl_capability_verify(&cap, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	CHECK_EQ(tl_capability_issued_to(&cap).v, b.v);
	CHECK_EQ(tl_capability_grant(&cap, a, actor(ACTOR_MEMBER_B)), -ENOSPC);
	CHECK_EQ(tl_capability_verify(&cap, actor_no_keys(), &missing),
		 CREDENTIAL_SIGNER_UNKNOWN);
	CHECK_EQ(missing.v, actor(ACTOR_CONTROLLER)->addr.v);
}

TEST(capability_asks_for_the_link_it_does_not_know)
{
	struct address stranger = actor(ACTOR_STRANGER)->addr;
	struct address missing = { 0 };
	struct capability cap;

	make(&cap, 7);
	CHECK_EQ(tl_capability_grant(&cap, stranger, actor(ACTOR_CONTROLLER)),
		 0);
	CHECK_EQ(tl_capability_grant(&cap, actor(ACTOR_MEMBER_A)->addr,
				     actor(ACTOR_STRANGER)),
		 0);
	CHECK_EQ(tl_capability_verify(&cap, actor_keys(), &missing),
		 CREDENTIAL_SIGNER_UNKNOWN);
	CHECK_EQ(missing.v, stranger.v);
}

TEST(capability_of_the_largest_size_fits)
{
	static uint8_t rules[CAPABILITY_RULES_LEN_MAX];
	uint8_t room[CAPABILITY_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct capability cap, again;
	struct reader r;
	unsigned int i;

	make(&cap, CAPABILITY_MAX_CUSTODY);
	for (i = 0; i < CAPABILITY_MAX_RULES; i++)
		rules[i * 32 + 1] = 30;
	CHECK_EQ(tl_capability_set_rules(&cap, CAPABILITY_MAX_RULES,
					 TL_BYTES_OF(rules)),
		 0);
	for (i = 0; i < CAPABILITY_MAX_CUSTODY; i++)
		CHECK_EQ(tl_capability_grant(&cap, actor(ACTOR_MEMBER_A)->addr,
					     actor(ACTOR_CONTROLLER)),
			 0);
	tl_write_capability(&w, &cap);
	CHECK_EQ(w.n, sizeof(room));
	CHECK_EQ(w.n, tl_capability_wire_len(&cap));
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_capability(&r, &again);
	CHECK(tl_reader_done(&r));
	CHECK(tl_capability_equal(&cap, &again));
}

TEST(capability_with_longer_rules_is_malformed)
{
	static uint8_t wire[8 + 8 + 4 + 2 + 64 * 64 + 8];
	struct reader r = tl_reader(TL_BYTES_OF(wire));
	struct capability cap;
	unsigned int i;

	wire[21] = 64; /* rules */
	for (i = 0; i < 64; i++)
		wire[22 + 64 * i + 1] = 62;
	wire[22 + 64 * 64] = 1; /* links */
	tl_read_capability(&r, &cap);
	CHECK(!tl_reader_ok(&r));
}

TEST(capability_rules_must_be_whole)
{
	struct capability cap;

	make(&cap, 1);
	CHECK_EQ(tl_capability_set_rules(&cap, 3, TL_BYTES_OF(some_rules)),
		 -EINVAL);
	CHECK_EQ(tl_capability_set_rules(&cap, 1, TL_BYTES_OF(some_rules)),
		 -EINVAL);
	CHECK_EQ(tl_capability_set_rules(&cap, 65, TL_BYTES_OF(some_rules)),
		 -EMSGSIZE);
	CHECK_EQ(cap.n_rules, 2);
	CHECK_EQ(tl_capability_set_rules(&cap, 0, tl_bytes(NULL, 0)), 0);
	CHECK_EQ(cap.rules_len, 0);
}

TEST(capability_equal_looks_at_rules_and_custody)
{
	struct capability cap, other;

	make(&cap, 2);
	CHECK_EQ(tl_capability_grant(&cap, actor(ACTOR_MEMBER_A)->addr,
				     actor(ACTOR_CONTROLLER)),
		 0);
	other = cap;
	CHECK(tl_capability_equal(&cap, &other));
	other.rules[0] ^= 1;
	CHECK(!tl_capability_equal(&cap, &other));
	other = cap;
	other.custody[0].to.v++;
	CHECK(!tl_capability_equal(&cap, &other));
	other = cap;
	other.n_custody = 0;
	CHECK(!tl_capability_equal(&cap, &other));
}

TEST(rule_run_takes_exactly_n)
{
	struct reader r = tl_reader(TL_BYTES_OF(some_rules));

	CHECK_EQ(tl_read_rule_run(&r, 1).n, 4);
	CHECK_EQ(r.rest.n, 2);
	CHECK_EQ(tl_read_rule_run(&r, 2).n, 0);
	CHECK(!tl_reader_ok(&r));
}
