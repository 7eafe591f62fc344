/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/explain.h"

#include <stdio.h>
#include <string.h>

#include "rules/print.h"

static const struct filter_side nobody;

static uint32_t drawn(void *ctx)
{
	const struct rule_probe *probe = ctx;

	return probe->random;
}

/* Everything that one end is asked with. */
struct asking {
	struct filter_policy policy;
	const struct rule_probe *probe;
	const struct probe_side
		*caps; /* the sender, whose capabilities count */
	const struct filter_side *remote;
	struct address zt_dest;
	bool inbound;
	bool no_tee;
};

static struct filter_eval eval_of(const struct asking *a)
{
	return (struct filter_eval){
		.policy = &a->policy,
		.frame = &a->probe->frame,
		.remote = a->remote ? a->remote : &nobody,
		.zt_source = a->probe->zt_source,
		.zt_dest = a->zt_dest,
		.inbound = a->inbound,
	};
}

/* The action that ended it; @rules->n if all were gone through. */
static size_t decided_at(const struct program_rules *rules, const uint8_t *log,
			 enum filter_outcome outcome)
{
	size_t last = rules->n;
	const struct rule *r;

	while (last > 0 && !log[last - 1])
		last--;
	if (last == 0)
		return rules->n;
	r = &rules->at[last - 1];
	if (outcome == FILTER_SET_NO_MATCH &&
	    (tl_rule_type(r) != RULE_BREAK || !tl_rule_is_action(r) ||
	     !(log[last - 1] & FILTER_LOG_WAS_TRUE)))
		return rules->n;
	return last - 1;
}

/* Which capability accepts what the network's rules left open? */
static void ask_capabilities(struct explain_step *out, const struct asking *a)
{
	size_t i;

	for (i = 0; i < a->caps->side.n_capabilities; i++) {
		const struct program_cap *cap = a->caps->origins[i];
		struct rule_set set = a->caps->caps[i].rules;
		struct filter_eval e = eval_of(a);
		enum filter_outcome outcome;

		memset(out->cap_log, 0, sizeof(out->cap_log));
		outcome = tl_filter_run_logged(&e, &set, out->cap_log);
		if (outcome < FILTER_SET_REDIRECT)
			continue;
		out->cap = cap;
		out->rules = &cap->rules;
		out->log = out->cap_log;
		out->entry = decided_at(&cap->rules, out->cap_log, outcome);
		return;
	}
}

static void ask(struct explain_step *out, const struct rule_program *p,
		const struct asking *a)
{
	struct filter_eval e = eval_of(a);

	if (a->inbound)
		tl_filter_inbound(&out->result, &a->policy, &a->probe->frame,
				  a->probe->zt_source, a->remote);
	else
		tl_filter_outbound(&out->result, &a->policy, &a->probe->frame,
				   a->zt_dest, a->remote, a->no_tee);
	out->base_outcome =
		tl_filter_run_logged(&e, &a->policy.rules, out->base_log);
	out->cap = NULL;
	out->rules = &p->base;
	out->log = out->base_log;
	out->entry = decided_at(&p->base, out->base_log, out->base_outcome);
	if (out->base_outcome == FILTER_SET_NO_MATCH)
		ask_capabilities(out, a);
}

static struct asking asking_of(const struct rule_program *p,
			       struct rule_probe *probe, bool inbound)
{
	const struct probe_side *own = inbound ? &probe->receiver
					       : &probe->sender;
	const struct probe_side *other = inbound ? &probe->sender
						 : &probe->receiver;

	return (struct asking){
		.policy = { .own = inbound ? probe->zt_dest : probe->zt_source,
			    .rules = { .at = p->base.at, .n = p->base.n },
			    .side = own->side,
			    .random = drawn,
			    .random_ctx = probe },
		.probe = probe,
		.caps = &probe->sender,
		.remote = &other->side,
		.zt_dest = probe->zt_dest,
		.inbound = inbound,
	};
}

/* False if it goes no further than this step. */
static bool add_step(struct explanation *out, const struct rule_program *p,
		     const struct asking *a, enum explain_who who)
{
	struct explain_step *s = &out->steps[out->n_steps++];

	s->who = who;
	ask(s, p, a);
	out->verdict = s->result.verdict;
	return s->result.verdict != FILTER_DROP;
}

void tl_explain(struct explanation *out, const struct rule_program *p,
		struct rule_probe *probe)
{
	struct asking a = asking_of(p, probe, false);

	memset(out, 0, sizeof(*out));
	if (tl_mac_is_multicast(probe->frame.dest)) {
		a.zt_dest.v = 0;
		a.remote = NULL;
		if (!add_step(out, p, &a, EXPLAIN_SENDER_FOR_ALL))
			return;
		a = asking_of(p, probe, false);
		a.no_tee = true;
	}
	if (!add_step(out, p, &a, EXPLAIN_SENDER))
		return;
	/* Tags of VLANs do not travel (vl2.md 10.6). */
	probe->frame.vlan_id = 0;
	a = asking_of(p, probe, true);
	add_step(out, p, &a, EXPLAIN_RECEIVER);
}

/* "line 7: ", or which entry if it came from no text. */
static void name_place(char *out, size_t size, const struct program_rules *r,
		       size_t entry)
{
	if (r->lines[entry])
		snprintf(out, size, "line %u: ", (unsigned)r->lines[entry]);
	else
		snprintf(out, size, "entry %zu: ", entry);
}

static void add(char *out, const char *text)
{
	size_t n = strlen(out);

	snprintf(out + n, EXPLAIN_REASON_SIZE - n, "%s", text);
}

char *tl_explain_reason(char *out, const struct rule_program *p,
			const struct explain_step *s)
{
	char text[EXPLAIN_REASON_SIZE / 2];

	*out = 0;
	if (s->cap) {
		snprintf(text, sizeof(text), "capability %s%s%u, ",
			 s->cap->name, *s->cap->name ? ", id " : "",
			 (unsigned)s->cap->id);
		add(out, text);
	}
	if (s->entry < s->rules->n) {
		name_place(text, sizeof(text), s->rules, s->entry);
		add(out, text);
		add(out,
		    tl_rules_print(text, sizeof(text), p, s->rules, s->entry));
	}
	if (s->cap || s->base_outcome != FILTER_SET_NO_MATCH)
		return out;
	if (s->entry < s->rules->n)
		add(out, "; and no capability of the sender accepts it");
	else
		add(out, "no rule and no capability of the sender accepts it, "
			 "and what nobody accepts is dropped");
	return out;
}

/* The match that made it false for good; the action if there is none. */
static size_t blamed(const struct program_rules *rules, const uint8_t *log,
		     size_t first, size_t action)
{
	size_t blame = action;
	size_t i;

	for (i = first; i < action; i++)
		if ((log[i] & FILTER_LOG_NO) &&
		    (log[i] & FILTER_LOG_WAS_TRUE) &&
		    !(rules->at[i].t & RULE_OR))
			blame = i;
	return blame;
}

bool tl_explain_near(char *out, size_t *at, const struct rule_program *p,
		     const struct explain_step *s)
{
	const struct program_rules *rules = &p->base;
	char text[EXPLAIN_REASON_SIZE / 2];
	char match[RULE_TEXT_SIZE];

	while (*at < rules->n) {
		size_t first = *at;
		size_t action = tl_rules_action(rules, first);
		size_t why;

		*at = action + 1;
		if (action == rules->n || !s->base_log[action])
			return false;
		why = blamed(rules, s->base_log, first, action);
		if (tl_rule_type(&rules->at[action]) != RULE_ACCEPT ||
		    why == action)
			continue;
		*out = 0;
		name_place(text, sizeof(text), rules, action);
		add(out, text);
		add(out, tl_rules_print(text, sizeof(text), p, rules, action));
		add(out, " - but not: ");
		add(out, tl_rule_print(match, p, &rules->at[why]));
		return true;
	}
	return false;
}

const char *tl_explain_who(const struct explain_step *s)
{
	switch (s->who) {
	case EXPLAIN_SENDER_FOR_ALL:
		return "sender, for all recipients";
	case EXPLAIN_SENDER:
		return "sender";
	default:
		return "receiver";
	}
}

const char *tl_explain_verdict(const struct filter_result *r)
{
	static char text[40];
	char address[ADDRESS_TEXT_SIZE];

	if (r->verdict != FILTER_DROP)
		return "accepted";
	if (r->reason != DROP_NONE)
		return "dropped";
	snprintf(text, sizeof(text), "redirected to %s",
		 tl_address_print(address, r->redirect_to));
	return text;
}
