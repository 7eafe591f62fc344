/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/file.h"

/* "taplessc": so that another program's database is not taken for ours. */
#define APPLICATION_ID 0x74706c63
#define SYNCHRONOUS_FULL 2 /* PRAGMA synchronous; EXTRA is 3 */

enum statement {
	PUT_NETWORK,
	PUT_MEMBER,
	DELETE_NETWORK,
	DELETE_MEMBERS,
	DELETE_MEMBER,
	GET_CLOCK,
	PUT_CLOCK,
	ALL_NETWORKS,
	ALL_MEMBERS,
	N_STATEMENTS
};

static const char *const sql[N_STATEMENTS] = {
	[PUT_NETWORK] = "INSERT INTO network (id, object) VALUES (?1, ?3) "
			"ON CONFLICT (id) DO UPDATE SET object = ?3",
	[PUT_MEMBER] = "INSERT INTO member (network, id, object) "
		       "VALUES (?1, ?2, ?3) "
		       "ON CONFLICT (network, id) DO UPDATE SET object = ?3",
	[DELETE_NETWORK] = "DELETE FROM network WHERE id = ?1",
	[DELETE_MEMBERS] = "DELETE FROM member WHERE network = ?1",
	[DELETE_MEMBER] = "DELETE FROM member WHERE network = ?1 AND id = ?2",
	[GET_CLOCK] = "SELECT value FROM clock",
	[PUT_CLOCK] = "INSERT INTO clock (id, value) VALUES (0, ?1) "
		      "ON CONFLICT (id) DO UPDATE SET value = ?1",
	[ALL_NETWORKS] = "SELECT id, object FROM network ORDER BY id",
	[ALL_MEMBERS] = "SELECT network, id, object FROM member "
			"ORDER BY network, id",
};

/* Each makes the version after its index of the one before; what was released
 * never changes. */
static const char *const migrations[] = {
	"CREATE TABLE network (id INTEGER PRIMARY KEY, object TEXT NOT NULL);"
	"CREATE TABLE member (network INTEGER NOT NULL, id INTEGER NOT NULL,"
	" object TEXT NOT NULL, PRIMARY KEY (network, id)) WITHOUT ROWID;"
	"CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 0),"
	" value INTEGER NOT NULL);",
};

#define SCHEMA_VERSION ((int)TL_ARRAY_SIZE(migrations))

/**
 * struct database - A store
 * @db:		NULL until there is something to read or write: a node that
 *		controls no network, as most, does not pay SQLite's 1.4 MB
 * @path:	owned
 * @in_group:	a transaction is open
 * @last_code, @last_err: SQLite's code and ours for it, of the last thing that
 *		was said to have failed
 */
struct database {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[N_STATEMENTS];
	bool in_group;
	int last_code;
	int last_err;
};

/* The kernel's reason, 0 if it is not known. SQLite's own function does not
 * tell it when a commit fails: that was the log's write. */
static int system_error(struct database *d)
{
	sqlite3_file *log = NULL;
	int why = 0;

	(void)sqlite3_file_control(d->db, "main", SQLITE_FCNTL_JOURNAL_POINTER,
				   &log);
	if (log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO,
						  &why);
	return why ? why : sqlite3_system_errno(d->db);
}

static int error_of(struct database *d, int code)
{
	int why = code == SQLITE_IOERR || code == SQLITE_CANTOPEN
			  ? system_error(d)
			  : 0;

	if (code == SQLITE_NOMEM)
		return -ENOMEM;
	if (code == SQLITE_FULL || why == ENOSPC || why == EDQUOT)
		return -ENOSPC;
	if (code == SQLITE_READONLY || why == EROFS)
		return -EROFS;
	return -EIO;
}

static const char *reason(struct database *d, int err)
{
	switch (err) {
	case -ENOSPC:
		return "the disk is full";
	case -EROFS:
		return "the disk is read-only";
	default:
		return sqlite3_errmsg(d->db);
	}
}

static int failure(struct database *d, const char *what)
{
	int code = sqlite3_errcode(d->db);
	int err = error_of(d, code & 0xff);

	/* A disk that stays full is no news. */
	if (code != d->last_code || err != d->last_err)
		tl_err("controller database: cannot %s: %s", what,
		       reason(d, err));
	d->last_code = code;
	d->last_err = err;
	return err;
}

static int run(struct database *d, const char *text, const char *what)
{
	if (sqlite3_exec(d->db, text, NULL, NULL, NULL) != SQLITE_OK)
		return failure(d, what);
	return 0;
}

/* What a failed function was to write counts as not written: nor may the half
 * of it that worked be committed later. */
static void abandon_group(struct database *d)
{
	if (d->in_group)
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	d->in_group = false;
}

static int step_once(struct database *d, sqlite3_stmt *st, const char *what)
{
	int code = sqlite3_step(st);
	int r = code == SQLITE_DONE ? 0 : failure(d, what);

	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	if (r)
		abandon_group(d);
	return r;
}

static void bind_id(sqlite3_stmt *st, int index, uint64_t id)
{
	sqlite3_bind_int64(st, index, (sqlite3_int64)id);
}

static void bind_text(sqlite3_stmt *st, int index, struct bytes text)
{
	sqlite3_bind_text64(st, index, (const char *)text.at, text.n,
			    SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int open_now(struct database *d);

/* Writes between two flushes are one transaction. */
static int begin(struct database *d, enum statement which, sqlite3_stmt **st)
{
	int r = open_now(d);

	if (r == -EINVAL) {
		tl_err("controller database: %s has become something else",
		       d->path);
		return -EIO;
	}
	if (!r && !d->in_group) {
		r = run(d, "BEGIN IMMEDIATE", "begin a change");
		d->in_group = !r;
	}
	*st = d->statements[which];
	return r;
}

static int put_network(void *ctx, struct network_id id, struct bytes text)
{
	struct database *d = ctx;
	sqlite3_stmt *st;
	int r = begin(d, PUT_NETWORK, &st);

	if (r)
		return r;
	bind_id(st, 1, id.v);
	bind_text(st, 3, text);
	return step_once(d, st, "write a network");
}

static int put_member(void *ctx, struct network_id id, struct address member,
		      struct bytes text)
{
	struct database *d = ctx;
	sqlite3_stmt *st;
	int r = begin(d, PUT_MEMBER, &st);

	if (r)
		return r;
	bind_id(st, 1, id.v);
	bind_id(st, 2, member.v);
	bind_text(st, 3, text);
	return step_once(d, st, "write a member");
}

static int delete_network(void *ctx, struct network_id id)
{
	struct database *d = ctx;
	sqlite3_stmt *st;
	int r = begin(d, DELETE_MEMBERS, &st);

	if (r)
		return r;
	bind_id(st, 1, id.v);
	r = step_once(d, st, "delete members");
	if (r)
		return r;
	st = d->statements[DELETE_NETWORK];
	bind_id(st, 1, id.v);
	return step_once(d, st, "delete a network");
}

static int delete_member(void *ctx, struct network_id id, struct address member)
{
	struct database *d = ctx;
	sqlite3_stmt *st;
	int r = begin(d, DELETE_MEMBER, &st);

	if (r)
		return r;
	bind_id(st, 1, id.v);
	bind_id(st, 2, member.v);
	return step_once(d, st, "delete a member");
}

static int get_clock(void *ctx, int64_t *clock_ms)
{
	struct database *d = ctx;
	sqlite3_stmt *st = d->statements[GET_CLOCK];
	int code;
	int r = 0;

	*clock_ms = 0;
	if (!d->db)
		return 0;
	code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		*clock_ms = sqlite3_column_int64(st, 0);
	else if (code != SQLITE_DONE)
		r = failure(d, "read the clock");
	sqlite3_reset(st);
	return r;
}

static int put_clock(void *ctx, int64_t clock_ms)
{
	struct database *d = ctx;
	sqlite3_stmt *st;
	int r = begin(d, PUT_CLOCK, &st);

	if (r)
		return r;
	sqlite3_bind_int64(st, 1, clock_ms);
	return step_once(d, st, "write the clock");
}

static int flush(void *ctx)
{
	struct database *d = ctx;
	int r;

	if (!d->in_group)
		return 0;
	d->in_group = false;
	r = run(d, "COMMIT", "commit a change");
	if (r)
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	else
		d->last_code = SQLITE_OK;
	return r;
}

static struct bytes column_text(sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	return tl_bytes(text, (size_t)sqlite3_column_bytes(st, column));
}

static int load_networks(struct database *d, const struct store_reader *to)
{
	sqlite3_stmt *st = d->statements[ALL_NETWORKS];
	int code;
	int r = 0;

	while (!r && (code = sqlite3_step(st)) == SQLITE_ROW) {
		struct network_id id = { (uint64_t)sqlite3_column_int64(st,
									0) };

		r = to->network(to->ctx, id, column_text(st, 1));
	}
	if (!r && code != SQLITE_DONE)
		r = failure(d, "read the networks");
	sqlite3_reset(st);
	return r;
}

static int load_members(struct database *d, const struct store_reader *to)
{
	sqlite3_stmt *st = d->statements[ALL_MEMBERS];
	int code;
	int r = 0;

	while (!r && (code = sqlite3_step(st)) == SQLITE_ROW) {
		struct network_id id = { (uint64_t)sqlite3_column_int64(st,
									0) };
		struct address who = { (uint64_t)sqlite3_column_int64(st, 1) };

		r = to->member(to->ctx, id, who, column_text(st, 2));
	}
	if (!r && code != SQLITE_DONE)
		r = failure(d, "read the members");
	sqlite3_reset(st);
	return r;
}

static int load(void *ctx, const struct store_reader *reader)
{
	struct database *d = ctx;
	bool is_alone = d->db && !d->in_group;
	int r = 0;

	/* As it was at one moment, though another process may write. */
	if (is_alone)
		r = run(d, "BEGIN", "begin to read");
	if (d->db && !r)
		r = load_networks(d, reader);
	if (d->db && !r)
		r = load_members(d, reader);
	if (is_alone)
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static int pragma(struct database *d, const char *text, int *value)
{
	sqlite3_stmt *st;
	int r = -EINVAL;

	if (sqlite3_prepare_v2(d->db, text, -1, &st, NULL) != SQLITE_OK)
		return -EINVAL;
	if (sqlite3_step(st) == SQLITE_ROW) {
		*value = sqlite3_column_int(st, 0);
		r = 0;
	}
	sqlite3_finalize(st);
	return r;
}

/* Asked for and read back: what is acknowledged depends on it. EXTRA is FULL
 * with the log, and also right without one, where there can be none. */
static int set_synchronous(struct database *d)
{
	static const char what[] = "set synchronous";
	int level = -1;
	int r = run(d, "PRAGMA synchronous = EXTRA", what);

	if (r)
		return r;
	if (pragma(d, "PRAGMA synchronous", &level))
		return failure(d, what);
	if (level >= SYNCHRONOUS_FULL)
		return 0;
	tl_err("controller database: SQLite would not wait for the disk "
	       "(synchronous is %d)",
	       level);
	return -EIO;
}

/* From version @from to the next, or not at all. */
static int migrate(struct database *d, int from)
{
	char text[96];
	int r = run(d, "BEGIN IMMEDIATE", "change the tables");

	if (r)
		return r;
	snprintf(text, sizeof(text),
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 APPLICATION_ID, from + 1);
	r = run(d, migrations[from], "change the tables");
	if (!r)
		r = run(d, text, "change the tables");
	if (!r)
		r = run(d, "COMMIT", "change the tables");
	if (r)
		(void)sqlite3_exec(d->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

/* A file that is not a database, another program's, or of a later version. */
static int check_schema(struct database *d, int *versionp)
{
	int application;
	int version;
	int tables;

	if (pragma(d, "PRAGMA application_id", &application) ||
	    pragma(d, "PRAGMA user_version", &version) ||
	    pragma(d, "SELECT count(*) FROM sqlite_master", &tables))
		return -EINVAL;
	if (application != APPLICATION_ID &&
	    (application != 0 || version != 0 || tables != 0))
		return -EINVAL;
	if (version < 0 || version > SCHEMA_VERSION)
		return -EINVAL;
	*versionp = version;
	return 0;
}

static int prepare(struct database *d)
{
	int i;

	for (i = 0; i < N_STATEMENTS; i++) {
		if (sqlite3_prepare_v3(d->db, sql[i], -1,
				       SQLITE_PREPARE_PERSISTENT,
				       &d->statements[i], NULL) != SQLITE_OK)
			return failure(d, "prepare a statement");
	}
	return 0;
}

static void close_now(struct database *d)
{
	int i;

	for (i = 0; i < N_STATEMENTS; i++) {
		sqlite3_finalize(d->statements[i]);
		d->statements[i] = NULL;
	}
	sqlite3_close(d->db);
	d->db = NULL;
}

static int open_now(struct database *d)
{
	int version;
	int r;

	if (d->db)
		return 0;
	if (sqlite3_open_v2(d->path, &d->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK) {
		r = failure(d, "open it");
		close_now(d);
		return r;
	}
	sqlite3_busy_timeout(d->db, 1000);
	r = check_schema(d, &version);
	if (!r)
		r = set_synchronous(d);
	for (; !r && version < SCHEMA_VERSION; version++)
		r = migrate(d, version);
	if (!r)
		r = run(d, "PRAGMA journal_mode = WAL", "set up the journal");
	if (!r)
		r = prepare(d);
	if (r)
		close_now(d);
	return r;
}

/* Make the file, if it is not there: the folder may be open for others. What
 * SQLite makes beside it is as this. Return: its size, or an error. */
static int64_t make_private(const char *path)
{
	bool is_new = access(path, F_OK) != 0;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct stat st;
	int64_t r;

	if (fd < 0)
		return -errno;
	r = fchmod(fd, 0600) || fstat(fd, &st) ? -errno : st.st_size;
	close(fd);
	if (r == 0 && is_new)
		r = tl_file_sync_name(path);
	return r;
}

static void free_database(struct database *d)
{
	close_now(d);
	free(d->path);
	tl_free(d);
}

int tl_store_sqlite_open(struct store *out, const char *path)
{
	int64_t size = make_private(path);
	struct database *d;
	int r = 0;

	if (size < 0)
		return (int)size;
	d = tl_alloc_zeroed(sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->path = strdup(path);
	if (!d->path)
		r = -ENOMEM;
	else if (size > 0)
		r = open_now(d);
	if (r) {
		free_database(d);
		return r;
	}
	*out = (struct store){
		.ctx = d,
		.load = load,
		.put_network = put_network,
		.put_member = put_member,
		.delete_network = delete_network,
		.delete_member = delete_member,
		.get_clock = get_clock,
		.put_clock = put_clock,
		.flush = flush,
	};
	return 0;
}

void tl_store_sqlite_close(struct store *store)
{
	(void)flush(store->ctx);
	free_database(store->ctx);
}

void tl_store_sqlite_abandon(struct store *store)
{
	abandon_group(store->ctx);
	free_database(store->ctx);
}

/* All of it in one go: who writes meanwhile writes to the log. */
static int copy(struct database *from, struct database *to)
{
	sqlite3_backup *b =
		sqlite3_backup_init(to->db, "main", from->db, "main");
	int code;

	if (!b)
		return failure(to, "begin a copy");
	code = sqlite3_backup_step(b, -1);
	sqlite3_backup_finish(b);
	return code == SQLITE_DONE ? 0 : failure(to, "copy it");
}

static int copy_to(struct database *from, const char *path)
{
	struct database to = { 0 };
	int r;

	if (sqlite3_open_v2(path, &to.db, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		r = failure(&to, "open the copy");
	else
		r = set_synchronous(&to);
	if (!r)
		r = copy(from, &to);
	sqlite3_close(to.db);
	return r;
}

int tl_store_sqlite_backup(const char *from, const char *to)
{
	char part[FILE_PATH_SIZE];
	struct stat st;
	struct store s;
	int64_t r;

	if (stat(from, &st) || st.st_size == 0)
		return -ENOENT;
	if (snprintf(part, sizeof(part), "%s" FILE_TEMP_SUFFIX, to) >=
	    (int)sizeof(part))
		return -ENAMETOOLONG;
	r = tl_store_sqlite_open(&s, from);
	if (r)
		return (int)r;
	(void)unlink(part);
	r = make_private(part);
	if (r >= 0)
		r = copy_to(s.ctx, part);
	if (!r && rename(part, to))
		r = -errno;
	if (!r)
		r = tl_file_sync_name(to);
	else
		(void)unlink(part);
	tl_store_sqlite_close(&s);
	return (int)r;
}
