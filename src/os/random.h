/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - unpredictable bytes from the kernel */
#ifndef TL_OS_RANDOM_H
#define TL_OS_RANDOM_H

#include <stddef.h>

/**
 * tl_random() - Fill @n bytes fit for keys
 * @ctx:	not used; there so that this can be handed to pure code
 *
 * Never fails: a machine without randomness cannot do anything of use.
 */
void tl_random(void *ctx, void *out, size_t n);

#endif /* TL_OS_RANDOM_H */
