/* SPDX-License-Identifier: Apache-2.0 */
/* Rules in JSON: what is taken must be shown and taken again the same. */
#include "controller/rules_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rule rules[RULES_MAX];
	static struct rule again[RULES_MAX];
	struct rules_json_error err;
	json_t *array;
	json_t *shown;
	size_t n;
	size_t m;
	size_t i;

	array = json_loadb((const char *)data, size, 0, NULL);
	if (!array)
		return 0;
	if (tl_rules_from_json(rules, RULES_MAX, &n, array, &err) == 0) {
		shown = tl_rules_to_json(rules, n);
		tl_assert(shown);
		tl_assert(tl_rules_from_json(again, RULES_MAX, &m, shown,
					     &err) == 0);
		tl_assert(m == n);
		/* Actions are shown without NOT and OR. */
		for (i = 0; i < n; i++)
			tl_assert(tl_rule_is_action(&rules[i]) ||
				  tl_rule_equal(&rules[i], &again[i]));
		json_decref(shown);
	}
	json_decref(array);
	return 0;
}
