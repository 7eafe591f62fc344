/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_later.c - connections that rest until there is an answer
 *
 * Two hold it: who made it, until it is answered, and the request, until it is
 * over. The last one frees it.
 */
#include "service/http_later_impl.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "service/http_server.h"

/**
 * struct http_later - An answer to come
 * @link:	in the server's list, until it is answered or left
 * @conn:	the connection that is suspended for it, or NULL
 * @is_answered: @reply is there; who made it has nothing to do with it any more
 * @is_left:	the request is over
 */
struct http_later {
	struct list link;
	struct http_laters *all;
	struct MHD_Connection *conn;
	struct http_reply reply;
	bool is_answered;
	bool is_left;
};

struct http_later *tl_http_later_new(struct http_server *server)
{
	struct http_later *later = tl_alloc_zeroed(sizeof(*later));

	if (!later)
		return NULL;
	later->all = tl_http_server_laters(server);
	tl_list_append(&later->all->list, &later->link);
	return later;
}

static void free_if_done(struct http_later *later)
{
	if (!later->is_answered || !later->is_left)
		return;
	tl_list_remove(&later->link);
	free(later->reply.body);
	tl_free(later);
}

static void wake(struct http_later *later)
{
	struct MHD_Connection *c = later->conn;

	if (!c)
		return;
	later->conn = NULL;
	MHD_resume_connection(c);
	later->all->kick(later->all->server);
}

void tl_http_later_answer(struct http_later *later,
			  const struct http_reply *reply)
{
	free(later->reply.body);
	later->reply = *reply;
	later->is_answered = true;
	wake(later);
	free_if_done(later);
}

void tl_http_later_wait(struct http_later *later, struct MHD_Connection *c)
{
	if (later->is_answered)
		return;
	later->conn = c;
	MHD_suspend_connection(c);
}

bool tl_http_later_take(struct http_later *later, struct http_reply *out)
{
	if (!later->reply.status)
		return false;
	*out = later->reply;
	later->reply.body = NULL;
	return true;
}

void tl_http_later_leave(struct http_later *later)
{
	if (!later)
		return;
	later->conn = NULL;
	later->is_left = true;
	tl_list_remove(&later->link);
	free_if_done(later);
}

void tl_http_laters_end(struct http_laters *all)
{
	tl_list_each(it, next, &all->list) {
		struct http_later *later =
			tl_container_of(it, struct http_later, link);

		if (!later->reply.status)
			later->reply.status = 503;
		wake(later);
	}
}
