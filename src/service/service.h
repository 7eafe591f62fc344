/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - a node with all that belongs to it, in one event loop
 *
 * Joins the engine, the user-space stack, applications' sockets, the controller
 * and the HTTP interface, and does their I/O. One thread runs it. As a daemon
 * that is the process; inside an application it is a thread of its own.
 */
#ifndef TL_SERVICE_SERVICE_H
#define TL_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct service;

#define SERVICE_ERROR_SIZE 512

/**
 * struct service_options - How it is started; strings are copied
 * @home:	folder of identity, networks and settings; made if missing
 * @port:	primary UDP and TCP port; 0: any; negative: the home's, or 9993
 * @no_controller: answer no requests for configurations
 * @no_http:	no HTTP interface
 */
struct service_options {
	const char *home;
	int port;
	bool no_controller;
	bool no_http;
};

/**
 * tl_service_new() - Start: take the home, bind sockets
 * @error:	on failure one line: what, why, what to do
 *
 * Return: 0, or a negative errno.
 */
TL_MUST_USE int tl_service_new(struct service **sp,
			       const struct service_options *options,
			       char error[SERVICE_ERROR_SIZE]);

/* Run until tl_service_stop(). */
void tl_service_run(struct service *s);

/* From any thread, or from a signal handler of libuv. */
void tl_service_stop(struct service *s);

/* After tl_service_run() has returned. Accepts NULL. */
void tl_service_free(struct service *s);

/* The abstract name that applications connect to, without the NUL. */
const char *tl_service_endpoint(const struct service *s);

/* The HTTP interface's and primary UDP port. */
uint16_t tl_service_port(const struct service *s);

/* For in-process use, on the thread that runs the service. 0 or a negative
 * errno. */
TL_MUST_USE int tl_service_join(struct service *s, uint64_t network);
TL_MUST_USE int tl_service_leave(struct service *s, uint64_t network);

#endif /* TL_SERVICE_SERVICE_H */
