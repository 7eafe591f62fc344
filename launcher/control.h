/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - what is done for calls about addresses and options
 *
 * Each function does one call in terms of sdk/client, on the launcher's own
 * duplicate of the program's descriptor, and never waits: it says TRAP_WAIT and
 * is called again. All but the first get a trap whose descriptor is ours.
 */
#ifndef TL_LAUNCHER_CONTROL_H
#define TL_LAUNCHER_CONTROL_H

#include "launcher/trap.h"

enum trap_end tl_do_socket(struct trap *t);
enum trap_end tl_do_bind(struct trap *t);
enum trap_end tl_do_connect(struct trap *t);
enum trap_end tl_do_listen(struct trap *t);
enum trap_end tl_do_accept(struct trap *t);
enum trap_end tl_do_getsockname(struct trap *t);
enum trap_end tl_do_getpeername(struct trap *t);
enum trap_end tl_do_setsockopt(struct trap *t);
enum trap_end tl_do_getsockopt(struct trap *t);
enum trap_end tl_do_shutdown(struct trap *t);

/* TRAP_WAIT for @events of a blocking socket, as long as its @timeout option
 * says; the answer @late if the time is over, @now if it does not block. */
enum trap_end tl_wait_for(struct trap *t, uint32_t events, int timeout,
			  int late, int now);

/* A socket address in the program's memory: its length, or a negative errno. */
TL_MUST_USE int tl_read_address(const struct trap *t,
				struct sockaddr_storage *out, uint64_t at,
				int len);

/* Hand out @sa of full length @len, cut to what the int at @len_at allows,
 * which becomes @len. 0, -EFAULT, -EINVAL. */
TL_MUST_USE int tl_write_address(const struct trap *t, uint64_t at,
				 uint64_t len_at,
				 const struct sockaddr_storage *sa,
				 socklen_t len);

#endif /* TL_LAUNCHER_CONTROL_H */
