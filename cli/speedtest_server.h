/* SPDX-License-Identifier: Apache-2.0 */
/* speedtest_server.h - the side that waits for a test */
#ifndef TL_CLI_SPEEDTEST_SERVER_H
#define TL_CLI_SPEEDTEST_SERVER_H

#include <stdint.h>

/* Until it is interrupted, one test at a time; others are told that it is busy.
 * The process is a client of a service already. Returns an exit status. */
int tl_speedtest_serve(uint16_t port);

#endif /* TL_CLI_SPEEDTEST_SERVER_H */
