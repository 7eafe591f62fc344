/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chaos [-v] N - an hour of faults for each of the seeds 1 to N
 *
 * With TL_SEED for that one alone; -v tells of each fault. Prints how long it
 * took until all was well again: the median, 99 of 100, the worst.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/chaos.h"
#include "test/sim/sim.h"

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	bool is_loud = argc > 1 && strcmp(argv[1], "-v") == 0;
	const char *asked = argc > 1 + is_loud ? argv[1 + is_loud] : "50";
	unsigned int n = sim_n_seeds((unsigned int)strtoul(asked, NULL, 10));
	int64_t *took = calloc(n ? n : 1, sizeof(*took));
	unsigned int i;

	if (!took || !n)
		return 2;
	for (i = 0; i < n; i++)
		took[i] = chaos_run(sim_first_seed(1) + i,
				    is_loud ? stdout : NULL);
	qsort(took, n, sizeof(*took), compare);
	printf("%u seeds: well again after %" PRId64 " ms in the median, "
	       "99 of 100 after %" PRId64 " ms, the worst after %" PRId64
	       " ms\n",
	       n, took[n / 2], took[n - 1 - n / 100], took[n - 1]);
	free(took);
	return 0;
}
