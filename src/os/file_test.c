/* SPDX-License-Identifier: Apache-2.0 */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "harness.h"

static char home[64];

static const char *in_home(const char *name)
{
	static char path[4][FILE_PATH_SIZE];
	static int turn;

	turn = (turn + 1) % 4;
	CHECK_EQ(tl_path_join(path[turn], home, name), 0);
	return path[turn];
}

static void remove_home(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", home);
	CHECK_EQ(system(command), 0);
}

static pid_t maker;

static void at_end(void)
{
	if (getpid() == maker)
		remove_home();
}

static void make_home(void)
{
	snprintf(home, sizeof(home), "/tmp/tapless-file-test-XXXXXX");
	CHECK(mkdtemp(home));
	maker = getpid();
	atexit(at_end);
}

static void write_text(const char *name, const char *text, mode_t mode)
{
	CHECK_EQ(tl_file_write(in_home(name), tl_bytes_from_str(text), mode),
		 0);
}

static void check_text(const char *name, const char *want)
{
	struct buffer b;

	CHECK_EQ(tl_file_read(&b, in_home(name), 1000), 0);
	CHECK_EQ(b.n, strlen(want));
	CHECK_STR((char *)b.at, want);
	tl_free(b.at);
}

static void check_names(const char *want)
{
	struct dir_names d;
	char all[1000] = "";
	size_t i;

	CHECK_EQ(tl_dir_list(&d, home), 0);
	for (i = 0; i < d.n; i++) {
		strncat(all, d.names[i], sizeof(all) - strlen(all) - 1);
		strncat(all, " ", sizeof(all) - strlen(all) - 1);
	}
	tl_dir_names_fini(&d);
	CHECK_STR(all, want);
}

TEST(file_round_trip_leaves_nothing_else)
{
	make_home();
	write_text("a", "first", 0644);
	write_text("a", "second", 0644);
	write_text("empty", "", 0600);
	check_text("a", "second");
	check_text("empty", "");
	check_names("a empty ");
}

TEST(file_written_fast_is_the_same_but_for_the_disk)
{
	struct stat st;

	make_home();
	write_text("a", "first", 0600);
	CHECK_EQ(tl_file_write_fast(in_home("a"), tl_bytes_from_str("second"),
				    0644),
		 0);
	check_text("a", "second");
	check_names("a ");
	CHECK(stat(in_home("a"), &st) == 0);
	CHECK_EQ(st.st_mode & 0777, 0644);
	CHECK_EQ(tl_file_write_fast(in_home("none/a"), tl_bytes(NULL, 0), 0644),
		 -ENOENT);
}

TEST(file_mode_is_exact)
{
	struct stat st;

	make_home();
	umask(0077);
	write_text("open", "x", 0644);
	CHECK(stat(in_home("open"), &st) == 0);
	CHECK_EQ(st.st_mode & 0777, 0644);
	umask(0);
	write_text("secret", "x", 0600);
	CHECK(stat(in_home("secret"), &st) == 0);
	CHECK_EQ(st.st_mode & 0777, 0600);
}

TEST(file_kinds_of_wrong_are_told_apart)
{
	struct buffer b = { 0 };

	make_home();
	CHECK_EQ(tl_file_read(&b, in_home("none"), 10), -ENOENT);
	CHECK_EQ(tl_file_read(&b, home, 10), -EISDIR);
	write_text("long", "0123456789a", 0600);
	CHECK_EQ(tl_file_read(&b, in_home("long"), 10), -EFBIG);
	CHECK_EQ(tl_file_read(&b, in_home("long"), 11), 0);
	tl_free(b.at);
	b.at = NULL;
	CHECK(mkfifo(in_home("fifo"), 0600) == 0);
	CHECK_EQ(tl_file_read(&b, in_home("fifo"), 10), -EISDIR);
	CHECK_EQ(tl_file_read(&b, in_home("long/x"), 10), -ENOTDIR);
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_file_read(&b, in_home("long"), 11), -ENOMEM);
	CHECK(!b.at);
}

/* The disk is full as far as this process is concerned. */
TEST(file_failed_write_keeps_the_old_content)
{
	struct rlimit small = { 100, 100 };
	static uint8_t big[5000];

	make_home();
	write_text("a", "old", 0644);
	signal(SIGXFSZ, SIG_IGN);
	CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
	CHECK_EQ(tl_file_write(in_home("a"), TL_BYTES_OF(big), 0644), -EFBIG);
	check_text("a", "old");
	check_names("a ");
}

TEST(file_write_into_no_folder_fails)
{
	make_home();
	CHECK_EQ(tl_file_write(in_home("no/a"), tl_bytes("x", 1), 0600),
		 -ENOENT);
}

/* Rename over a folder fails after the temporary file was written. */
TEST(file_failed_rename_removes_the_temporary)
{
	make_home();
	CHECK(mkdir(in_home("d"), 0700) == 0);
	CHECK_EQ(tl_file_write(in_home("d"), tl_bytes("x", 1), 0600), -EISDIR);
	check_names("d ");
}

/* Somebody else's leftover must not lend its permissions, or its target. */
TEST(file_leftover_temporary_is_replaced)
{
	struct stat st;

	make_home();
	write_text("victim", "untouched", 0644);
	CHECK(symlink(in_home("victim"), in_home("a" FILE_TEMP_SUFFIX)) == 0);
	write_text("a", "new", 0600);
	check_text("a", "new");
	check_text("victim", "untouched");
	CHECK(lstat(in_home("a"), &st) == 0);
	CHECK(S_ISREG(st.st_mode));
	check_names("a victim ");
}

/* A reader at any moment sees one of the two contents whole. */
TEST(file_reader_never_sees_a_part)
{
	static char a[20001];
	static char b[30001];
	int status;
	pid_t pid;
	int i;

	make_home();
	memset(a, 'a', sizeof(a) - 1);
	memset(b, 'b', sizeof(b) - 1);
	write_text("f", a, 0644);
	pid = fork();
	if (pid == 0) {
		for (i = 0; i < 200; i++)
			write_text("f", i % 2 ? a : b, 0644);
		_exit(0);
	}
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct buffer got;

		CHECK_EQ(tl_file_read(&got, in_home("f"), 100000), 0);
		CHECK(got.n == sizeof(a) - 1 || got.n == sizeof(b) - 1);
		CHECK_STR((char *)got.at, got.n == sizeof(a) - 1 ? a : b);
		tl_free(got.at);
	}
	CHECK_EQ(status, 0);
}

TEST(file_paths_have_a_limit)
{
	char out[FILE_PATH_SIZE];
	static char name[FILE_PATH_SIZE];

	CHECK_EQ(tl_path_join(out, "/a", "b"), 0);
	CHECK_STR(out, "/a/b");
	CHECK_EQ(tl_path_join(out, "/", "b"), 0);
	CHECK_STR(out, "/b");
	CHECK_EQ(tl_path_join(out, "", "b"), 0);
	CHECK_STR(out, "b");
	memset(name, 'x', sizeof(name) - 1);
	CHECK_EQ(tl_path_join(out, "a", name), -ENAMETOOLONG);
	CHECK_STR(out, "b");
	name[FILE_PATH_SIZE - 5] = 0;
	CHECK_EQ(tl_file_write(name, tl_bytes("x", 1), 0600), -ENAMETOOLONG);
}

TEST(dir_make_makes_all_above)
{
	struct dir_names d;

	make_home();
	CHECK_EQ(tl_dir_make(in_home("a/b/c"), 0700), 0);
	CHECK_EQ(tl_dir_make(in_home("a/b/c"), 0700), 0);
	CHECK_EQ(tl_dir_make(in_home("a/b/d/"), 0700), 0);
	CHECK_EQ(tl_dir_list(&d, in_home("a/b")), 0);
	CHECK_EQ(d.n, 2);
	CHECK_STR(d.names[0], "c");
	CHECK_STR(d.names[1], "d");
	tl_dir_names_fini(&d);
	write_text("f", "x", 0600);
	CHECK_EQ(tl_dir_make(in_home("f"), 0700), -ENOTDIR);
	CHECK_EQ(tl_dir_make(in_home("f/x"), 0700), -ENOTDIR);
	CHECK_EQ(tl_dir_make("", 0700), -ENOENT);
}

TEST(dir_list_survives_lack_of_memory)
{
	struct dir_names d = { 0 };
	int n;

	make_home();
	CHECK_EQ(tl_dir_list(&d, in_home("none")), -ENOENT);
	CHECK_EQ(tl_dir_list(&d, home), 0);
	CHECK_EQ(d.n, 0);
	tl_dir_names_fini(&d);
	write_text("a", "", 0600);
	write_text("b", "", 0600);
	for (n = 0; n < 3; n++) {
		tl_alloc_fail_after(n);
		CHECK_EQ(tl_dir_list(&d, home), -ENOMEM);
	}
	tl_alloc_fail_after(-1);
	check_names("a b ");
}

TEST(file_remove_does_not_mind_absence)
{
	make_home();
	write_text("a", "", 0600);
	CHECK_EQ(tl_file_remove(in_home("a")), 0);
	CHECK_EQ(tl_file_remove(in_home("a")), 0);
	CHECK_EQ(tl_file_remove(in_home("a/b")), 0);
	CHECK(mkdir(in_home("d"), 0700) == 0);
	CHECK(tl_file_remove(in_home("d")) < 0);
}

TEST(home_lock_names_its_owner)
{
	pid_t owner = 0;
	int status;
	pid_t pid;
	int fd;

	make_home();
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), 0);
	pid = fork();
	if (pid == 0) {
		pid_t who = 0;
		int other = -1;

		CHECK_EQ(tl_home_lock(&other, &who, home, getpid()), -EBUSY);
		CHECK_EQ(who, getppid());
		CHECK_EQ(other, -1);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
	CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	tl_fd_close(&fd);
	CHECK_EQ(fd, -1);
	tl_fd_close(&fd);
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), 0);
	tl_fd_close(&fd);
	CHECK_EQ(tl_home_lock(&fd, &owner, in_home("none"), getpid()), -ENOENT);
}

/* The lock ends with its process, however that ends. */
TEST(home_lock_ends_with_its_owner)
{
	pid_t owner = 0;
	int ready[2];
	char c;
	pid_t pid;
	int fd;

	make_home();
	CHECK(pipe(ready) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), 0);
		CHECK_EQ(write(ready[1], "x", 1), 1);
		pause();
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), -EBUSY);
	CHECK_EQ(owner, pid);
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), 0);
	tl_fd_close(&fd);
}

/* The owner that is written down has gone, and who holds the lock for it goes
 * a moment later. */
TEST(home_lock_waits_for_the_worker_of_a_dead_owner)
{
	pid_t owner = 0;
	pid_t keeper;
	int ready[2];
	int end[2];
	char c;
	int fd;

	make_home();
	CHECK(pipe(ready) == 0 && pipe(end) == 0);
	keeper = fork();
	if (keeper == 0) {
		pid_t self = getpid();

		if (fork() == 0) {
			CHECK_EQ(tl_home_lock(&fd, &owner, home, self), 0);
			CHECK_EQ(write(ready[1], "x", 1), 1);
			CHECK_EQ(read(end[0], &c, 1), 1);
			_exit(0);
		}
		pause();
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK(!tl_process_is_going(keeper));
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), -EBUSY);
	CHECK_EQ(owner, keeper);
	kill(keeper, SIGKILL);
	/* Nobody waits for it yet: it is dying, then dead, then a zombie. */
	CHECK(tl_process_is_going(keeper));
	CHECK_EQ(write(end[1], "x", 1), 1);
	CHECK_EQ(tl_home_lock(&fd, &owner, home, getpid()), 0);
	tl_fd_close(&fd);
	CHECK(waitpid(keeper, NULL, 0) == keeper);
	CHECK(tl_process_is_going(keeper));
}
