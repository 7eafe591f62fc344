/* SPDX-License-Identifier: Apache-2.0 */
/*
 * controller_http.h - the inside of the controller's HTTP API
 *
 * For controller_http*.c only. Each handler makes the answer in @reply of its
 * request; what it does not touch stays a 404 with an empty body.
 */
#ifndef TL_CONTROLLER_CONTROLLER_HTTP_H
#define TL_CONTROLLER_CONTROLLER_HTTP_H

#include <jansson.h>

#include "controller/controller_impl.h"

enum target_kind {
	TARGET_NONE,
	TARGET_STATUS,
	TARGET_NETWORKS,
	TARGET_NEW_NETWORK, /* the form with six underscores */
	TARGET_NETWORK,
	TARGET_MEMBERS,
	TARGET_MEMBER,
	TARGET_ALL_NETWORKS,
	TARGET_ALL_MEMBERS,
};

/**
 * struct page - Which networks or members a list is of
 * @limit:	how many at most; 0: all
 * @after:	those with a higher ID or address, if @has_after
 */
struct page {
	size_t limit;
	bool has_after;
	uint64_t after;
};

/**
 * struct target - What a path names
 * @address:	of a member; with TARGET_NEW_NETWORK: of a controller
 */
struct target {
	enum target_kind kind;
	struct page page;
	struct network_id network;
	struct address address;
};

/**
 * struct http - One request on its way
 */
struct http {
	struct controller *c;
	struct target target;
	struct bytes body;
	int64_t now;
	struct controller_reply *reply;
};

/* Answer with an error; @text NULL: with an empty body. */
void tl_http_fail(struct http *h, int status, const char *text);

/* Answer with 500 for a negative errno. */
void tl_http_fail_with(struct http *h, int err);

/* Answer with @j, consumed; NULL: memory is out. */
void tl_http_answer(struct http *h, json_t *j);

/* Answer with a text, consumed; NULL: memory is out. */
void tl_http_answer_text(struct http *h, char *text);

/* The body as an object, or NULL with the answer made. */
TL_MUST_USE json_t *tl_http_parse_body(struct http *h);

/* The member that the path names, NULL if there is none. */
struct served_member *tl_http_find_member(struct http *h);

/* A new member with the address that the path names, not stored yet; NULL with
 * the answer made. */
struct served_member *tl_http_make_member(struct http *h,
					  struct served_network *n);

/* Change @m as @body says, and tell it. 0; -EINVAL with @why; or a failure. */
TL_MUST_USE int tl_http_merge_member(struct http *h, struct served_member *m,
				     const json_t *body,
				     struct object_error *why, bool *changedp);

void tl_http_post_all_members(struct http *h);
void tl_http_delete_all_members(struct http *h);
void tl_http_get_status(struct http *h);
void tl_http_get_networks(struct http *h);
void tl_http_get_all_networks(struct http *h);
void tl_http_get_all_members(struct http *h);
void tl_http_get_members(struct http *h);
void tl_http_get_network(struct http *h);
void tl_http_get_member(struct http *h);
void tl_http_post_network(struct http *h);
void tl_http_post_networks(struct http *h);
void tl_http_post_new_network(struct http *h);
void tl_http_delete_network(struct http *h);
void tl_http_post_member(struct http *h);
void tl_http_delete_member(struct http *h);

#endif /* TL_CONTROLLER_CONTROLLER_HTTP_H */
