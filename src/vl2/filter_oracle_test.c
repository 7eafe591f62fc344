/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the slow one (test/oracle/filter_oracle.h) agree about random
 * networks, members and frames. TL_SEED=N begins with another one.
 */
#include "harness.h"
#include "test/oracle/filter_scene.h"

#define SCENES 200000
#define SCENE_BYTES 700

/* A well-known generator, so that a seed means the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void make_scene(struct scene *out, uint64_t seed)
{
	uint8_t raw[SCENE_BYTES];
	uint64_t state = seed;
	size_t i;

	for (i = 0; i + 8 <= sizeof(raw); i += 8)
		tl_store_be64(raw + i, next_random(&state));
	memset(out, 0, sizeof(*out));
	scene_read(out, tl_bytes(raw, i));
}

static uint64_t first_seed(void)
{
	const char *text = getenv("TL_SEED");

	return text ? strtoull(text, NULL, 10) : 1;
}

static void say(const char *who, const struct filter_result *r)
{
	fprintf(stderr, "  %s: verdict %d, reason %d, to %010llx, %zu copies\n",
		who, (int)r->verdict, (int)r->reason,
		(unsigned long long)r->redirect_to.v, r->n_copies);
}

TEST(filter_says_what_the_slow_one_says)
{
	static struct scene s;
	struct filter_result got[2];
	struct filter_result want[2];
	uint64_t first = first_seed();
	uint64_t seed;
	int way;

	for (seed = first; seed < first + SCENES; seed++) {
		make_scene(&s, seed);
		if (!scene_differs(&s, got, want))
			continue;
		for (way = 0; way < 2; way++) {
			fprintf(stderr, "%s\n", way ? "inbound" : "outbound");
			say("engine", &got[way]);
			say("oracle", &want[way]);
		}
		FAIL("they differ; again: TL_SEED=%llu",
		     (unsigned long long)seed);
	}
}

/* How often something happened in so many scenes. */
struct tally {
	unsigned int verdicts[2][3];
	unsigned int redirected[2];
	unsigned int copies[2][FILTER_COPIES_MAX + 1];
	unsigned int unknown;
};

static void count(struct tally *t, int way, const struct filter_result *r)
{
	t->verdicts[way][r->verdict]++;
	t->copies[way][r->n_copies]++;
	t->redirected[way] += r->redirect_to.v != 0;
	t->unknown += r->reason == DROP_RULES_UNKNOWN;
}

/* Agreement means nothing if all scenes end the same way. */
TEST(filter_scenes_end_in_every_way)
{
	static struct scene s;
	struct tally t = { 0 };
	struct filter_result got[2];
	struct filter_result want[2];
	uint64_t seed;
	int way;
	int i;

	for (seed = 1; seed <= 60000; seed++) {
		make_scene(&s, seed);
		scene_differs(&s, got, want);
		count(&t, 0, &want[0]);
		count(&t, 1, &want[1]);
	}
	for (way = 0; way < 2; way++) {
		CHECK(t.verdicts[way][FILTER_DROP] > 2000);
		CHECK(t.verdicts[way][FILTER_ACCEPT] > 2000);
		CHECK(t.redirected[way] > 200);
		for (i = 0; i <= FILTER_COPIES_MAX; i++)
			CHECK(t.copies[way][i] > 0);
	}
	CHECK_EQ(t.verdicts[0][FILTER_SUPER_ACCEPT], 0);
	CHECK(t.verdicts[1][FILTER_SUPER_ACCEPT] > 500);
	CHECK(t.unknown > 200);
}

/* A match is of use in the test above if it is asked and says both. */
TEST(filter_scenes_ask_every_match_both_ways)
{
	static unsigned int said[RULE_TYPE_MASK + 1][4];
	static struct scene s;
	struct oracle_state state;
	uint64_t seed;
	unsigned int type;
	size_t i;

	for (seed = 1; seed <= 40000; seed++) {
		struct oracle_inputs in = { .policy = &s.policy,
					    .frame = &s.frame,
					    .other = &s.remote,
					    .inbound = seed & 1 };

		make_scene(&s, seed);
		in.zt_source = in.inbound ? s.sender.v : SCENE_OWN;
		in.zt_dest = in.inbound ? SCENE_OWN : s.zt_dest.v;
		state = (struct oracle_state){ .zt_dest = in.zt_dest };
		for (i = 0; i < s.policy.rules.n; i++)
			said[s.rules[i].t & RULE_TYPE_MASK]
			    [oracle_match(&in, &state, &s.rules[i])]++;
	}
	for (type = RULE_ZT_SOURCE; type <= RULE_INTEGER_RANGE; type++) {
		if (type == RULE_ICMP)
			CHECK(said[type][ORACLE_HARD_YES] > 10);
		CHECK(said[type][ORACLE_YES] > 10);
		CHECK(said[type][ORACLE_NO] + said[type][ORACLE_HARD_NO] > 10);
	}
}
