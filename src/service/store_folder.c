/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "controller/json.h"
#include "controller/member_object.h"
#include "os/file.h"
#include "service/failure.h"

#define FOLDER_FILE_MAX (16u << 20)
#define SUFFIX ".json"
#define NETWORKS "network"
#define UNFINISHED NETWORKS FILE_TEMP_SUFFIX

/**
 * struct job - One run, in either direction
 * @sub:	the folder of the networks within @dir
 */
struct job {
	const char *dir;
	const char *sub;
	const struct store *store;
	bool replace;
	struct folder_counts *counts;
	char *error;
};

static int too_long(struct job *j)
{
	return tl_failure(j->error, -ENAMETOOLONG, "%s: the path is too long",
			  j->dir);
}

static int fail(struct job *j, int err, const char *what, const char *path)
{
	return tl_failure(j->error, err, "cannot %s %s: %s", what, path,
			  strerror(-err));
}

/* "DIR/SUB/<nwid>" and what follows. */
static int make_path(struct job *j, char out[FILE_PATH_SIZE],
		     struct network_id id, const char *rest)
{
	char text[NETWORK_ID_TEXT_SIZE];
	int n = snprintf(out, FILE_PATH_SIZE, "%s/%s/%s%s", j->dir, j->sub,
			 tl_network_id_print(text, id), rest);

	return n < 0 || n >= FILE_PATH_SIZE ? too_long(j) : 0;
}

/* Export */

static int write_file(struct job *j, const char *path, struct bytes text)
{
	int err = tl_file_write_fast(path, text, 0600);

	return err ? fail(j, err, "write", path) : 0;
}

static int write_network(void *ctx, struct network_id id, struct bytes text)
{
	struct job *j = ctx;
	char path[FILE_PATH_SIZE];
	int err = make_path(j, path, id, "/member");

	if (err)
		return err;
	err = tl_dir_make(path, 0700);
	if (err)
		return fail(j, err, "make", path);
	err = make_path(j, path, id, SUFFIX);
	j->counts->networks++;
	return err ? err : write_file(j, path, text);
}

/* The row in full: with what it leaves out. */
static int write_object(struct job *j, const char *path, struct network_id id,
			struct address member, struct bytes row)
{
	struct member_object *o;
	char *text;
	int err = tl_member_object_load(&o, id, member, row);

	/* As it is, if we do not understand it. */
	if (err == -EINVAL)
		return write_file(j, path, row);
	if (err)
		return fail(j, err, "write", path);
	text = tl_member_object_text(o);
	tl_member_object_free(o);
	if (!text)
		return fail(j, -ENOMEM, "write", path);
	err = write_file(j, path, tl_bytes_from_str(text));
	tl_free(text);
	return err;
}

static int write_member(void *ctx, struct network_id id, struct address member,
			struct bytes text)
{
	struct job *j = ctx;
	char path[FILE_PATH_SIZE];
	char address[ADDRESS_TEXT_SIZE];
	char rest[ADDRESS_TEXT_SIZE + 16];
	int err;

	snprintf(rest, sizeof(rest), "/member/%s" SUFFIX,
		 tl_address_print(address, member));
	err = make_path(j, path, id, rest);
	j->counts->members++;
	return err ? err : write_object(j, path, id, member, text);
}

static int write_all(struct job *j)
{
	const struct store_reader reader = { j, write_network, write_member };
	int err = j->store->load(j->store->ctx, &reader);

	if (err && !*j->error)
		return fail(j, err, "read", "the controller's database");
	return err;
}

/* A mixture of two would bring back what was deleted between them. */
static int in_the_way(struct job *j, const char *path)
{
	return tl_failure(j->error, -EEXIST,
			  "%s is there already: remove it, or name another "
			  "folder",
			  path);
}

static int refuse_other(struct job *j, const char *path)
{
	struct dir_names names;
	int err = tl_dir_list(&names, path);

	if (err == -E2BIG)
		return in_the_way(j, path);
	if (err)
		return err == -ENOENT ? 0 : fail(j, err, "list", path);
	err = names.n ? in_the_way(j, path) : 0;
	tl_dir_names_fini(&names);
	return err;
}

/* Of one that was cut off, @temp may be left. */
static int start_in(struct job *j, const char *temp)
{
	int err = tl_dir_remove(temp);

	if (err)
		return fail(j, err, "remove", temp);
	err = tl_dir_make(temp, 0700);
	return err ? fail(j, err, "make", temp) : 0;
}

static int finish(struct job *j, const char *temp, const char *path)
{
	int err = write_all(j);

	if (err)
		return err;
	err = tl_dir_put(temp, path);
	if (err == -EEXIST)
		return in_the_way(j, path);
	return err ? fail(j, err, "write", path) : 0;
}

int tl_store_folder_export(const char *dir, const struct store *from,
			   struct folder_counts *counts,
			   char error[SERVICE_ERROR_SIZE])
{
	struct job j = { .dir = dir,
			 .sub = UNFINISHED,
			 .store = from,
			 .counts = counts,
			 .error = error };
	char path[FILE_PATH_SIZE];
	char temp[FILE_PATH_SIZE];
	int err;

	counts->networks = counts->members = counts->foreign = 0;
	*error = '\0';
	if (tl_path_join(path, dir, NETWORKS) ||
	    tl_path_join(temp, dir, UNFINISHED))
		return too_long(&j);
	err = refuse_other(&j, path);
	if (!err)
		err = start_in(&j, temp);
	if (err)
		return err;
	err = finish(&j, temp, path);
	/* If it cannot be removed, its name says that it is not all. */
	if (err)
		(void)!tl_dir_remove(temp);
	return err;
}

/* Import */

/* The part before ".json", if it has @n characters and nothing follows. */
static bool take_stem(struct bytes *out, const char *name, size_t n)
{
	if (strlen(name) != n + strlen(SUFFIX) || strcmp(name + n, SUFFIX) != 0)
		return false;
	*out = tl_bytes(name, n);
	return true;
}

static int read_file(struct job *j, struct buffer *out, const char *path)
{
	int err = tl_file_read(out, path, FOLDER_FILE_MAX);

	return err ? fail(j, err, "read", path) : 0;
}

static int not_understood(struct job *j, int err, const char *path)
{
	if (err != -EINVAL)
		return fail(j, err, "import", path);
	return tl_failure(j->error, err,
			  "%s is not understood; nothing was imported", path);
}

/* In our own form: what another program left out or got wrong is right then. */
static int import_network(struct job *j, struct network_id id, const char *path)
{
	struct network_object *o;
	struct buffer text;
	char *row = NULL;
	int err = read_file(j, &text, path);

	if (err)
		return err;
	err = tl_network_object_load(&o, id, tl_buffer_bytes(text));
	tl_free(text.at);
	if (err)
		return not_understood(j, err, path);
	row = tl_json_print(o->doc);
	tl_network_object_free(o);
	if (!row)
		return fail(j, -ENOMEM, "import", path);
	err = j->store->put_network(j->store->ctx, id, tl_bytes_from_str(row));
	tl_free(row);
	j->counts->networks++;
	j->counts->foreign +=
		!tl_address_equal(tl_network_id_controller(id), j->counts->own);
	return err ? fail(j, err, "store", path) : 0;
}

static int import_member(struct job *j, struct network_id id,
			 struct address address, const char *path)
{
	struct member_object *o;
	struct buffer text;
	char *row = NULL;
	int err = read_file(j, &text, path);

	if (err)
		return err;
	err = tl_member_object_load(&o, id, address, tl_buffer_bytes(text));
	tl_free(text.at);
	if (err)
		return not_understood(j, err, path);
	row = tl_member_object_row(o);
	tl_member_object_free(o);
	if (!row)
		return fail(j, -ENOMEM, "import", path);
	err = j->store->put_member(j->store->ctx, id, address,
				   tl_bytes_from_str(row));
	tl_free(row);
	j->counts->members++;
	return err ? fail(j, err, "store", path) : 0;
}

static int import_members(struct job *j, struct network_id id)
{
	char dir[FILE_PATH_SIZE];
	char path[FILE_PATH_SIZE];
	struct dir_names names;
	size_t i;
	int err = make_path(j, dir, id, "/member");

	if (err)
		return err;
	err = tl_dir_list(&names, dir);
	if (err)
		return err == -ENOENT ? 0 : fail(j, err, "list", dir);
	for (i = 0; !err && i < names.n; i++) {
		struct address address;
		struct bytes stem;

		if (!take_stem(&stem, names.names[i], ADDRESS_TEXT_SIZE - 1) ||
		    tl_address_parse(&address, stem))
			continue;
		err = tl_path_join(path, dir, names.names[i]);
		err = err ? too_long(j) : import_member(j, id, address, path);
	}
	tl_dir_names_fini(&names);
	return err;
}

static int import_one(struct job *j, struct network_id id)
{
	char path[FILE_PATH_SIZE];
	int err = make_path(j, path, id, SUFFIX);

	if (!err && j->replace) {
		err = j->store->delete_network(j->store->ctx, id);
		if (err)
			return fail(j, err, "replace", path);
	}
	if (!err)
		err = import_network(j, id, path);
	return err ? err : import_members(j, id);
}

/* Is there a network of the store among the files? */
static int refuse_network(void *ctx, struct network_id id, struct bytes text)
{
	struct job *j = ctx;
	char path[FILE_PATH_SIZE];
	struct buffer file;
	int err = make_path(j, path, id, SUFFIX);

	(void)text;
	if (err)
		return err;
	err = tl_file_read(&file, path, FOLDER_FILE_MAX);
	if (err)
		return err == -ENOENT ? 0 : fail(j, err, "read", path);
	tl_free(file.at);
	return tl_failure(j->error, -EEXIST,
			  "network %016llx is there already; with --replace "
			  "that of %s takes its place",
			  (unsigned long long)id.v, j->dir);
}

static int ignore_member(void *ctx, struct network_id id, struct address member,
			 struct bytes text)
{
	(void)ctx;
	(void)id;
	(void)member;
	(void)text;
	return 0;
}

static bool has_name(const struct dir_names *names, const char *stem)
{
	size_t n = strlen(stem);
	size_t i;

	for (i = 0; i < names->n; i++) {
		if (strncmp(names->names[i], stem, n) == 0 &&
		    strcmp(names->names[i] + n, SUFFIX) == 0)
			return true;
	}
	return false;
}

/* Members whose network is missing are not left behind without a word. */
static int refuse_orphans(struct job *j, const struct dir_names *names,
			  const char *name)
{
	struct dir_names members;
	char dir[FILE_PATH_SIZE];
	struct network_id id;
	bool is_empty;
	int err;

	if (tl_network_id_parse(&id, tl_bytes_from_str(name)) ||
	    has_name(names, name))
		return 0;
	err = make_path(j, dir, id, "/member");
	if (err)
		return err;
	err = tl_dir_list(&members, dir);
	if (err)
		return err == -ENOENT || err == -ENOTDIR
			       ? 0
			       : fail(j, err, "list", dir);
	is_empty = members.n == 0;
	tl_dir_names_fini(&members);
	if (is_empty)
		return 0;
	return tl_failure(j->error, -EINVAL,
			  "%s has members, but there is no network/%s" SUFFIX
			  ": restore it, or remove the folder; nothing was "
			  "imported",
			  dir, name);
}

static int import_all(struct job *j, const struct dir_names *names)
{
	const struct store_reader reader = { j, refuse_network, ignore_member };
	int err = 0;
	size_t i;

	if (!j->replace)
		err = j->store->load(j->store->ctx, &reader);
	for (i = 0; !err && i < names->n; i++) {
		struct network_id id;
		struct bytes stem;

		if (take_stem(&stem, names->names[i],
			      NETWORK_ID_TEXT_SIZE - 1) &&
		    tl_network_id_parse(&id, stem) == 0)
			err = import_one(j, id);
		else
			err = refuse_orphans(j, names, names->names[i]);
	}
	if (!err && j->counts->networks == 0)
		return tl_failure(j->error, -ENOENT,
				  "%s/network has no networks", j->dir);
	return err;
}

int tl_store_folder_import(const char *dir, const struct store *to,
			   bool replace, struct folder_counts *counts,
			   char error[SERVICE_ERROR_SIZE])
{
	struct job j = { .dir = dir,
			 .sub = NETWORKS,
			 .store = to,
			 .replace = replace,
			 .counts = counts,
			 .error = error };
	char path[FILE_PATH_SIZE];
	struct dir_names names;
	int err = tl_path_join(path, dir, NETWORKS);

	counts->networks = counts->members = counts->foreign = 0;
	*error = '\0';
	if (err)
		return too_long(&j);
	err = tl_dir_list(&names, path);
	if (err)
		return fail(&j, err, "list", path);
	err = import_all(&j, &names);
	tl_dir_names_fini(&names);
	if (err && !*error)
		return fail(&j, err, "read", "the controller's database");
	if (err)
		return err;
	err = to->flush(to->ctx);
	return err ? fail(&j, err, "store", dir) : 0;
}
