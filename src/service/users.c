/* SPDX-License-Identifier: Apache-2.0 */
#include "service/users.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "os/account.h"

/* What may stand between commas and in JSON without being escaped, and is no
 * second line in a log. */
static bool is_plain(struct bytes name)
{
	size_t i;

	if (name.n == 0 || name.n >= USER_NAME_SIZE)
		return false;
	for (i = 0; i < name.n; i++) {
		if (name.at[i] <= ' ' || name.at[i] == ',' ||
		    name.at[i] >= 0x7f)
			return false;
	}
	return true;
}

int tl_users_add(struct users *u, struct bytes name)
{
	struct user_entry *e = &u->list[u->n];
	int err;

	if (!is_plain(name))
		return -EINVAL;
	if (u->n == USERS_MAX)
		return -ENOBUFS;
	memcpy(e->name, name.at, name.n);
	e->name[name.n] = 0;
	e->uid = USER_NONE;
	u->n++;
	err = tl_account_uid(&e->uid, e->name);
	return err;
}

/* Nobody, so that a list of what could not be read is not for everybody. */
static void add_nobody(struct users *u)
{
	if (u->n < USERS_MAX)
		u->list[u->n++] =
			(struct user_entry){ .name = "?", .uid = USER_NONE };
}

size_t tl_users_parse(struct users *u, struct bytes text)
{
	size_t n_nobody = 0;
	size_t n;
	int err;

	u->n = 0;
	while (text.n) {
		for (n = 0; n < text.n && text.at[n] != ','; n++)
			;
		err = tl_users_add(u, tl_bytes_first(text, n));
		if (err == -EINVAL)
			add_nobody(u);
		if (err)
			n_nobody++;
		text = tl_bytes_skip(text, TL_MIN(n + 1, text.n));
	}
	return n_nobody;
}

const char *tl_users_print(char out[USERS_TEXT_SIZE], const struct users *u)
{
	size_t at = 0;
	size_t len;
	size_t i;

	for (i = 0; i < u->n; i++) {
		len = strlen(u->list[i].name);
		if (i)
			out[at++] = ',';
		memcpy(out + at, u->list[i].name, len);
		at += len;
	}
	out[at] = 0;
	return out;
}

bool tl_users_have(const struct users *u, uint32_t uid)
{
	size_t i;

	if (u->n == 0)
		return true;
	for (i = 0; i < u->n; i++) {
		if (u->list[i].uid == uid && uid != USER_NONE)
			return true;
	}
	return false;
}
