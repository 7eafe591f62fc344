/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/temporary.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPTH_MAX 4

int tl_temporary_make(char *path)
{
	const char *dir = secure_getenv("TMPDIR");
	int r = tl_path_join(path, dir && *dir ? dir : "/tmp",
			     "tapless-XXXXXX");

	if (r)
		return r;
	return mkdtemp(path) ? 0 : -errno;
}

/* Links are removed, not followed. */
static void remove_all(const char *path, int depth)
{
	struct dir_names names;
	char sub[FILE_PATH_SIZE];
	size_t i;

	if (tl_dir_list(&names, path))
		return;
	for (i = 0; i < names.n; i++) {
		if (tl_path_join(sub, path, names.names[i]) || unlink(sub) == 0)
			continue;
		if (errno == EISDIR && depth < DEPTH_MAX)
			remove_all(sub, depth + 1);
	}
	tl_dir_names_fini(&names);
	(void)rmdir(path);
}

void tl_temporary_remove(const char *path)
{
	remove_all(path, 0);
}
