/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - whose name is it?
 */
#ifndef TL_SHIM_NAMES_H
#define TL_SHIM_NAMES_H

#include "sdk/client/lookup.h"

/* tl_lookup() for the hooks: addresses as text are the host's business, and
 * with --isolate the host has no other names than its own. */
TL_MUST_USE int tl_name_find(struct lookup *out, const char *name, int family);

#endif /* TL_SHIM_NAMES_H */
