/* SPDX-License-Identifier: Apache-2.0 */
/* nat_matrix_test.c - direct where theory allows it, and the manual's table */
#include "nat_matrix.h"

#include <stdbool.h>

#include "harness.h"

#define DOCUMENT TL_SOURCE_DIR "/doc/nat.md"
#define BEGIN "<!-- nat-table: begin"
#define END "<!-- nat-table: end"

/*
 * What theory says (doc/nat.md), the lower half by enum nat_type: D direct, R
 * relayed, - not at all.
 */
static const char *const theory[N_NAT_TYPES] = {
	[TYPE_NONE] = "D",	     [TYPE_FULL_CONE] = "DD",
	[TYPE_ADDRESS] = "DDD",	     [TYPE_PORT] = "DDDD",
	[TYPE_SEQUENTIAL] = "DDDDD", [TYPE_RANDOM] = "DDDRRR",
	[TYPE_CARRIER] = "DDDDDDD",  [TYPE_BLOCKED] = "--------",
};

static const char shared_theory[] = "DDRDD";

static char letter(struct nat_cell c)
{
	if (c.n_direct == NAT_SEEDS && c.n_reached == NAT_SEEDS)
		return 'D';
	if (c.n_direct == 0 && c.n_reached == NAT_SEEDS)
		return 'R';
	return c.n_reached || c.n_direct ? '?' : '-';
}

TEST(paths_are_direct_wherever_theory_allows_it)
{
	unsigned int a;
	unsigned int b;

	for (a = 0; a < N_NAT_TYPES; a++) {
		for (b = 0; b <= a; b++) {
			char got = letter(nat_measure(a, b));

			if (got != theory[a][b])
				FAIL("%s with %s: %c, not %c", nat_type_name(a),
				     nat_type_name(b), got, theory[a][b]);
		}
	}
}

TEST(members_in_one_place_are_direct_where_theory_allows_it)
{
	unsigned int i;

	for (i = 0; i < N_NAT_SHARED; i++) {
		char got = letter(nat_measure_shared(i));

		if (got != shared_theory[i])
			FAIL("%s: %c, not %c", nat_shared_name(i), got,
			     shared_theory[i]);
	}
}

/* A second is what a user does not notice. */
TEST(direct_paths_form_within_a_second)
{
	unsigned int a;
	unsigned int b;

	for (a = 0; a < N_NAT_TYPES; a++) {
		for (b = 0; b <= a; b++)
			CHECK(nat_measure(a, b).slowest_ms <= 1000);
	}
}

/* The lines between the marks. */
static void read_document(char *out, size_t size)
{
	FILE *f = fopen(DOCUMENT, "r");
	bool is_inside = false;
	char line[1000];
	size_t n = 0;

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, END, strlen(END)) == 0)
			is_inside = false;
		if (is_inside) {
			CHECK(n + strlen(line) < size);
			memcpy(out + n, line, strlen(line) + 1);
			n += strlen(line);
		}
		if (strncmp(line, BEGIN, strlen(BEGIN)) == 0)
			is_inside = true;
	}
	fclose(f);
	CHECK(n);
}

TEST(manual_has_the_table_of_this_very_program)
{
	static char want[10000];
	char *got = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&got, &n);

	CHECK(out);
	nat_print_tables(out);
	fclose(out);
	read_document(want, sizeof(want));
	if (strcmp(got, want) != 0)
		FAIL("doc/nat.md is not up to date; tools/nat-table writes it");
	free(got);
}
