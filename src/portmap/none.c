/* SPDX-License-Identifier: Apache-2.0 */
/* none.c - portmap.h in a build without the libraries */
#include "portmap/portmap.h"

#include <errno.h>

bool tl_portmap_is_built(void)
{
	return false;
}

int tl_portmap_new(struct portmap **pp TL_UNUSED,
		   const struct portmap_config *c TL_UNUSED)
{
	return -ENOSYS;
}

void tl_portmap_free(struct portmap *p TL_UNUSED)
{
}

void tl_portmap_set(struct portmap *p TL_UNUSED,
		    const struct portmap_target *targets TL_UNUSED,
		    size_t n TL_UNUSED)
{
}

void tl_portmap_run(struct portmap *p TL_UNUSED)
{
}

size_t tl_portmap_endpoints(const struct portmap *p TL_UNUSED,
			    struct endpoint *out TL_UNUSED,
			    size_t max TL_UNUSED)
{
	return 0;
}

const char *tl_portmap_state_name(enum portmap_state state TL_UNUSED)
{
	return "none";
}

bool tl_portmap_status(const struct portmap *p TL_UNUSED, size_t i TL_UNUSED,
		       struct portmap_status *out TL_UNUSED)
{
	return false;
}
