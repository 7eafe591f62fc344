/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/ownership.h"

#include <errno.h>

#include "actors.h"

TEST(ownership_takes_sixteen_things)
{
	struct ownership own = { .network = ACTOR_NETWORK, .id = 1 };
	struct endpoint nil = { .family = 0 };
	struct endpoint last, other;
	struct mac mac = { { 2, 0, 0, 0, 0, 1 } };
	struct address missing;
	uint8_t i;

	CHECK_EQ(tl_ownership_add_ip(&own, &nil), -EINVAL);
	CHECK_EQ(tl_ownership_add_mac(&own, mac), 0);
	for (i = 1; i < OWNERSHIP_MAX_THINGS; i++) {
		uint8_t ip[16] = { 10, 0, 0, i };

		last = i & 1 ? tl_endpoint_ip4(ip, 24) : tl_endpoint_ip6(ip, 9);
		CHECK_EQ(tl_ownership_add_ip(&own, &last), 0);
	}
	CHECK_EQ(tl_ownership_add_ip(&own, &last), -ENOSPC);
	CHECK_EQ(tl_ownership_add_mac(&own, mac), -ENOSPC);
	tl_ownership_sign(&own, actor(ACTOR_CONTROLLER));
	CHECK_EQ(tl_ownership_verify(&own, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	last.port = 0;
	CHECK(tl_ownership_has_ip(&own, &last));
	CHECK(tl_ownership_has_mac(&own, mac));
	CHECK(!tl_ownership_has_ip(&own, &nil));
	/* 10.0.0.1 is a thing, a00:1:: is not although it begins the same */
	other = tl_endpoint_ip6((const uint8_t[16]){ 10, 0, 0, 1 }, 0);
	CHECK(!tl_ownership_has_ip(&own, &other));
	mac.b[5]++;
	CHECK(!tl_ownership_has_mac(&own, mac));
}

TEST(ownership_of_unknown_things_is_kept_as_it_came)
{
	struct ownership own = { .network = ACTOR_NETWORK, .n_things = 1 };
	uint8_t room[OWNERSHIP_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct ownership again;
	struct address missing;
	struct reader r;

	own.things[0].type = 200;
	own.things[0].value[15] = 1;
	tl_ownership_sign(&own, actor(ACTOR_CONTROLLER));
	tl_write_ownership(&w, &own);
	r = tl_reader(tl_writer_bytes(&w));
	tl_read_ownership(&r, &again);
	CHECK(tl_reader_done(&r));
	CHECK(tl_ownership_equal(&own, &again));
	CHECK_EQ(tl_ownership_verify(&again, actor_keys(), &missing),
		 CREDENTIAL_VALID);
	again.things[0].value[15] = 2;
	CHECK(!tl_ownership_equal(&own, &again));
}
