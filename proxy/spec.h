/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec.h - what users write: addresses to listen on, and forwards
 *
 *	listen	[ADDR:]PORT | unix:PATH
 *	-L	[BIND:]PORT:HOST:HOSTPORT | unix:PATH:HOST:HOSTPORT
 *	-R	[BIND:]PORT:HOST:HOSTPORT | [BIND:]PORT:unix:PATH
 *
 * IPv6 addresses stand in brackets where a port follows. As with ssh, an empty
 * BIND or `*` is every address, and no BIND the default of its side.
 */
#ifndef TL_PROXY_SPEC_H
#define TL_PROXY_SPEC_H

#include "proxy/place.h"

/* Where a listener is that gives no address. */
enum spec_bind {
	SPEC_DEFAULT, /* none given */
	SPEC_ANY, /* every address */
	SPEC_ADDRESS, /* struct spec_end has it */
	SPEC_PATH, /* a Unix socket, on the host */
};

/**
 * struct spec_listen - Where to listen
 * @bind:	which of the others counts
 * @ip:		with SPEC_ADDRESS; its port is @port
 * @port:	0: any free one
 * @path:	with SPEC_PATH
 */
struct spec_listen {
	enum spec_bind bind;
	union place ip;
	uint16_t port;
	char path[TARGET_PATH_SIZE];
};

/**
 * struct spec_forward - One -L or -R
 * @reverse:	it was -R: listen on the virtual side, connect on the host's
 * @udp:	datagrams instead of connections
 */
struct spec_forward {
	bool reverse;
	bool udp;
	struct spec_listen listen;
	struct target to;
};

/* Both: 0; -EINVAL if it is not written as above, -ENAMETOOLONG for a path that
 * no Unix socket can have, -ERANGE for a port above 65535. */
TL_MUST_USE int tl_spec_parse_listen(struct spec_listen *out, const char *text);

/* @out->reverse and @out->udp are set by the caller before: a Unix socket is on
 * the host's side only, and not for datagrams (-EOPNOTSUPP). */
TL_MUST_USE int tl_spec_parse_forward(struct spec_forward *out,
				      const char *text);

#endif /* TL_PROXY_SPEC_H */
