/* SPDX-License-Identifier: Apache-2.0 */
#include "service/sso.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "vl2/vl2_impl.h"

static struct auth_data auth;
static struct netconf conf;
static struct netconf_sso sso;
static struct network net;

static void want_login(enum auth_kind kind, const char *url)
{
	auth.kind = kind;
	snprintf(auth.url, sizeof(auth.url), "%s", url);
	net.failure = NETWORK_AUTHENTICATION_REQUIRED;
	net.auth = &auth;
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	CHECK(s);
	return s;
}

TEST(sso_page_is_named)
{
	char room[SSO_WHY_SIZE];
	json_t *o = json_object();

	want_login(AUTH_PAGE, "https://a.test/?b");
	CHECK_STR(tl_sso_why(room, &net),
		  "a login is wanted: open https://a.test/?b in a browser, "
		  "then this node is let in");
	tl_sso_put(o, &net);
	CHECK(json_is_true(json_object_get(o, "ssoEnabled")));
	CHECK_STR(text(o, "authenticationURL"), "https://a.test/?b");
	CHECK_STR(text(o, "why"), room);
	json_decref(o);
}

TEST(sso_that_needs_a_helper_is_not_offered)
{
	char room[SSO_WHY_SIZE];
	json_t *o = json_object();

	want_login(AUTH_OIDC, "https://issuer.test/");
	CHECK(strstr(tl_sso_why(room, &net), "tapless does not offer"));
	tl_sso_put(o, &net);
	CHECK_STR(text(o, "authenticationURL"), "");
	want_login(AUTH_UNSAID, "");
	CHECK(strstr(tl_sso_why(room, &net), "tapless does not offer"));
	json_decref(o);
}

TEST(sso_of_a_configuration_is_shown)
{
	json_t *o = json_object();

	tl_sso_put(o, &net);
	CHECK_EQ(json_object_size(o), 0);
	net.conf = &conf;
	conf.sso = &sso;
	tl_sso_put(o, &net);
	CHECK_EQ(json_object_size(o), 0);
	sso.enabled = true;
	sso.expiry = 77;
	tl_sso_put(o, &net);
	CHECK_EQ(json_object_size(o), 3);
	CHECK_EQ(json_integer_value(
			 json_object_get(o, "authenticationExpiryTime")),
		 77);
	json_decref(o);
}

TEST(sso_says_nothing_of_other_networks)
{
	char room[SSO_WHY_SIZE];

	want_login(AUTH_PAGE, "https://a.test/");
	net.failure = NETWORK_ACCESS_DENIED;
	CHECK(!tl_sso_why(room, &net));
}
