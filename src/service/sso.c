/* SPDX-License-Identifier: Apache-2.0 */
#include "service/sso.h"

#include <stdio.h>

const char *tl_sso_why(char out[SSO_WHY_SIZE], const struct network *net)
{
	const struct auth_data *auth = tl_network_auth(net);

	if (!auth)
		return NULL;
	if (auth->kind == AUTH_PAGE)
		snprintf(out, SSO_WHY_SIZE,
			 "a login is wanted: open %s in a browser, then this "
			 "node is let in",
			 auth->url);
	else
		snprintf(out, SSO_WHY_SIZE,
			 "single sign-on is wanted, which tapless does not "
			 "offer: have this node exempted (ssoExempt)");
	return out;
}

static void put(json_t *o, const char *url, int64_t expiry_ms)
{
	json_object_set_new(o, "ssoEnabled", json_true());
	json_object_set_new(o, "authenticationURL", json_string(url));
	json_object_set_new(o, "authenticationExpiryTime",
			    json_integer(expiry_ms));
}

void tl_sso_put(json_t *o, const struct network *net)
{
	const struct netconf *c = tl_network_config(net);
	const struct auth_data *auth = tl_network_auth(net);
	char why[SSO_WHY_SIZE];

	if (auth) {
		put(o, auth->kind == AUTH_PAGE ? auth->url : "", 0);
		json_object_set_new(o, "why",
				    json_string(tl_sso_why(why, net)));
	} else if (c && c->sso && c->sso->enabled) {
		put(o, c->sso->url, c->sso->expiry);
	}
}
