/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - what nodes report to the observer of a network (vl2.md 13)
 *
 * REMOTE_TRACE carries dictionaries, each with a zero byte behind it. What is
 * in them is for people: it is shown, never acted on. Anybody can send them, so
 * nothing of it gets to a terminal as it came.
 */
#ifndef TL_WIRE_TRACE_H
#define TL_WIRE_TRACE_H

#include "base/reader.h"

#define TRACE_DICT_MAX 10000
#define TRACE_TEXT_MAX 1600 /* room for tl_trace_print(), with the zero */

enum trace_event {
	TRACE_PATH_LEARNED = 0x1002,
	TRACE_FRAME_NOT_SENT = 0x2000,
	TRACE_ACCESS_DENIED = 0x2001,
	TRACE_FRAME_NOT_TAKEN = 0x2002,
	TRACE_CREDENTIAL_REJECTED = 0x2003,
	TRACE_FILTER = 0x2006,
};

/**
 * tl_read_trace() - The next dictionary, without its zero byte
 *
 * Return: false at the end; @r has failed if something was left that is no
 * dictionary: none that ends, an empty one, one that is too long.
 */
bool tl_read_trace(struct reader *r, struct bytes *dict);

/* The event that a dictionary names, 0 if none. */
unsigned int tl_trace_event(struct bytes dict);

/* A phrase for people; "unknown event" for those that we do not know. */
const char *tl_trace_event_text(unsigned int event);

/**
 * tl_trace_print() - Its entries but for the event, in one line
 * @out:	what does not fit is left out
 *
 * Networks, addresses and MACs with all their digits, other numbers without
 * leading zeroes, text as it is if all of it is printable, all else in
 * hexadecimal without zero bytes at its end, at most 32 bytes of it.
 *
 * Return: @out.
 */
char *tl_trace_print(char out[TRACE_TEXT_MAX], struct bytes dict);

#endif /* TL_WIRE_TRACE_H */
