/* SPDX-License-Identifier: Apache-2.0 */
/* nat_table - print the tables of doc/nat.md; tools/nat-table writes them */
#include "test/sim/nat_matrix.h"

int main(void)
{
	nat_print_tables(stdout);
	return 0;
}
