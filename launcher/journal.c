/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/journal.h"

#include <string.h>
#include <unistd.h>

#include "os/clock.h"

/* A thread that has not come again by then did something else. */
#define KEEP_US 1000000
/* Likewise, if it has an answer already. */
#define KEEP_TAKEN_US 50000

/**
 * struct answer - Of a call that was interrupted
 * @tid:	of the thread, 0: no answer
 * @data:	the call, by its registers
 * @until_us:	as long as it is good
 * @end, @value, @fd, @cloexec: as in struct trap
 */
struct answer {
	pid_t tid;
	struct seccomp_data data;
	int64_t until_us;
	enum trap_end end;
	int64_t value;
	int fd;
	bool cloexec;
};

static struct answer answers[JOURNAL_MAX];
static size_t next_answer;
static size_t n_answers;

static struct accepted kept[JOURNAL_ACCEPTED_MAX];
static size_t n_kept;

static void drop_answer(struct answer *a)
{
	if (a->tid && a->end == TRAP_ANSWER_FD)
		close(a->fd);
	n_answers -= a->tid ? 1 : 0;
	*a = (struct answer){ 0 };
}

void tl_journal_keep(struct trap *t, enum trap_end end, bool was_taken)
{
	struct answer *a = &answers[next_answer];
	int64_t now_us = tl_clock_us();

	next_answer = (next_answer + 1) % JOURNAL_MAX;
	drop_answer(a);
	*a = (struct answer){ .tid = t->task.tid,
			      .data = t->data,
			      .until_us = now_us +
					  (was_taken ? KEEP_TAKEN_US : KEEP_US),
			      .end = end,
			      .value = t->value,
			      .fd = t->new_fd,
			      .cloexec = t->cloexec };
	n_answers++;
}

/* The return address tells calls apart that have the same arguments. */
static bool is_same(const struct answer *a, const struct trap *t)
{
	return tl_clock_us() < a->until_us && a->data.nr == t->data.nr &&
	       a->data.arch == t->data.arch &&
	       a->data.instruction_pointer == t->data.instruction_pointer &&
	       memcmp(a->data.args, t->data.args, sizeof(t->data.args)) == 0;
}

bool tl_journal_take(struct trap *t, enum trap_end *end)
{
	bool same = false;

	for (size_t i = 0; n_answers && i < JOURNAL_MAX && !same; i++) {
		struct answer *a = &answers[i];

		if (a->tid != t->task.tid)
			continue;
		same = is_same(a, t);
		if (same) {
			*end = a->end;
			t->value = a->value;
			t->new_fd = a->fd;
			t->cloexec = a->cloexec;
			a->end = TRAP_ANSWER; /* the descriptor is @t's now */
		}
		drop_answer(a);
	}
	return same;
}

static void remove_accepted(size_t i)
{
	n_kept--;
	memmove(&kept[i], &kept[i + 1], (n_kept - i) * sizeof(kept[0]));
}

void tl_journal_keep_accepted(const struct accepted *a)
{
	if (n_kept == JOURNAL_ACCEPTED_MAX) {
		close(kept[0].fd);
		remove_accepted(0);
	}
	kept[n_kept++] = *a;
}

bool tl_journal_take_accepted(struct accepted *a, uint64_t listener)
{
	for (size_t i = 0; i < n_kept; i++) {
		if (kept[i].listener != listener)
			continue;
		*a = kept[i];
		remove_accepted(i);
		return true;
	}
	return false;
}

void tl_journal_clear(void)
{
	for (size_t i = 0; i < JOURNAL_MAX; i++)
		drop_answer(&answers[i]);
	while (n_kept > 0) {
		close(kept[0].fd);
		remove_accepted(0);
	}
}
