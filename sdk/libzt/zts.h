/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zts.h - what the files of the libzt interface know of each other
 *
 * node.c: starting and stopping; init.c: what is said before; events.c: the
 * thread that calls back; net.c: networks and their addresses; query.c: asking
 * the node; core.c: one by one; address.c: their addresses and ours; bsd.c,
 * option.c, wait.c: sockets; text.c: the same with addresses as text; simple.c:
 * options one by one; name.c: names of hosts.
 *
 * Everything is said in terms of zt_...() and of what a node knows
 * (service/inspect.h). Nothing here keeps state but node.c and init.c.
 */
#ifndef TL_SDK_LIBZT_ZTS_H
#define TL_SDK_LIBZT_ZTS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <tapless/compat/ZeroTierSockets.h>
#include <tapless/tapless.h>

#include "base/compiler.h"
#include "service/inspect.h"

/* --- init.c --- */

/**
 * struct zts_settings - What zts_init_...() has said; owned by init.c
 * @is_fixed:	a node runs: nothing may be said
 * @storage, @key: NULL: not said
 * @port_first, @port_last: 0: any port
 */
struct zts_settings {
	bool is_fixed;
	char *storage;
	char *key;
	void *planet;
	size_t planet_len;
	unsigned int port_first;
	unsigned int port_last;
	bool no_networks;
	bool no_peers;
	bool no_identity;
	void (*handler)(void *message);
};

/* With the lock held, which guards them. */
struct zts_settings *tl_zts_settings(void);
void tl_zts_settings_lock(void);
void tl_zts_settings_unlock(void);
/* As if nothing had been said. */
void tl_zts_settings_clear(void);

/* Remove from the storage what is not to be taken from it. */
void tl_zts_settings_prune(const struct zts_settings *s);

/* --- events.c --- */

/* A thread that calls @handler until the node stops; 0, -EAGAIN, or
 * -ESHUTDOWN if it does so now. */
TL_MUST_USE int tl_zts_events_start(void (*handler)(void *message));
/* After the node has stopped. */
void tl_zts_events_stop(void);
/* Is this the thread that calls? */
bool tl_zts_events_is_here(void);

/* --- query.c --- */

/* ZTS_ERR_OK and a copy for tl_free(), ZTS_ERR_SERVICE, ZTS_ERR_NO_RESULT; also
 * ZTS_ERR_GENERAL when out of memory. */
TL_MUST_USE int tl_zts_network(struct network_view **out, uint64_t net_id);
TL_MUST_USE int tl_zts_peer(struct peer_view **out, uint64_t peer_id);
/* ZTS_ERR_OK or ZTS_ERR_SERVICE; to be wiped. */
TL_MUST_USE int tl_zts_identity(struct identity *out);
/* The UDP port, or ZTS_ERR_SERVICE. */
TL_MUST_USE int tl_zts_port(void);

/* An identity into a buffer of *@len bytes: ZTS_ERR_OK and the text's length,
 * or ZTS_ERR_ARG if there is no room. */
TL_MUST_USE int tl_zts_put_identity(char *out, unsigned int *len,
				    const struct identity *id,
				    bool with_private);

/* zts_network_status_t */
int tl_zts_status_of(const struct network_view *v);

/* --- address.c --- */

/* A system's address from one of libzt's: its length, or -EINVAL, -EFAULT,
 * -EAFNOSUPPORT. */
TL_MUST_USE int tl_zts_from(struct sockaddr_storage *out,
			    const struct zts_sockaddr *addr, zts_socklen_t len);

/* The other way: as much as there is room for. @len: room, then length. */
void tl_zts_to(struct zts_sockaddr *out, zts_socklen_t *len,
	       const struct sockaddr_storage *addr);

/* From an address and a port; nil becomes AF_UNSPEC. */
void tl_zts_from_endpoint(struct zts_sockaddr_storage *out,
			  const struct endpoint *e);

/* A system's address from text: its length, or -EINVAL. */
TL_MUST_USE int tl_zts_parse(struct sockaddr_storage *out, const char *text,
			     unsigned int port);

/* Text from a system's address; false if there is no room. @port: may be
 * NULL. */
bool tl_zts_print(char *out, int len, unsigned short *port,
		  const struct sockaddr_storage *addr);

/* --- results --- */

/* Of a call that has set errno: the same, or -1 with zts_errno; where no node
 * runs ZTS_ERR_SERVICE. */
int tl_zts_result(int r);
ssize_t tl_zts_result_size(ssize_t r);
/* -1 with this zts_errno. */
int tl_zts_fail(int err);
/* Of a call like zt_join(). */
int tl_zts_error(enum zt_err err);

/* Does a node run? */
bool tl_zts_is_up(void);

#endif /* TL_SDK_LIBZT_ZTS_H */
