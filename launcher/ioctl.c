/* SPDX-License-Identifier: Apache-2.0 */
#include "launcher/ioctl.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "sdk/client/client.h"
#include "sdk/client/ifreq.h"
#include "sdk/client/tag.h"

/* Longer lists are cut; Linux has no limit. */
#define ENTRIES_MAX 1024

/* As 32-bit programs have them: the union of struct ifreq is shorter, with the
 * same fields in the same places, pointers aside. */
#define IFREQ_32_SIZE 32

struct ifconf_32 {
	int32_t len;
	uint32_t list;
};

static size_t ifreq_size(const struct trap *t)
{
	return t->is_32 ? IFREQ_32_SIZE : sizeof(struct ifreq);
}

static enum trap_end write_int(struct trap *t, int r, int v)
{
	if (r == 0)
		r = tl_task_write(&t->task, t->args[2], &v, sizeof(v));
	return tl_trap_answer(t, r);
}

/* --- SIOCGIFCONF --- */

/* Where the program wants the list, and how many entries it has room for. */
struct list_place {
	uint64_t at;
	int room;
};

static int read_place(struct list_place *out, const struct trap *t)
{
	struct ifconf_32 c32;
	struct ifconf c;
	int r;

	if (t->is_32) {
		r = tl_task_read(&t->task, &c32, t->args[2], sizeof(c32));
		out->at = c32.list;
		out->room = c32.len;
	} else {
		r = tl_task_read(&t->task, &c, t->args[2], sizeof(c));
		out->at = (uintptr_t)c.ifc_buf;
		out->room = c.ifc_len;
	}
	if (r == 0 && out->room < 0 && out->at)
		r = -EINVAL;
	out->room /= (int)ifreq_size(t);
	return r;
}

static enum trap_end list_interfaces(struct trap *t)
{
	static struct ifreq list[ENTRIES_MAX];
	struct ifconf conf = { .ifc_len = sizeof(list) };
	const size_t size = ifreq_size(t);
	struct list_place place;
	int r = read_place(&place, t);
	int n;

	if (r == 0 && place.at) {
		conf.ifc_req = list;
		conf.ifc_len =
			TL_MIN(place.room, ENTRIES_MAX) * (int)sizeof(list[0]);
	}
	if (r == 0)
		r = tl_ifreq_list(&conf);
	n = conf.ifc_len / (int)sizeof(list[0]);
	for (int i = 0; r == 0 && place.at && i < n; i++)
		r = tl_task_write(&t->task, place.at + (size_t)i * size,
				  &list[i], size);
	/* The length stands first in either layout. */
	return write_int(t, r, n * (int)size);
}

/* --- requests about one --- */

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* On a socket that is not ours the kernel knows the host's best. */
static int ask(const struct trap *t, bool is_tagged, unsigned int request,
	       struct ifreq *q)
{
	struct ifreq probe = *q;

	if (is_tagged)
		return tl_ifreq_is_plain(request)
			       ? tl_ifreq_ask(t->tag, request, q)
			       : tl_ifreq_ask_own(request, q);
	if (request == SIOCGIFNAME || ioctl(t->fd, SIOCGIFINDEX, &probe) != 0)
		return tl_ifreq_ask_own(request, q);
	return -ENODEV;
}

static enum trap_end about_interface(struct trap *t, bool is_tagged,
				     unsigned int request)
{
	struct ifreq q = { 0 };
	int r;

	r = tl_task_read(&t->task, &q, t->args[2], ifreq_size(t));
	if (r < 0)
		return tl_trap_answer(t, r);
	r = ask(t, is_tagged, request, &q);
	/* None of ours: with the program's own rights, in its namespace. */
	if (r == -ENODEV && !(is_tagged && tl_ifreq_is_plain(request)))
		return TRAP_CONTINUE;
	if (r == 0)
		r = tl_task_write(&t->task, t->args[2], &q, ifreq_size(t));
	return tl_trap_answer(t, r);
}

/* --- the call --- */

static enum trap_end about_queue(struct trap *t, unsigned int request)
{
	int v = 0;
	int r = tl_ifreq_queue(t->fd, t->tag, request, &v);

	return write_int(t, r, v);
}

enum trap_end tl_do_ioctl(struct trap *t)
{
	unsigned int request = (unsigned int)tl_trap_int(t, 1);
	bool is_tagged = tl_tag_get(&t->tag, t->fd);

	if (tl_ifreq_is_one(request) && is_socket(t->fd))
		return about_interface(t, is_tagged, request);
	if (!is_tagged)
		return TRAP_CONTINUE;
	if (request == SIOCGIFCONF)
		return list_interfaces(t);
	if (tl_ifreq_is_queue(request))
		return about_queue(t, request);
	if (request == FIONREAD && tl_tag_is_udp(t->tag))
		return write_int(t, 0, tl_client_next_size(t->fd));
	return TRAP_CONTINUE;
}
