/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include "harness.h"

struct item {
	int value;
	struct list link;
};

static void check_order(struct list *head, const int *want, size_t n)
{
	size_t i = 0;

	tl_list_each(it, next, head) {
		CHECK(i < n);
		CHECK_EQ(tl_container_of(it, struct item, link)->value,
			 want[i]);
		i++;
	}
	CHECK_EQ(i, n);
}

TEST(list_keeps_its_order)
{
	struct item a = { .value = 1 };
	struct item b = { .value = 2 };
	struct item c = { .value = 3 };
	struct item d = { .value = 4 };
	struct list head;

	tl_list_init(&head);
	CHECK(tl_list_is_empty(&head));
	CHECK(!tl_list_first(&head, struct item, link));
	tl_list_append(&head, &b.link);
	tl_list_append(&head, &d.link);
	tl_list_prepend(&head, &a.link);
	tl_list_insert_after(&b.link, &c.link);
	check_order(&head, (const int[]){ 1, 2, 3, 4 }, 4);
	CHECK(tl_list_first(&head, struct item, link) == &a);
}

TEST(removing_twice_is_harmless)
{
	struct item a = { .value = 1 };
	struct item b = { .value = 2 };
	struct list head;

	tl_list_init(&head);
	tl_list_append(&head, &a.link);
	tl_list_append(&head, &b.link);
	tl_list_remove(&a.link);
	tl_list_remove(&a.link);
	check_order(&head, (const int[]){ 2 }, 1);
	tl_list_remove(&b.link);
	CHECK(tl_list_is_empty(&head));
}

TEST(walk_may_remove_where_it_is)
{
	struct item items[5];
	struct list head;
	int i;

	tl_list_init(&head);
	for (i = 0; i < 5; i++) {
		items[i].value = i;
		tl_list_append(&head, &items[i].link);
	}
	tl_list_each(it, next, &head) {
		if (tl_container_of(it, struct item, link)->value % 2)
			tl_list_remove(it);
	}
	check_order(&head, (const int[]){ 0, 2, 4 }, 3);
}
