/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_sqlite.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static char dir[64];
static char path[100];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tapless-store-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/controller.db", dir);
}

static void remove_dir(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[120];
	size_t i;

	for (i = 0; i < TL_ARRAY_SIZE(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		(void)unlink(name);
	}
	CHECK_EQ(rmdir(dir), 0);
}

static struct store opened(void)
{
	struct store s;

	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	return s;
}

static struct bytes text_of(const char *s)
{
	return tl_bytes_from_str(s);
}

/* All rows, in one line. */
static char seen[1000];
static int refuse_with;

static int on_network(void *ctx, struct network_id id, struct bytes text)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof(seen) - n, "N%llx=%.*s ",
		 (unsigned long long)id.v, (int)text.n, text.at);
	return refuse_with;
}

static int on_member(void *ctx, struct network_id id, struct address member,
		     struct bytes text)
{
	size_t n = strlen(seen);

	(void)ctx;
	snprintf(seen + n, sizeof(seen) - n, "M%llx/%llx=%.*s ",
		 (unsigned long long)id.v, (unsigned long long)member.v,
		 (int)text.n, text.at);
	return 0;
}

static int load(struct store *s)
{
	const struct store_reader reader = { NULL, on_network, on_member };

	seen[0] = '\0';
	return s->load(s->ctx, &reader);
}

static void put_some(struct store *s)
{
	const struct network_id high = { 0xfedcba9876543210 };
	const struct network_id low = { 0x10 };

	CHECK_EQ(s->put_network(s->ctx, low, text_of("{}")), 0);
	CHECK_EQ(s->put_member(s->ctx, low, (struct address){ 2 },
			       text_of("b")),
		 0);
	CHECK_EQ(s->put_member(s->ctx, low, (struct address){ 1 },
			       text_of("a")),
		 0);
	CHECK_EQ(s->put_network(s->ctx, high, text_of("old")), 0);
	CHECK_EQ(s->put_network(s->ctx, high, text_of("it's \xc3\xa9")), 0);
	CHECK_EQ(s->put_member(s->ctx, high, (struct address){ 0xffffffffff },
			       text_of("c")),
		 0);
	CHECK_EQ(s->flush(s->ctx), 0);
}

TEST(store_sqlite_keeps_rows_over_a_restart)
{
	struct store s;

	make_dir();
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK_STR(seen, "");
	put_some(&s);
	tl_store_sqlite_close(&s);
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK(strstr(seen, "N10={} "));
	CHECK(strstr(seen, "Nfedcba9876543210=it's \xc3\xa9 "));
	CHECK(strstr(seen, "M10/1=a M10/2=b "));
	CHECK(strstr(seen, "Mfedcba9876543210/ffffffffff=c "));
	/* Networks come before members. */
	CHECK(strrchr(seen, 'N') < strchr(seen, 'M'));
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_deletes)
{
	struct store s;

	make_dir();
	s = opened();
	put_some(&s);
	CHECK_EQ(s.delete_member(s.ctx, (struct network_id){ 0x10 },
				 (struct address){ 2 }),
		 0);
	CHECK_EQ(s.delete_member(s.ctx, (struct network_id){ 0x10 },
				 (struct address){ 99 }),
		 0);
	CHECK_EQ(s.delete_network(s.ctx,
				  (struct network_id){ 0xfedcba9876543210 }),
		 0);
	CHECK_EQ(s.delete_network(s.ctx, (struct network_id){ 5 }), 0);
	CHECK_EQ(s.flush(s.ctx), 0);
	tl_store_sqlite_close(&s);
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK_STR(seen, "N10={} M10/1=a ");
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_keeps_the_clock)
{
	struct store s;
	int64_t clock_ms = 5;

	make_dir();
	s = opened();
	CHECK_EQ(s.get_clock(s.ctx, &clock_ms), 0);
	CHECK_EQ(clock_ms, 0);
	CHECK_EQ(s.put_clock(s.ctx, 1795374723965), 0);
	CHECK_EQ(s.put_clock(s.ctx, 1795374723966), 0);
	CHECK_EQ(s.flush(s.ctx), 0);
	tl_store_sqlite_close(&s);
	s = opened();
	CHECK_EQ(s.get_clock(s.ctx, &clock_ms), 0);
	CHECK_EQ(clock_ms, 1795374723966);
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_reader_may_stop)
{
	struct store s;

	make_dir();
	s = opened();
	put_some(&s);
	refuse_with = -ENOMEM;
	CHECK_EQ(load(&s), -ENOMEM);
	refuse_with = 0;
	CHECK_EQ(load(&s), 0);
	tl_store_sqlite_close(&s);
	remove_dir();
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "wb");

	CHECK(f);
	CHECK(fputs(text, f) >= 0);
	CHECK_EQ(fclose(f), 0);
}

TEST(store_sqlite_leaves_a_foreign_file_alone)
{
	static const char text[] = "This is a letter to my aunt, and it is "
				   "longer than a database header would be: "
				   "some hundred characters and a few more.";
	char got[200] = "";
	struct store s;
	FILE *f;

	make_dir();
	write_file(text);
	CHECK(tl_store_sqlite_open(&s, path) < 0);
	f = fopen(path, "rb");
	CHECK(f);
	CHECK(fgets(got, sizeof(got), f));
	CHECK_EQ(fclose(f), 0);
	CHECK_STR(got, text);
	remove_dir();
}

static void execute(const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_close(db), SQLITE_OK);
}

TEST(store_sqlite_refuses_other_databases)
{
	struct store s;

	make_dir();
	execute("CREATE TABLE somebody_elses (x)");
	CHECK_EQ(tl_store_sqlite_open(&s, path), -EINVAL);
	remove_dir();
	/* Ours, but of a later version. */
	make_dir();
	s = opened();
	put_some(&s);
	tl_store_sqlite_close(&s);
	execute("PRAGMA user_version = 2");
	CHECK_EQ(tl_store_sqlite_open(&s, path), -EINVAL);
	remove_dir();
}

TEST(store_sqlite_brings_an_older_database_up_to_date)
{
	struct store s;

	make_dir();
	execute("PRAGMA application_id = 1953524835");
	s = opened();
	put_some(&s);
	tl_store_sqlite_close(&s);
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK(strstr(seen, "M10/1=a "));
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_is_copied_while_it_is_written)
{
	char copy[120];
	char first[100];
	struct store s;

	make_dir();
	snprintf(copy, sizeof(copy), "%s/copy.db", dir);
	CHECK_EQ(tl_store_sqlite_backup(path, copy), -ENOENT);
	s = opened();
	put_some(&s);
	/* Not flushed: not part of it. */
	CHECK_EQ(s.put_network(s.ctx, (struct network_id){ 7 }, text_of("x")),
		 0);
	CHECK_EQ(tl_store_sqlite_backup(path, copy), 0);
	CHECK_EQ(tl_store_sqlite_backup(path, copy), 0);
	CHECK(tl_store_sqlite_backup(path, "/nonexistent/dir/copy.db") < 0);
	CHECK_EQ(s.flush(s.ctx), 0);
	CHECK_EQ(load(&s), 0);
	CHECK(strstr(seen, "N7=x "));
	tl_store_sqlite_close(&s);
	memcpy(first, path, sizeof(first));
	snprintf(path, sizeof(path), "%.90s", copy);
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK(strstr(seen, "M10/1=a ") && !strstr(seen, "N7="));
	tl_store_sqlite_close(&s);
	(void)unlink(copy);
	memcpy(path, first, sizeof(path));
	remove_dir();
}

TEST(store_sqlite_abandons_what_was_not_flushed)
{
	struct store s;

	make_dir();
	s = opened();
	put_some(&s);
	CHECK_EQ(s.put_network(s.ctx, (struct network_id){ 7 }, text_of("x")),
		 0);
	tl_store_sqlite_abandon(&s);
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK(!strstr(seen, "N7="));
	tl_store_sqlite_close(&s);
	remove_dir();
}

static long size_of_file(void)
{
	struct stat st;

	CHECK_EQ(stat(path, &st), 0);
	return (long)st.st_size;
}

TEST(store_sqlite_is_empty_until_something_is_written)
{
	int64_t clock_ms = 5;
	struct store s;

	make_dir();
	s = opened();
	CHECK_EQ(load(&s), 0);
	CHECK_EQ(s.get_clock(s.ctx, &clock_ms), 0);
	CHECK_EQ(clock_ms, 0);
	CHECK_EQ(s.flush(s.ctx), 0);
	CHECK_EQ(size_of_file(), 0);
	put_some(&s);
	CHECK(size_of_file() > 0);
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_says_when_the_file_has_become_something_else)
{
	struct store s;

	make_dir();
	s = opened();
	write_file("This is a letter to my aunt. It is longer than a database "
		   "header is, so that it is not taken for an empty file by "
		   "anybody.");
	CHECK_EQ(s.put_network(s.ctx, (struct network_id){ 7 }, text_of("x")),
		 -EIO);
	CHECK_EQ(s.put_clock(s.ctx, 7), -EIO);
	CHECK_EQ(s.flush(s.ctx), 0);
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_does_nothing_by_halves)
{
	struct store s;

	make_dir();
	s = opened();
	put_some(&s);
	execute("CREATE TRIGGER stop BEFORE DELETE ON network "
		"BEGIN SELECT RAISE(ABORT, 'no'); END");
	/* Its members would go first. */
	CHECK_EQ(s.delete_network(s.ctx, (struct network_id){ 0x10 }), -EIO);
	CHECK_EQ(s.flush(s.ctx), 0);
	CHECK_EQ(load(&s), 0);
	CHECK(strstr(seen, "M10/1=a M10/2=b "));
	/* And it goes on working. */
	CHECK_EQ(s.put_network(s.ctx, (struct network_id){ 7 }, text_of("x")),
		 0);
	CHECK_EQ(s.flush(s.ctx), 0);
	tl_store_sqlite_close(&s);
	remove_dir();
}

TEST(store_sqlite_no_such_directory)
{
	struct store s;

	CHECK(tl_store_sqlite_open(&s, "/nonexistent/dir/controller.db") < 0);
}
