/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.c - epoll registrations that outlive an exchange
 *
 * Programs register a socket with epoll, then connect it. If it has to be
 * exchanged for another, the kernel forgets the registration, so it is made
 * again. The table is a hint of bounded size, without locks: what it says is
 * tried as EPOLL_CTL_MOD first, which fails for anything that is not registered
 * now. Each number has places of its own as far as the table goes, so that no
 * crowd of sockets pushes out a registration; memory is touched only for those
 * that are used. Beyond, and when a number is registered with more instances
 * than it has places, the oldest makes room.
 */
#include "shim/watch.h"

#include <errno.h>
#include <stdatomic.h>

#include "sdk/client/sys.h"
#include "sdk/client/tag.h"
#include "shim/shim.h"

/* Numbers below 65,536 do not meet; 6 MiB of addresses, hardly any touched. */
#define SLOTS (65536 * WATCH_SETS)

/**
 * struct watch - A registration
 * @key:	epfd and fd, 0 if free; written last
 */
struct watch {
	_Atomic uint64_t key;
	_Atomic uint32_t events;
	_Atomic uint64_t data;
};

static struct watch watches[SLOTS];

static uint64_t key_of(int epfd, int fd)
{
	return (uint64_t)(uint32_t)(epfd + 1) << 32 | (uint32_t)fd;
}

/* A number registers with few instances; they lie side by side. */
static struct watch *slot_of(int fd, unsigned int i)
{
	return &watches[((unsigned int)fd * WATCH_SETS + i) % SLOTS];
}

static void put(int epfd, int fd, const struct epoll_event *event)
{
	uint64_t key = key_of(epfd, fd);
	struct watch *w = slot_of(fd, 0);
	uint64_t now;

	for (unsigned int i = 0; i < WATCH_SETS; i++) {
		now = atomic_load(&slot_of(fd, i)->key);
		if (now == 0 || now == key) {
			w = slot_of(fd, i);
			break;
		}
	}
	atomic_store(&w->key, 0);
	atomic_store(&w->events, event->events);
	atomic_store(&w->data, event->data.u64);
	atomic_store(&w->key, key);
}

static void drop(int epfd, int fd)
{
	uint64_t key = key_of(epfd, fd);

	for (unsigned int i = 0; i < WATCH_SETS; i++) {
		uint64_t expected = key;

		atomic_compare_exchange_strong(&slot_of(fd, i)->key, &expected,
					       0);
	}
}

void tl_watch_note(int epfd, int op, int fd, const struct epoll_event *event)
{
	if (op == EPOLL_CTL_DEL)
		drop(epfd, fd);
	else if (event)
		put(epfd, fd, event);
}

static intptr_t control(int epfd, int op, int fd, struct epoll_event *event)
{
	return SYS5(SYS_epoll_ctl, epfd, op, fd, event, 0);
}

void tl_watch_collect(struct watch_set *set, int fd)
{
	struct watch *w;
	uint64_t key;

	set->n = 0;
	for (unsigned int i = 0; i < WATCH_SETS; i++) {
		w = slot_of(fd, i);
		key = atomic_load(&w->key);
		if (key == 0 || (uint32_t)key != (uint32_t)fd)
			continue;
		set->epfd[set->n] = (int)(key >> 32) - 1;
		set->event[set->n].events = atomic_load(&w->events);
		set->event[set->n].data.u64 = atomic_load(&w->data);
		if (control(set->epfd[set->n], EPOLL_CTL_MOD, fd,
			    &set->event[set->n]) == 0)
			set->n++;
	}
}

void tl_watch_restore(struct watch_set *set, int fd)
{
	for (size_t i = 0; i < set->n; i++)
		control(set->epfd[i], EPOLL_CTL_ADD, fd, &set->event[i]);
}
