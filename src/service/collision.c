/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collision.c - another node has our address (vl1.md 1.10)
 *
 * Only a root says so, and only to a node that shows it an identity that
 * differs from the one it knows. Nobody will ever talk to us under this address
 * again, so another identity is made and the engine starts anew with it, in
 * place: the loop, ports, programs and their sockets stay, networks are joined
 * again. Their controllers see a new member.
 *
 * Between two such events PAUSE_MS must pass: a root that is not honest could
 * have us make identities for ever, each of which takes a core for a second.
 */
#include "service/service_impl.h"

#include <string.h>

#include "base/log.h"
#include "os/clock.h"

#define PAUSE_MS 600000

void tl_collision_told(struct service *s)
{
	if (s->collision_ms && tl_clock_ms() - s->collision_ms < PAUSE_MS)
		return;
	s->is_identity_lost = true;
}

void tl_collision_notice(struct service *s)
{
	char saved[FILE_PATH_SIZE];
	char error[SERVICE_ERROR_SIZE];
	char old[ADDRESS_TEXT_SIZE];
	char new[ADDRESS_TEXT_SIZE];
	int r;

	if (!s->is_identity_lost)
		return;
	s->is_identity_lost = false;
	s->collision_ms = tl_clock_ms();
	tl_address_print(old, s->home.id.addr);
	r = tl_home_renew_identity(&s->home, saved, error);
	if (!r)
		r = tl_service_renew_engine(s, error);
	if (r) {
		tl_err("another node has the address %s, and %s", old, error);
		return;
	}
	memcpy(s->lost_address, old, sizeof(old));
	tl_address_print(new, s->home.id.addr);
	tl_err("another node has the address %s: this node is %s from now on; "
	       "authorise it anew on private networks. The old identity is in "
	       "%s",
	       old, new, saved);
}
