/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list.h - doubly linked ring through fields of the listed objects
 *
 * The list owns nothing. A node is in at most one list; one that was removed
 * is initialised again, so removing twice is harmless.
 */
#ifndef TL_BASE_LIST_H
#define TL_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct list {
	struct list *next;
	struct list *prev;
};

static inline void tl_list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool tl_list_is_empty(const struct list *l)
{
	return l->next == l;
}

static inline void tl_list_insert_after(struct list *at, struct list *node)
{
	node->prev = at;
	node->next = at->next;
	at->next->prev = node;
	at->next = node;
}

static inline void tl_list_append(struct list *head, struct list *node)
{
	tl_list_insert_after(head->prev, node);
}

static inline void tl_list_prepend(struct list *head, struct list *node)
{
	tl_list_insert_after(head, node);
}

static inline void tl_list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	tl_list_init(node);
}

/* The first object of @type, linked by its field @member; NULL if none. */
#define tl_list_first(head, type, member)                                      \
	(tl_list_is_empty(head) ? (type *)NULL                                 \
				: tl_container_of((head)->next, type, member))

/* The body may remove and free @it. @next_ names a variable of the loop. */
#define tl_list_each(it, next_, head)                                          \
	for (struct list *it = (head)->next, *next_ = it->next; it != (head);  \
	     it = next_, next_ = it->next)

#endif /* TL_BASE_LIST_H */
