/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fill.h - fill a socket's send buffer, so that it is not writable
 */
#ifndef TL_SDK_CLIENT_FILL_H
#define TL_SDK_CLIENT_FILL_H

/**
 * tl_fill() - Write zeroes to a stream until it takes no more
 * @fd:		an application's end, with RPC_SNDBUF
 *
 * Never waits, and raises no SIGPIPE.
 *
 * Return: bytes written; -ENETDOWN if the service has gone.
 */
int tl_fill(int fd);

#endif /* TL_SDK_CLIENT_FILL_H */
