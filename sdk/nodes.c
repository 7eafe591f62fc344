/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes.c - which nodes there are, and which one a thread means
 *
 * Theory of operation: a service and its stack live on one thread, so a process
 * has as many as it has such threads. What they share is the client's code, and
 * that asks which of them a call is about: a socket's tag holds the number of
 * its node, and calls without a socket are about the one that the thread uses.
 *
 * That is kept as the value of a key of POSIX threads and not in a thread-local
 * variable: the first use of one in a thread may call malloc(), and sockets may
 * be made in signal handlers. The value is the number and the node's serial, so
 * that a thread that uses a node that was stopped means none, and not the next
 * one that is started in its place.
 *
 * All nodes that the process has are one word of claims, with the process's ID
 * in it: in a child of fork() none of their threads exist, nor is anybody there
 * to unlock what was locked.
 */
#include "sdk/node.h"

#include <unistd.h>

#include "sdk/inprocess.h"

#define NUMBER_BITS 2
#define NUMBER_MASK (ZT_NODES_MAX - 1)
#define CLAIM_BITS 8

_Static_assert(ZT_NODES_MAX == ENDPOINTS_MAX, "an endpoint for each node");
_Static_assert(ZT_NODES_MAX == 1 << NUMBER_BITS, "numbers fill their bits");

static struct zt_node nodes[ZT_NODES_MAX];

/* A bit for each node, and above them the ID of the process that has them. */
static _Atomic uint64_t claims;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Which node a thread uses: NULL is the default one. */
static pthread_key_t key;
static _Atomic bool has_key;

static void init_node(struct zt_node *n, unsigned int number)
{
	n->number = number;
	tl_events_init(&n->events);
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->moved, NULL);
	pthread_cond_init(&n->knock, NULL);
	tl_list_init(&n->calls);
}

static void init(void)
{
	unsigned int i;

	for (i = 0; i < ZT_NODES_MAX; i++)
		init_node(&nodes[i], i);
	has_key = pthread_key_create(&key, NULL) == 0;
}

struct zt_node *tl_node_default(void)
{
	return &nodes[0];
}

/* --- claims --- */

static uint64_t claim_of(const struct zt_node *n)
{
	return UINT64_C(1) << n->number;
}

static uint64_t process_of(uint64_t have)
{
	return have >> CLAIM_BITS;
}

bool tl_node_is_ours(const struct zt_node *n)
{
	uint64_t have = atomic_load(&claims);

	return n && (have & claim_of(n)) &&
	       process_of(have) == (uint64_t)getpid();
}

bool tl_node_claim(struct zt_node *n)
{
	uint64_t us = (uint64_t)getpid();
	uint64_t have = atomic_load(&claims);
	uint64_t want;

	pthread_once(&once, init);
	do {
		if (have && (process_of(have) != us || (have & claim_of(n))))
			return false;
		want = have | us << CLAIM_BITS | claim_of(n);
	} while (!atomic_compare_exchange_weak(&claims, &have, want));
	return true;
}

void tl_node_release(struct zt_node *n)
{
	uint64_t have = atomic_load(&claims);
	uint64_t want;

	do {
		want = have & ~claim_of(n);
		if (!(want & ((1u << CLAIM_BITS) - 1)))
			want = 0;
	} while (!atomic_compare_exchange_weak(&claims, &have, want));
}

/* --- what a thread uses --- */

/* Of the client: ENDPOINTS_MAX if the node has been stopped. */
static unsigned int chosen(void)
{
	uintptr_t used = (uintptr_t)pthread_getspecific(key);
	unsigned int number = (unsigned int)(used & NUMBER_MASK);

	if (!used)
		return 0;
	if (atomic_load(&nodes[number].serial) != used >> NUMBER_BITS)
		return ENDPOINTS_MAX;
	return number;
}

struct zt_node *tl_node_used(void)
{
	unsigned int number = atomic_load(&has_key) ? chosen() : 0;

	return number < ZT_NODES_MAX ? &nodes[number] : NULL;
}

static bool is_further(const struct zt_node *node)
{
	unsigned int i;

	for (i = 1; i < ZT_NODES_MAX; i++) {
		if (node == &nodes[i])
			return true;
	}
	return false;
}

static enum zt_err use(uintptr_t value)
{
	if (pthread_setspecific(key, (void *)value))
		return ZT_ERR_MEMORY;
	tl_endpoint_choose_by(chosen);
	return ZT_OK;
}

enum zt_err zt_node_use(struct zt_node *node)
{
	uint32_t serial;

	if (!node)
		return atomic_load(&has_key) ? use(0) : ZT_OK;
	if (!is_further(node))
		return ZT_ERR_ARGUMENT;
	serial = atomic_load(&node->serial);
	if (!(serial & 1))
		return ZT_ERR_STATE;
	if (!atomic_load(&has_key))
		return ZT_ERR_MEMORY;
	return use((uintptr_t)serial << NUMBER_BITS | node->number);
}

/* --- starting and stopping --- */

enum zt_err zt_node_start(struct zt_node **node,
			  const struct zt_options *options)
{
	enum zt_err err;
	unsigned int i;

	if (!node)
		return ZT_ERR_ARGUMENT;
	for (i = 1; i < ZT_NODES_MAX; i++) {
		if (tl_node_claim(&nodes[i]))
			break;
	}
	if (i == ZT_NODES_MAX)
		return ZT_ERR_STATE;
	err = tl_node_start(&nodes[i], options);
	if (err == ZT_OK)
		*node = &nodes[i];
	return err;
}

enum zt_err zt_node_stop(struct zt_node *node)
{
	if (!is_further(node))
		return ZT_ERR_ARGUMENT;
	return tl_node_stop(node);
}

enum zt_err zt_start(const struct zt_options *options)
{
	if (!tl_node_claim(&nodes[0]))
		return ZT_ERR_STATE;
	return tl_node_start(&nodes[0], options);
}

enum zt_err zt_stop(void)
{
	return tl_node_stop(&nodes[0]);
}
