/* SPDX-License-Identifier: Apache-2.0 */
#include "base/drop.h"

#include <assert.h>

#include "base/compiler.h"

static const char *const names[] = {
#define X(name, text) [DROP_##name] = #name,
	TL_DROP_REASONS(X)
#undef X
};

static const char *const texts[] = {
#define X(name, text) [DROP_##name] = text,
	TL_DROP_REASONS(X)
#undef X
};

static_assert(TL_ARRAY_SIZE(names) == DROP_COUNT, "a name for every reason");
static_assert(TL_ARRAY_SIZE(texts) == DROP_COUNT, "a text for every reason");

const char *tl_drop_name(enum drop reason)
{
	return names[reason];
}

const char *tl_drop_text(enum drop reason)
{
	return texts[reason];
}
