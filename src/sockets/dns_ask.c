/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets/dns_ask.h"

#include <string.h>

#include "base/alloc.h"
#include "os/clock.h"
#include "os/random.h"

#define TRY_US 2000000
#define TCP_TRY_US 5000000
#define TRIES_MIN 3 /* of one server alone */
#define TRIES_MAX 6

struct bytes tl_dns_ask_stream(const struct dns_ask *a)
{
	return tl_bytes(a->message, DNS_FRAME_HEAD + a->len);
}

struct bytes tl_dns_ask_question(const struct dns_ask *a)
{
	return tl_bytes_skip(tl_dns_ask_stream(a), DNS_FRAME_HEAD);
}

const struct rpc_addr *tl_dns_ask_server(const struct dns_ask *a)
{
	return &a->list[(a->tries - 1) % a->n];
}

/* --- time --- */

/* Have the alarm come when the first try is over, or not at all. */
static void set_alarm(struct dns_asks *all)
{
	int64_t first = INT64_MAX;

	tl_list_each(at, next, &all->list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		first = TL_MIN(first, a->until_us);
	}
	tl_alarm_set(&all->alarm, first);
}

static void on_alarm(void *ctx)
{
	struct dns_asks *all = ctx;
	int64_t now = tl_clock_us();

	tl_list_each(at, next, &all->list) {
		struct dns_ask *a = tl_container_of(at, struct dns_ask, link);

		if (a->until_us <= now)
			tl_dns_ask_fail(a);
	}
	set_alarm(all);
}

void tl_dns_asks_init(struct dns_asks *all, const struct dns_ask_ops *ops,
		      struct poll_set *poll, size_t max)
{
	*all = (struct dns_asks){ .ops = ops, .max = max };
	tl_list_init(&all->list);
	tl_alarm_init(&all->alarm, poll, on_alarm, all);
}

void tl_dns_asks_fini(struct dns_asks *all)
{
	tl_assert(all->n == 0);
	tl_alarm_close(&all->alarm);
}

bool tl_dns_asks_have_room(struct dns_asks *all)
{
	return all->n < all->max && tl_alarm_open(&all->alarm) == 0;
}

/* --- the end of a try, and of a question --- */

static void end_try(struct dns_ask *a)
{
	a->all->ops->end_try(a);
	tl_dns_frame_clear(&a->frame);
}

void tl_dns_ask_drop(struct dns_ask *a)
{
	end_try(a);
	tl_list_remove(&a->link);
	a->all->n--;
	a->all->ops->end(a);
}

static void tell_failure(struct dns_ask *a)
{
	static const char why[] = "the network's name servers do not answer";
	const struct dns_reply r = { .code = DNS_CODE_FAILED, .why = why };
	uint8_t room[DNS_ROOM_MAX];
	size_t n = tl_dns_reply_build(TL_BUFFER_OF(room),
				      tl_dns_ask_question(a), &a->q, &r,
				      TL_MIN(a->q.room, sizeof(room)));

	a->all->ops->tell(a, tl_bytes(room, n));
}

/* The answer, as the asker has room for it. Ends the question, unless it is no
 * answer: then false. @answer is changed. */
static bool finish(struct dns_ask *a, struct buffer answer)
{
	size_t n = tl_dns_reply_shorten(answer, &a->q, a->q.room);

	if (n == 0)
		return false;
	tl_store_be16(answer.at, a->q.id);
	a->all->ops->tell(a, tl_bytes(answer.at, n));
	tl_dns_ask_drop(a);
	return true;
}

/* --- tries --- */

static bool try_udp(struct dns_ask *a)
{
	tl_random(NULL, &a->id, sizeof(a->id));
	tl_store_be16(a->message + DNS_FRAME_HEAD, a->id);
	a->until_us = tl_clock_us() + TRY_US;
	return a->all->ops->try_udp(a, tl_dns_ask_server(a));
}

/* The next server, if the question has not been tried often enough. */
void tl_dns_ask_fail(struct dns_ask *a)
{
	struct dns_asks *all = a->all;
	size_t most =
		TL_MIN(TL_MAX(a->n, (size_t)TRIES_MIN), (size_t)TRIES_MAX);

	end_try(a);
	while (a->tries < most) {
		a->tries++;
		if (try_udp(a)) {
			set_alarm(all);
			return;
		}
		end_try(a);
	}
	tell_failure(a);
	tl_dns_ask_drop(a);
	set_alarm(all);
}

/* The same server once more, by TCP. */
static void ask_by_tcp(struct dns_ask *a)
{
	end_try(a);
	a->until_us = tl_clock_us() + TCP_TRY_US;
	if (!a->all->ops->try_tcp(a, tl_dns_ask_server(a)))
		tl_dns_ask_fail(a);
	else
		set_alarm(a->all);
}

void tl_dns_ask_heard(struct dns_ask *a, struct buffer answer, bool is_longer)
{
	struct bytes b = tl_buffer_bytes(answer);
	enum dns_code code;

	/* Others' are as if they had not come. */
	if (!tl_dns_is_reply_to(b, a->id, &a->q))
		return;
	code = tl_dns_reply_code(b);
	if (is_longer || tl_dns_reply_is_cut(b))
		ask_by_tcp(a);
	else if ((code != DNS_CODE_OK && code != DNS_CODE_NO_NAME &&
		  a->tries < a->n) ||
		 !finish(a, answer))
		tl_dns_ask_fail(a);
}

bool tl_dns_ask_stream_heard(struct dns_ask *a, struct bytes from)
{
	struct buffer answer;

	if (tl_dns_frame_take(&a->frame, &from)) {
		tl_dns_ask_fail(a);
		return false;
	}
	if (!tl_dns_frame_is_whole(&a->frame))
		return true;
	answer = tl_dns_frame_message(&a->frame);
	if (!tl_dns_is_reply_to(tl_buffer_bytes(answer), a->id, &a->q) ||
	    !finish(a, answer))
		tl_dns_ask_fail(a);
	return false;
}

void tl_dns_ask_start(struct dns_ask *a, struct dns_asks *all,
		      const struct dns_question *q, struct bytes message,
		      const struct rpc_addr *list, size_t n)
{
	tl_assert(n > 0 && message.n <= DNS_QUESTION_MAX);
	a->all = all;
	a->q = *q;
	a->n = TL_MIN(n, (size_t)RPC_LOOKUP_MAX);
	memcpy(a->list, list, a->n * sizeof(*list));
	a->frame = (struct dns_frame){ .max = UINT16_MAX };
	a->len = message.n;
	tl_store_be16(a->message, (uint16_t)message.n);
	memcpy(a->message + DNS_FRAME_HEAD, message.at, message.n);
	tl_list_append(&all->list, &a->link);
	all->n++;
	tl_dns_ask_fail(a);
}
