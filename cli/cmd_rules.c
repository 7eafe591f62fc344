/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_rules.c - the rule language: compile it, explain and test rules
 *
 * Asks no service: it works on files. What is wrong in one is said with its
 * name, line and column.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "os/file.h"
#include "rules/expect.h"
#include "rules/program_json.h"

#define SEE_HELP "see tapless rules --help"
#define NEAR_MAX 8 /* rules that nearly accepted, which are shown */

/* All of standard input; false if it is too much, or there is no memory. */
static bool read_input(struct buffer *out)
{
	char *at = tl_alloc(RULES_TEXT_MAX + 2);
	size_t n;

	if (!at)
		return false;
	n = fread(at, 1, RULES_TEXT_MAX + 1, stdin);
	*out = tl_buffer(at, n);
	if (!ferror(stdin) && n <= RULES_TEXT_MAX)
		return true;
	tl_free(at);
	return false;
}

static int read_file(struct buffer *out, const char *path)
{
	int err;

	if (strcmp(path, "-") == 0)
		return read_input(out) ? EXIT_OK
				       : tl_cli_fail(EXIT_FAILED,
						     "cannot read standard "
						     "input, or it has more "
						     "than %d bytes",
						     RULES_TEXT_MAX);
	err = tl_file_read(out, path, RULES_TEXT_MAX);
	if (err == -EISDIR)
		return tl_cli_fail(EXIT_FAILED,
				   "%s is no regular file; - reads standard "
				   "input",
				   path);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "cannot read %s: %s", path,
				   strerror(-err));
	return EXIT_OK;
}

static int say(int status, const char *path, const char *kind,
	       const struct rule_error *e)
{
	if (e->line)
		return tl_cli_fail(status, "%s:%u:%u: %s%s", path,
				   (unsigned)e->line, (unsigned)e->column, kind,
				   e->text);
	return tl_cli_fail(status, "%s: %s%s", path, kind, e->text);
}

static int compile(struct rule_program **out, const char *path,
		   struct bytes text)
{
	struct rule_error wrong;
	size_t i;
	int err = tl_program_read(out, &wrong, text);

	if (err == -EINVAL)
		return say(EXIT_FAILED, path, "", &wrong);
	if (err)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	for (i = 0; i < (*out)->n_warnings; i++)
		say(EXIT_OK, path, "warning: ", &(*out)->warnings[i]);
	return EXIT_OK;
}

/* The text is borrowed by nothing once it is compiled. */
static int read_program(struct rule_program **out, const char *path)
{
	struct buffer text = { 0 };
	int err = read_file(&text, path);

	if (err)
		return err;
	err = compile(out, path, tl_buffer_bytes(text));
	tl_free(text.at);
	return err;
}

/* compile */

static int print_blob(const char *name, const struct program_rules *rules)
{
	size_t max = rules->n * RULE_WIRE_MAX + 1;
	uint8_t *raw = tl_alloc(max);
	char *text = tl_alloc(2 * max + 1);
	struct writer w = tl_writer(tl_buffer(raw, max));
	int err = -ENOMEM;

	if (raw && text)
		err = tl_rules_build(&w, rules->at, rules->n);
	if (!err)
		printf("%s %s\n", name,
		       tl_hex_encode(text, tl_writer_bytes(&w)));
	tl_free(raw);
	tl_free(text);
	return err ? tl_cli_fail(EXIT_FAILED, "out of memory") : EXIT_OK;
}

static int print_blobs(const struct rule_program *p)
{
	int err = print_blob("rules", &p->base);
	size_t i;

	for (i = 0; !err && i < p->n_caps; i++) {
		char name[32];

		snprintf(name, sizeof(name), "capability %u",
			 (unsigned)p->caps[i].id);
		err = print_blob(name, &p->caps[i].rules);
	}
	return err;
}

/* What was compiled, for those who want to change it later: the text, or what
 * JSON names as its text. NULL if that cannot be said in JSON. */
static json_t *source_json(struct bytes text)
{
	json_t *json = json_loadb((const char *)text.at, text.n, 0, NULL);
	json_t *source = json_incref(json_object_get(json, "rulesSource"));

	json_decref(json);
	if (json)
		return source;
	if (text.n && memchr(text.at, 0, text.n))
		return NULL;
	return json_stringn((const char *)text.at, text.n);
}

static int print_program(const struct rule_program *p, struct bytes text)
{
	json_t *source = source_json(text);
	json_t *json = tl_program_to_json(p);

	if (!json || (source && json_object_set(json, "rulesSource", source))) {
		json_decref(source);
		json_decref(json);
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	}
	tl_cli_print_json(json);
	json_decref(source);
	json_decref(json);
	return EXIT_OK;
}

static int rules_compile(char **argv)
{
	struct buffer text = { 0 };
	struct rule_program *p;
	bool is_blob = false;
	int err;

	if (argv[1] && strcmp(argv[1], "--blob") == 0) {
		is_blob = true;
		argv++;
	}
	if (!argv[1] || argv[2])
		return tl_cli_fail(EXIT_USAGE,
				   "rules compile takes one file; " SEE_HELP);
	err = read_file(&text, argv[1]);
	if (err)
		return err;
	err = compile(&p, argv[1], tl_buffer_bytes(text));
	if (!err) {
		err = is_blob ? print_blobs(p)
			      : print_program(p, tl_buffer_bytes(text));
		tl_program_free(p);
	}
	tl_free(text.at);
	return err;
}

/* explain */

static json_t *copies_json(const struct filter_result *r)
{
	json_t *array = json_array();
	char to[ADDRESS_TEXT_SIZE];
	size_t i;

	for (i = 0; i < r->n_copies; i++)
		json_array_append_new(
			array, json_pack("{s:s,s:i,s:I}", "to",
					 tl_address_print(to, r->copies[i].to),
					 "flags", r->copies[i].flags, "length",
					 (json_int_t)r->copies[i].len));
	return array;
}

static json_t *step_json(const struct rule_program *p,
			 const struct explain_step *s)
{
	char reason[EXPLAIN_REASON_SIZE];
	bool has_rule = s->entry < s->rules->n;
	json_t *json = json_pack("{s:s,s:s,s:s,s:o}", "who", tl_explain_who(s),
				 "verdict", tl_explain_verdict(&s->result),
				 "reason", tl_explain_reason(reason, p, s),
				 "copies", copies_json(&s->result));

	if (has_rule && s->rules->lines[s->entry])
		json_object_set_new(
			json, "line",
			json_integer((json_int_t)s->rules->lines[s->entry]));
	if (has_rule)
		json_object_set_new(json, "entry",
				    json_integer((json_int_t)s->entry));
	if (s->cap)
		json_object_set_new(json, "capability",
				    json_integer((json_int_t)s->cap->id));
	return json;
}

static int print_explanation_json(const struct rule_program *p,
				  const struct explanation *x)
{
	json_t *steps = json_array();
	json_t *json;
	size_t i;

	for (i = 0; i < x->n_steps; i++)
		json_array_append_new(steps, step_json(p, &x->steps[i]));
	json = json_pack("{s:b,s:o}", "accepted", x->verdict != FILTER_DROP,
			 "steps", steps);
	if (!json)
		return tl_cli_fail(EXIT_FAILED, "out of memory");
	tl_cli_print_json(json);
	json_decref(json);
	return EXIT_OK;
}

static void print_copies(const struct filter_result *r)
{
	char to[ADDRESS_TEXT_SIZE];
	size_t i;

	for (i = 0; i < r->n_copies; i++) {
		uint8_t flags = r->copies[i].flags;

		if (flags == FILTER_COPY_REDIRECT_OUT ||
		    flags == FILTER_COPY_REDIRECT_IN)
			continue;
		printf("  copied to %s, %zu bytes\n",
		       tl_address_print(to, r->copies[i].to), r->copies[i].len);
	}
}

static void print_step(const struct rule_program *p,
		       const struct explain_step *s)
{
	char text[EXPLAIN_REASON_SIZE];
	size_t at = 0;
	int i;

	printf("%s: %s\n  %s\n", tl_explain_who(s),
	       tl_explain_verdict(&s->result), tl_explain_reason(text, p, s));
	print_copies(&s->result);
	if (s->result.verdict != FILTER_DROP || s->entry < s->rules->n)
		return;
	for (i = 0; i < NEAR_MAX && tl_explain_near(text, &at, p, s); i++)
		printf("  %s\n", text);
}

static struct rule_word *words_of(char **argv, size_t n)
{
	struct rule_word *words = tl_alloc_array(n + 1, sizeof(*words));
	size_t i;

	for (i = 0; words && i < n; i++)
		words[i].text = tl_bytes_from_str(argv[i]);
	return words;
}

static int explain(const struct cli *cli, const struct rule_program *p,
		   char **argv, size_t n)
{
	struct rule_probe *probe = tl_alloc_zeroed(sizeof(*probe));
	struct explanation *x = tl_alloc_zeroed(sizeof(*x));
	struct rule_word *words = words_of(argv, n);
	struct rule_error wrong;
	int err = EXIT_OK;
	size_t i;

	if (!probe || !x || !words)
		err = tl_cli_fail(EXIT_FAILED, "out of memory");
	else if (tl_probe_read(probe, p, words, n, &wrong))
		err = tl_cli_fail(EXIT_USAGE, "%s", wrong.text);
	else
		tl_explain(x, p, probe);
	if (!err && cli->json)
		err = print_explanation_json(p, x);
	for (i = 0; !err && !cli->json && i < x->n_steps; i++)
		print_step(p, &x->steps[i]);
	tl_free(probe);
	tl_free(x);
	tl_free(words);
	return err;
}

static int rules_explain(const struct cli *cli, int argc, char **argv)
{
	struct rule_program *p;
	int err;

	if (argc < 2)
		return tl_cli_fail(
			EXIT_USAGE,
			"rules explain takes a file and a packet, "
			"such as --ip-proto tcp --dport 22; " SEE_HELP);
	err = read_program(&p, argv[1]);
	if (err)
		return err;
	err = explain(cli, p, argv + 2, (size_t)argc - 2);
	tl_program_free(p);
	return err;
}

/* test */

static int run_expectations(struct expectations *e,
			    const struct rule_program *p, const char *path)
{
	enum expect_outcome outcome;
	struct rule_error why;
	unsigned int met = 0;
	unsigned int failed = 0;
	int err;

	for (;;) {
		why = (struct rule_error){ 0 };
		err = tl_expect_next(e, &outcome, p, &why);
		if (err == -EINVAL)
			return say(EXIT_FAILED, path, "", &why);
		if (err)
			return tl_cli_fail(EXIT_FAILED, "out of memory");
		if (outcome == EXPECT_END)
			break;
		met += outcome == EXPECT_MET;
		failed += outcome == EXPECT_FAILED;
		if (outcome == EXPECT_FAILED)
			printf("%s:%u: %s\n", path, (unsigned)why.line,
			       why.text);
	}
	printf("%u met, %u failed\n", met, failed);
	return failed ? EXIT_FAILED : EXIT_OK;
}

static int rules_test(int argc, char **argv)
{
	struct expectations e;
	struct rule_program *p;
	struct buffer text = { 0 };
	int err;

	if (argc != 3)
		return tl_cli_fail(EXIT_USAGE,
				   "rules test takes a file of rules and one "
				   "of expectations; " SEE_HELP);
	err = read_program(&p, argv[1]);
	if (err)
		return err;
	err = read_file(&text, argv[2]);
	if (!err && tl_expect_init(&e, tl_buffer_bytes(text))) {
		err = tl_cli_fail(EXIT_FAILED, "out of memory");
		tl_free(text.at);
	} else if (!err) {
		err = run_expectations(&e, p, argv[2]);
		tl_expect_fini(&e);
		tl_free(text.at);
	}
	tl_program_free(p);
	return err;
}

int tl_cmd_rules(const struct cli *cli, int argc, char **argv)
{
	if (argc < 2)
		return tl_cli_fail(EXIT_USAGE, "rules takes a verb; " SEE_HELP);
	if (strcmp(argv[1], "compile") == 0)
		return rules_compile(argv + 1);
	if (strcmp(argv[1], "explain") == 0)
		return rules_explain(cli, argc - 1, argv + 1);
	if (strcmp(argv[1], "test") == 0)
		return rules_test(argc - 1, argv + 1);
	return tl_cli_fail(EXIT_USAGE, "rules does not know \"%s\"; " SEE_HELP,
			   argv[1]);
}
