/* SPDX-License-Identifier: Apache-2.0 */
#include "os/dirwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "os/file.h"

static char dir[] = "/tmp/dirwatch.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
}

TEST(writing_replacing_and_removing_are_noticed)
{
	int fd;

	CHECK(mkdtemp(dir));
	fd = tl_dirwatch_open(dir);
	CHECK(fd >= 0);
	CHECK(!tl_dirwatch_drain(fd, "it"));
	put("it");
	CHECK(tl_dirwatch_drain(fd, "it"));
	CHECK(!tl_dirwatch_drain(fd, "it"));
	CHECK_EQ(tl_file_write(in_dir("it"), tl_bytes_from_str("new"), 0600),
		 0);
	CHECK(tl_dirwatch_drain(fd, "it"));
	CHECK_EQ(unlink(in_dir("it")), 0);
	CHECK(tl_dirwatch_drain(fd, "it"));
	put("other");
	put("it2");
	CHECK(!tl_dirwatch_drain(fd, "it"));
	CHECK_EQ(unlink(in_dir("other")), 0);
	CHECK_EQ(unlink(in_dir("it2")), 0);
	CHECK_EQ(rmdir(dir), 0);
	tl_fd_close(&fd);
}

TEST(only_folders_can_be_watched)
{
	CHECK_EQ(tl_dirwatch_open("/nowhere"), -ENOENT);
	CHECK_EQ(tl_dirwatch_open("/dev/null"), -ENOTDIR);
}
