/* SPDX-License-Identifier: Apache-2.0 */
/*
 * speedtest.h - throughput between two nodes: what both sides share
 *
 * The client connects over TCP and sends a line that says what it wants; the
 * server answers with OK and a port, or NO and a reason. A TCP test takes that
 * connection: who sends does so for the time that was asked for and then closes
 * its side. A UDP test goes to the port of the answer, and the end of its time
 * is the client's closing its side of the TCP connection. At the end the side
 * that has received says how much, in a line, unless it is the client itself.
 *
 *	tapless-speedtest 1 tcp|udp up|down SECONDS MBIT TOKEN
 *	OK PORT
 *	SUM BYTES MICROSECONDS DATAGRAMS
 *
 * Each datagram begins with the token, so that nobody has a stream of them sent
 * to somebody else.
 */
#ifndef TL_CLI_SPEEDTEST_H
#define TL_CLI_SPEEDTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define SPEEDTEST_PORT 5999
#define SPEEDTEST_LINE_MAX 128
#define SPEEDTEST_SECONDS_MAX 3600
#define SPEEDTEST_MBIT_MAX 100000
#define SPEEDTEST_DATAGRAM 1400
#define SPEEDTEST_HEAD 16 /* token and number, in each datagram */

/**
 * struct speedtest_request - What the client wants
 * @is_reverse:	the server sends
 * @mbit:	how fast datagrams are sent, Mbit/s; 0 for TCP
 */
struct speedtest_request {
	bool is_udp;
	bool is_reverse;
	unsigned int seconds;
	unsigned int mbit;
	uint64_t token;
};

/* What a receiver has got. */
struct speedtest_sum {
	uint64_t bytes;
	uint64_t us;
	uint64_t datagrams;
};

/* Lines, zero-terminated and with their end; @out: SPEEDTEST_LINE_MAX. */
void tl_speedtest_print_request(char *out, const struct speedtest_request *r);
void tl_speedtest_print_sum(char *out, const struct speedtest_sum *s);

/* Lines without their end, zero-terminated. False if it is not one of these. */
TL_MUST_USE bool tl_speedtest_parse_request(struct speedtest_request *out,
					    const char *line);
TL_MUST_USE bool tl_speedtest_parse_sum(struct speedtest_sum *out,
					const char *line);
/* "OK PORT" */
TL_MUST_USE bool tl_speedtest_parse_ok(uint16_t *port, const char *line);

#endif /* TL_CLI_SPEEDTEST_H */
