/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why.h - how a peer is reached, and why not better, in words
 *
 * The strongest complaint of users is a peer that stays on a relay without a
 * reason. The reason is known here: what we have heard, sent, been told and
 * tried. It is put together when somebody asks; nothing is kept for it.
 */
#ifndef TL_VL1_WHY_H
#define TL_VL1_WHY_H

#include "vl1/node.h"

#define WHY_TEXT_SIZE 256

enum why_state {
	WHY_DIRECT, /* by UDP, without anybody between */
	WHY_TUNNEL, /* through a TCP relay */
	WHY_RELAYED, /* a root passes packets on */
	WHY_IDLE, /* nothing has been said to it lately */
	WHY_UNREACHABLE, /* there is no way */
};

/**
 * struct why - The answer
 * @text:	a sentence without its state, such as "10.0.0.7/9993 answers, 12
 *		ms"; never empty
 */
struct why {
	enum why_state state;
	char text[WHY_TEXT_SIZE];
};

void tl_node_why(const struct node *n, const struct peer *peer, int64_t now,
		 struct why *out);

/* "direct", "tcp-relay", "relayed", "idle" or "unreachable". */
const char *tl_why_state_name(enum why_state state);

/* "unknown", "none", "stable", "sequential" or "random". */
const char *tl_nat_name(enum nat_kind kind);

#endif /* TL_VL1_WHY_H */
