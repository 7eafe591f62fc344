/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth.c - networks whose controller wants its members to log in
 *
 * Nobody is sent anywhere: what the controller says is kept, for whoever shows
 * it. After a login at its page the next request for a configuration succeeds.
 */
#include "vl2/vl2_impl.h"

#include "base/alloc.h"

void tl_auth_required(struct network *net, struct bytes rest)
{
	struct auth_data *auth = tl_alloc(sizeof(*auth));

	if (!auth) {
		tl_node_drop(net->v->node, DROP_NO_MEMORY);
		return;
	}
	tl_auth_data_parse(auth, rest);
	if (auth->kind == AUTH_NONE) {
		tl_free(auth);
		return;
	}
	tl_free(net->auth);
	net->auth = auth;
	tl_network_fail(net, NETWORK_AUTHENTICATION_REQUIRED);
}

const struct auth_data *tl_network_auth(const struct network *net)
{
	return net->failure == NETWORK_AUTHENTICATION_REQUIRED ? net->auth
							       : NULL;
}
