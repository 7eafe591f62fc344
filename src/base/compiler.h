/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compiler.h - the few things that C17 leaves to the compiler
 *
 * Owns nothing. Every other header may include it.
 */
#ifndef TL_BASE_COMPILER_H
#define TL_BASE_COMPILER_H

#include <stddef.h>

/* The caller must look at the result: it may be a failure. */
#define TL_MUST_USE __attribute__((warn_unused_result))
#define TL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TL_UNUSED __attribute__((unused))
#define TL_NORETURN __attribute__((noreturn))
#define TL_HOT __attribute__((hot))
#define TL_PUBLIC __attribute__((visibility("default")))
/* Of one object only, whatever it is linked into: a thread's variable is found
 * without asking for its name. */
#define TL_HIDDEN __attribute__((visibility("hidden")))

#define TL_LIKELY(x) __builtin_expect(!!(x), 1)
#define TL_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define TL_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define TL_MIN(a, b) ((a) < (b) ? (a) : (b))
#define TL_MAX(a, b) ((a) > (b) ? (a) : (b))

/* The object of @type in which @ptr is the field @member. */
#define tl_container_of(ptr, type, member)                                     \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/**
 * tl_assert() - State what cannot be otherwise, whatever comes in
 *
 * Always compiled in. A failed assertion is a bug of ours: it names the place
 * on standard error and aborts. Input never reaches one; fuzzers hold us to it.
 */
#define tl_assert(cond)                                                        \
	do {                                                                   \
		if (TL_UNLIKELY(!(cond)))                                      \
			tl_assert_failed(TL_ASSERT_TEXT(#cond), __FILE__,      \
					 __LINE__);                            \
	} while (0)

/* In a small build the place has to do. */
#ifdef TL_LITE
#define TL_ASSERT_TEXT(text) "it failed"
#else
#define TL_ASSERT_TEXT(text) text
#endif

TL_NORETURN void tl_assert_failed(const char *cond, const char *file, int line);

#endif /* TL_BASE_COMPILER_H */
