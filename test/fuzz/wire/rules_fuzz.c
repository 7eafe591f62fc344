/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets as they arrive: what parses must be written and read the same. */
#include "wire/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rule rules[RULES_MAX];
	static struct rule again[RULES_MAX];
	static uint8_t room[RULES_MAX * RULE_WIRE_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	size_t n;
	size_t m;
	size_t i;

	if (tl_rules_parse(rules, RULES_MAX, &n, tl_bytes(data, size)))
		return 0;
	tl_assert(tl_rules_build(&w, rules, n) == 0);
	tl_assert(w.n <= size);
	tl_assert(tl_rules_parse(again, RULES_MAX, &m, tl_writer_bytes(&w)) ==
		  0);
	tl_assert(m == n);
	for (i = 0; i < n; i++)
		tl_assert(tl_rule_equal(&rules[i], &again[i]));
	return 0;
}
