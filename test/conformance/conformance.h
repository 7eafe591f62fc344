/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance.h - what the scenarios share
 *
 * Every check prints one line, "name: what happened", which must be the same
 * over the kernel's loopback and under the preload object. Lines hold nothing
 * that differs between runs: no descriptors, no port numbers.
 */
#ifndef TL_TEST_CONFORMANCE_CONFORMANCE_H
#define TL_TEST_CONFORMANCE_CONFORMANCE_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The address that scenarios bind and connect to, one of each family. */
struct place {
	int family;
	struct sockaddr_storage addr;
	socklen_t len;
};

extern struct place place4;
extern struct place place6;

/* One line. */
void say(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The result of a call: "3", "-1 EINVAL". */
void say_result(const char *name, ssize_t r);

/* Likewise, but any descriptor reads "ok". */
void say_ok(const char *name, int r);

#define RESULT(name, call)                                                     \
	do {                                                                   \
		errno = 0;                                                     \
		say_result((name), (call));                                    \
	} while (0)

#define OK(name, call)                                                         \
	do {                                                                   \
		errno = 0;                                                     \
		say_ok((name), (call));                                        \
	} while (0)

/* poll(2) until something happens, at most two seconds. */
short wait_for(int fd, short events);
void say_events(const char *name, short events);

/* An address as text: "place:port", "any:0", "mapped place:port", ... */
void say_address(const char *name, const struct sockaddr_storage *ss,
		 socklen_t len);
void say_own(const char *name, int fd);
void say_peer(const char *name, int fd);

int get_int(int fd, int level, int option);
int set_int(int fd, int level, int option, int value);

/* Sockets, made or the program ends. */
int must(int r, const char *what);
int make_socket(const struct place *p, int type);
int make_bound(const struct place *p, int type);
int make_listener(const struct place *p, struct sockaddr_storage *at);
void own_address(int fd, struct sockaddr_storage *ss, socklen_t *len);

/* A connection: both ends. */
struct pair {
	int client;
	int server;
};
struct pair make_pair(const struct place *p);
void close_pair(struct pair *c);

void tcp_scenarios(void);
void stream_scenarios(void);
void udp_scenarios(void);
void option_scenarios(void);
void process_scenarios(void);
void multicast_scenarios(void);
void icmp_scenarios(void);
void error_scenarios(void);

#endif /* TL_TEST_CONFORMANCE_CONFORMANCE_H */
