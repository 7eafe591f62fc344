/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is on the disk when the power fails, at each moment that matters.
 *
 * This program's fsync() and fdatasync() take the place of the C library's, for
 * SQLite, too. What was synced is remembered: contents of files, and names in
 * the folder. Before each sync several disks are made, in a process of its own:
 * with nothing of what was written since the last one, with all of it, with any
 * 512 bytes of it or not. Each must hold all that flush() has returned for, and
 * what is being written wholly or not at all.
 */
#include "service/store_sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "harness.h"
#include "os/file.h"

#define SECTOR 512
#define FILES_MAX 64
#define VARIANTS 4
#define MEMBERS 7
#define WHOLE_MEMBER 100
#define ROW_BIG 1400000 /* bytes: three are more than a log of 4 MB */

/* A file as it was synced last. */
struct synced {
	ino_t ino;
	struct buffer content;
};

struct entry {
	char name[64];
	ino_t ino;
};

static char dir[64];
static char path[100];
static char image[100];
static const char *watched = "controller.db";

static struct synced files[FILES_MAX];
static size_t n_files;
static struct entry entries[FILES_MAX];
static size_t n_entries;

static bool is_watching;
static unsigned int n_acked; /* groups that flush() has returned for */
static unsigned int n_syncs;
static uint64_t state = 1;

static unsigned int draw(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

static struct synced *find_synced(ino_t ino)
{
	size_t i;

	for (i = 0; i < n_files; i++) {
		if (files[i].ino == ino)
			return &files[i];
	}
	return NULL;
}

/* By this very descriptor: closing another would drop SQLite's locks. */
static struct buffer content_of(int fd)
{
	struct buffer b = { 0 };
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	b.n = (size_t)st.st_size;
	b.at = malloc(b.n + 1);
	CHECK(b.at);
	CHECK_EQ(pread(fd, b.at, b.n, 0), b.n);
	return b;
}

static void remember_file(int fd, const struct stat *st)
{
	struct synced *f = find_synced(st->st_ino);

	if (!f) {
		CHECK(n_files < FILES_MAX);
		f = &files[n_files++];
		f->ino = st->st_ino;
	}
	free(f->content.at);
	f->content = content_of(fd);
}

/* Not the index of the log: SQLite never trusts one that it finds. */
static bool is_kept(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && (n < 4 || strcmp(name + n - 4, "-shm") != 0);
}

static size_t list_folder(struct entry *out)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0;

	CHECK(d);
	while ((e = readdir(d))) {
		if (!is_kept(e->d_name) || e->d_type != DT_REG)
			continue;
		CHECK(n < FILES_MAX);
		snprintf(out[n].name, sizeof(out[n].name), "%.63s", e->d_name);
		out[n++].ino = e->d_ino;
	}
	closedir(d);
	return n;
}

/* Any sector as it was or as it is. */
static void write_mixed(int fd, struct bytes was, struct bytes is,
			unsigned int variant)
{
	bool is_new_size = variant == 1 || (variant > 1 && draw(2));
	size_t n = is_new_size ? is.n : was.n;
	size_t at;

	for (at = 0; at < n; at += SECTOR) {
		bool is_new = variant == 1 || (variant > 1 && draw(2));
		struct bytes from = is_new ? is : was;
		size_t k = TL_MIN(n - at, SECTOR);

		if (at >= from.n)
			continue;
		k = TL_MIN(k, from.n - at);
		CHECK_EQ(pwrite(fd, from.at + at, k, (off_t)at), k);
	}
	CHECK_EQ(ftruncate(fd, (off_t)n), 0);
}

static void write_file(const struct entry *e, bool is_there,
		       unsigned int variant)
{
	struct synced *f = find_synced(e->ino);
	struct bytes was = f ? tl_buffer_bytes(f->content) : tl_bytes("", 0);
	struct buffer is = { 0 };
	char name[200];
	int fd;

	if (is_there) {
		snprintf(name, sizeof(name), "%s/%s", dir, e->name);
		CHECK_EQ(tl_file_read(&is, name, SIZE_MAX / 2), 0);
	}
	snprintf(name, sizeof(name), "%s/%s", image, e->name);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	write_mixed(fd, was, is_there ? tl_buffer_bytes(is) : was, variant);
	close(fd);
	tl_free(is.at);
}

static bool has_entry(const struct entry *in, size_t n, const struct entry *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(in[i].name, e->name) == 0 && in[i].ino == e->ino)
			return true;
	}
	return false;
}

/* Names that came or went since the folder was synced are there or not. */
static void make_image(unsigned int variant)
{
	struct entry now[FILES_MAX];
	size_t n = list_folder(now);
	size_t i;

	CHECK_EQ(mkdir(image, 0700), 0);
	for (i = 0; i < n_entries; i++) {
		if (has_entry(now, n, &entries[i]))
			continue;
		if (variant == 0 || (variant > 1 && draw(2)))
			write_file(&entries[i], false, variant);
	}
	for (i = 0; i < n; i++) {
		if (has_entry(entries, n_entries, &now[i]) || variant == 1 ||
		    (variant > 1 && draw(2)))
			write_file(&now[i], true, variant);
	}
}

static void remove_image(void)
{
	struct dir_names names;
	char name[FILE_PATH_SIZE];
	size_t i;

	CHECK_EQ(tl_dir_list(&names, image), 0);
	for (i = 0; i < names.n; i++) {
		CHECK_EQ(tl_path_join(name, image, names.names[i]), 0);
		CHECK_EQ(unlink(name), 0);
	}
	tl_dir_names_fini(&names);
	CHECK_EQ(rmdir(image), 0);
}

/* What a store holds: the number of the group that wrote it. */
static unsigned int seen_network;
static unsigned int seen_members[WHOLE_MEMBER + 1];

static int on_network(void *ctx, struct network_id id, struct bytes text)
{
	(void)ctx;
	CHECK_EQ(id.v, 1);
	CHECK_EQ(sscanf((const char *)text.at, "%u", &seen_network), 1);
	return 0;
}

static int on_member(void *ctx, struct network_id id, struct address member,
		     struct bytes text)
{
	(void)ctx;
	CHECK_EQ(id.v, 1);
	CHECK(member.v <= WHOLE_MEMBER);
	CHECK_EQ(sscanf((const char *)text.at, "%u", &seen_members[member.v]),
		 1);
	return 0;
}

static void check_whole(const char *file)
{
	const unsigned char *said;
	sqlite3_stmt *st;
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(file, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st,
				    NULL),
		 SQLITE_OK);
	CHECK_EQ(sqlite3_step(st), SQLITE_ROW);
	said = sqlite3_column_text(st, 0);
	CHECK_STR((const char *)said, "ok");
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* The image is as some group left it, not an earlier one than was promised. */
static void check_image(void)
{
	const struct store_reader reader = { NULL, on_network, on_member };
	int64_t clock_ms;
	unsigned int k;
	unsigned int i;
	struct store s;
	char file[200];

	snprintf(file, sizeof(file), "%s/%s", image, watched);
	CHECK_EQ(tl_store_sqlite_open(&s, file), 0);
	CHECK_EQ(s.get_clock(s.ctx, &clock_ms), 0);
	k = (unsigned int)clock_ms;
	CHECK(k >= n_acked);
	CHECK(k <= n_acked + 1);
	CHECK_EQ(s.load(s.ctx, &reader), 0);
	CHECK_EQ(seen_network, k);
	CHECK_EQ(seen_members[WHOLE_MEMBER], k);
	for (i = 0; i < MEMBERS; i++)
		CHECK_EQ(seen_members[i],
			 k < i ? 0 : (k - i) / MEMBERS * MEMBERS + i);
	tl_store_sqlite_close(&s);
	check_whole(file);
}

static void fail_power(unsigned int variant)
{
	int status;
	pid_t child;

	state += 77; /* another draw in each child */
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		is_watching = false;
		make_image(variant);
		check_image();
		remove_image();
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	if (status)
		FAIL("variant %u, before sync %u, %u acknowledged", variant,
		     n_syncs, n_acked);
}

static int on_sync(int fd)
{
	struct stat st;
	unsigned int i;

	if (!is_watching)
		return 0;
	for (i = 0; i < VARIANTS; i++)
		fail_power(i);
	n_syncs++;
	CHECK_EQ(fstat(fd, &st), 0);
	if (S_ISDIR(st.st_mode))
		n_entries = list_folder(entries);
	else
		remember_file(fd, &st);
	return 0;
}

TL_PUBLIC int fsync(int fd)
{
	return on_sync(fd);
}

TL_PUBLIC int fdatasync(int fildes)
{
	return on_sync(fildes);
}

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tapless-power-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/controller.db", dir);
	snprintf(image, sizeof(image), "%s/image", dir);
	is_watching = true;
}

static void remove_dir(void)
{
	is_watching = false;
	/* It is of the same shape. */
	snprintf(image, sizeof(image), "%s", dir);
	remove_image();
}

static void put(const struct store *s, unsigned int k, size_t size)
{
	const struct network_id id = { 1 };
	char *text = calloc(1, size);

	CHECK(text);
	memset(text, ' ', size - 1);
	CHECK(snprintf(text, size, "%u", k) > 0);
	text[strlen(text)] = ' ';
	CHECK_EQ(s->put_network(s->ctx, id, tl_bytes_from_str(text)), 0);
	CHECK_EQ(s->put_member(s->ctx, id, (struct address){ k % MEMBERS },
			       tl_bytes_from_str(text)),
		 0);
	CHECK_EQ(s->put_member(s->ctx, id, (struct address){ WHOLE_MEMBER },
			       tl_bytes_from_str(text)),
		 0);
	CHECK_EQ(s->put_clock(s->ctx, k), 0);
	free(text);
}

/* One group, with at least one sync before it counts. */
static void write_group(const struct store *s, size_t size)
{
	unsigned int before = n_syncs;

	put(s, n_acked + 1, size);
	CHECK_EQ(s->flush(s->ctx), 0);
	CHECK(n_syncs > before);
	n_acked++;
}

static void write_groups(const struct store *s, unsigned int n)
{
	while (n-- > 0)
		write_group(s, 40);
}

TEST(store_sqlite_survives_a_power_cut_at_any_moment)
{
	struct store s;

	make_dir();
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	write_groups(&s, 20);
	tl_store_sqlite_close(&s);
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	write_groups(&s, 5);
	tl_store_sqlite_close(&s);
	remove_dir();
}

/* The log is written back and used anew. */
TEST(store_sqlite_survives_a_power_cut_while_it_tidies_up)
{
	struct store s;
	unsigned int i;

	make_dir();
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	write_groups(&s, 2);
	for (i = 0; i < 2; i++) {
		write_group(&s, ROW_BIG);
		write_groups(&s, 4);
	}
	tl_store_sqlite_close(&s);
	remove_dir();
}

/* The folder is synced after the last name has changed. */
TEST(store_sqlite_copy_survives_a_power_cut)
{
	char copy[120];
	struct store s;
	unsigned int i;

	make_dir();
	snprintf(copy, sizeof(copy), "%s/copy.db", dir);
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	write_groups(&s, 3);
	CHECK_EQ(tl_store_sqlite_backup(path, copy), 0);
	watched = "copy.db";
	for (i = 0; i < VARIANTS; i++)
		fail_power(i);
	watched = "controller.db";
	tl_store_sqlite_close(&s);
	remove_dir();
}

/* Also while nothing was ever written to it. */
TEST(store_sqlite_syncs_the_folder_of_a_new_database)
{
	struct store s;

	make_dir();
	CHECK_EQ(tl_store_sqlite_open(&s, path), 0);
	CHECK_EQ(n_entries, 1);
	CHECK_STR(entries[0].name, "controller.db");
	tl_store_sqlite_close(&s);
	remove_dir();
}
