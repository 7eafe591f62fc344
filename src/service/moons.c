/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moons.c - moons.d, and what is asked of it (vl1.md 6.6, 11.1)
 *
 * A moon that is known lies in ID.moon, as the reference has it. One that is
 * only wanted has ID.seed with the address of its seed, so that a restart does
 * not forget it; the reference takes no notice of such files. A file that is
 * not what its name says is named in the log and left alone: it is not used,
 * not written over, and goes only when its moon is left.
 */
#include "service/service_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "base/log.h"

#define FOLDER "moons.d"
#define DIGITS 16
#define NAME_SIZE 64
#define SEED_FILE_MAX 64

static void make_name(char out[NAME_SIZE], uint64_t id, const char *suffix)
{
	snprintf(out, NAME_SIZE, FOLDER "/%016llx%s", (unsigned long long)id,
		 suffix);
}

/* -EINVAL if it is not this moon. */
static int read_moon(const struct service *s, uint64_t id, struct world *out)
{
	char name[NAME_SIZE];
	struct buffer raw;
	struct reader r;
	int err;

	make_name(name, id, ".moon");
	/* The dictionary at its end may have any length. */
	err = tl_home_load(&s->home, name, &raw, WORLD_WIRE_MAX + UINT16_MAX);
	if (err)
		return err;
	r = tl_reader(tl_buffer_bytes(raw));
	tl_read_world(&r, out);
	if (!tl_reader_done(&r) || out->type != WORLD_MOON || out->id != id)
		err = -EINVAL;
	tl_free(raw.at);
	return err;
}

static const char *why_not(int err)
{
	switch (err) {
	case -EINVAL:
		return "it is not this moon";
	case -EEXIST:
		return "it is older than what is known, or not signed with its "
		       "key";
	case -ENOBUFS:
		return "there are too many moons";
	default:
		return strerror(-err);
	}
}

static void say_unusable(const struct service *s, const char *name, int err)
{
	tl_err("cannot use %s/%s: %s; restore it, or move it away and orbit "
	       "the moon again",
	       s->home.path, name, why_not(err));
}

bool tl_moons_find(const struct service *s, uint64_t id, struct node_moon *out)
{
	size_t i;

	for (i = 0; tl_node_moon_at(s->node, i, out); i++) {
		if (out->id == id)
			return true;
	}
	return false;
}

static bool is_known(const struct service *s, const struct world *w)
{
	struct node_moon m;

	return tl_moons_find(s, w->id, &m) && m.world &&
	       m.world->timestamp == w->timestamp;
}

/* -ENOENT if it has no file. */
static int load_moon(struct service *s, uint64_t id)
{
	struct world *w = tl_alloc_zeroed(sizeof(*w));
	char name[NAME_SIZE];
	int r;

	if (!w)
		return -ENOMEM;
	r = read_moon(s, id, w);
	if (!r && !is_known(s, w))
		r = tl_node_add_moon(s->node, w, tl_service_now(s));
	tl_free(w);
	make_name(name, id, ".moon");
	if (r && r != -ENOENT)
		say_unusable(s, name, r);
	return r;
}

static void load_want(struct service *s, uint64_t id)
{
	struct address seed = { 0 };
	char name[NAME_SIZE];
	struct buffer raw;
	int r;

	make_name(name, id, ".seed");
	r = tl_home_load(&s->home, name, &raw, SEED_FILE_MAX);
	if (!r) {
		r = tl_address_parse(&seed,
				     tl_bytes_first(tl_buffer_bytes(raw),
						    ADDRESS_TEXT_SIZE - 1))
			    ? -EINVAL
			    : 0;
		tl_free(raw.at);
	}
	if (!r)
		r = tl_node_orbit(s->node, id, seed, tl_service_now(s));
	if (r)
		say_unusable(s, name, r);
}

/* "ID@suffix", in the one way that we write it. */
static bool parse_name(uint64_t *id, const char *name, const char *suffix)
{
	char again[NAME_SIZE];

	if (strlen(name) != DIGITS + strlen(suffix) ||
	    tl_hex_to_u64(id, DIGITS, tl_bytes(name, DIGITS)))
		return false;
	make_name(again, *id, suffix);
	return strcmp(again + sizeof(FOLDER), name) == 0;
}

void tl_moons_load(struct service *s)
{
	char path[FILE_PATH_SIZE];
	struct dir_names names;
	uint64_t id;
	size_t i;
	int r = tl_path_join(path, s->home.path, FOLDER);

	if (!r)
		r = tl_dir_list(&names, path);
	if (r) {
		tl_err("cannot read %s/" FOLDER ": %s", s->home.path,
		       strerror(-r));
		return;
	}
	for (i = 0; i < names.n; i++) {
		if (parse_name(&id, names.names[i], ".moon"))
			(void)load_moon(s, id);
	}
	for (i = 0; i < names.n; i++) {
		if (parse_name(&id, names.names[i], ".seed"))
			load_want(s, id);
	}
	tl_dir_names_fini(&names);
}

void tl_moons_save(struct service *s, const struct world *moon)
{
	uint8_t bytes[WORLD_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(bytes));
	struct world *old = tl_alloc_zeroed(sizeof(*old));
	char name[NAME_SIZE];
	int r = old ? read_moon(s, moon->id, old) : -ENOMEM;

	tl_free(old);
	make_name(name, moon->id, ".moon");
	if (r && r != -ENOENT) {
		say_unusable(s, name, r);
		return;
	}
	tl_write_world(&w, moon);
	tl_assert(tl_writer_ok(&w)); /* room for the largest world */
	tl_home_save(&s->home, name, tl_writer_bytes(&w), 0644);
	make_name(name, moon->id, ".seed");
	tl_home_remove(&s->home, name);
	tl_info("moon %016llx: %u roots", (unsigned long long)moon->id,
		moon->n_roots);
}

static void save_want(struct service *s, uint64_t id, struct address seed)
{
	char text[ADDRESS_TEXT_SIZE];
	char name[NAME_SIZE];

	make_name(name, id, ".seed");
	tl_home_save(&s->home, name,
		     tl_bytes_from_str(tl_address_print(text, seed)), 0644);
}

int tl_moons_orbit(struct service *s, uint64_t id, struct address seed)
{
	struct node_moon m;
	int r = load_moon(s, id);
	bool is_here = tl_moons_find(s, id, &m) && m.world;

	/* For one that is here: is there a newer version? */
	if (is_here || (r == -ENOENT && seed.v)) {
		r = tl_node_orbit(s->node, id, seed, tl_service_now(s));
		if (!r && !is_here)
			save_want(s, id, seed);
	}
	tl_service_wake(s);
	return r;
}

void tl_moons_deorbit(struct service *s, uint64_t id)
{
	char name[NAME_SIZE];

	tl_node_deorbit(s->node, id, tl_service_now(s));
	make_name(name, id, ".moon");
	tl_home_remove(&s->home, name);
	make_name(name, id, ".seed");
	tl_home_remove(&s->home, name);
	tl_service_wake(s);
}
