/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eport.h - the port of a network whose frames go to a kernel's device
 *
 * Belongs to the service's loop, as all that is in service_impl.h.
 */
#ifndef TL_SERVICE_EPORT_H
#define TL_SERVICE_EPORT_H

#include "service/port.h"
#include "wire/address.h"

struct eport;
struct network;
struct service;

/**
 * tl_eport_new() - Have a device made for a network
 * @c:		its name is the first to be tried, and becomes what it is
 *
 * Return: 0 or a negative errno.
 */
TL_MUST_USE int tl_eport_new(struct eport **portp, struct service *s,
			     struct network *net, struct port_config *c);

/* Accepts NULL. */
void tl_eport_free(struct eport *port);

/* Addresses, routes, MTU, name servers. What cannot be applied is logged. */
void tl_eport_configure(struct eport *port, const struct port_config *c);

/* A frame from the network; @payload is borrowed until tl_eports_flush(). */
void tl_eport_input(struct eport *port, struct mac source, struct mac dest,
		    uint16_t ethertype, struct buffer payload);

/* Take frames from all devices, as many as can be sent on. True if there are
 * more. */
bool tl_eports_drain(struct service *s);

/* Give the kernel what is still held back of received frames. */
void tl_eports_flush(struct service *s);

/* The address that an IPv6 packet solicits the neighbour of, borrowed from it;
 * NULL if it is something else (vl2.md 2.5). */
const uint8_t *tl_eport_solicited(struct bytes packet);

#define EPORT_ADVERTISEMENT_LEN 72

/* Answer @solicitation, which is one, for its target, which has @mac. */
void tl_eport_advertise(uint8_t out[EPORT_ADVERTISEMENT_LEN],
			struct bytes solicitation, struct mac mac);

/* Is it a report of memberships, IGMP or MLD, so that groups have changed? */
bool tl_eport_is_report(uint16_t ethertype, struct bytes packet);

#endif /* TL_SERVICE_EPORT_H */
