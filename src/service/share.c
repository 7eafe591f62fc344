/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share.c - one service for several users (service --share-group)
 *
 * Members of the group may use sockets. They have to find the service, so the
 * home's folder gets that group and lets it pass; what lies in it stays the
 * owner's, the tokens and keys as well.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/account.h"
#include "service/failure.h"

static int find_group(uint32_t *gid, const char *text, char *error)
{
	int r = tl_account_gid(gid, text);

	if (r == -ENOENT)
		return tl_failure(error, r,
				  "there is no group \"%s\" on this system; "
				  "make it (groupadd) or give --share-group a "
				  "number",
				  text);
	if (r == -EDOM)
		return tl_failure(
			error, r,
			"group \"%s\" stands for all groups that this "
			"user namespace does not have; give "
			"--share-group one that it has",
			text);
	if (r)
		return tl_failure(error, r, "cannot look up group \"%s\": %s",
				  text, strerror(-r));
	return 0;
}

int tl_share_open(struct service *s, const char *group,
		  struct sockets_config *c, char error[SERVICE_ERROR_SIZE])
{
	int r;

	if (!group)
		return 0;
	r = find_group(&c->group, group, error);
	if (r)
		return r;
	r = tl_dir_let_pass(s->home.path, c->group);
	if (r)
		return tl_failure(
			error, r,
			"cannot let group %s into %s: %s; be a member "
			"of it, or make the folder passable (chmod "
			"o+x)",
			group, s->home.path, strerror(-r));
	c->is_shared = true;
	s->is_shared = true;
	s->group = c->group;
	return 0;
}

/* Whoever owns the service, and root, may look into it anyway. */
bool tl_share_has(const struct service *s, const struct network *net,
		  uint32_t user)
{
	return user == s->owner || user == 0 || tl_lan_is_for(net, user);
}

bool tl_share_sees(const void *ctx, uint32_t user, const struct ifc *ifc)
{
	const struct service *s = ctx;
	const struct network *net = tl_vl2_find(
		s->vl2, (struct network_id){ tl_ifc_config(ifc)->tag });

	return net && tl_share_has(s, net, user);
}
