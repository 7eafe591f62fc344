/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_reader.h - take a JSON file by tables, and say exactly what is wrong
 *
 * A reader knows where in the file it is, so that an error names file, line and
 * key. The first error counts: r->result is not 0 from then on, and nothing is
 * read any more that could replace it.
 */
#ifndef TL_SERVICE_CONF_READER_H
#define TL_SERVICE_CONF_READER_H

#include <jansson.h>

#include "service/json_line.h"
#include "service/service.h"
#include "wire/endpoint.h"

#define CONF_DEPTH_MAX 6

/**
 * struct conf_reader - A file that is being read
 * @file:	its name
 * @text:	what is in it
 * @error:	where the first error goes, SERVICE_ERROR_SIZE
 * @result:	0, -EINVAL or -ENOMEM
 * @path:	where we are
 */
struct conf_reader {
	const char *file;
	struct bytes text;
	char *error;
	int result;
	struct json_step path[CONF_DEPTH_MAX];
	size_t depth;
};

/* Reads a value to where @out points; NULL: it is only looked at. */
typedef void (*conf_fn)(struct conf_reader *r, json_t *v, void *out);

/* @offset: in what tl_conf_object() is given. A table ends with a NULL. */
struct conf_key {
	const char *key;
	conf_fn read;
	size_t offset;
};

void tl_conf_enter(struct conf_reader *r, const char *key);
void tl_conf_enter_index(struct conf_reader *r, size_t index);
void tl_conf_leave(struct conf_reader *r);

/* What comes from a file can be anything, but an error is one line. */
void tl_conf_one_line(char *text);

/* "FILE, line N: KEY " and then this, unless there was an error before. */
void tl_conf_fail(struct conf_reader *r, const char *format, ...)
	TL_PRINTF(2, 3);

/* The value here is not @wanted; @example is JSON. */
void tl_conf_refuse(struct conf_reader *r, const json_t *v, const char *wanted,
		    const char *example);

/* As tl_conf_fail(), but only logged. */
void tl_conf_warn(struct conf_reader *r, const char *format, ...)
	TL_PRINTF(2, 3);

/* All members of an object, by a table; unknown ones are warned of. */
void tl_conf_object(struct conf_reader *r, json_t *v,
		    const struct conf_key *keys, void *out);

/* An object, or array, of at most @max; else the error is set. */
TL_MUST_USE bool tl_conf_is_object(struct conf_reader *r, json_t *v,
				   size_t max);
TL_MUST_USE bool tl_conf_is_list(struct conf_reader *r, json_t *v, size_t max);

/* An array of at most @max endpoints, each read by @read. Return: how many. */
size_t tl_conf_list(struct conf_reader *r, json_t *v, conf_fn read,
		    struct endpoint *out, size_t max);

/* "IP/bits"; 0 or -EINVAL. */
TL_MUST_USE int tl_conf_net_text(struct endpoint *out, const char *text);

/* What a key may be: an int of 0..65535, a bool, a uint64_t (as a number, or
 * as text where JSON's numbers end), an IP with a port, an IP, a network. */
void tl_conf_port(struct conf_reader *r, json_t *v, void *out);
void tl_conf_bool(struct conf_reader *r, json_t *v, void *out);
void tl_conf_u64(struct conf_reader *r, json_t *v, void *out);
void tl_conf_endpoint(struct conf_reader *r, json_t *v, void *out);
void tl_conf_ip(struct conf_reader *r, json_t *v, void *out);
void tl_conf_net(struct conf_reader *r, json_t *v, void *out);

/* Of the reference, without effect here: the type is checked. */
void tl_conf_idle_text(struct conf_reader *r, json_t *v, void *out);
void tl_conf_idle_bool(struct conf_reader *r, json_t *v, void *out);
void tl_conf_idle_number(struct conf_reader *r, json_t *v, void *out);
void tl_conf_idle_object(struct conf_reader *r, json_t *v, void *out);

#endif /* TL_SERVICE_CONF_READER_H */
