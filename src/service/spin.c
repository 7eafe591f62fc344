/* SPDX-License-Identifier: Apache-2.0 */
#include "service/spin.h"

#include "base/compiler.h"

/* Question and answer take turns, so a short wait may follow a longer one. */
#define RECENT_WAITS 0xfu

static void work_off(struct spin *s, int64_t now_us)
{
	int64_t us = (now_us - s->since_us) / SPIN_SHARE;

	if (us >= s->debt_us) {
		s->debt_us = 0;
		s->since_us = now_us;
		return;
	}
	s->debt_us -= us;
	s->since_us += us * SPIN_SHARE;
}

int64_t tl_spin_for(struct spin *s, int64_t now_us)
{
	if (!(s->recent & RECENT_WAITS))
		return 0;
	work_off(s, now_us);
	return s->debt_us < SPIN_DEBT_US ? s->max_us : 0;
}

void tl_spin_waited(struct spin *s, int64_t waited_us, int64_t lost_us)
{
	s->recent = s->recent << 1 | (waited_us <= s->max_us);
	s->debt_us += lost_us;
}
