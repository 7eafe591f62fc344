/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_world.c - make a planet of one's own, and show any world
 *
 * A planet that replaces an older one must have the same ID, a later time, and
 * be signed with the key that the older one names (vl1.md 6.4). So the key is
 * kept in a file of its own, and an existing output file is only replaced by a
 * planet that nodes which have it would accept.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"
#include "cli/world_json.h"

#define ROOT_ARG_MAX 4096
#define KEY_FILE_MAX 4096

struct planet_options {
	const char *out;
	const char *key_file;
	const char *next_key_file; /* NULL: the same */
	const char *id;
	const char *roots[WORLD_MAX_ROOTS];
	unsigned int n_roots;
};

/* EXIT_OK with WORLD_NULL if there is no such file. */
static int read_world(struct world *out, const char *path)
{
	struct reader r;
	struct buffer b;
	int err = tl_file_read(&b, path, WORLD_WIRE_MAX + 65536);

	memset(out, 0, sizeof(*out));
	if (err == -ENOENT)
		return EXIT_OK;
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", path,
				   strerror(-err));
	r = tl_reader(tl_buffer_bytes(b));
	tl_read_world(&r, out);
	tl_free(b.at);
	if (!tl_reader_done(&r))
		return tl_cli_fail(EXIT_FAILED,
				   "%s is no planet and no moon; it is left "
				   "as it is",
				   path);
	return EXIT_OK;
}

static int say_root(const char *arg)
{
	return tl_cli_fail(EXIT_USAGE,
			   "--root \"%s\" is not IDENTITY=IP/PORT[,IP/PORT]",
			   arg);
}

/* A list with commas between; changed. */
static bool add_endpoints(struct world_root *root, char *list)
{
	char *next;

	for (; list; list = next) {
		next = strchr(list, ',');
		if (next)
			*next++ = 0;
		if (!tl_cli_add_endpoint(root, list))
			return false;
	}
	return true;
}

static int add_root(struct world *w, const char *arg)
{
	struct world_root *root = &w->roots[w->n_roots];
	char text[ROOT_ARG_MAX];
	char *at;
	int err;

	if (strlen(arg) >= sizeof(text))
		return say_root("...");
	memcpy(text, arg, strlen(arg) + 1);
	at = strrchr(text, '=');
	if (!at || !at[1])
		return say_root(arg);
	*at++ = 0;
	err = tl_cli_identity(&root->identity, text);
	if (err)
		return err;
	if (tl_identity_validate(&root->identity) != 0)
		return tl_cli_fail(EXIT_FAILED,
				   "identity %.10s is not valid: its address "
				   "does not belong to its key",
				   text);
	if (!add_endpoints(root, at))
		return EXIT_FAILED;
	w->n_roots++;
	return EXIT_OK;
}

/* Decimal, or hexadecimal behind 0x. */
static int parse_id(uint64_t *out, const char *text)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	if (!*text || *text == '-' || *end || errno || *out == 0)
		return tl_cli_fail(EXIT_USAGE,
				   "--id \"%s\" is not a number from 1 to "
				   "2^64 - 1",
				   text);
	return EXIT_OK;
}

static int write_key(const char *path, const struct key_pair *key)
{
	char text[2 * KEY_TEXT_SIZE + 1];
	int err;

	tl_hex_encode(text, TL_BYTES_OF(key->pub));
	text[KEY_TEXT_SIZE - 1] = ':';
	tl_hex_encode(text + KEY_TEXT_SIZE, TL_BYTES_OF(key->priv));
	text[2 * KEY_TEXT_SIZE - 1] = '\n';
	text[2 * KEY_TEXT_SIZE] = 0;
	err = tl_file_write(path, tl_bytes_from_str(text), 0600);
	tl_wipe(text, sizeof(text));
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot write %s: %s", path,
				   strerror(-err));
	return EXIT_OK;
}

static int parse_key(struct key_pair *out, struct bytes text, const char *path)
{
	struct reader r = tl_reader(text);
	struct bytes pub = tl_read_slice(&r, KEY_TEXT_SIZE - 1);
	struct bytes colon = tl_read_slice(&r, 1);
	struct bytes priv = tl_read_slice(&r, KEY_TEXT_SIZE - 1);

	if (!tl_reader_ok(&r) || *colon.at != ':' ||
	    tl_hex_decode(out->pub, sizeof(out->pub), pub) != 0 ||
	    tl_hex_decode(out->priv, sizeof(out->priv), priv) != 0)
		return tl_cli_fail(EXIT_FAILED,
				   "%s holds no key pair; it is left as it is",
				   path);
	return EXIT_OK;
}

/* From the file, which is made if it is missing. */
static int get_key(struct key_pair *out, const char *path)
{
	struct buffer b;
	int err;

	if (!path) {
		tl_cli_key_pair(out);
		return EXIT_OK;
	}
	err = tl_file_read(&b, path, KEY_FILE_MAX);
	if (err == -ENOENT) {
		tl_cli_key_pair(out);
		return write_key(path, out);
	}
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", path,
				   strerror(-err));
	err = parse_key(out, tl_buffer_bytes(b), path);
	tl_wipe(b.at, b.n);
	tl_free(b.at);
	return err;
}

/* ID and time, so that it may take the place of @old. */
static int set_revision(struct world *w, const struct world *old,
			const struct planet_options *o)
{
	int64_t now_ms = tl_clock_wall_ms();

	w->timestamp = TL_MAX((uint64_t)now_ms, old->timestamp + 1);
	if (o->id)
		return parse_id(&w->id, o->id);
	w->id = old->id;
	while (w->id == 0)
		tl_random(NULL, &w->id, sizeof(w->id));
	return EXIT_OK;
}

/* Whose signature the next version must have. */
static int set_next_key(struct world *w, const struct key_pair *key,
			const char *path)
{
	struct key_pair next = *key;
	int err = path ? get_key(&next, path) : EXIT_OK;

	memcpy(w->update_key, next.pub, sizeof(w->update_key));
	tl_wipe(next.priv, sizeof(next.priv));
	return err;
}

static int write_planet(struct world *w, const struct world *old,
			const struct planet_options *o)
{
	static uint8_t raw[WORLD_WIRE_MAX];
	struct key_pair key;
	int err = get_key(&key, o->key_file);

	if (!err)
		err = set_next_key(w, &key, o->next_key_file);
	if (err)
		return err;
	tl_cli_world_sort(w);
	tl_world_sign(w, key.pub, key.priv);
	tl_wipe(key.priv, sizeof(key.priv));
	if (!tl_world_verify(w, key.pub))
		return tl_cli_fail(EXIT_FAILED,
				   "the keys in %s do not belong together",
				   o->key_file);
	if (old->type != WORLD_NULL && !tl_world_may_replace(old, w))
		return tl_cli_fail(EXIT_FAILED,
				   "%s exists, and nodes that have it would "
				   "refuse this one: give the same --sign-key "
				   "and --id, or move it away",
				   o->out);
	err = tl_file_write(o->out, tl_cli_world_bytes(raw, w), 0644);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot write %s: %s", o->out,
				   strerror(-err));
	printf("wrote %s (planet %llu with timestamp %llu, %u root%s)\n",
	       o->out, (unsigned long long)w->id,
	       (unsigned long long)w->timestamp, w->n_roots,
	       w->n_roots == 1 ? "" : "s");
	return EXIT_OK;
}

static int parse_options(struct planet_options *o, char **argv)
{
	for (argv++; *argv; argv += 2) {
		if (!argv[1])
			return tl_cli_fail(EXIT_USAGE,
					   "\"%s\" needs a value; see tapless "
					   "world --help",
					   argv[0]);
		if (strcmp(argv[0], "--out") == 0)
			o->out = argv[1];
		else if (strcmp(argv[0], "--id") == 0)
			o->id = argv[1];
		else if (strcmp(argv[0], "--sign-key") == 0)
			o->key_file = argv[1];
		else if (strcmp(argv[0], "--next-key") == 0)
			o->next_key_file = argv[1];
		else if (strcmp(argv[0], "--root") != 0)
			return tl_cli_fail(EXIT_USAGE,
					   "unknown option \"%s\"; see tapless "
					   "world --help",
					   argv[0]);
		else if (o->n_roots == WORLD_MAX_ROOTS)
			return tl_cli_fail(EXIT_USAGE,
					   "a planet cannot have more than %d "
					   "roots",
					   WORLD_MAX_ROOTS);
		else
			o->roots[o->n_roots++] = argv[1];
	}
	if (o->next_key_file && !o->key_file)
		return tl_cli_fail(EXIT_USAGE,
				   "--next-key needs --sign-key: with another "
				   "key nodes would refuse this version");
	if (!o->out || o->n_roots == 0)
		return tl_cli_fail(EXIT_USAGE,
				   "world planet needs --out FILE and --root "
				   "IDENTITY=IP/PORT");
	return EXIT_OK;
}

static int world_planet(char **argv)
{
	static struct world w;
	static struct world old;
	struct planet_options o = { 0 };
	unsigned int i;
	int err = parse_options(&o, argv);

	if (err)
		return err;
	w.type = WORLD_PLANET;
	for (i = 0; i < o.n_roots; i++) {
		err = add_root(&w, o.roots[i]);
		if (err)
			return err;
	}
	err = read_world(&old, o.out);
	if (err == EXIT_OK)
		err = set_revision(&w, &old, &o);
	if (err == EXIT_OK)
		err = write_planet(&w, &old, &o);
	return err;
}

static int world_show(char **argv)
{
	static struct world w;
	char signature[2 * SIGNATURE_LEN + 1];
	char id[17];
	json_t *json;
	int err;

	if (!argv[1] || argv[2])
		return tl_cli_fail(EXIT_USAGE, "world show takes one file");
	err = read_world(&w, argv[1]);
	if (err)
		return err;
	if (w.type == WORLD_NULL)
		return tl_cli_fail(EXIT_FAILED, "there is no file %s", argv[1]);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)w.id);
	tl_hex_encode(signature, TL_BYTES_OF(w.signature.b));
	json = json_pack("{s:s, s:s, s:s, s:I, s:s, s:o, s:b, s:o}", "objtype",
			 "world", "worldType",
			 w.type == WORLD_MOON ? "moon" : "planet", "id", id,
			 "timestamp", (json_int_t)w.timestamp, "signature",
			 signature, "updatesMustBeSignedBy",
			 tl_cli_key_json(w.update_key), "selfSigned",
			 tl_world_verify(&w, w.update_key), "roots",
			 tl_cli_roots_json(&w));
	if (!json)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	tl_cli_print_json(json);
	json_decref(json);
	return EXIT_OK;
}

int tl_cmd_world(const struct cli *cli TL_UNUSED, int argc, char **argv)
{
	if (argc < 2)
		return tl_cli_fail(EXIT_USAGE, "world takes a verb; see "
					       "tapless world --help");
	if (strcmp(argv[1], "planet") == 0)
		return world_planet(argv + 1);
	if (strcmp(argv[1], "show") == 0)
		return world_show(argv + 1);
	return tl_cli_fail(EXIT_USAGE,
			   "world does not know \"%s\"; see tapless world "
			   "--help",
			   argv[1]);
}
