/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spin.h - whether to look a little longer before going to sleep
 *
 * To wake a process that sleeps takes 10 to 50 us, which is more than all that
 * we do for a small message. So in a conversation, where the answer comes
 * within that time, the loop looks for it again and again, and lets others have
 * the processor in between (adaptive busy polling).
 *
 * Conversations are what has had a short wait just now. Where the answer does
 * not come, the time is lost: that is at most one part in SPIN_SHARE, or it is
 * not tried. Who sleeps for long, as an idle node does, never spins.
 *
 * Pure: times come from the caller, all in microseconds.
 */
#ifndef TL_SERVICE_SPIN_H
#define TL_SERVICE_SPIN_H

#include <stdint.h>

#define SPIN_SHARE 16
#define SPIN_DEBT_US 2000 /* lost at once */
#define SPIN_LIMIT_US 1000 /* of @max_us */

/**
 * struct spin - What has been waited for; starts zeroed
 * @max_us:	to spin at a time; 0: never
 * @debt_us:	spun in vain, less what was worked off since
 * @since_us:	until when it has been
 * @recent:	a bit for each of the last waits: was it short?
 */
struct spin {
	int64_t max_us;
	int64_t debt_us;
	int64_t since_us;
	unsigned int recent;
};

/* For how long to spin now; 0: sleep. */
int64_t tl_spin_for(struct spin *s, int64_t now_us);

/**
 * tl_spin_waited() - Something has come
 * @waited_us:	since tl_spin_for(), asleep or not
 * @lost_us:	of it, spun without success
 */
void tl_spin_waited(struct spin *s, int64_t waited_us, int64_t lost_us);

#endif /* TL_SERVICE_SPIN_H */
