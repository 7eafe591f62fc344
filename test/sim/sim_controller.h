/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_controller.h - a real controller at a node of a simulation
 *
 * Its store is memory, its networks are made as the HTTP interface does.
 */
#ifndef TL_TEST_SIM_CONTROLLER_H
#define TL_TEST_SIM_CONTROLLER_H

#include "controller/controller.h"
#include "sim.h"

/* From now on the node answers for its networks. */
void sim_controller_start(struct sim_node *node);
/* Accepts NULL. */
void sim_controller_free(struct sim_controller *c);

/* Network @number of this controller. */
struct network_id sim_controller_network(const struct sim_node *node,
					 uint32_t number);

/* POST to a network, or to one of its members if @member is not NULL. */
void sim_controller_post(struct sim_node *node, uint32_t number,
			 const struct sim_node *member, const char *json);

struct controller *sim_controller_of(const struct sim_node *node);

/* Work off what is due. Return: when to call again. */
int64_t sim_controller_run(struct sim_node *node);

/* For struct vl2_host; the context is the sim_node. */
bool sim_controller_request(void *ctx, const struct rx *rx,
			    struct network_id net, struct bytes metadata);
bool sim_controller_is_recent(void *ctx, struct network_id net,
			      struct address member);
bool sim_controller_taken(void *ctx, struct network_id net,
			  struct address member, uint64_t update_id);
bool sim_controller_own_config(void *ctx, struct network_id net,
			       struct bytes metadata);

#endif /* TL_TEST_SIM_CONTROLLER_H */
