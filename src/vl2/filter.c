/* SPDX-License-Identifier: Apache-2.0 */
#include "vl2/filter.h"

#include <string.h>

#include "vl2/filter_match.h"

static const struct filter_side nobody;

static struct address copy_target(const struct rule *r)
{
	return (struct address){ r->v.copy.address & 0xffffffffffu };
}

static bool is_copy(enum rule_type type)
{
	return type == RULE_TEE || type == RULE_WATCH || type == RULE_REDIRECT;
}

/* TEE, WATCH or REDIRECT whose matches are true. NO_MATCH: go on. */
static enum filter_outcome take_copy(struct filter_eval *e,
				     const struct rule *r)
{
	struct address to = copy_target(r);
	size_t n = e->frame->payload.n;

	if (tl_address_equal(to, e->zt_source))
		return FILTER_SET_NO_MATCH;
	if (tl_address_equal(to, e->policy->own))
		return e->inbound ? FILTER_SET_SUPER_ACCEPT
				  : FILTER_SET_NO_MATCH;
	if (tl_address_equal(to, e->zt_dest))
		return FILTER_SET_NO_MATCH;
	if (tl_rule_type(r) == RULE_REDIRECT) {
		e->zt_dest = to;
		return FILTER_SET_REDIRECT;
	}
	e->cc = to;
	e->cc_len = r->v.copy.len ? TL_MIN(n, r->v.copy.len) : n;
	e->cc_watch = tl_rule_type(r) == RULE_WATCH;
	return FILTER_SET_NO_MATCH;
}

/* True if the action ends the evaluation, with *@out. */
static bool take_action(struct filter_eval *e, const struct rule *r,
			enum filter_outcome *out)
{
	switch (tl_rule_type(r)) {
	case RULE_DROP:
		if (e->skip_drop) {
			e->skip_drop = false;
			return false;
		}
		*out = FILTER_SET_DROP;
		return true;
	case RULE_ACCEPT:
		*out = e->super_accept ? FILTER_SET_SUPER_ACCEPT
				       : FILTER_SET_ACCEPT;
		return true;
	case RULE_PRIORITY:
		*out = FILTER_SET_ACCEPT;
		return true;
	case RULE_BREAK:
		*out = FILTER_SET_NO_MATCH;
		return true;
	case RULE_TEE:
	case RULE_WATCH:
	case RULE_REDIRECT:
		*out = take_copy(e, r);
		return *out != FILTER_SET_NO_MATCH;
	default:
		return false;
	}
}

static bool is_true(struct filter_eval *e, const struct rule *r)
{
	bool is_not = r->t & RULE_NOT;

	switch (tl_filter_match(e, r)) {
	case FILTER_NO:
		return is_not;
	case FILTER_YES:
		return !is_not;
	case FILTER_HARD_YES:
		return true;
	default:
		return false;
	}
}

/* @log: NULL, or what tl_filter_run_logged() is to fill. Inlined into both, so
 * that the one for every frame has no trace of it. */
static inline __attribute__((always_inline)) enum filter_outcome
run(struct filter_eval *e, const struct rule_set *set, uint8_t *log)
{
	enum filter_outcome outcome;
	bool is_set = true;
	size_t i;

	e->super_accept = false;
	e->skip_drop = false;
	e->cc = (struct address){ 0 };
	for (i = 0; i < set->n; i++) {
		const struct rule *r = &set->at[i];

		if (log)
			log[i] = is_set ? FILTER_LOG_WAS_TRUE
					: FILTER_LOG_WAS_FALSE;
		if (!tl_rule_is_action(r)) {
			bool yes;

			if (!is_set && !(r->t & RULE_OR))
				continue;
			yes = is_true(e, r);
			if (log)
				log[i] |= yes ? FILTER_LOG_YES : FILTER_LOG_NO;
			is_set = yes || (is_set && (r->t & RULE_OR));
			continue;
		}
		if (is_set) {
			if (take_action(e, r, &outcome))
				return outcome;
			continue;
		}
		if (e->inbound && is_copy(tl_rule_type(r)) &&
		    tl_address_equal(copy_target(r), e->policy->own))
			e->super_accept = true;
		is_set = true;
	}
	return FILTER_SET_NO_MATCH;
}

enum filter_outcome tl_filter_run(struct filter_eval *e,
				  const struct rule_set *set)
{
	return run(e, set, NULL);
}

enum filter_outcome tl_filter_run_logged(struct filter_eval *e,
					 const struct rule_set *set,
					 uint8_t *log)
{
	return run(e, set, log);
}

/* Nobody has a reserved address: such a copy vanishes. */
static void add_copy(struct filter_result *out, struct address to,
		     uint8_t flags, size_t len)
{
	if (tl_address_is_reserved(to))
		return;
	tl_assert(out->n_copies < FILTER_COPIES_MAX);
	out->copies[out->n_copies++] = (struct filter_copy){
		.to = to,
		.flags = flags,
		.len = len,
	};
}

static void add_cc(struct filter_result *out, const struct filter_eval *e)
{
	uint8_t tee = e->inbound ? FILTER_COPY_TEE_IN : FILTER_COPY_TEE_OUT;
	uint8_t watch = e->inbound ? FILTER_COPY_WATCH_IN
				   : FILTER_COPY_WATCH_OUT;

	add_copy(out, e->cc, e->cc_watch ? watch : tee, e->cc_len);
}

/* tl_filter_run(), noted as remote traces want it: nothing of actions. */
static enum filter_outcome run_noted(struct filter_eval *e,
				     const struct rule_set *set,
				     uint8_t log[FILTER_LOG_MAX])
{
	enum filter_outcome outcome;
	size_t i;

	if (set->n > FILTER_LOG_MAX)
		return tl_filter_run(e, set);
	memset(log, 0, FILTER_LOG_MAX);
	outcome = tl_filter_run_logged(e, set, log);
	for (i = 0; i < set->n; i++) {
		if (tl_rule_is_action(&set->at[i]))
			log[i] = 0;
	}
	return outcome;
}

static enum filter_outcome run_base(struct filter_eval *e,
				    const struct rule_set *set)
{
	struct filter_log *log = e->policy->log;

	return TL_UNLIKELY(log != NULL) ? run_noted(e, set, log->base)
					: tl_filter_run(e, set);
}

static enum filter_outcome run_one(struct filter_eval *e,
				   const struct filter_capability *c)
{
	struct filter_log *log = e->policy->log;
	enum filter_outcome outcome;

	if (TL_LIKELY(!log))
		return tl_filter_run(e, &c->rules);
	outcome = run_noted(e, &c->rules, log->capability);
	log->has_capability = outcome >= FILTER_SET_REDIRECT;
	log->capability_id = c->id;
	return outcome;
}

/* The first capability of @side that accepts; NO_MATCH if none does. */
static enum filter_outcome run_capabilities(struct filter_eval *e,
					    const struct filter_side *side)
{
	struct address zt_dest = e->zt_dest;
	enum filter_outcome outcome;
	size_t i;

	for (i = 0; i < side->n_capabilities; i++) {
		const struct rule_set *set = &side->capabilities[i].rules;

		if (set->is_refused) {
			e->met_unknown = true;
			continue;
		}
		e->zt_dest = zt_dest;
		outcome = run_one(e, &side->capabilities[i]);
		if (outcome >= FILTER_SET_REDIRECT)
			return outcome;
	}
	return FILTER_SET_NO_MATCH;
}

static void drop(struct filter_result *out, const struct filter_eval *e)
{
	out->verdict = FILTER_DROP;
	if (e->met_unknown)
		out->reason = DROP_RULES_UNKNOWN;
	else
		out->reason = e->inbound ? DROP_RULES_IN : DROP_RULES_OUT;
}

static void redirect(struct filter_result *out, const struct filter_eval *e)
{
	out->verdict = FILTER_DROP;
	out->reason = DROP_NONE;
	out->redirect_to = e->zt_dest;
	add_copy(out, e->zt_dest,
		 e->inbound ? FILTER_COPY_REDIRECT_IN
			    : FILTER_COPY_REDIRECT_OUT,
		 e->frame->payload.n);
}

/* Both directions: base rules, capabilities of the sender, copies. */
static void evaluate(struct filter_result *out, struct filter_eval *e,
		     bool no_tee)
{
	const struct rule_set *base = &e->policy->rules;
	enum filter_outcome outcome;
	struct filter_eval first;

	if (base->is_refused)
		e->met_unknown = true;
	outcome = base->is_refused ? FILTER_SET_DROP : run_base(e, base);
	first = *e;
	if (outcome == FILTER_SET_NO_MATCH) {
		outcome = run_capabilities(e, e->inbound ? e->remote
							 : &e->policy->side);
		if (!no_tee && outcome >= FILTER_SET_REDIRECT && e->cc.v)
			add_cc(out, e);
	}
	if (outcome < FILTER_SET_REDIRECT) {
		drop(out, e);
		return;
	}
	if (!no_tee && first.cc.v)
		add_cc(out, &first);
	if (outcome == FILTER_SET_REDIRECT)
		redirect(out, e);
	else if (e->inbound && outcome == FILTER_SET_SUPER_ACCEPT)
		out->verdict = FILTER_SUPER_ACCEPT;
}

/* The most common rule set of all: one ACCEPT. */
static bool accepts_all(const struct rule_set *set)
{
	return set->n > 0 && tl_rule_type(&set->at[0]) == RULE_ACCEPT &&
	       !set->is_refused;
}

static void accept(struct filter_result *out)
{
	out->verdict = FILTER_ACCEPT;
	out->reason = DROP_NONE;
	out->redirect_to = (struct address){ 0 };
	out->n_copies = 0;
}

/* Apart, so that who accepts all does not pay for it. */
static __attribute__((noinline)) void
ask_out(struct filter_result *out, const struct filter_policy *policy,
	const struct filter_frame *frame, struct address zt_dest,
	const struct filter_side *remote, bool no_tee)
{
	struct filter_eval e = {
		.policy = policy,
		.frame = frame,
		.remote = remote ? remote : &nobody,
		.zt_source = policy->own,
		.zt_dest = zt_dest,
	};

	evaluate(out, &e, no_tee);
}

static __attribute__((noinline)) void ask_in(struct filter_result *out,
					     const struct filter_policy *policy,
					     const struct filter_frame *frame,
					     struct address zt_source,
					     const struct filter_side *remote)
{
	struct filter_eval e = {
		.policy = policy,
		.frame = frame,
		.remote = remote ? remote : &nobody,
		.zt_source = zt_source,
		.zt_dest = policy->own,
		.inbound = true,
	};

	evaluate(out, &e, false);
}

void tl_filter_outbound(struct filter_result *out,
			const struct filter_policy *policy,
			const struct filter_frame *frame,
			struct address zt_dest,
			const struct filter_side *remote, bool no_tee)
{
	accept(out);
	if (!accepts_all(&policy->rules))
		ask_out(out, policy, frame, zt_dest, remote, no_tee);
}

void tl_filter_inbound(struct filter_result *out,
		       const struct filter_policy *policy,
		       const struct filter_frame *frame,
		       struct address zt_source,
		       const struct filter_side *remote)
{
	accept(out);
	if (!accepts_all(&policy->rules))
		ask_in(out, policy, frame, zt_source, remote);
}

bool tl_filter_is_in_window(int64_t ts, int64_t config_ts, int64_t max_delta)
{
	uint64_t apart = ts > config_ts ? (uint64_t)ts - (uint64_t)config_ts
					: (uint64_t)config_ts - (uint64_t)ts;

	return max_delta >= 0 && apart <= (uint64_t)max_delta;
}
