/* SPDX-License-Identifier: Apache-2.0 */
#include "service/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/random.h"
#include "service/failure.h"

#define IDENTITY_FILE_MAX 4096
#define SAVED_NAME "identity.secret.saved_after_collision"
#define SAVED_MAX 9

static int join_path(char *out, const struct home *h, const char *name)
{
	return tl_path_join(out, h->path, name);
}

int tl_home_load(const struct home *h, const char *name, struct buffer *out,
		 size_t limit)
{
	char path[FILE_PATH_SIZE];
	int r = join_path(path, h, name);

	return r ? r : tl_file_read(out, path, limit);
}

int tl_home_save(const struct home *h, const char *name, struct bytes content,
		 unsigned int mode)
{
	char path[FILE_PATH_SIZE];
	int r = join_path(path, h, name);

	if (!r)
		r = tl_file_write(path, content, (mode_t)mode);
	if (r)
		tl_err("cannot write %s/%s: %s", h->path, name, strerror(-r));
	return r;
}

void tl_home_remove(const struct home *h, const char *name)
{
	char path[FILE_PATH_SIZE];
	int r = join_path(path, h, name);

	if (!r)
		r = tl_file_remove(path);
	if (r)
		tl_err("cannot remove %s/%s: %s", h->path, name, strerror(-r));
}

static int write_identity_to(const struct home *h, const char *name,
			     char *error)
{
	char text[IDENTITY_TEXT_SIZE];
	char path[FILE_PATH_SIZE];
	int r;

	tl_identity_print(text, &h->id, true);
	r = join_path(path, h, name);
	if (!r)
		r = tl_file_write(path, tl_bytes_from_str(text), 0600);
	tl_wipe(text, sizeof(text));
	if (r)
		return tl_failure(error, r,
				  "cannot write %s/%s: %s; check that the "
				  "folder is writable",
				  h->path, name, strerror(-r));
	return 0;
}

static int write_identity(const struct home *h, char *error)
{
	return write_identity_to(h, "identity.secret", error);
}

static int make_identity(struct home *h, char *error)
{
	int r = tl_identity_generate(&h->id, tl_random, NULL);

	if (r)
		return tl_failure(error, r, "cannot make an identity: %s",
				  strerror(-r));
	return write_identity(h, error);
}

static int check_identity(struct home *h, struct bytes text, char *error)
{
	if (tl_identity_parse(&h->id, text) || !h->id.has_priv)
		return tl_failure(
			error, -EINVAL,
			"%s/identity.secret is not an identity with a "
			"private key; restore it, or move it away to get "
			"a new one",
			h->path);
	if (tl_identity_validate(&h->id))
		return tl_failure(
			error, -EKEYREJECTED,
			"the identity in %s/identity.secret is invalid: "
			"its address does not follow from its keys",
			h->path);
	return 0;
}

static void write_public(const struct home *h)
{
	char text[IDENTITY_TEXT_SIZE];
	struct buffer old = { 0 };
	int r = tl_home_load(h, "identity.public", &old, IDENTITY_FILE_MAX);

	tl_identity_print(text, &h->id, false);
	if (r || !tl_bytes_equal(tl_buffer_bytes(old), tl_bytes_from_str(text)))
		tl_home_save(h, "identity.public", tl_bytes_from_str(text),
			     0644);
	if (!r)
		tl_free(old.at);
}

static int load_identity(struct home *h, char *error)
{
	struct buffer text;
	int r = tl_home_load(h, "identity.secret", &text, IDENTITY_FILE_MAX);

	if (r == -ENOENT) {
		r = make_identity(h, error);
	} else if (r) {
		return tl_failure(error, r,
				  "cannot read %s/identity.secret: %s", h->path,
				  strerror(-r));
	} else {
		r = check_identity(h, tl_buffer_bytes(text), error);
		tl_wipe(text.at, text.n);
		tl_free(text.at);
	}
	if (!r)
		write_public(h);
	return r;
}

/* Under a name that no earlier identity lies under. */
static int save_old(const struct home *h, char saved[FILE_PATH_SIZE],
		    char *error)
{
	char name[sizeof(SAVED_NAME) + 4] = SAVED_NAME;
	unsigned int i;
	int r;

	for (i = 2;; i++) {
		r = join_path(saved, h, name);
		if (!r && access(saved, F_OK) == 0 && i > SAVED_MAX)
			r = -EEXIST;
		if (r)
			return tl_failure(error, r,
					  "its old identity cannot be kept as "
					  "%s/%s: %s; move away what is there",
					  h->path, name, strerror(-r));
		if (access(saved, F_OK))
			return write_identity_to(h, name, error);
		snprintf(name, sizeof(name), SAVED_NAME "-%u", i);
	}
}

int tl_home_renew_identity(struct home *h, char saved[FILE_PATH_SIZE],
			   char error[SERVICE_ERROR_SIZE])
{
	struct identity old = h->id;
	int r = save_old(h, saved, error);

	if (!r)
		r = make_identity(h, error);
	if (r)
		h->id = old;
	else
		write_public(h);
	tl_identity_wipe(&old);
	return r;
}

static int load_planet(struct home *h, char *error)
{
	struct world *w;
	struct reader r;
	int result;

	result = tl_home_load(h, "planet", &h->planet, WORLD_WIRE_MAX);
	if (result == -ENOENT)
		return 0;
	if (result)
		return tl_failure(error, result, "cannot read %s/planet: %s",
				  h->path, strerror(-result));
	w = tl_alloc_zeroed(sizeof(*w));
	if (!w)
		return tl_failure(error, -ENOMEM, "out of memory");
	r = tl_reader(tl_buffer_bytes(h->planet));
	tl_read_world(&r, w);
	if (!tl_reader_ok(&r) || w->type != WORLD_PLANET)
		result = tl_failure(
			error, -EINVAL,
			"%s/planet is not a planet file; restore it, or "
			"move it away to use the public roots",
			h->path);
	tl_free(w);
	return result;
}

/* 24 characters of a-z and 0-9, without bias. */
static void make_token(char out[HOME_TOKEN_LEN + 1])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t i = 0;

	while (i < HOME_TOKEN_LEN) {
		uint8_t byte;

		tl_random(NULL, &byte, 1);
		if (byte < 252)
			out[i++] = digits[byte % 36];
	}
	out[i] = '\0';
}

static void trim(char *text, struct bytes raw, size_t size)
{
	while (raw.n && strchr(" \t\r\n", raw.at[0]))
		raw = tl_bytes_skip(raw, 1);
	while (raw.n && strchr(" \t\r\n", raw.at[raw.n - 1]))
		raw.n--;
	raw.n = TL_MIN(raw.n, size - 1);
	if (raw.n)
		memcpy(text, raw.at, raw.n);
	text[raw.n] = '\0';
}

static int load_token(struct home *h, const char *name, char *token,
		      size_t size, char *error)
{
	struct buffer raw;
	int r = tl_home_load(h, name, &raw, size - 1);

	if (r == -ENOENT) {
		make_token(token);
		tl_home_save(h, name, tl_bytes_from_str(token), 0600);
		return 0;
	}
	if (r)
		return tl_failure(error, r, "cannot read %s/%s: %s", h->path,
				  name, strerror(-r));
	trim(token, tl_buffer_bytes(raw), size);
	tl_free(raw.at);
	if (!token[0])
		return tl_failure(
			error, -EINVAL,
			"%s/%s is empty; remove it to get a new token", h->path,
			name);
	return 0;
}

static int load_secret(struct home *h, char *error)
{
	struct buffer raw;
	int r = tl_home_load(h, "session.secret", &raw, HOME_SECRET_LEN);

	if (r == -ENOENT) {
		tl_random(NULL, h->secret, sizeof(h->secret));
		tl_home_save(h, "session.secret", TL_BYTES_OF(h->secret), 0600);
		return 0;
	}
	if (r)
		return tl_failure(error, r, "cannot read %s/session.secret: %s",
				  h->path, strerror(-r));
	if (raw.n == HOME_SECRET_LEN)
		memcpy(h->secret, raw.at, HOME_SECRET_LEN);
	else
		r = tl_failure(error, -EINVAL,
			       "%s/session.secret is damaged; remove it to get "
			       "a new one",
			       h->path);
	tl_wipe(raw.at, raw.n);
	tl_free(raw.at);
	return r;
}

static int lock(struct home *h, pid_t self, char *error)
{
	pid_t owner = 0;
	int r = tl_home_lock(&h->lock_fd, &owner, h->path, self);

	if (r == -EBUSY)
		return tl_failure(
			error, r,
			"%s is in use by process %d; stop that one, or "
			"choose another folder with -D",
			h->path, (int)owner);
	if (r)
		return tl_failure(
			error, r,
			"cannot lock %s: %s; check that the folder is "
			"writable",
			h->path, strerror(-r));
	return 0;
}

static int make_folders(struct home *h, const char *path, char *error)
{
	static const char *const folders[] = { "networks.d", "moons.d",
					       "peers.d" };
	char sub[FILE_PATH_SIZE];
	size_t i;
	int r = tl_dir_make(path, 0700);

	if (!r && !realpath(path, h->path))
		r = -errno;
	if (r)
		return tl_failure(error, r,
				  "cannot make the home folder %s: %s; choose "
				  "another with -D",
				  path, strerror(-r));
	for (i = 0; i < TL_ARRAY_SIZE(folders); i++) {
		r = join_path(sub, h, folders[i]);
		if (!r)
			r = tl_dir_make(sub, 0700);
		if (r)
			return tl_failure(error, r,
					  "cannot make the folder %s/%s: %s; "
					  "use the account of its owner, or "
					  "move away what is in its place",
					  h->path, folders[i], strerror(-r));
	}
	return 0;
}

int tl_home_open(struct home *h, const char *path, pid_t owner,
		 char error[SERVICE_ERROR_SIZE])
{
	int r;

	memset(h, 0, sizeof(*h));
	h->lock_fd = -1;
	r = make_folders(h, path, error);
	if (!r)
		r = lock(h, owner, error);
	if (!r)
		r = load_identity(h, error);
	if (!r)
		r = load_planet(h, error);
	if (!r)
		r = load_token(h, "authtoken.secret", h->token,
			       sizeof(h->token), error);
	if (!r)
		r = load_token(h, "metricstoken.secret", h->metrics_token,
			       sizeof(h->metrics_token), error);
	if (!r)
		r = load_secret(h, error);
	if (r)
		tl_home_close(h);
	return r;
}

void tl_home_close(struct home *h)
{
	tl_free(h->planet.at);
	h->planet = tl_buffer(NULL, 0);
	tl_identity_wipe(&h->id);
	tl_wipe(h->token, sizeof(h->token));
	tl_wipe(h->secret, sizeof(h->secret));
	tl_fd_close(&h->lock_fd);
}
