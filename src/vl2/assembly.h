/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assembly.h - put a configuration together from its chunks (vl2.md 4.7)
 *
 * One object per network. It checks no signature: ask tl_assembly_wants()
 * first, verify (and pass on) only what is wanted, then tl_assembly_add().
 * Buffers exist only while an update is incomplete, and have its size.
 */
#ifndef TL_VL2_ASSEMBLY_H
#define TL_VL2_ASSEMBLY_H

#include "wire/config_chunk.h"

#define ASSEMBLY_SLOTS 3
#define ASSEMBLY_MAX_CHUNKS 474

struct assembly;

/* What became of a chunk. */
enum assembly_result {
	ASSEMBLY_REFUSED, /* seen before, or does not fit its update */
	ASSEMBLY_PARTIAL, /* kept; more is needed */
	ASSEMBLY_COMPLETE, /* take the dictionary */
};

/* 0 or -ENOMEM. */
TL_MUST_USE int tl_assembly_new(struct assembly **ap);

/* Accepts NULL. */
void tl_assembly_free(struct assembly *a);

/* False if @chunk was added before. */
TL_MUST_USE bool tl_assembly_wants(const struct assembly *a,
				   const struct config_chunk *chunk);

/**
 * tl_assembly_add() - Add a chunk that is authentic
 * @resultp:	what became of it
 * @dictp:	set with ASSEMBLY_COMPLETE; valid until the next call with @a
 *
 * Return: 0, or -ENOMEM.
 */
TL_MUST_USE int tl_assembly_add(struct assembly *a,
				enum assembly_result *resultp,
				struct bytes *dictp,
				const struct config_chunk *chunk);

/* Give back the buffers: the last complete dictionary has been used. What was
 * complete stays known, so that its chunks are still refused. */
void tl_assembly_release(struct assembly *a);

/* Forget incomplete updates too: nothing more of them is expected. */
void tl_assembly_reset(struct assembly *a);

#endif /* TL_VL2_ASSEMBLY_H */
