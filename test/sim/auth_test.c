/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth_test.c - networks that want a login (vl2.md 4.5, 14.9)
 */
#include "test/sim/lone_net.h"

#define PAGE "aV=0\naU=https://login.test/"

static struct lone lone;
static struct actor controller; /* and root */
static struct actor other;
static struct network *net;

static void start(bool has_config)
{
	lone_new(&lone);
	actor_init(&controller, &lone, LONE_ROOT);
	actor_init(&other, &lone, LONE_B);
	actor_be_root(&controller, &lone);
	actor_meet(&other, &lone);
	if (has_config) {
		net = lone_net_join(&lone, &controller);
		return;
	}
	CHECK_EQ(tl_vl2_join(lone.vl2, lone_net_id(&controller),
			     tl_bytes(NULL, 0), lone.now),
		 0);
	net = tl_vl2_find(lone.vl2, lone_net_id(&controller));
}

static void finish(void)
{
	actor_fini(&controller);
	actor_fini(&other);
	lone_free(&lone);
}

/* @dict NULL: nothing follows the network's ID. */
static void refuse(struct actor *from, const char *dict)
{
	uint8_t room[4096];
	struct writer w = tl_writer(TL_BUFFER_OF(room));

	tl_write_u8(&w, VERB_NETWORK_CONFIG_REQUEST);
	tl_write_be64(&w, 1);
	tl_write_u8(&w, ERROR_NETWORK_AUTHENTICATION_REQUIRED);
	tl_write_be64(&w, tl_network_id(net).v);
	if (dict) {
		tl_write_be16(&w, (uint16_t)strlen(dict));
		tl_write_bytes(&w, tl_bytes_from_str(dict));
	}
	actor_send(from, &lone, VERB_ERROR, tl_writer_bytes(&w));
}

TEST(login_page_is_known_until_the_login)
{
	struct netconf *c;

	start(false);
	CHECK(!tl_network_auth(net));
	refuse(&controller, PAGE);
	CHECK_EQ(tl_network_status(net), NETWORK_AUTHENTICATION_REQUIRED);
	CHECK(tl_network_auth(net));
	CHECK_EQ(tl_network_auth(net)->kind, AUTH_PAGE);
	CHECK_STR(tl_network_auth(net)->url, "https://login.test/");
	c = lone_net_config(&lone, &controller, LONE_NET_MS);
	lone_net_push(&lone, &controller, c, 1, &controller.id);
	tl_netconf_free(c);
	CHECK_EQ(tl_network_status(net), NETWORK_OK);
	CHECK(!tl_network_auth(net));
	finish();
}

TEST(login_is_wanted_though_not_said_where)
{
	start(false);
	refuse(&controller, NULL);
	CHECK_EQ(tl_network_status(net), NETWORK_AUTHENTICATION_REQUIRED);
	CHECK_EQ(tl_network_auth(net)->kind, AUTH_UNSAID);
	refuse(&controller, "aV=1\niU=https://issuer.test/\naN=1\naS=2");
	CHECK_EQ(tl_network_auth(net)->kind, AUTH_OIDC);
	finish();
}

TEST(login_without_a_page_changes_nothing)
{
	start(false);
	refuse(&controller, "aV=0\naU=");
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	refuse(&controller, "aV=7");
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	finish();
}

TEST(login_is_demanded_by_the_controller_only)
{
	start(false);
	refuse(&other, PAGE);
	CHECK_EQ(tl_network_status(net), NETWORK_REQUESTING);
	CHECK_EQ(lone_drops(&lone, DROP_NOT_CONTROLLER), 1);
	finish();
}

TEST(login_that_has_run_out_keeps_the_configuration)
{
	start(true);
	refuse(&controller, PAGE);
	CHECK_EQ(tl_network_status(net), NETWORK_AUTHENTICATION_REQUIRED);
	CHECK(tl_network_config(net));
	/* Asked for again until it succeeds. */
	lone_forget(&lone);
	lone_run(&lone, 11000);
	CHECK(actor_count(&controller, &lone, VERB_NETWORK_CONFIG_REQUEST) > 1);
	finish();
}

TEST(login_survives_lack_of_memory)
{
	uint64_t before;

	start(false);
	before = lone_drops(&lone, DROP_NO_MEMORY);
	tl_alloc_fail_after(0);
	refuse(&controller, PAGE);
	tl_alloc_fail_after(-1);
	CHECK(!tl_network_auth(net));
	CHECK_EQ(lone_drops(&lone, DROP_NO_MEMORY), before + 1);
	finish();
}
