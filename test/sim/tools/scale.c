/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scale [-v] N... - what networks of so many members cost
 *
 * Prints a line for each; -v tells of the phases on standard error. TL_SEED is
 * the seed.
 */
#include <stdlib.h>
#include <string.h>

#include "test/sim/scale.h"

static void print(unsigned int n, const struct scale_result *r)
{
	printf("%u\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t%lld\t", n,
	       (long long)r->online_ms, (long long)r->joined_ms,
	       (long long)r->first_ms, (long long)r->lost_ms,
	       (long long)r->back_ms, (long long)r->told_ms,
	       (long long)r->moved_ms);
	printf("%llu\t%zu\t%zu\t%u\t%.1f\t%.2f\n",
	       (unsigned long long)r->idle_bytes, r->node_bytes, r->peer_bytes,
	       r->n_peers, r->cpu_s, r->idle_cpu_s);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int first = argc > 1 && strcmp(argv[1], "-v") == 0 ? 2 : 1;
	int i;

	puts("# members\tonline ms\tjoined ms\tfirst ms\troots lost ms\t"
	     "roots back ms\ttold ms\tmoved ms\tidle bytes/min\tnode bytes\t"
	     "peer bytes\tpeers\tCPU s\tidle CPU s");
	for (i = first; i < argc; i++) {
		unsigned int n = (unsigned int)strtoul(argv[i], NULL, 10);
		struct scale_result r =
			scale_run(n, 1, first == 2 ? stderr : NULL);

		print(n, &r);
	}
	return 0;
}
