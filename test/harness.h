/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harness.h - all of the test framework
 *
 *	TEST(reader_failure_is_sticky)
 *	{
 *		CHECK(tl_reader_ok(&r));
 *		CHECK_EQ(tl_read_u8(&r), 7);
 *	}
 *
 * One program a file; `./reader_test` runs all, `./reader_test NAME` one, as
 * ctest does, each in its own process. A failed CHECK ends the test. SKIP()
 * ends it with exit code 77, which ctest counts as skipped.
 */
#ifndef TL_TEST_HARNESS_H
#define TL_TEST_HARNESS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

extern struct test *tl_tests;

#define TEST(name_)                                                            \
	static void test_##name_(void);                                        \
	__attribute__((constructor)) static void register_##name_(void)        \
	{                                                                      \
		static struct test t = { #name_, test_##name_, NULL };         \
                                                                               \
		t.next = tl_tests;                                             \
		tl_tests = &t;                                                 \
	}                                                                      \
	static void test_##name_(void)

#define FAIL(...)                                                              \
	do {                                                                   \
		fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                \
		fprintf(stderr, __VA_ARGS__);                                  \
		fputc('\n', stderr);                                           \
		exit(1);                                                       \
	} while (0)

#define SKIP(...)                                                              \
	do {                                                                   \
		fprintf(stderr, "SKIPPED: " __VA_ARGS__);                      \
		fputc('\n', stderr);                                           \
		exit(77);                                                      \
	} while (0)

/* For tests that lower the limit of descriptors: valgrind keeps its own. */
#define SKIP_UNDER_VALGRIND()                                                  \
	do {                                                                   \
		if (getenv("TL_VALGRIND"))                                     \
			SKIP("valgrind has its own limit of descriptors");     \
	} while (0)

#define CHECK(cond)                                                            \
	do {                                                                   \
		if (!(cond))                                                   \
			FAIL("CHECK(%s)", #cond);                              \
	} while (0)

#define CHECK_EQ(got, want)                                                    \
	do {                                                                   \
		long long got_ = (long long)(got);                             \
		long long want_ = (long long)(want);                           \
                                                                               \
		if (got_ != want_)                                             \
			FAIL("%s is %lld (0x%llx), not %lld (0x%llx)", #got,   \
			     got_, (unsigned long long)got_, want_,            \
			     (unsigned long long)want_);                       \
	} while (0)

#define CHECK_STR(got, want)                                                   \
	do {                                                                   \
		const char *got_s = (got);                                     \
		const char *want_s = (want);                                   \
                                                                               \
		if (strcmp(got_s, want_s) != 0)                                \
			FAIL("%s is \"%s\", not \"%s\"", #got, got_s, want_s); \
	} while (0)

#define CHECK_MEM(got, want, n)                                                \
	do {                                                                   \
		if (memcmp((got), (want), (n)) != 0)                           \
			FAIL("%s differs from %s", #got, #want);               \
	} while (0)

#endif /* TL_TEST_HARNESS_H */
