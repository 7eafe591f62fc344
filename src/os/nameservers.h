/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nameservers.h - whom this host asks for names: resolv.conf(5)
 *
 * The file is read when it is wanted, and again when it has changed; it is
 * looked at once a second at most. Owned by the caller; nothing is allocated
 * in between.
 */
#ifndef TL_OS_NAMESERVERS_H
#define TL_OS_NAMESERVERS_H

#include <sys/types.h>
#include <time.h>

#include "base/bytes.h"

#define NAMESERVERS_MAX 8

/* @ip: network byte order; IPv4 in the first four bytes. */
struct nameserver {
	uint8_t family;
	uint8_t ip[16];
};

/**
 * struct nameservers - Those of a file
 * @path:	borrowed; NULL: there are none
 * @looked_us:	when it was looked at
 * @changed, @size: of the file that was read
 * @list:	@n of them, in the file's order; link-local ones are left out,
 *		since they say nothing without their interface
 */
struct nameservers {
	const char *path;
	int64_t looked_us;
	struct timespec changed;
	off_t size;
	size_t n;
	struct nameserver list[NAMESERVERS_MAX];
};

/* Nothing is read yet. */
void tl_nameservers_init(struct nameservers *s, const char *path);

/* Have the list as the file has it now. A file that cannot be read is one
 * without servers. */
void tl_nameservers_look(struct nameservers *s, int64_t now_us);

/* Replace the list by what @text says; lines that are no servers' are passed
 * over. */
void tl_nameservers_parse(struct nameservers *s, struct bytes text);

TL_MUST_USE bool tl_nameservers_has(const struct nameservers *s, uint8_t family,
				    const uint8_t ip[16]);

#endif /* TL_OS_NAMESERVERS_H */
