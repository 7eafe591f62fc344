/* SPDX-License-Identifier: Apache-2.0 */
/* sockets_sizes.c - how much there is of everything, for those who watch */
#include "sockets/socket_impl.h"

void tl_sockets_sizes(const struct sockets *s, struct sockets_sizes *out)
{
	*out = (struct sockets_sizes){
		.receive_chunks = s->rx_pool.n_used,
		.receive_limit = s->rx_pool.limit,
		.send_chunks = s->tx_pool.n_used,
		.send_limit = s->tx_pool.limit,
		.datagrams_held = s->n_held,
	};
	tl_list_each(it, next, &s->all) {
		const struct socket *k =
			tl_container_of(it, struct socket, link);

		switch (k->state) {
		case SOCKET_IDLE:
			out->idle++;
			break;
		case SOCKET_CONNECTING:
			out->connecting++;
			break;
		case SOCKET_OPEN:
			out->open++;
			break;
		case SOCKET_WAITING:
			out->accept_queue++;
			break;
		case SOCKET_LISTENING:
			out->listening++;
			break;
		case SOCKET_DRAINING:
			out->draining++;
			break;
		case SOCKET_UDP:
			out->udp++;
			break;
		}
	}
}
