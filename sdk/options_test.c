/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/options.h"

#include <limits.h>
#include <tapless/tapless.h>

#include "harness.h"
#include "crypto/crypto.h"
#include "os/random.h"
#include "wire/identity.h"
#include "wire/world.h"

static void sink(void *ctx, int level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

TEST(options_start_with_defaults)
{
	struct zt_options *o = zt_options_new();

	CHECK(o);
	CHECK(!o->home && o->port == 0 && o->planet.n == 0 && !o->has_api);
	CHECK(!o->log_sink);
	zt_options_free(o);
	zt_options_free(NULL);
}

TEST(options_are_copied)
{
	struct zt_options *o = zt_options_new();
	char home[] = "/a/home";

	CHECK_EQ(zt_options_set_home(o, home), ZT_OK);
	home[1] = 'b';
	CHECK_STR(o->home, "/a/home");
	CHECK_EQ(zt_options_set_home(o, NULL), ZT_OK);
	CHECK(!o->home);
	CHECK_EQ(zt_options_set_port(o, 65535), ZT_OK);
	CHECK_EQ(o->port, 65535);
	CHECK_EQ(zt_options_set_api(o, 7), ZT_OK);
	CHECK(o->has_api);
	CHECK_EQ(zt_options_set_log(o, 4, sink, o), ZT_OK);
	CHECK(o->log_sink == sink && o->log_ctx == o && o->log_level == 4);
	zt_options_free(o);
}

TEST(options_refuse_what_is_out_of_range)
{
	struct zt_options *o = zt_options_new();
	char path[PATH_MAX + 1];

	memset(path, 'x', sizeof(path));
	path[PATH_MAX] = '\0';
	CHECK_EQ(zt_options_set_home(o, ""), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_home(o, path), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_home(NULL, "/"), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_port(o, 65536), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_port(NULL, 1), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_api(NULL, 1), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_log(o, -1, sink, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_log(o, 5, sink, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_log(NULL, 1, sink, NULL), ZT_ERR_ARGUMENT);
	CHECK(!o->home && o->port == 0 && !o->log_sink);
	zt_options_free(o);
}

TEST(options_take_planets_only)
{
	struct zt_options *o = zt_options_new();
	struct bytes good = tl_default_planet();

	CHECK_EQ(zt_options_set_planet(o, good.at, good.n), ZT_OK);
	CHECK_EQ(o->planet.n, good.n);
	CHECK_MEM(o->planet.at, good.at, good.n);
	CHECK_EQ(zt_options_set_planet(o, good.at, good.n - 1),
		 ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_planet(o, good.at, 0), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_planet(o, NULL, 9), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_planet(o, "no planet", 9), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_planet(o, good.at, WORLD_WIRE_MAX + 1),
		 ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_planet(NULL, good.at, good.n), ZT_ERR_ARGUMENT);
	CHECK_EQ(o->planet.n, good.n);
	zt_options_free(o);
}

TEST(options_take_identities_with_their_private_key)
{
	struct zt_options *o = zt_options_new();
	char text[IDENTITY_TEXT_SIZE];
	struct identity id;

	CHECK_EQ(tl_crypto_init(), 0);
	CHECK_EQ(tl_identity_generate(&id, tl_random, NULL), 0);
	CHECK_EQ(zt_options_set_identity(NULL, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_identity(o, "no identity"), ZT_ERR_ARGUMENT);
	tl_identity_print(text, &id, false);
	CHECK_EQ(zt_options_set_identity(o, text), ZT_ERR_ARGUMENT);
	CHECK(!o->identity);
	tl_identity_print(text, &id, true);
	CHECK_EQ(zt_options_set_identity(o, text), ZT_OK);
	CHECK_STR(o->identity, text);
	CHECK_EQ(zt_options_set_home(o, "/tmp/tapless-home-and-identity"),
		 ZT_OK);
	CHECK_EQ(zt_start(o), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_options_set_identity(o, NULL), ZT_OK);
	CHECK(!o->identity);
	CHECK_EQ(zt_options_set_identity(o, text), ZT_OK);
	zt_options_free(o);
}
