/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.h - what rules are expected to do, as a text that is checked
 *
 * A line for each packet: a verdict, then the packet as probe.h describes it.
 * Verdicts are accept, drop, redirect ADDRESS, and tee ADDRESS or watch
 * ADDRESS for what is accepted and copied there. "--at sender" or "--at
 * receiver" behind drop says who is to drop it. # begins a comment.
 */
#ifndef TL_RULES_EXPECT_H
#define TL_RULES_EXPECT_H

#include "rules/explain.h"

/**
 * struct expectations - A text, walked through
 */
struct expectations {
	struct rule_word *words;
	size_t n;
	size_t at;
};

enum expect_outcome {
	EXPECT_END,
	EXPECT_MET,
	EXPECT_FAILED,
};

/* 0; -E2BIG beyond RULES_TEXT_MAX; -ENOMEM. @text must outlive it. */
TL_MUST_USE int tl_expect_init(struct expectations *e, struct bytes text);
void tl_expect_fini(struct expectations *e);

/**
 * tl_expect_next() - Check the next line
 * @out:	EXPECT_...
 * @why:	with EXPECT_FAILED what happened instead, and its line; with a
 *		failure what is wrong with the line
 *
 * Return: 0, -EINVAL if the line is not understood, -ENOMEM.
 */
TL_MUST_USE int tl_expect_next(struct expectations *e, enum expect_outcome *out,
			       const struct rule_program *p,
			       struct rule_error *why);

#endif /* TL_RULES_EXPECT_H */
