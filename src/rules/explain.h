/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.h - what becomes of a packet, and which rule says so
 *
 * A packet is asked about by its sender and then by its receiver, each with the
 * rules that it would use (vl2.md 10.4, 10.5); a multicast twice by its sender:
 * for all recipients and for this one. The verdicts are those of the engine
 * that runs in members; the rule is found in its log of the same rules.
 */
#ifndef TL_RULES_EXPLAIN_H
#define TL_RULES_EXPLAIN_H

#include "rules/probe.h"
#include "vl2/filter_match.h"

#define EXPLAIN_STEPS_MAX 3
#define EXPLAIN_REASON_SIZE 400

enum explain_who {
	EXPLAIN_SENDER_FOR_ALL, /* a multicast, before its recipients */
	EXPLAIN_SENDER,
	EXPLAIN_RECEIVER,
};

/**
 * struct explain_step - What one end says
 * @result:	the engine's
 * @base_log, @base_outcome: of the network's rules
 * @rules:	where the rule is that decided: the network's or a capability's
 * @cap:	the capability, or NULL
 * @log:	of @rules
 * @entry:	of the action in @rules; @rules->n if no rule decided
 */
struct explain_step {
	enum explain_who who;
	struct filter_result result;
	uint8_t base_log[RULES_MAX];
	enum filter_outcome base_outcome;
	const struct program_rules *rules;
	const struct program_cap *cap;
	uint8_t cap_log[RULES_MAX_CAPABILITY];
	const uint8_t *log;
	size_t entry;
};

/**
 * struct explanation - What becomes of a packet; may not be moved
 * @verdict:	the last step's: what the first to drop it says
 */
struct explanation {
	struct explain_step steps[EXPLAIN_STEPS_MAX];
	size_t n_steps;
	enum filter_verdict verdict;
};

/* @probe is what its receiver gets afterwards. */
void tl_explain(struct explanation *out, const struct rule_program *p,
		struct rule_probe *probe);

/**
 * tl_explain_reason() - Why, in words
 * @out:	EXPLAIN_REASON_SIZE characters
 *
 * Names the line, if there is one, and the rule. Returns @out.
 */
char *tl_explain_reason(char *out, const struct rule_program *p,
			const struct explain_step *s);

/**
 * tl_explain_near() - Which rule would have accepted it, but for one match?
 * @at:		the entry to begin at, 0 at first; moved on
 * @out:	EXPLAIN_REASON_SIZE characters
 *
 * Of the network's rules; for a step that no rule decided. Return: false if
 * there is none any more.
 */
bool tl_explain_near(char *out, size_t *at, const struct rule_program *p,
		     const struct explain_step *s);

const char *tl_explain_who(const struct explain_step *s);

/* "accepted", "dropped", "redirected to ..."; a static string. */
const char *tl_explain_verdict(const struct filter_result *r);

#endif /* TL_RULES_EXPLAIN_H */
