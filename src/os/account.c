/* SPDX-License-Identifier: Apache-2.0 */
#include "os/account.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/alloc.h"

/* Of one entry; a group's has the names of all its members. */
#define ENTRY_FIRST 4096
#define ENTRY_MAX (1 << 20)

enum kind {
	KIND_USER,
	KIND_GROUP,
};

/* -EINVAL if it is no number. The largest stands for none. */
static int parse(uint32_t *out, const char *text)
{
	uint64_t v = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(*text - '0');
		if (v >= UINT32_MAX)
			return -EINVAL;
	}
	*out = (uint32_t)v;
	return 0;
}

static int look_up_once(enum kind kind, uint32_t *out, const char *name,
			char *room, size_t size)
{
	struct passwd user, *found_user = NULL;
	struct group group, *found_group = NULL;
	int err;

	if (kind == KIND_USER)
		err = getpwnam_r(name, &user, room, size, &found_user);
	else
		err = getgrnam_r(name, &group, room, size, &found_group);
	if (err == ERANGE)
		return -ERANGE;
	/* Not found is told in several ways: getpwnam_r(3). */
	if (!found_user && !found_group)
		return err == EINTR || err == EIO || err == EMFILE ||
				       err == ENFILE || err == ENOMEM
			       ? -err
			       : -ENOENT;
	*out = found_user ? found_user->pw_uid : found_group->gr_gid;
	return 0;
}

static int look_up(enum kind kind, uint32_t *out, const char *name)
{
	size_t size;
	char *room;
	int err = -ERANGE;

	for (size = ENTRY_FIRST; err == -ERANGE && size <= ENTRY_MAX;
	     size *= 4) {
		room = tl_alloc(size);
		if (!room)
			return -ENOMEM;
		err = look_up_once(kind, out, name, room, size);
		tl_free(room);
	}
	return err;
}

/* Up to three numbers of a file's first line; how many there were. */
static int read_numbers(const char *path, uint32_t out[3])
{
	FILE *f = fopen(path, "re");
	int n;

	if (!f)
		return 0;
	n = fscanf(f, "%" SCNu32 " %" SCNu32 " %" SCNu32, &out[0], &out[1],
		   &out[2]);
	fclose(f);
	return TL_MAX(n, 0);
}

/* Does the number stand for all those that our user namespace does not have? It
 * is somebody's where there are all. */
static bool is_overflow(enum kind kind, uint32_t id)
{
	static const char *const names[] = {
		[KIND_USER] = "/proc/sys/kernel/overflowuid",
		[KIND_GROUP] = "/proc/sys/kernel/overflowgid",
	};
	static const char *const maps[] = {
		[KIND_USER] = "/proc/self/uid_map",
		[KIND_GROUP] = "/proc/self/gid_map",
	};
	uint32_t overflow[3] = { 0 };
	uint32_t map[3] = { 0 };

	if (read_numbers(names[kind], overflow) < 1 || overflow[0] != id)
		return false;
	return read_numbers(maps[kind], map) < 3 || map[0] != 0 ||
	       map[2] != UINT32_MAX;
}

static int find(enum kind kind, uint32_t *out, const char *text)
{
	uint32_t id;
	int err = parse(&id, text);

	if (err)
		err = look_up(kind, &id, text);
	if (!err && is_overflow(kind, id))
		err = -EDOM;
	if (!err)
		*out = id;
	return err;
}

int tl_account_uid(uint32_t *uid, const char *text)
{
	return find(KIND_USER, uid, text);
}

int tl_account_gid(uint32_t *gid, const char *text)
{
	return find(KIND_GROUP, gid, text);
}
