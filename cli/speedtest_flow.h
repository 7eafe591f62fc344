/* SPDX-License-Identifier: Apache-2.0 */
/*
 * speedtest_flow.h - sending and receiving for a time, and counting
 *
 * All waits look at a second descriptor, too: on the server's side the
 * listener, whose callers are turned away meanwhile; with UDP the connection to
 * the other side, which ends the test.
 */
#ifndef TL_CLI_SPEEDTEST_FLOW_H
#define TL_CLI_SPEEDTEST_FLOW_H

#include "cli/speedtest.h"

/**
 * struct flow - One direction of a test
 * @fd:		the socket of the data
 * @other_fd:	-1: none
 * @on_other:	@other_fd is readable; true: the test is over
 * @on_second:	a second has passed in which @bytes moved; may be NULL
 * @start_us, @end_us: by tl_clock_us(); for a receiver @start_us is that of the
 *		first byte, 0 before
 * @last_us:	when something was moved last
 * @sum:	so far
 */
struct flow {
	int fd;
	int other_fd;
	bool (*on_other)(void *ctx);
	void (*on_second)(void *ctx, unsigned int second, uint64_t bytes);
	void *ctx;
	int64_t start_us;
	int64_t end_us;
	int64_t last_us;
	struct speedtest_sum sum;
	uint64_t told_bytes;
	unsigned int n_seconds;
};

/* For @seconds. 0 or a negative errno; -EINTR when somebody wants to stop. */
TL_MUST_USE int tl_flow_send_stream(struct flow *f, unsigned int seconds);

/* Until the other side has closed its own, @seconds at most: what has come by
 * then counts. -ETIMEDOUT if that is nothing; another negative errno. */
TL_MUST_USE int tl_flow_receive_stream(struct flow *f, unsigned int seconds);

/* Datagrams at r->mbit, for r->seconds; the socket is connected. */
TL_MUST_USE int tl_flow_send_datagrams(struct flow *f,
				       const struct speedtest_request *r);

/* Those with the token, until @on_other says that it is over and then nothing
 * more comes for a moment; @seconds at most, as above. */
TL_MUST_USE int tl_flow_receive_datagrams(struct flow *f, uint64_t token,
					  unsigned int seconds);

/* As much room for datagrams as there is. */
void tl_flow_make_room(int fd);

/* A line, without its end; @out: SPEEDTEST_LINE_MAX. 0; -ETIMEDOUT; -EPROTO;
 * -EINTR if somebody begins to want to stop; or another negative errno. */
TL_MUST_USE int tl_flow_read_line(char *out, int fd, int timeout_ms);

/* 0 or a negative errno. */
TL_MUST_USE int tl_flow_write_line(int fd, const char *line);

#endif /* TL_CLI_SPEEDTEST_FLOW_H */
