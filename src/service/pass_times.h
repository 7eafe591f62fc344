/* SPDX-License-Identifier: Apache-2.0 */
/* pass_times.h - how long passes of the loop took */
#ifndef TL_SERVICE_PASS_TIMES_H
#define TL_SERVICE_PASS_TIMES_H

#include <stdint.h>

#define PASS_BUCKETS 14 /* the last one is for all above */

/* Upper ends of the buckets; the last one has none. */
extern const uint32_t tl_pass_ends_us[PASS_BUCKETS - 1];

struct pass_times {
	uint64_t n[PASS_BUCKETS];
	uint64_t sum_us;
};

void tl_pass_times_add(struct pass_times *p, int64_t took_us);

#endif /* TL_SERVICE_PASS_TIMES_H */
