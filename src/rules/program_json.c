/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/program_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "controller/json.h"
#include "controller/rules_json.h"
#include "rules/words.h"

/* json_pack() takes NULL for an "o" as failure and then releases the rest. */

static json_t *default_json(const struct program_tag *t)
{
	if (!t->has_default)
		return json_null();
	return json_integer((json_int_t)t->default_value);
}

static json_t *values_json(const struct program_tag *t, bool is_flag)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; object && i < t->n_values; i++)
		if (t->values[i].is_flag == is_flag &&
		    json_object_set_new_nocheck(
			    object, t->values[i].name,
			    json_integer((json_int_t)t->values[i].value))) {
			json_decref(object);
			return NULL;
		}
	return object;
}

static json_t *tag_json(const struct program_tag *t)
{
	return json_pack("{s:I,s:o}", "id", (json_int_t)t->id, "default",
			 default_json(t));
}

static json_t *named_tag_json(const struct program_tag *t)
{
	return json_pack("{s:I,s:o,s:o,s:o}", "id", (json_int_t)t->id,
			 "default", default_json(t), "enums",
			 values_json(t, false), "flags", values_json(t, true));
}

static json_t *cap_json(const struct program_cap *c)
{
	return json_pack("{s:I,s:b,s:o}", "id", (json_int_t)c->id, "default",
			 c->is_default, "rules",
			 tl_rules_to_json(c->rules.at, c->rules.n));
}

/* Arrays and objects of all tags and capabilities. 0 or -1. */
static int fill(const struct rule_program *p, json_t *tags, json_t *caps,
		json_t *tag_names, json_t *cap_names)
{
	int err = 0;
	size_t i;

	for (i = 0; i < p->n_tags; i++) {
		err |= json_array_append_new(tags, tag_json(&p->tags[i]));
		if (*p->tags[i].name)
			err |= json_object_set_new_nocheck(
				tag_names, p->tags[i].name,
				named_tag_json(&p->tags[i]));
	}
	for (i = 0; i < p->n_caps; i++) {
		err |= json_array_append_new(caps, cap_json(&p->caps[i]));
		if (*p->caps[i].name)
			err |= json_object_set_new_nocheck(
				cap_names, p->caps[i].name,
				json_integer((json_int_t)p->caps[i].id));
	}
	return err;
}

json_t *tl_program_to_json(const struct rule_program *p)
{
	json_t *tags = json_array();
	json_t *caps = json_array();
	json_t *tag_names = json_object();
	json_t *cap_names = json_object();
	json_t *all;
	int err = fill(p, tags, caps, tag_names, cap_names);

	all = json_pack("{s:o,s:o,s:o,s:o,s:o}", "rules",
			tl_rules_to_json(p->base.at, p->base.n), "tags", tags,
			"capabilities", caps, "tagsByName", tag_names,
			"capabilitiesByName", cap_names);
	if (all && err) {
		json_decref(all);
		return NULL;
	}
	return all;
}

/* And back. */

static int refuse(struct rule_error *err, const char *what, size_t index,
		  const char *why)
{
	*err = (struct rule_error){ 0 };
	snprintf(err->text, sizeof(err->text), "%s[%zu]: %s", what, index, why);
	return -EINVAL;
}

static bool get_id(uint32_t *out, const json_t *object, const char *key)
{
	int64_t v = tl_json_int(json_object_get(object, key), -1);

	if (v < 0 || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static int read_rules(struct program_rules *out, const json_t *array,
		      const char *what, struct rule_error *err)
{
	struct rules_json_error wrong;
	char why[RULE_ERROR_SIZE / 2];
	int ret;

	ret = tl_rules_from_json(out->at, out->max, &out->n, array, &wrong);
	if (ret == -E2BIG) {
		snprintf(why, sizeof(why), "more than %zu entries", out->max);
		return refuse(err, what, json_array_size(array), why);
	}
	if (!ret)
		return 0;
	out->n = 0;
	snprintf(why, sizeof(why), "\"%s\" of \"%s\" is wrong", wrong.field,
		 wrong.type);
	return refuse(err, what, wrong.index, why);
}

/* @by_name: an object whose member with this id tells the name. */
static void find_name(char *out, json_t *by_name, uint32_t id)
{
	const char *name;
	json_t *value;

	json_object_foreach(by_name, name, value)
	{
		if (json_is_object(value))
			value = json_object_get(value, "id");
		if (json_is_integer(value) && json_integer_value(value) == id &&
		    strlen(name) < PROGRAM_NAME_SIZE) {
			memcpy(out, name, strlen(name) + 1);
			return;
		}
	}
}

static int read_tag(struct rule_program *p, const json_t *json, size_t i,
		    struct rule_error *err)
{
	struct program_tag *tag = &p->tags[i];
	const json_t *object = json_array_get(json_object_get(json, "tags"), i);

	if (!get_id(&tag->id, object, "id"))
		return refuse(err, "tags", i, "no id");
	tag->has_default = get_id(&tag->default_value, object, "default");
	find_name(tag->name, json_object_get(json, "tagsByName"), tag->id);
	tag->values = p->values;
	p->n_tags++;
	return 0;
}

static int read_cap(struct rule_program *p, const json_t *json, size_t i,
		    struct rule_error *err)
{
	struct program_cap *cap = &p->caps[i];
	const json_t *object =
		json_array_get(json_object_get(json, "capabilities"), i);

	p->n_caps++;
	if (!get_id(&cap->id, object, "id"))
		return refuse(err, "capabilities", i, "no id");
	cap->is_default =
		tl_json_bool(json_object_get(object, "default"), false);
	find_name(cap->name, json_object_get(json, "capabilitiesByName"),
		  cap->id);
	if (tl_program_reserve(&cap->rules, RULES_MAX_CAPABILITY))
		return -ENOMEM;
	return read_rules(&cap->rules, json_object_get(object, "rules"),
			  "rules of a capability", err);
}

static int read_all(struct rule_program *p, const json_t *json, size_t n_tags,
		    size_t n_caps, struct rule_error *err)
{
	const json_t *rules =
		json_is_array(json) ? json : json_object_get(json, "rules");
	int ret = read_rules(&p->base, rules, "rules", err);
	size_t i;

	for (i = 0; !ret && i < n_tags; i++)
		ret = read_tag(p, json, i, err);
	for (i = 0; !ret && i < n_caps; i++)
		ret = read_cap(p, json, i, err);
	return ret;
}

int tl_program_from_json(struct rule_program **out, struct rule_error *err,
			 const json_t *json)
{
	size_t n_tags = json_array_size(json_object_get(json, "tags"));
	size_t n_caps = json_array_size(json_object_get(json, "capabilities"));
	struct rule_program *p;
	int ret;

	if (n_tags > PROGRAM_TAGS_MAX || n_caps > PROGRAM_CAPS_MAX)
		return refuse(err,
			      n_tags > PROGRAM_TAGS_MAX ? "tags"
							: "capabilities",
			      TL_MAX(n_tags, n_caps), "too many");
	ret = tl_program_new(&p, n_tags, 0, n_caps);
	if (ret)
		return ret;
	ret = read_all(p, json, n_tags, n_caps, err);
	if (ret)
		tl_program_free(p);
	else
		*out = p;
	return ret;
}

static bool looks_like_json(struct bytes text)
{
	size_t i;

	for (i = 0; i < text.n; i++)
		if (!strchr(" \t\r\n", text.at[i]))
			return text.at[i] == '{' || text.at[i] == '[';
	return false;
}

int tl_program_read(struct rule_program **out, struct rule_error *err,
		    struct bytes text)
{
	json_t *json;
	int ret;

	text = tl_words_without_mark(text);
	if (!looks_like_json(text))
		return tl_program_compile(out, err, text);
	json = tl_json_parse(text);
	if (!json) {
		*err = (struct rule_error){ 0 };
		snprintf(err->text, sizeof(err->text),
			 "it begins as JSON does, but is none");
		return -EINVAL;
	}
	ret = tl_program_from_json(out, err, json);
	json_decref(json);
	return ret;
}
