/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - addresses of sockets, and where a connection is to go
 *
 * Plain values; nothing here asks anybody. IPv4-mapped IPv6 addresses are
 * turned into IPv4 ones at the door, by tl_place_unmap(), so that one host
 * has one spelling inside.
 */
#ifndef TL_PROXY_PLACE_H
#define TL_PROXY_PLACE_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/bytes.h"

#define PLACE_TEXT_SIZE 128 /* longest: "unix:" and a path */
#define TARGET_NAME_SIZE 256 /* a name of at most 255 bytes, and a zero */
#define TARGET_PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

/* Any address that is used here; ss.ss_family is 0 where there is none. */
union place {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage ss;
};

/**
 * struct target - Where a connection is to go
 * @ip:		the address and port, if the target was spelled as one
 * @name:	otherwise the host's name, 1..255 bytes
 * @port:	port in the host's byte order, with @ip and @name
 * @path:	of a Unix socket, if it is one: not empty then
 */
struct target {
	union place ip;
	char name[TARGET_NAME_SIZE];
	uint16_t port;
	char path[TARGET_PATH_SIZE];
};

/**
 * tl_place_parse() - Read a numeric IPv4 or IPv6 address, without brackets
 * @port:	in the host's byte order
 *
 * A scope such as %eth0 is taken for link-local addresses.
 *
 * Return: true, or false if @text is none.
 */
TL_MUST_USE bool tl_place_parse(union place *out, const char *text,
				uint16_t port);

/* From bytes as messages have them: 4 or 16 of them. */
union place tl_place_from_ip(struct bytes ip, uint16_t port);

/* "10.0.0.1:80", "[fd00::1]:80" or "unix:/path"; PLACE_TEXT_SIZE bytes. */
void tl_place_print(char *out, const union place *a);

/* What connect(2) and bind(2) want. */
socklen_t tl_place_len(const union place *a);

uint16_t tl_place_port(const union place *a);
void tl_place_set_port(union place *a, uint16_t port);

/* The address alone, without port: 4 or 16 bytes; none if it is no IP. */
struct bytes tl_place_ip(const union place *a);

/* The same host; ports do not count. */
bool tl_place_same_host(const union place *a, const union place *b);

bool tl_place_is_loopback_ip(const union place *a);
bool tl_place_is_any_ip(const union place *a);

/* ::ffff:1.2.3.4 becomes 1.2.3.4; all else stays. */
void tl_place_unmap(union place *a);

/**
 * tl_target_from_host() - An address or a name
 * @host:	without brackets
 *
 * Return: 0; -EINVAL if it is empty, too long, holds a zero byte, a blank or a
 * control character, or one of :[]/@ without being an address. @out is then
 * worthless.
 */
TL_MUST_USE int tl_target_from_host(struct target *out, struct bytes host,
				    uint16_t port);

/* "host:port" for messages; @size bytes at most. */
void tl_target_print(char *out, size_t size, const struct target *t);

#endif /* TL_PROXY_PLACE_H */
