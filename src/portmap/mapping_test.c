/* SPDX-License-Identifier: Apache-2.0 */
/* With ways that do what the test says, in the test's own time. */
#include "portmap/mapping.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness.h"

/**
 * struct fake - A way
 * @says:	what its next turn returns, once
 */
struct fake {
	bool is_open;
	bool cannot_open;
	unsigned int n_asked;
	unsigned int n_released;
	enum way_turn says;
	struct way_grant grant;
	int fd;
};

static struct fake fakes[2];
static struct poll_set *set;
static struct mapping m;
static int64_t now = 1000000;

static int open_fake(void **statep, struct fake *f)
{
	if (f->cannot_open)
		return -EADDRNOTAVAIL;
	CHECK(!f->is_open);
	f->is_open = true;
	f->says = WAY_WAITING;
	f->fd = eventfd(0, EFD_CLOEXEC);
	*statep = f;
	return 0;
}

static int open_first(void **statep, const struct way_request *q)
{
	CHECK_EQ(q->local.port, 4444);
	return open_fake(statep, &fakes[0]);
}

static int open_second(void **statep, const struct way_request *q)
{
	(void)q;
	return open_fake(statep, &fakes[1]);
}

static int fd_of(const void *state)
{
	return ((const struct fake *)state)->fd;
}

static void ask(void *state, int64_t at)
{
	(void)at;
	((struct fake *)state)->n_asked++;
}

static enum way_turn turn(void *state, struct way_grant *out, int64_t at)
{
	struct fake *f = state;
	enum way_turn says = f->says;

	(void)at;
	f->says = WAY_WAITING;
	if (says == WAY_GRANTED)
		*out = f->grant;
	return says;
}

static int64_t next(const void *state)
{
	(void)state;
	return WAY_NEVER;
}

static const char *why(const void *state)
{
	(void)state;
	return "for no reason";
}

static void release(void *state, int64_t at)
{
	(void)at;
	((struct fake *)state)->n_released++;
}

static void close_fake(void *state)
{
	struct fake *f = state;

	f->is_open = false;
	close(f->fd);
}

#define FAKE(opener, head_start, ip6)                                          \
	{                                                                      \
		.name = "fake", .does_ip6 = (ip6),                             \
		.head_start_ms = (head_start), .open = (opener), .fd = fd_of,  \
		.ask = ask, .turn = turn, .next = next, .why = why,            \
		.release = release, .close = close_fake,                       \
	}
static const struct way first = FAKE(open_first, 0, true);
static const struct way second = FAKE(open_second, 250, false);
static const struct way *const ways[] = { &first, &second };

static unsigned int n_ready;

static void ready(void *ctx, struct mapping *which)
{
	(void)ctx;
	CHECK(which == &m);
	n_ready++;
}

static void begin_as(uint8_t family)
{
	const struct portmap_target t = {
		.local = { family, 4444, { 192, 168, 7, 5 } },
		.gateway = { family, 0, { 192, 168, 7, 1 } },
	};
	const struct mapping_config c = { .target = &t,
					  .name = "test",
					  .ready = ready,
					  .ways = ways,
					  .n_ways = 2,
					  .poll = set };

	tl_mapping_init(&m, &c, now);
}

static void begin(void)
{
	CHECK_EQ(tl_poll_new(&set), 0);
	begin_as(4);
}

static void end(void)
{
	tl_mapping_fini(&m);
	CHECK(!fakes[0].is_open && !fakes[1].is_open);
	tl_poll_free(set);
}

/* What a fake says next, and when that is heard. */
static unsigned int say(struct fake *f, enum way_turn what)
{
	f->says = what;
	return tl_mapping_run(&m, now);
}

static unsigned int grant(struct fake *f, uint16_t port, uint32_t lifetime_s)
{
	f->grant = (struct way_grant){
		.external = { 4, port, { 81, 2, 3, 2 } },
		.lifetime_s = lifetime_s,
		.has_epoch = true,
		.epoch_s = (uint32_t)(now / 1000),
	};
	return say(f, WAY_GRANTED);
}

/* To when it wants to run. */
static unsigned int go_on(void)
{
	CHECK(tl_mapping_next(&m) > now);
	now = tl_mapping_next(&m);
	return tl_mapping_run(&m, now);
}

TEST(mapping_gives_the_better_way_a_head_start)
{
	begin();
	CHECK(fakes[0].is_open && !fakes[1].is_open);
	CHECK_EQ(fakes[0].n_asked, 1);
	CHECK_EQ(tl_mapping_next(&m), now + 250);
	CHECK_EQ(go_on(), 0);
	CHECK(fakes[0].is_open && fakes[1].is_open);
	CHECK_EQ(m.state, PORTMAP_ASKING);
	end();
}

TEST(mapping_goes_on_at_once_from_a_way_that_refuses)
{
	begin();
	CHECK_EQ(say(&fakes[0], WAY_FAILED), 0);
	CHECK(!fakes[0].is_open && fakes[1].is_open);
	CHECK_EQ(grant(&fakes[1], 4444, 600), MAPPING_CHANGED);
	CHECK_EQ(m.state, PORTMAP_MAPPED);
	CHECK_EQ(m.external.port, 4444);
	CHECK(m.by->way == &second);
	end();
}

TEST(mapping_goes_on_from_a_way_that_cannot_be_opened)
{
	fakes[0].cannot_open = true;
	begin();
	CHECK(!fakes[0].is_open && fakes[1].is_open);
	end();
}

TEST(mapping_is_kept_by_the_first_that_grants)
{
	begin();
	go_on();
	CHECK_EQ(grant(&fakes[1], 4445, 600), MAPPING_CHANGED);
	CHECK(!fakes[0].is_open && fakes[1].is_open);
	CHECK_EQ(m.external.port, 4445);
	end();
}

TEST(mapping_is_renewed_at_half_its_lifetime)
{
	begin();
	grant(&fakes[0], 4444, 600);
	CHECK_EQ(tl_mapping_next(&m), now + 300000);
	CHECK_EQ(go_on(), 0);
	CHECK_EQ(fakes[0].n_asked, 2);
	CHECK_EQ(grant(&fakes[0], 4444, 600), 0);
	CHECK_EQ(tl_mapping_next(&m), now + 300000);
	end();
}

TEST(mapping_of_another_port_is_news)
{
	begin();
	grant(&fakes[0], 4444, 600);
	go_on();
	CHECK_EQ(grant(&fakes[0], 5555, 600), MAPPING_CHANGED);
	CHECK_EQ(m.external.port, 5555);
	end();
}

TEST(mapping_that_is_not_renewed_ends_with_its_lifetime)
{
	int64_t expires;
	unsigned int news = 0;

	begin();
	grant(&fakes[0], 4444, 600);
	expires = now + 600000;
	while (m.state == PORTMAP_MAPPED) {
		news = go_on();
		if (m.state == PORTMAP_MAPPED && m.is_renewing)
			CHECK_EQ(say(&fakes[0], WAY_FAILED), 0);
	}
	CHECK_EQ(now, expires);
	CHECK_EQ(news, MAPPING_CHANGED);
	CHECK(tl_endpoint_is_nil(&m.external));
	CHECK_EQ(m.state, PORTMAP_ASKING);
	/* Half of what is left each time, and not too often. */
	CHECK(fakes[0].n_asked > 4 && fakes[0].n_asked < 12);
	end();
}

TEST(mapping_for_a_moment_is_not_renewed_all_the_time)
{
	begin();
	grant(&fakes[0], 4444, 1);
	CHECK_EQ(tl_mapping_next(&m), now + 10000);
	end();
}

TEST(mapping_that_nobody_grants_is_tried_ever_later)
{
	int64_t rest = 0;
	int i;

	begin();
	for (i = 0; i < 20; i++) {
		say(&fakes[0], WAY_FAILED);
		CHECK_EQ(say(&fakes[1], WAY_FAILED), MAPPING_CHANGED);
		CHECK_EQ(m.state, PORTMAP_NONE);
		CHECK(!fakes[0].is_open && !fakes[1].is_open);
		CHECK(tl_mapping_next(&m) - now >= rest);
		rest = tl_mapping_next(&m) - now;
		if (i == 0)
			CHECK_EQ(rest, 30000);
		CHECK_EQ(go_on(), 0);
		CHECK_EQ(m.state, PORTMAP_ASKING);
	}
	CHECK_EQ(rest, 3600000);
	end();
}

TEST(mapping_is_given_up_by_a_way_that_hangs)
{
	int64_t start = now;

	begin();
	while (m.state == PORTMAP_ASKING)
		go_on();
	CHECK_EQ(now - start, 60000);
	CHECK_EQ(m.state, PORTMAP_NONE);
	CHECK(!fakes[0].is_open && !fakes[1].is_open);
	end();
}

TEST(mapping_tells_of_a_gateway_that_forgot_it)
{
	begin();
	grant(&fakes[0], 4444, 600);
	go_on();
	fakes[0].grant.epoch_s = 1;
	CHECK_EQ(say(&fakes[0], WAY_GRANTED), MAPPING_FORGOTTEN);
	CHECK_EQ(m.state, PORTMAP_MAPPED);
	end();
}

TEST(mapping_is_asked_for_in_a_hurry_but_not_too_often)
{
	begin();
	grant(&fakes[0], 4444, 600);
	now += 3000;
	tl_mapping_hurry(&m, now);
	CHECK_EQ(tl_mapping_next(&m), now + 7000);
	go_on();
	CHECK_EQ(fakes[0].n_asked, 2);
	grant(&fakes[0], 4444, 600);
	now += 60000;
	tl_mapping_hurry(&m, now);
	CHECK_EQ(tl_mapping_next(&m), now);
	end();
}

TEST(mapping_at_rest_is_woken_by_a_change)
{
	begin();
	say(&fakes[0], WAY_FAILED);
	say(&fakes[1], WAY_FAILED);
	m.failures = 8;
	m.due_ms = now + 3600000;
	now += 1000000;
	tl_mapping_hurry(&m, now);
	CHECK_EQ(tl_mapping_next(&m), now);
	tl_mapping_run(&m, now);
	CHECK_EQ(m.state, PORTMAP_ASKING);
	end();
}

TEST(mapping_of_ip6_is_asked_for_where_that_is_known)
{
	CHECK_EQ(tl_poll_new(&set), 0);
	begin_as(6);
	CHECK(fakes[0].is_open);
	say(&fakes[0], WAY_FAILED);
	CHECK(!fakes[1].is_open);
	CHECK_EQ(m.state, PORTMAP_NONE);
	end();
}

TEST(mapping_is_released_by_whoever_granted_it)
{
	begin();
	grant(&fakes[0], 4444, 600);
	tl_mapping_release(&m, now);
	CHECK_EQ(fakes[0].n_released, 1);
	CHECK(!tl_mapping_is_released(&m));
	now += 400000;
	CHECK_EQ(tl_mapping_run(&m, now), 0);
	CHECK_EQ(fakes[0].n_asked, 1);
	say(&fakes[0], WAY_RELEASED);
	CHECK(tl_mapping_is_released(&m));
	end();
}

TEST(mapping_that_cannot_be_released_is_not_waited_for)
{
	begin();
	grant(&fakes[0], 4444, 600);
	tl_mapping_release(&m, now);
	say(&fakes[0], WAY_FAILED);
	CHECK(tl_mapping_is_released(&m));
	end();
}

TEST(mapping_that_nobody_granted_yet_is_not_waited_for)
{
	begin();
	go_on();
	tl_mapping_release(&m, now);
	CHECK_EQ(fakes[0].n_released, 1);
	CHECK_EQ(fakes[1].n_released, 1);
	CHECK(tl_mapping_is_released(&m));
	end();
}

TEST(mapping_is_run_when_something_comes_in)
{
	uint64_t one = 1;

	begin();
	CHECK_EQ(tl_poll_run(set, 0), 0);
	CHECK_EQ(write(fakes[0].fd, &one, sizeof(one)), sizeof(one));
	CHECK(tl_poll_run(set, 0) > 0);
	CHECK_EQ(n_ready, 1);
	end();
}
