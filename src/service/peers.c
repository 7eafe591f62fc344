/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peers.c - peers.d, by which what restarts finds the others at once
 *
 * Theory of operation: a peer whose paths have changed has its file written
 * soon after, and again each day, by the worker. At the start the files are
 * read there, some at a time, and every address in them gets a HELLO. A root
 * that was killed thus knows its nodes again before any of them notices, and a
 * member the others before it was asked for them.
 *
 * It is a cache: nothing waits for the disk, no failure matters to anybody,
 * what is not understood is passed over. Strangers can have files, too, so
 * there is a limit to how many there are; those of peers that have not been met
 * for 30 days are removed at the start.
 */
#include "service/service_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "os/clock.h"
#include "service/failure.h"

#define FOLDER "peers.d"
#define SUFFIX ".peer"
#define NAME_SIZE (ADDRESS_TEXT_SIZE + sizeof(SUFFIX) - 1)
#define FILES_MAX 32768
#define FILE_AGE_MS (30 * INT64_C(86400000))
#define LOAD_MAX 4096 /* peers, at the start */
#define WARN_MS 600000

/* Long enough to take many changes together, short enough to be done when the
 * process is killed. Where there are so many peers that it takes long to find
 * those that have changed, SAVE_PAUSE times as long is waited. */
#define SAVE_MS 100
#define SAVE_PAUSE 50
#define LOOK_MS 3600000

/* As many as a socket's queue takes a HELLO to each address of. */
#define LOAD_MS 50
#define LOAD_BATCH (UDP_QUEUE_MAX / PEER_CACHE_MAX_ENDPOINTS)
#define SAVE_BATCH 64

static_assert(LOAD_BATCH > 0 && LOAD_BATCH <= SAVE_BATCH, "fits a batch");

/**
 * struct batch - Peers on their way to or from the disk
 * @end:	to be read: names from @first on, before this one
 * @is_full:	there are enough peers: remove old files only
 * @n_useless:	files that were read and are not used
 * @result:	of what was written: 0, or the newest failure
 */
struct batch {
	struct peers *peers;
	size_t first;
	size_t end;
	bool is_full;
	unsigned int n_useless;
	int result;
	unsigned int n;
	struct peer_cache caches[SAVE_BATCH];
};

/**
 * struct peers - What is being read and written
 * @names:	files that were there at the start
 * @next:	of them to be read
 * @n_loaded:	peers made of them
 * @is_saving:	a batch to be written is with the worker
 * @is_closed:	the node is about to go, or gone
 * @pause_ms:	from a change to its batch
 * @learned:	tl_node_paths_learned() when it was last looked
 * @next_look_ms: when to look even if nothing was learned
 * @last:	what the end of the service has still to write
 * @n_files:	in the folder; the worker's while it has a batch
 */
struct peers {
	struct service *s;
	char folder[FILE_PATH_SIZE];
	struct dir_names names;
	size_t next;
	size_t n_loaded;
	uv_timer_t load;
	uv_timer_t save;
	bool is_saving;
	bool is_closed;
	uint64_t pause_ms;
	uint64_t learned;
	int64_t next_look_ms;
	struct log_limit warned;
	struct batch *last;
	size_t n_files;
};

static bool parse_name(struct address *out, const char *name)
{
	char again[NAME_SIZE];
	char hex[ADDRESS_TEXT_SIZE];

	if (strlen(name) != NAME_SIZE - 1 ||
	    tl_address_parse(out, tl_bytes(name, ADDRESS_TEXT_SIZE - 1)))
		return false;
	/* No upper-case digits, and the right ending. */
	snprintf(again, sizeof(again), "%s" SUFFIX,
		 tl_address_print(hex, *out));
	return strcmp(again, name) == 0;
}

static struct batch *new_batch(struct peers *p)
{
	struct batch *b = tl_alloc_zeroed(sizeof(*b));

	if (b)
		b->peers = p;
	return b;
}

/*
 * Reading. These run on the worker's thread.
 */

/* Removes it if it is. */
static bool is_too_old(struct peers *p, const char *path)
{
	struct stat st;
	int64_t age;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	age = tl_clock_wall_ms() - (int64_t)st.st_mtime * 1000;
	if (age < FILE_AGE_MS || tl_file_remove(path))
		return false;
	p->n_files--;
	return true;
}

static bool load_file(struct peer_cache *out, const char *path,
		      struct address want)
{
	struct buffer content;
	bool is_good;

	if (tl_file_read(&content, path, PEER_CACHE_FILE_MAX))
		return false;
	is_good = tl_peer_cache_parse(out, tl_buffer_bytes(content)) == 0 &&
		  tl_address_equal(out->identity.addr, want);
	tl_free(content.at);
	return is_good;
}

static void load_work(void *job)
{
	struct batch *b = job;
	struct peers *p = b->peers;
	size_t i;

	for (i = b->first; i < b->end; i++) {
		const char *name = p->names.names[i];
		char path[FILE_PATH_SIZE];
		struct address who;

		if (!parse_name(&who, name) ||
		    tl_path_join(path, p->folder, name) ||
		    is_too_old(p, path) || b->is_full)
			continue;
		if (load_file(&b->caches[b->n], path, who))
			b->n++;
		else
			b->n_useless++;
	}
}

/*
 * Reading, on the loop's thread.
 */

static void on_load(uv_timer_t *timer);

static void end_loading(struct peers *p)
{
	if (p->names.n)
		tl_dbg("%zu peers of %s are greeted", p->n_loaded, p->folder);
	tl_dir_names_fini(&p->names);
}

static void loaded(void *job, bool cancelled)
{
	struct batch *b = job;
	struct peers *p = b->peers;
	struct service *s = p->s;
	unsigned int i;

	if (!cancelled && !p->is_closed) {
		for (i = 0; i < b->n; i++) {
			if (tl_node_add_cached_peer(s->node, &b->caches[i],
						    tl_service_now(s)) == 0)
				p->n_loaded++;
		}
		if (b->n_useless)
			tl_dbg("%u files in %s cannot be used", b->n_useless,
			       p->folder);
		tl_service_wake(s);
		uv_timer_start(&p->load, on_load, LOAD_MS, 0);
	}
	tl_free(b);
}

static void on_load(uv_timer_t *timer)
{
	struct peers *p = timer->data;
	struct batch *b;

	if (p->next >= p->names.n) {
		end_loading(p);
		return;
	}
	b = new_batch(p);
	if (!b) {
		uv_timer_start(&p->load, on_load, LOAD_MS, 0);
		return;
	}
	b->is_full = p->n_loaded >= LOAD_MAX;
	b->first = p->next;
	b->end = TL_MIN(p->next + LOAD_BATCH, p->names.n);
	if (tl_worker_submit(p->s->worker, load_work, loaded, b)) {
		tl_free(b);
		uv_timer_start(&p->load, on_load, LOAD_MS, 0);
		return;
	}
	p->next = b->end;
}

/*
 * Writing. These run on the worker's thread, and at the end on the loop's.
 */

static int save_peer(struct peers *p, const struct peer_cache *c)
{
	uint8_t room[PEER_CACHE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	char path[FILE_PATH_SIZE];
	char name[NAME_SIZE];
	char hex[ADDRESS_TEXT_SIZE];
	bool is_new;
	int r;

	snprintf(name, sizeof(name), "%s" SUFFIX,
		 tl_address_print(hex, c->identity.addr));
	r = tl_path_join(path, p->folder, name);
	if (r)
		return r;
	is_new = access(path, F_OK) != 0;
	if (is_new && p->n_files >= FILES_MAX)
		return -EDQUOT;
	tl_peer_cache_build(&w, c);
	tl_assert(tl_writer_ok(&w));
	r = tl_file_write_fast(path, tl_writer_bytes(&w), 0600);
	if (!r && is_new)
		p->n_files++;
	return r;
}

static void save_work(void *job)
{
	struct batch *b = job;
	unsigned int i;

	for (i = 0; i < b->n; i++) {
		int r = save_peer(b->peers, &b->caches[i]);

		if (r)
			b->result = r;
	}
}

/*
 * Writing, on the loop's thread.
 */

static void on_save(uv_timer_t *timer);

/* So many peers as a batch takes, which count as saved then. */
static void fill_batch(struct batch *b)
{
	struct service *s = b->peers->s;
	int64_t now = tl_service_now(s);
	struct map_walk walk = { 0 };
	int64_t start_us = tl_clock_us();
	struct peer *peer;

	while (b->n < SAVE_BATCH &&
	       (peer = tl_node_next_unsaved_peer(s->node, &walk, now)))
		tl_peer_remember(peer, &b->caches[b->n++], now);
	b->peers->pause_ms = (uint64_t)TL_MAX(
		(tl_clock_us() - start_us) * SAVE_PAUSE / 1000, SAVE_MS);
}

static void save_later(struct peers *p)
{
	uv_timer_start(&p->save, on_save, p->pause_ms, 0);
}

static void saved(void *job, bool cancelled)
{
	struct batch *b = job;
	struct peers *p = b->peers;

	p->is_saving = false;
	if (!cancelled && b->result &&
	    tl_log_allowed(&p->warned, WARN_MS, tl_clock_ms()))
		tl_warn("cannot write to %s: %s", p->folder,
			strerror(-b->result));
	if (!p->is_closed && b->n == SAVE_BATCH)
		save_later(p);
	tl_free(b);
}

static void on_save(uv_timer_t *timer)
{
	struct peers *p = timer->data;
	struct batch *b;

	/* Peers in a batch count as saved: it must find room. */
	if (p->is_saving || tl_worker_n_jobs(p->s->worker) >= VALIDATIONS_MAX) {
		save_later(p);
		return;
	}
	b = new_batch(p);
	if (!b)
		return;
	p->learned = tl_node_paths_learned(p->s->node);
	p->next_look_ms = tl_clock_ms() + LOOK_MS;
	fill_batch(b);
	if (b->n && tl_worker_submit(p->s->worker, save_work, saved, b) == 0)
		p->is_saving = true;
	else
		tl_free(b);
}

void tl_peers_notice(struct service *s)
{
	struct peers *p = s->peers;

	if (uv_is_active((const uv_handle_t *)&p->save))
		return;
	if (p->learned != tl_node_paths_learned(s->node) ||
	    tl_clock_ms() >= p->next_look_ms)
		save_later(p);
}

/*
 * Beginning and end
 */

static void list_files(struct peers *p)
{
	struct address who;
	size_t i;
	int r = tl_dir_list(&p->names, p->folder);

	if (r)
		tl_warn("cannot read %s: %s", p->folder, strerror(-r));
	for (i = 0; i < p->names.n; i++)
		p->n_files += parse_name(&who, p->names.names[i]);
}

int tl_peers_open(struct service *s, char error[SERVICE_ERROR_SIZE])
{
	struct peers *p = tl_alloc_zeroed(sizeof(*p));
	int r = -ENOMEM;

	if (p)
		r = tl_path_join(p->folder, s->home.path, FOLDER);
	if (!r)
		r = uv_timer_init(&s->loop, &p->load);
	if (!r)
		r = uv_timer_init(&s->loop, &p->save);
	if (r) {
		tl_free(p);
		return tl_failure(error, r, "cannot keep peers: %s",
				  strerror(-r));
	}
	p->s = s;
	p->pause_ms = SAVE_MS;
	p->load.data = p;
	p->save.data = p;
	p->next_look_ms = tl_clock_ms() + LOOK_MS;
	list_files(p);
	s->peers = p;
	return 0;
}

void tl_peers_start(struct service *s)
{
	uv_timer_start(&s->peers->load, on_load, 0, 0);
}

void tl_peers_close(struct service *s)
{
	struct peers *p = s->peers;

	if (!p)
		return;
	p->is_closed = true;
	uv_timer_stop(&p->load);
	uv_timer_stop(&p->save);
	p->last = new_batch(p);
	if (p->last)
		fill_batch(p->last);
}

void tl_peers_free(struct service *s)
{
	struct peers *p = s->peers;

	if (!p)
		return;
	if (p->last)
		save_work(p->last);
	tl_free(p->last);
	tl_dir_names_fini(&p->names);
	tl_free(p);
	s->peers = NULL;
}
