/* SPDX-License-Identifier: Apache-2.0 */
/* chaos_test.c - fifty hours of faults; chaos.sh has a thousand */
#include "chaos.h"

#include "harness.h"
#include "sim.h"

#define SEEDS 50

/* In parts, so that several run at once. */
static void run_part(unsigned int part, unsigned int parts)
{
	unsigned int n = sim_n_seeds(SEEDS / parts);
	unsigned int i;

	for (i = 0; i < n; i++)
		chaos_run(sim_first_seed(1 + part * n) + i, NULL);
}

TEST(all_is_well_after_an_hour_of_faults)
{
	run_part(0, 2);
}

TEST(all_is_well_after_other_hours_of_faults)
{
	run_part(1, 2);
}
