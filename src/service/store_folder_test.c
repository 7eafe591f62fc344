/* SPDX-License-Identifier: Apache-2.0 */
#include "service/store_folder.h"

#include <errno.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "controller/store_memory.h"
#include "harness.h"
#include "os/file.h"

static char dir[64];
static struct store_memory *memory;
static struct store store;
static struct folder_counts counts;
static char error[SERVICE_ERROR_SIZE];

static void start(void)
{
	snprintf(dir, sizeof(dir), "/tmp/tapless-folder-XXXXXX");
	CHECK(mkdtemp(dir));
	CHECK_EQ(tl_store_memory_new(&memory), 0);
	store = tl_store_memory_ops(memory);
	counts.own.v = 0x7ee85fb0c9;
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void finish(void)
{
	tl_store_memory_free(memory);
	CHECK_EQ(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void put(const char *name, const char *text)
{
	char path[FILE_PATH_SIZE];
	char *slash;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	CHECK_EQ(tl_dir_make(path, 0700), 0);
	*slash = '/';
	CHECK_EQ(tl_file_write_fast(path, tl_bytes_from_str(text), 0600), 0);
}

/* Good until the next one. */
static const char *get(const char *name)
{
	static char text[65536];
	char path[FILE_PATH_SIZE];
	struct buffer b;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	CHECK_EQ(tl_file_read(&b, path, sizeof(text) - 1), 0);
	memcpy(text, b.at, b.n);
	text[b.n] = '\0';
	tl_free(b.at);
	return text;
}

static char tried[FILE_PATH_SIZE];
static unsigned int n_syncs;
static int sync_error;

/* In place of the C library's: what is there when everything is written out? */
int syncfs(int fd)
{
	(void)fd;
	n_syncs++;
	if (*tried)
		CHECK(access(tried, F_OK) != 0);
	errno = sync_error;
	return sync_error ? -1 : 0;
}

/* As the reference writes them. */
static void put_some(void)
{
	put("network/7ee85fb0c96e642f.json",
	    "{\"id\":\"7ee85fb0c96e642f\",\"nwid\":\"7ee85fb0c96e642f\","
	    "\"objtype\":\"network\",\"name\":\"lab\",\"private\":true,"
	    "\"creationTime\":1795374723965,\"revision\":12,"
	    "\"certificateTimeoutWindowSize\":600000,"
	    "\"rules\":[{\"type\":\"ACTION_ACCEPT\"}],\"unknown\":1}");
	put("network/7ee85fb0c96e642f/member/06deeb7a25.json",
	    "{\"id\":\"06deeb7a25\",\"authorized\":true,\"revision\":3,"
	    "\"creationTime\":1795374873927,\"ipAssignments\":"
	    "[\"10.77.0.164\"],\"lastAuthorizedTime\":1795374880146,"
	    "\"lastAuthorizedCredentialType\":\"api\",\"tags\":[[1,3]],"
	    "\"vMajor\":1,\"vMinor\":14,\"vRev\":1,\"vProto\":12}");
	put("network/1234567890000001.json", "{\"name\":\"foreign\"}");
	put("network/README", "not a network");
	put("network/7ee85fb0c96e642f/member/x.json", "not a member");
}

static int import(bool replace)
{
	return tl_store_folder_import(dir, &store, replace, &counts, error);
}

TEST(store_folder_reads_what_the_reference_wrote)
{
	start();
	put_some();
	CHECK_EQ(import(false), 0);
	CHECK_EQ(counts.networks, 2);
	CHECK_EQ(counts.members, 1);
	CHECK_EQ(counts.foreign, 1);
	CHECK_EQ(tl_store_memory_rows(memory), 3);
	finish();
}

TEST(store_folder_writes_what_it_read)
{
	const char *text;

	start();
	put_some();
	CHECK_EQ(import(false), 0);
	CHECK_EQ(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	CHECK_EQ(tl_store_folder_export(dir, &store, &counts, error), 0);
	CHECK_EQ(counts.networks, 2);
	CHECK_EQ(counts.members, 1);
	text = get("network/7ee85fb0c96e642f.json");
	CHECK(strstr(text, "\"name\":\"lab\""));
	CHECK(strstr(text, "\"creationTime\":1795374723965"));
	CHECK(strstr(text, "\"revision\":12"));
	CHECK(strstr(text, "\"certificateTimeoutWindowSize\":600000"));
	CHECK(strstr(text, "\"id\":\"7ee85fb0c96e642f\""));
	text = get("network/7ee85fb0c96e642f/member/06deeb7a25.json");
	CHECK(strstr(text, "\"authorized\":true"));
	CHECK(strstr(text, "\"ipAssignments\":[\"10.77.0.164\"]"));
	CHECK(strstr(text, "\"lastAuthorizedTime\":1795374880146"));
	CHECK(strstr(text, "\"revision\":3"));
	CHECK(strstr(text, "\"tags\":[[1,3]]"));
	/* A network without members has a folder for them, too. */
	CHECK_EQ(import(true), 0);
	CHECK_EQ(tl_store_memory_rows(memory), 3);
	finish();
}

TEST(store_folder_does_not_replace_unasked)
{
	start();
	put_some();
	CHECK_EQ(import(false), 0);
	CHECK_EQ(import(false), -EEXIST);
	CHECK(strstr(error, "--replace"));
	CHECK_EQ(import(true), 0);
	finish();
}

TEST(store_folder_names_the_file_that_is_wrong)
{
	start();
	put_some();
	put("network/7ee85fb0c96e642f/member/1111111111.json", "{\"id\":");
	CHECK_EQ(import(false), -EINVAL);
	CHECK(strstr(error, "1111111111.json is not understood"));
	put("network/7ee85fb0c96e642f/member/1111111111.json",
	    "{\"identity\":\"2222222222:0:00\"}");
	CHECK_EQ(import(true), -EINVAL);
	put("network/7ee85fb0c96e642f.json", "[]");
	CHECK_EQ(import(true), -EINVAL);
	CHECK(strstr(error, "7ee85fb0c96e642f.json is not understood"));
	finish();
}

TEST(store_folder_says_what_it_cannot_read_or_write)
{
	struct folder_counts none = { 0 };

	start();
	CHECK_EQ(import(false), -ENOENT);
	CHECK(strstr(error, "/network: No such file"));
	put_some();
	CHECK_EQ(import(false), 0);
	CHECK(tl_store_folder_export("/dev/null/x", &store, &none, error) < 0);
	CHECK(strstr(error, "/dev/null/x/network: Not a directory"));
	tl_store_memory_break(memory, -EIO);
	CHECK_EQ(import(true), -EIO);
	CHECK(strstr(error, "Input/output error"));
	finish();
}

TEST(store_folder_leaves_no_members_behind)
{
	start();
	put_some();
	put("network/1234567890000002/member/1111111111.json", "{}");
	CHECK_EQ(import(false), -EINVAL);
	CHECK(strstr(error, "no network/1234567890000002.json"));
	put("network/1234567890000002.json", "{}");
	CHECK_EQ(import(true), 0);
	CHECK_EQ(counts.members, 2);
	finish();
}

/* Of a network that is gone nothing but folders may be left. */
TEST(store_folder_without_networks)
{
	char path[FILE_PATH_SIZE];

	start();
	put("network/notes.json", "{}");
	snprintf(path, sizeof(path), "%s/network/1234567890000002/member", dir);
	CHECK_EQ(tl_dir_make(path, 0700), 0);
	CHECK_EQ(import(false), -ENOENT);
	CHECK(strstr(error, "has no networks"));
	finish();
}

/* Everything is on the disk before it has its name. */
TEST(store_folder_is_whole_or_not_there)
{
	char temp[FILE_PATH_SIZE + 16];

	start();
	put_some();
	CHECK_EQ(import(false), 0);
	CHECK_EQ(nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	snprintf(tried, sizeof(tried), "%s/network", dir);
	snprintf(temp, sizeof(temp), "%s" FILE_TEMP_SUFFIX, tried);
	put("network.tapless-tmp/7ee85fb0c96e642f.json/x", "left behind");
	sync_error = ENOSPC;
	CHECK_EQ(tl_store_folder_export(dir, &store, &counts, error), -ENOSPC);
	CHECK(strstr(error, "/network: No space left on device"));
	CHECK(access(tried, F_OK) != 0);
	CHECK(access(temp, F_OK) != 0);
	sync_error = 0;
	CHECK_EQ(tl_store_folder_export(dir, &store, &counts, error), 0);
	CHECK_EQ(n_syncs, 2);
	CHECK(access(temp, F_OK) != 0);
	CHECK_EQ(import(true), 0);
	CHECK_EQ(counts.networks, 2);
	CHECK_EQ(tl_store_folder_export(dir, &store, &counts, error), -EEXIST);
	CHECK(strstr(error, "/network is there already"));
	CHECK_EQ(n_syncs, 2);
	finish();
}
