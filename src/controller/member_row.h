/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_row.h - rows of members as we write them, read in one pass
 *
 * A controller reads all its rows when it starts, and there may be hundreds of
 * thousands. Building a tree of each one first takes ten times as long.
 */
#ifndef TL_CONTROLLER_MEMBER_ROW_H
#define TL_CONTROLLER_MEMBER_ROW_H

#include "controller/member_object.h"

enum member_row {
	MEMBER_ROW_READ,
	MEMBER_ROW_OTHER, /* not as we write it: other JSON, or none */
};

/**
 * tl_member_row_read() - Fill in what tl_member_object_row() has written
 * @o:		with the defaults; half filled unless MEMBER_ROW_READ is
 *		returned: throw it away then
 *
 * What it reads means the same as to a reader of any JSON, who is to be asked
 * about the rest: other keys, spaces, escapes, letters that are not ASCII,
 * values of another kind or out of their range.
 *
 * Return: an enum member_row, or -ENOMEM.
 */
TL_MUST_USE int tl_member_row_read(struct member_object *o, struct bytes text);

#endif /* TL_CONTROLLER_MEMBER_ROW_H */
