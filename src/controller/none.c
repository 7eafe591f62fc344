/* SPDX-License-Identifier: Apache-2.0 */
/* none.c - controller.h for a service that is built without one */
#include "controller/controller.h"

/* There is no controller to be given to these. */

bool tl_controller_taken(struct controller *c TL_UNUSED,
			 struct network_id network TL_UNUSED,
			 struct address member TL_UNUSED,
			 uint64_t update_id TL_UNUSED)
{
	return false;
}

int64_t tl_controller_tick(struct controller *c TL_UNUSED,
			   int64_t now TL_UNUSED)
{
	return INT64_MAX;
}

bool tl_controller_is_recent(const struct controller *c TL_UNUSED,
			     struct network_id network TL_UNUSED,
			     struct address node TL_UNUSED,
			     int64_t now TL_UNUSED)
{
	return false;
}

bool tl_controller_has_path(const char *path TL_UNUSED)
{
	return false;
}

void tl_controller_http(struct controller *c TL_UNUSED,
			const char *method TL_UNUSED,
			const char *path TL_UNUSED, struct bytes body TL_UNUSED,
			int64_t now TL_UNUSED, struct controller_reply *reply)
{
	reply->status = 404;
}
