/* SPDX-License-Identifier: Apache-2.0 */
#include "service/pass_times.h"

#include "base/compiler.h"

const uint32_t tl_pass_ends_us[PASS_BUCKETS - 1] = {
	10,   20,   50,	   100,	  200,	 500,	 1000,
	2000, 5000, 10000, 20000, 50000, 100000,
};

void tl_pass_times_add(struct pass_times *p, int64_t took_us)
{
	unsigned int i = 0;

	took_us = TL_MAX(took_us, 0);
	while (i < PASS_BUCKETS - 1 && took_us > tl_pass_ends_us[i])
		i++;
	p->n[i]++;
	p->sum_us += (uint64_t)took_us;
}
