/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiet.h - what becomes of a listener whose service has died
 *
 * Its stream has ended, so poll would say "readable" for ever, and a program
 * that never minds errors of accept would turn in a circle. Once it has been
 * told, its descriptor is silent: accept waits or gives EAGAIN, poll reports
 * nothing, epoll has forgotten it. It is never revived; the program may close
 * it and make another when the service is back.
 */
#ifndef TL_SDK_CLIENT_QUIET_H
#define TL_SDK_CLIENT_QUIET_H

/**
 * tl_quiet_listener() - Put a silent socket in the place of a dead listener
 * @fd:		listener whose stream was seen to end
 *
 * Keeps the number, O_NONBLOCK, FD_CLOEXEC, SO_RCVTIMEO, the tag and the local
 * address. Does nothing if the program has shut the listener down or @fd is
 * something else by now. Other descriptors of it (dup, fork) are as they were.
 * Without a free descriptor only epoll forgets it.
 */
void tl_quiet_listener(int fd);

#endif /* TL_SDK_CLIENT_QUIET_H */
