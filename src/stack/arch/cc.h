/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cc.h - what lwIP must know about compiler and platform
 *
 * A failed assertion of lwIP is a bug like one of ours and ends in the same
 * place.
 */
#ifndef TL_STACK_ARCH_CC_H
#define TL_STACK_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

uint32_t tl_lwip_random(void);
uint16_t tl_checksum(const void *at, int n);
void tl_lwip_log(const char *format, ...) TL_PRINTF(1, 2);

/* The heap as lwIP sees it; see stack/memory.c. */
void *tl_lwip_malloc(size_t n);
void *tl_lwip_calloc(size_t count, size_t size);
void tl_lwip_free(void *p);

/* Asked by our patches: a service and its stack live on one thread, and a
 * process may have several. */
#define LWIP_TLS TL_HIDDEN _Thread_local

#define LWIP_RAND() tl_lwip_random()
#define LWIP_PLATFORM_DIAG(x) tl_lwip_log x
#define LWIP_PLATFORM_ASSERT(x)                                                \
	tl_assert_failed(TL_ASSERT_TEXT(x), __FILE__, __LINE__)

#endif /* TL_STACK_ARCH_CC_H */
