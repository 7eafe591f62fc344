/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap.h - descriptors that carry Ethernet frames to and from the kernel
 *
 * Either a TAP device, or a packet socket on one end of a veth pair where TAP
 * devices cannot be had. Both take and give whole frames behind a struct vnet,
 * with all offloads that the kernel has. The namespace that the descriptor was
 * made in is the device's; whoever holds it may use it from elsewhere.
 */
#ifndef TL_OS_TAP_H
#define TL_OS_TAP_H

#include <sys/types.h>

#include "base/bytes.h"

#define TAP_NAME_SIZE 16
#define TAP_PARTS_MAX 64
#define TAP_FRAME_MAX 65600 /* with its struct vnet */

/**
 * tl_tap_open() - Make a TAP device of an open /dev/net/tun
 * @fd:		made non-blocking; stays the caller's
 * @name:	for it
 *
 * Return: 0; -EBUSY if there is one of this name; -EPERM without CAP_NET_ADMIN
 * in the user namespace that owns the descriptor's network namespace; or
 * another negative errno.
 */
TL_MUST_USE int tl_tap_open(int fd, const char *name);

/**
 * tl_tap_open_packet() - Have a packet socket stand for a device
 * @fd:		AF_PACKET, SOCK_RAW, of protocol 0; stays the caller's
 * @index:	of the interface whose frames it gets
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_tap_open_packet(int fd, unsigned int index);

/* Frames that wait in a TAP device. */
#define TAP_QUEUE_LEN 4096

/* Take one frame. Return: its length with the struct vnet; -EAGAIN if there is
 * none; -ENETDOWN, once, if a packet socket's device goes down; -EBADFD if the
 * TAP device has gone; another negative errno. */
TL_MUST_USE ssize_t tl_tap_read(int fd, struct buffer room);

/* Give one frame, in 1..TAP_PARTS_MAX parts. Return: 0; -EAGAIN if the kernel
 * takes none now; another negative errno. */
int tl_tap_write(int fd, const struct bytes *parts, size_t n);

#endif /* TL_OS_TAP_H */
