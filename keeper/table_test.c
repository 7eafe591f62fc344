/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/table.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "harness.h"

#include "base/alloc.h"

static struct table table;

static struct fdpass some_fds(size_t n)
{
	struct fdpass in = { .n = 1, .n_fds = n };
	size_t i;

	for (i = 0; i < n; i++) {
		in.fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		CHECK(in.fds[i] >= 0);
	}
	return in;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int put(uint64_t key, const char *blob, size_t n_fds)
{
	struct fdpass in = some_fds(n_fds);

	return tl_table_put(&table, key, tl_bytes_from_str(blob), &in);
}

TEST(table_holds_until_it_is_told_to_drop)
{
	struct entry *e;
	int fd;

	tl_table_init(&table, 10, 100);
	CHECK(!tl_table_next(&table, NULL));
	CHECK_EQ(put(5, "five", 3), 0);
	CHECK_EQ(put(6, "", 1), 0);
	CHECK_EQ(table.n, 2);
	CHECK_EQ(table.bytes, 4);
	e = tl_table_find(&table, 5);
	CHECK_EQ(e->n_fds, 3);
	CHECK_MEM(e->blob, "five", 4);
	fd = e->fds[2];
	CHECK(is_open(fd));
	tl_table_drop(&table, 5);
	CHECK(!is_open(fd));
	CHECK(!tl_table_find(&table, 5));
	tl_table_drop(&table, 5);
	fd = tl_table_find(&table, 6)->fds[0];
	tl_table_fini(&table);
	CHECK(!is_open(fd));
}

TEST(table_replaces_in_the_same_place)
{
	struct entry *e;
	int fd;

	tl_table_init(&table, 3, 100);
	CHECK_EQ(put(1, "one", 1), 0);
	CHECK_EQ(put(2, "two", 1), 0);
	CHECK_EQ(put(3, "three", 1), 0);
	fd = tl_table_find(&table, 2)->fds[0];
	CHECK_EQ(put(2, "second", 2), 0);
	CHECK(!is_open(fd));
	CHECK_EQ(table.n, 3);
	CHECK_EQ(table.bytes, 3 + 6 + 5);
	e = tl_table_next(&table, NULL);
	CHECK_EQ(e->key, 1);
	e = tl_table_next(&table, e);
	CHECK_EQ(e->key, 2);
	CHECK_EQ(e->n_fds, 2);
	e = tl_table_next(&table, e);
	CHECK_EQ(e->key, 3);
	CHECK(!tl_table_next(&table, e));
	tl_table_fini(&table);
}

/* What is refused is closed, and what was there stays. */
TEST(table_has_limits)
{
	struct fdpass in = some_fds(1);
	int fd = in.fds[0];

	tl_table_init(&table, 2, 10);
	CHECK_EQ(put(1, "12345", 1), 0);
	CHECK_EQ(tl_table_put(&table, 2, tl_bytes_from_str("123456"), &in),
		 -ENOSPC);
	CHECK(!is_open(fd));
	CHECK_EQ(put(2, "12345", 1), 0);
	CHECK_EQ(put(3, "", 1), -ENOSPC);
	CHECK_EQ(put(2, "123456", 1), -ENOSPC);
	CHECK_EQ(tl_table_find(&table, 2)->n, 5);
	CHECK_EQ(put(2, "1", 1), 0);
	CHECK_EQ(table.bytes, 6);
	CHECK_EQ(put(1, "", 0), -EINVAL);
	CHECK_EQ(table.n, 2);
	tl_table_fini(&table);
}

TEST(table_without_memory_closes_what_came)
{
	struct fdpass in;
	int n, fd;

	tl_table_init(&table, 2, 10);
	for (n = 0; n < 2; n++) {
		in = some_fds(1);
		fd = in.fds[0];
		tl_alloc_fail_after(n);
		CHECK_EQ(tl_table_put(&table, 1, tl_bytes(NULL, 0), &in),
			 -ENOMEM);
		tl_alloc_fail_after(-1);
		CHECK(!is_open(fd));
		CHECK_EQ(table.n, 0);
	}
	tl_table_fini(&table);
}

TEST(table_finds_among_many)
{
	uint64_t i;

	tl_table_init(&table, 500, 5000);
	for (i = 0; i < 500; i++)
		CHECK_EQ(put(i * 4096, "x", 1), 0);
	CHECK_EQ(put(1, "x", 1), -ENOSPC);
	for (i = 0; i < 500; i += 2)
		tl_table_drop(&table, i * 4096);
	for (i = 0; i < 500; i++)
		CHECK_EQ(tl_table_find(&table, i * 4096) != NULL, i % 2);
	CHECK_EQ(table.n, 250);
	tl_table_fini(&table);
}
