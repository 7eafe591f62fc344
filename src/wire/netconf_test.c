/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/netconf.h"

#include <errno.h>

#include "actors.h"
#include "base/alloc.h"
#include "wire/dictionary.h"

#define HEAD "v=7\nnwid=d935117c6700cafe\nid=b3ee8dabf0\n"

static uint8_t room[NETCONF_DICT_MAX];

static int parse(struct netconf **confp, const char *text)
{
	return tl_netconf_parse(confp, tl_bytes_from_str(text));
}

/* Parse the head and one more entry. */
static int parse_with(struct netconf **confp, const char *key,
		      struct bytes value)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_bytes(&w, tl_bytes_from_str("v=7\nnwid=d935117c6700cafe\n"
					     "id=b3ee8dabf0"));
	tl_dict_add(&w, key, value);
	CHECK(tl_writer_ok(&w));
	return tl_netconf_parse(confp, tl_writer_bytes(&w));
}

static void set_text(char *out, const char *text)
{
	memcpy(out, text, strlen(text) + 1);
}

static struct tag tag(uint32_t id)
{
	struct tag t = { .network = ACTOR_NETWORK, .id = id };

	t.issued_to = actor(ACTOR_MEMBER_A)->addr;
	t.seal.signed_by = actor(ACTOR_CONTROLLER)->addr;
	t.seal.present = true;
	return t;
}

static struct netconf *full(void)
{
	static const uint8_t rules[] = { 0x25, 2, 8, 0, 0x01, 0 };
	static const uint8_t ip[16] = { 10, 1, 2, 3 };
	struct netconf *c;
	size_t i;

	CHECK_EQ(tl_netconf_new(&c), 0);
	c->network = ACTOR_NETWORK;
	c->issued_to = actor(ACTOR_MEMBER_A)->addr;
	c->timestamp = 1234567;
	c->max_delta = NETCONF_MAX_DELTA_DEFAULT;
	c->flags = NETCONF_BROADCAST;
	set_text(c->name, "a = b\\c\n");
	tl_com_init(&c->com, c->network, actor(ACTOR_MEMBER_A), c->timestamp,
		    5);
	CHECK_EQ(tl_netconf_set_rules(c, TL_BYTES_OF(rules)), 0);
	CHECK_EQ(tl_netconf_alloc_tags(c, 3), 0);
	CHECK_EQ(tl_netconf_alloc_capabilities(c, 2), 0);
	for (i = 0; i < 3; i++)
		c->tags[i] = tag((uint32_t)i);
	for (i = 0; i < 2; i++) {
		c->capabilities[i].network = c->network;
		c->capabilities[i].id = (uint32_t)i;
		c->capabilities[i].max_custody = 1;
	}
	c->ownerships[0].network = c->network;
	c->ownerships[0].seal.present = true;
	c->n_ownerships = 1;
	c->specialists[0] = SPECIALIST_BRIDGE | c->issued_to.v;
	c->n_specialists = 1;
	c->routes[0].target = tl_endpoint_ip4(ip, 8);
	c->n_routes = 1;
	c->addresses[0] = tl_endpoint_ip4(ip, 24);
	c->n_addresses = 1;
	set_text(c->dns.domain, "example.org");
	c->dns.servers[3] = tl_endpoint_ip6(ip, 0);
	CHECK_EQ(tl_netconf_alloc_sso(c), 0);
	c->sso->version = 1;
	c->sso->enabled = true;
	set_text(c->sso->issuer, "https://issuer.example/");
	set_text(c->sso->provider, "default");
	return c;
}

static struct bytes built(const struct netconf *c)
{
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	CHECK_EQ(tl_netconf_build(&w, c), 0);
	return tl_writer_bytes(&w);
}

TEST(netconf_full_comes_back)
{
	struct netconf *c = full();
	struct netconf *again;

	CHECK_EQ(tl_netconf_parse(&again, built(c)), 0);
	CHECK(tl_netconf_equal(c, again));
	CHECK_STR(again->name, "a = b\\c\n");
	CHECK_STR(again->sso->issuer, "https://issuer.example/");
	tl_netconf_free(again);
	tl_netconf_free(c);
}

TEST(netconf_equal_looks_at_every_part)
{
	struct netconf *a = full();
	struct netconf *b = full();

	CHECK(tl_netconf_equal(a, b));
#define DIFFERS(field)                                                         \
	do {                                                                   \
		b->field++;                                                    \
		CHECK(!tl_netconf_equal(a, b));                                \
		b->field--;                                                    \
		CHECK(tl_netconf_equal(a, b));                                 \
	} while (0)
	DIFFERS(version);
	DIFFERS(network.v);
	DIFFERS(timestamp);
	DIFFERS(max_delta);
	DIFFERS(revision);
	DIFFERS(issued_to.v);
	DIFFERS(trace_target.v);
	DIFFERS(trace_level);
	DIFFERS(flags);
	DIFFERS(multicast_limit);
	DIFFERS(name[0]);
	DIFFERS(mtu);
	DIFFERS(com.qualifiers[0].value);
	DIFFERS(capabilities[1].id);
	DIFFERS(tags[2].value);
	DIFFERS(ownerships[0].id);
	DIFFERS(specialists[0]);
	DIFFERS(routes[0].metric);
	DIFFERS(addresses[0].port);
	DIFFERS(rules[0]);
	DIFFERS(dns.domain[0]);
	DIFFERS(dns.servers[3].port);
	DIFFERS(sso->expiry);
	DIFFERS(sso->nonce[0]);
#undef DIFFERS
	tl_netconf_free(a);
	tl_netconf_free(b);
}

TEST(netconf_parsing_survives_every_failed_allocation)
{
	struct netconf *c = full();
	struct bytes dict = built(c);
	struct netconf *again = NULL;
	int n;
	int err;

	for (n = 0;; n++) {
		tl_alloc_fail_after(n);
		err = tl_netconf_parse(&again, dict);
		tl_alloc_fail_after(-1);
		if (err == 0)
			break;
		CHECK_EQ(err, -ENOMEM);
		CHECK(!again);
	}
	CHECK_EQ(n, 6); /* object, scratch, capabilities, tags, rules, sso */
	tl_netconf_free(again);
	tl_netconf_free(c);
}

TEST(netconf_too_long_is_refused_both_ways)
{
	static uint8_t rules[1000 * 257];
	static uint8_t long_room[NETCONF_DICT_MAX + 1000];
	struct writer w = tl_writer(TL_BUFFER_OF(long_room));
	struct netconf *c = full();
	size_t i;

	/* zeroes, which are escaped: twice as long in the dictionary */
	for (i = 0; i < 1000; i++)
		rules[i * 257 + 1] = 255;
	CHECK_EQ(tl_netconf_set_rules(c, TL_BYTES_OF(rules)), 0);
	CHECK_EQ(tl_netconf_build(&w, c), -EMSGSIZE);
	w = tl_writer(tl_buffer(long_room, 100));
	CHECK_EQ(tl_netconf_build(&w, c), -EMSGSIZE);
	tl_netconf_free(c);
	memset(long_room, '\n', sizeof(long_room));
	memcpy(long_room, HEAD, strlen(HEAD));
	CHECK_EQ(tl_netconf_parse(&c, tl_bytes(long_room, NETCONF_DICT_MAX)),
		 -EBADMSG);
	CHECK_EQ(tl_netconf_parse(&c,
				  tl_bytes(long_room, NETCONF_DICT_MAX - 1)),
		 0);
	tl_netconf_free(c);
}

TEST(netconf_lists_are_sorted_by_id)
{
	uint8_t blob[3 * TAG_WIRE_LEN + 10];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));
	struct tag tags[3] = { tag(9), tag(0x80000000), tag(3) };
	struct netconf *c;
	size_t i;

	for (i = 0; i < 3; i++)
		tl_write_tag(&w, &tags[i]);
	tl_write_zeroes(&w, 10); /* a cut fourth one ends the list */
	CHECK_EQ(parse_with(&c, "TAG", tl_writer_bytes(&w)), 0);
	CHECK_EQ(c->n_tags, 3);
	CHECK_EQ(c->tags[0].id, 3);
	CHECK_EQ(c->tags[1].id, 9);
	CHECK_EQ(c->tags[2].id, 0x80000000);
	tl_netconf_free(c);
}

TEST(netconf_more_than_the_limit_is_left_out)
{
	static uint8_t blob[(NETCONF_MAX_TAGS + 1) * TAG_WIRE_LEN];
	struct writer w = tl_writer(TL_BUFFER_OF(blob));
	struct netconf *c;
	uint32_t i;

	for (i = 0; i <= NETCONF_MAX_TAGS; i++) {
		struct tag t = tag(i);

		tl_write_tag(&w, &t);
	}
	CHECK_EQ(parse_with(&c, "TAG", tl_writer_bytes(&w)), 0);
	CHECK_EQ(c->n_tags, NETCONF_MAX_TAGS);
	tl_netconf_free(c);

	memset(blob, 0, sizeof(blob));
	CHECK_EQ(parse_with(&c, "S",
			    tl_bytes(blob, 8 * NETCONF_MAX_SPECIALISTS + 11)),
		 0);
	CHECK_EQ(c->n_specialists, NETCONF_MAX_SPECIALISTS);
	tl_netconf_free(c);
	CHECK_EQ(parse_with(&c, "I", tl_bytes(blob, NETCONF_MAX_ADDRESSES + 1)),
		 0);
	CHECK_EQ(c->n_addresses, NETCONF_MAX_ADDRESSES);
	tl_netconf_free(c);
	CHECK_EQ(parse_with(&c, "RT",
			    tl_bytes(blob, 6 * (NETCONF_MAX_ROUTES + 1))),
		 0);
	CHECK_EQ(c->n_routes, NETCONF_MAX_ROUTES);
	tl_netconf_free(c);
}

TEST(netconf_rules_over_the_limit_are_refused)
{
	static uint8_t rules[2 * (NETCONF_MAX_RULES + 1)];
	struct netconf *c;

	CHECK_EQ(parse_with(&c, "R", TL_BYTES_OF(rules)), -EBADMSG);
	CHECK_EQ(parse_with(&c, "R", tl_bytes(rules, 2 * NETCONF_MAX_RULES)),
		 0);
	CHECK_EQ(c->n_rules, NETCONF_MAX_RULES);
	CHECK_EQ(tl_netconf_set_rules(c, TL_BYTES_OF(rules)), -EINVAL);
	CHECK_EQ(c->n_rules, NETCONF_MAX_RULES);
	CHECK_EQ(tl_netconf_set_rules(c, tl_bytes(NULL, 0)), 0);
	CHECK_EQ(c->n_rules, 0);
	tl_netconf_free(c);
}

TEST(netconf_cut_blobs_that_matter_are_refused)
{
	static const char *const keys[] = { "C", "COO", "RT", "I", "R", "DNS" };
	static const uint8_t cut[] = { 4, 2, 1 };
	struct netconf *c;
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(keys); i++)
		CHECK_EQ(parse_with(&c, keys[i], TL_BYTES_OF(cut)), -EBADMSG);
}

TEST(netconf_single_sign_on)
{
	struct netconf *c;

	CHECK_EQ(parse(&c, HEAD "ssov=0\nssoe=1\naurl=http\\e\naexpt=10"), 0);
	CHECK_STR(c->sso->url, "http=");
	CHECK_EQ(c->sso->expiry, 16);
	tl_netconf_free(c);
	CHECK_EQ(parse(&c, HEAD "ssov=0\nssoe=0\naurl=x"), 0);
	CHECK(!c->sso);
	tl_netconf_free(c);
	CHECK_EQ(parse(&c, HEAD "ssov=1\nssoe=1\nsson=nonce"), 0);
	CHECK_STR(c->sso->nonce, "nonce");
	CHECK_STR(c->sso->provider, "default");
	tl_netconf_free(c);
}

TEST(netconf_refuses_over_long_lists_of_its_own)
{
	struct netconf *c;

	CHECK_EQ(tl_netconf_new(&c), 0);
	CHECK_EQ(tl_netconf_alloc_tags(c, NETCONF_MAX_TAGS + 1), -EINVAL);
	CHECK_EQ(tl_netconf_alloc_capabilities(c, NETCONF_MAX_CAPABILITIES + 1),
		 -EINVAL);
	CHECK_EQ(tl_netconf_alloc_tags(c, 2), 0);
	CHECK_EQ(tl_netconf_alloc_tags(c, 0), 0);
	CHECK(!c->tags);
	tl_netconf_free(c);
	tl_netconf_free(NULL);
}
