/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interfaces.h - which virtual interfaces there are, asked of the service
 *
 * Nothing is remembered: networks come and go.
 */
#ifndef TL_SDK_CLIENT_INTERFACES_H
#define TL_SDK_CLIENT_INTERFACES_H

#include "rpc/proto.h"

/**
 * tl_interface_get() - The @which-th interface, from 0
 * @from:	its first address that is wanted; out->n of them are there then
 *
 * Return: 0; -ENODEV if there are no more; -EPERM, -ENETDOWN, -EMFILE, -ENFILE.
 */
TL_MUST_USE int tl_interface_get(struct rpc_interface *out, uint32_t which,
				 uint8_t from);

/* The interface of this name, and of this index as programs see it: 0, or as
 * tl_interface_get(). */
TL_MUST_USE int tl_interface_by_name(struct rpc_interface *out,
				     const char *name);
TL_MUST_USE int tl_interface_by_index(struct rpc_interface *out,
				      uint32_t index);

#endif /* TL_SDK_CLIENT_INTERFACES_H */
