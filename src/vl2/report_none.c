/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_none.c - a small node tells no observer, and listens to no report
 *
 * tl_report_is_wanted() is never true there, so the rest of report.c is not
 * called.
 */
#include "vl2/vl2_impl.h"

void tl_report_configure(struct network *net)
{
	net->trace_level = -1;
}

void tl_report_learned(void *ctx TL_UNUSED, const struct rx *rx TL_UNUSED)
{
}

enum rx_outcome tl_report_on_trace(struct vl2 *v TL_UNUSED,
				   const struct rx *rx TL_UNUSED)
{
	return RX_DONE;
}
