/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/assembly.h"

#include <errno.h>

#include "base/alloc.h"
#include "harness.h"

static struct assembly *fresh(void)
{
	struct assembly *a;

	CHECK_EQ(tl_assembly_new(&a), 0);
	return a;
}

static struct config_chunk chunk(uint64_t update, uint32_t total,
				 uint32_t offset, const char *text)
{
	return (struct config_chunk){
		.is_signed = true,
		.update_id = update,
		.chunk_id = (uint64_t)offset << 16 | strlen(text),
		.total = total,
		.offset = offset,
		.data = tl_bytes_from_str(text),
	};
}

static enum assembly_result add(struct assembly *a, struct config_chunk c,
				struct bytes *dict)
{
	enum assembly_result result;

	CHECK_EQ(tl_assembly_add(a, &result, dict, &c), 0);
	return result;
}

TEST(assembly_takes_chunks_in_any_order)
{
	struct assembly *a = fresh();
	struct bytes dict;

	CHECK_EQ(add(a, chunk(1, 9, 6, "ghi"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(1, 9, 0, "abc"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(1, 9, 3, "def"), &dict), ASSEMBLY_COMPLETE);
	CHECK(tl_bytes_equal(dict, tl_bytes_from_str("abcdefghi")));
	tl_assembly_free(a);
}

TEST(assembly_refuses_what_it_has_even_when_complete)
{
	struct assembly *a = fresh();
	struct config_chunk c = chunk(1, 3, 0, "abc");
	struct bytes dict;

	CHECK(tl_assembly_wants(a, &c));
	CHECK_EQ(add(a, c, &dict), ASSEMBLY_COMPLETE);
	CHECK(!tl_assembly_wants(a, &c));
	tl_assembly_release(a);
	CHECK(!tl_assembly_wants(a, &c));
	tl_assembly_reset(a);
	CHECK(!tl_assembly_wants(a, &c));
	CHECK_EQ(add(a, c, &dict), ASSEMBLY_REFUSED);
	tl_assembly_free(a);
}

TEST(assembly_refuses_overlaps_and_other_totals)
{
	struct assembly *a = fresh();
	struct bytes dict;

	CHECK_EQ(add(a, chunk(1, 9, 3, "def"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(1, 9, 5, "fgh"), &dict), ASSEMBLY_REFUSED);
	CHECK_EQ(add(a, chunk(1, 9, 1, "bcd"), &dict), ASSEMBLY_REFUSED);
	CHECK_EQ(add(a, chunk(1, 9, 0, "abcdefghi"), &dict), ASSEMBLY_REFUSED);
	CHECK_EQ(add(a, chunk(1, 8, 6, "gh"), &dict), ASSEMBLY_REFUSED);
	CHECK_EQ(add(a, chunk(1, 9, 6, "ghi"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(1, 9, 0, "abc"), &dict), ASSEMBLY_COMPLETE);
	tl_assembly_free(a);
}

TEST(assembly_follows_three_updates_and_forgets_the_oldest)
{
	struct assembly *a = fresh();
	struct bytes dict;
	uint64_t i;

	for (i = 1; i <= 3; i++)
		CHECK_EQ(add(a, chunk(i, 4, 0, "ab"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(4, 4, 0, "ab"), &dict), ASSEMBLY_PARTIAL);
	/* update 1 begins anew, in the place of 2 */
	CHECK_EQ(add(a, chunk(1, 4, 2, "cd"), &dict), ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(3, 4, 2, "cd"), &dict), ASSEMBLY_COMPLETE);
	CHECK(tl_bytes_equal(dict, tl_bytes_from_str("abcd")));
	CHECK_EQ(add(a, chunk(4, 4, 2, "cd"), &dict), ASSEMBLY_COMPLETE);
	CHECK_EQ(add(a, chunk(1, 4, 0, "ab"), &dict), ASSEMBLY_COMPLETE);
	tl_assembly_free(a);
}

TEST(assembly_holds_a_limited_number_of_chunks)
{
	struct assembly *a = fresh();
	struct bytes dict;
	uint32_t i;

	for (i = 0; i < ASSEMBLY_MAX_CHUNKS; i++)
		CHECK_EQ(add(a, chunk(1, 1000, i, "x"), &dict),
			 ASSEMBLY_PARTIAL);
	CHECK_EQ(add(a, chunk(1, 1000, i, "x"), &dict), ASSEMBLY_REFUSED);
	tl_assembly_free(a);
}

TEST(assembly_reset_forgets_incomplete_updates)
{
	struct assembly *a = fresh();
	struct config_chunk c = chunk(1, 4, 0, "ab");
	struct bytes dict;

	CHECK_EQ(add(a, c, &dict), ASSEMBLY_PARTIAL);
	tl_assembly_release(a);
	CHECK(!tl_assembly_wants(a, &c));
	tl_assembly_reset(a);
	CHECK(tl_assembly_wants(a, &c));
	tl_assembly_free(a);
}

TEST(assembly_out_of_memory_changes_nothing)
{
	struct assembly *a = NULL;
	struct config_chunk c = chunk(1, 4, 0, "ab");
	enum assembly_result result;
	struct bytes dict;

	tl_alloc_fail_after(0);
	CHECK_EQ(tl_assembly_new(&a), -ENOMEM);
	a = fresh();
	tl_alloc_fail_after(0);
	CHECK_EQ(tl_assembly_add(a, &result, &dict, &c), -ENOMEM);
	CHECK(tl_assembly_wants(a, &c));
	CHECK_EQ(add(a, c, &dict), ASSEMBLY_PARTIAL);
	tl_assembly_free(a);
	tl_assembly_free(NULL);
}
