/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping and choosing of further nodes. What they exchange is in
 * twonodes_test.c. */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>

#include "sdk/counts_test.h"

#define CYCLES 50
#define WARM_UP 5
#define HEAP_SLACK 4096 /* bytes, over all cycles */

static void use(struct zt_node *node)
{
	CHECK_EQ(zt_node_use(node), ZT_OK);
}

TEST(nodes_refuse_what_is_none)
{
	struct test_home h;
	struct zt_node *node;

	CHECK_EQ(zt_node_use(NULL), ZT_OK);
	CHECK_EQ(zt_node_start(NULL, NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_node_stop(NULL), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_node_stop((struct zt_node *)(void *)&h), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_node_use((struct zt_node *)(void *)&h), ZT_ERR_ARGUMENT);
	test_make_home(&h);
	node = test_node_start(&h, 0);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	CHECK_EQ(zt_node_stop(node), ZT_ERR_STATE);
	CHECK_EQ(zt_node_use(node), ZT_ERR_STATE);
	test_remove_home(&h);
}

TEST(nodes_need_no_default_one)
{
	struct zt_node *node;
	struct test_home h;
	uint64_t network;
	int ends[2];

	test_make_home(&h);
	node = test_node_start(&h, 1);
	CHECK_EQ(zt_node_id(), 0);
	CHECK_EQ(zt_stop(), ZT_ERR_STATE);
	CHECK_EQ(zt_join(1), ZT_ERR_STATE);
	use(node);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	network = test_make_lan(&h);
	test_pair(ends, network, 7000);
	test_exchange(ends);
	CHECK_EQ(zt_stop(), ZT_ERR_STATE);
	use(NULL);
	CHECK_EQ(zt_network_status(network), ZT_NETWORK_NONE);
	test_exchange(ends);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	test_remove_home(&h);
}

TEST(nodes_are_four_at_most)
{
	struct test_home homes[ZT_NODES_MAX];
	struct zt_node *nodes[ZT_NODES_MAX] = { NULL };
	struct zt_node *fifth = NULL;
	int i;

	for (i = 0; i < ZT_NODES_MAX; i++)
		test_make_home(&homes[i]);
	for (i = 1; i < ZT_NODES_MAX; i++)
		nodes[i] = test_node_start(&homes[i], 0);
	/* Its place is kept for the default one. */
	CHECK_EQ(zt_node_start(&fifth, NULL), ZT_ERR_STATE);
	CHECK_EQ(test_start(&homes[0], 0), ZT_OK);
	CHECK_EQ(zt_node_start(&fifth, NULL), ZT_ERR_STATE);
	CHECK_EQ(zt_start(NULL), ZT_ERR_STATE);
	CHECK(!fifth);
	for (i = 0; i < ZT_NODES_MAX; i++) {
		use(nodes[i]);
		CHECK_EQ(zt_node_id(), homes[i].id.addr.v);
	}
	CHECK_EQ(zt_node_stop(nodes[2]), ZT_OK);
	nodes[2] = test_node_start(&homes[2], 0);
	for (i = 1; i < ZT_NODES_MAX; i++)
		CHECK_EQ(zt_node_stop(nodes[i]), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	for (i = 0; i < ZT_NODES_MAX; i++)
		test_remove_home(&homes[i]);
}

/* The place of one that failed to start is free again. */
TEST(nodes_do_not_share_home_or_port)
{
	struct zt_options *o;
	struct zt_node *node = NULL;
	struct test_home other;
	struct test_home h;
	int i;

	test_make_home(&h);
	test_make_home(&other);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	other.port = h.port;
	for (i = 0; i < ZT_NODES_MAX; i++) {
		o = test_options(&h);
		CHECK_EQ(zt_node_start(&node, o), ZT_ERR_HOME_IN_USE);
		zt_options_free(o);
		o = test_options(&other);
		CHECK_EQ(zt_node_start(&node, o), ZT_ERR_PORT_IN_USE);
		zt_options_free(o);
	}
	CHECK(!node);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
	test_remove_home(&other);
}

/* A thread that uses a stopped node does not find itself at another. */
TEST(nodes_stopped_are_used_no_more)
{
	struct zt_event *e = zt_event_new();
	struct addrinfo *list;
	struct zt_node *node;
	struct zt_node *next;
	struct test_home root;
	struct test_home h;
	uint64_t value;
	int i;

	test_make_home(&root);
	test_make_home(&h);
	CHECK_EQ(test_start(&root, 0), ZT_OK);
	node = test_node_start(&h, 0);
	use(node);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	for (i = 0; i < 2; i++) {
		CHECK_EQ(zt_node_id(), 0);
		CHECK_EQ(zt_join(1), ZT_ERR_STATE);
		CHECK_EQ(zt_wait_online(-1), ZT_ERR_STATE);
		CHECK_EQ(zt_next_event(e), ZT_ERR_STATE);
		CHECK_EQ(zt_stat(ZT_STAT_PEERS, &value), ZT_ERR_STATE);
		CHECK_EQ(zt_event_fd(), -1);
		CHECK_EQ(errno, ENETDOWN);
		CHECK_EQ(zt_socket(AF_INET, SOCK_STREAM, 0), -1);
		CHECK_EQ(errno, ENETDOWN);
		CHECK_EQ(zt_getaddrinfo("a.zt", NULL, NULL, &list), EAI_AGAIN);
		next = i == 0 ? test_node_start(&h, 0) : NULL;
		/* The same place, and yet another node. */
		CHECK(!next || next == node);
	}
	use(node);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	use(NULL);
	CHECK_EQ(zt_node_id(), root.id.addr.v);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	zt_event_free(e);
	test_remove_home(&root);
	test_remove_home(&h);
}

static void *id_in_another_thread(void *out)
{
	*(uint64_t *)out = zt_node_id();
	return NULL;
}

TEST(nodes_are_used_by_the_thread_that_says_so)
{
	struct zt_node *node;
	struct test_home root;
	struct test_home h;
	pthread_t thread;
	uint64_t id;

	test_make_home(&root);
	test_make_home(&h);
	CHECK_EQ(test_start(&root, 0), ZT_OK);
	node = test_node_start(&h, 0);
	use(node);
	CHECK_EQ(pthread_create(&thread, NULL, id_in_another_thread, &id), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(id, root.id.addr.v);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&root);
	test_remove_home(&h);
}

struct waiter {
	struct zt_node *node;
	pthread_t thread;
	_Atomic bool is_over;
};

static void *wait_at(void *arg)
{
	struct waiter *w = arg;

	use(w->node);
	CHECK_EQ(zt_wait_online(-1), ZT_ERR_STATE);
	w->is_over = true;
	return NULL;
}

/* Only who waits for the node that ends is told. */
TEST(nodes_waiting_ends_with_the_node)
{
	struct waiter w[2] = { 0 };
	struct test_home homes[3];
	int i;

	/* Nobody is where the root should be. */
	for (i = 0; i < 3; i++)
		test_make_home(&homes[i]);
	for (i = 0; i < 2; i++) {
		w[i].node = test_node_start(&homes[i + 1], 0);
		CHECK_EQ(pthread_create(&w[i].thread, NULL, wait_at, &w[i]), 0);
	}
	for (i = 0; i < 2; i++) {
		use(w[i].node);
		CHECK_EQ(zt_wait_online(10), ZT_ERR_TIMEOUT);
		CHECK(!w[1].is_over);
		CHECK_EQ(zt_node_stop(w[i].node), ZT_OK);
		CHECK_EQ(pthread_join(w[i].thread, NULL), 0);
		CHECK(w[i].is_over);
	}
	for (i = 0; i < 3; i++)
		test_remove_home(&homes[i]);
}

TEST(nodes_fifty_cycles_of_the_second_leak_nothing)
{
	struct zt_node *node;
	struct test_home root;
	struct test_home h;
	size_t heap = 0;
	int threads = 0;
	int fds = 0;
	int i;

	test_make_home(&root);
	test_make_home(&h);
	CHECK_EQ(test_start(&root, 0), ZT_OK);
	for (i = 0; i < WARM_UP + CYCLES; i++) {
		if (i == WARM_UP) {
			/* One that has been joined may still be counted. */
			fds = count_fds();
			threads = lasting_threads();
			heap = heap_used();
		}
		node = test_node_start(&h, 0);
		use(node);
		CHECK_EQ(zt_join(0x1122334455667788), ZT_OK);
		CHECK_EQ(zt_node_stop(node), ZT_OK);
	}
	CHECK_EQ(count_fds(), fds);
	CHECK(has_threads(threads));
	if (heap_used() > heap + HEAP_SLACK)
		FAIL("the heap grew from %zu to %zu bytes", heap, heap_used());
	use(NULL);
	CHECK_EQ(zt_node_id(), root.id.addr.v);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&root);
	test_remove_home(&h);
}

TEST(nodes_temporary_homes_are_each_nodes_own)
{
	char dir[FILE_PATH_SIZE];
	struct test_home root;
	struct zt_node *node;

	test_make_home(&root);
	CHECK_EQ(tl_temporary_make(dir), 0);
	setenv("TMPDIR", dir, 1);
	CHECK_EQ(test_start(NULL, 0), ZT_OK);
	node = test_node_start(NULL, 0);
	CHECK_EQ(count_entries(dir), 4);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	CHECK_EQ(count_entries(dir), 3);
	CHECK(zt_node_id() != 0);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(count_entries(dir), 2);
	tl_temporary_remove(dir);
	test_remove_home(&root);
}

struct log {
	pthread_mutex_t lock;
	char text[65536];
	size_t n;
};

static void log_line(void *ctx, int level, const char *line)
{
	struct log *l = ctx;
	int n;

	(void)level;
	pthread_mutex_lock(&l->lock);
	n = snprintf(l->text + l->n, sizeof(l->text) - l->n, "%s\n", line);
	CHECK(n > 0);
	l->n = TL_MIN(l->n + (size_t)n, sizeof(l->text) - 1);
	pthread_mutex_unlock(&l->lock);
}

static struct zt_options *logging(const struct test_home *h, struct log *log)
{
	struct zt_options *o = test_options(h);

	CHECK_EQ(zt_options_set_log(o, 4, log_line, log), ZT_OK);
	return o;
}

/* What one says while others are started and stopped goes to its own sink. */
TEST(nodes_log_each_to_its_own_sink)
{
	static struct log logs[2] = { { .lock = PTHREAD_MUTEX_INITIALIZER },
				      { .lock = PTHREAD_MUTEX_INITIALIZER } };
	struct test_home homes[3];
	struct zt_node *nodes[3];
	struct zt_options *o;
	int i;

	for (i = 0; i < 3; i++)
		test_make_home(&homes[i]);
	for (i = 0; i < 2; i++) {
		o = logging(&homes[i], &logs[i]);
		CHECK_EQ(zt_node_start(&nodes[i], o), ZT_OK);
		zt_options_free(o);
	}
	nodes[2] = test_node_start(&homes[2], 0); /* silent */
	use(nodes[1]);
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	for (i = 0; i < 3; i++)
		CHECK_EQ(zt_node_stop(nodes[i]), ZT_OK);
	for (i = 0; i < 2; i++) {
		CHECK(strstr(logs[i].text, homes[i].path));
		CHECK(!strstr(logs[i].text, homes[1 - i].path));
		CHECK(!strstr(logs[i].text, homes[2].path));
	}
	for (i = 0; i < 3; i++)
		test_remove_home(&homes[i]);
}

static void in_child(struct zt_node *node, uint64_t network,
		     struct sockaddr_in at, int l)
{
	struct zt_node *more;
	int ends[2];

	CHECK_EQ(zt_node_start(&more, NULL), ZT_ERR_STATE);
	CHECK_EQ(zt_start(NULL), ZT_ERR_STATE);
	CHECK_EQ(zt_node_stop(node), ZT_ERR_STATE);
	CHECK_EQ(zt_node_id(), 0);
	use(node);
	CHECK_EQ(zt_node_id(), 0);
	CHECK_EQ(zt_join(network), ZT_ERR_STATE);
	CHECK_EQ(zt_event_fd(), -1);
	/* Sockets are made all the same, where it is said. */
	ends[0] = test_connect(at);
	ends[1] = zt_accept(l, NULL, NULL);
	CHECK(ends[1] >= 0);
	test_exchange(ends);
	_exit(0);
}

TEST(nodes_are_not_a_childs)
{
	struct test_home root;
	struct test_home h;
	struct sockaddr_in at;
	struct zt_node *node;
	uint64_t network;
	int status;
	pid_t pid;
	int l;

	test_make_home(&h);
	node = test_node_start(&h, 1);
	use(node);
	network = test_make_lan(&h);
	at = test_address(network, 7000);
	l = test_listen(at);
	test_make_home(&root);
	use(NULL);
	pid = fork();
	if (pid == 0)
		in_child(node, network, at, l);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	use(node);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	close(l);
	test_remove_home(&root);
	test_remove_home(&h);
}

/* The default one's place is that of a service, too. */
TEST(nodes_leave_a_service_where_it_is)
{
	struct test_home h;
	struct zt_node *node;

	test_make_home(&h);
	node = test_node_start(&h, 0);
	use(node);
	CHECK_EQ(zt_use_service("tapless-nobody-is-there"), ZT_ERR_SERVICE);
	CHECK_EQ(close(zt_socket(AF_INET, SOCK_STREAM, 0)), 0);
	use(NULL);
	CHECK_EQ(zt_socket(AF_INET, SOCK_STREAM, 0), -1);
	CHECK_EQ(errno, ENETDOWN);
	CHECK_EQ(zt_use_service(h.path), ZT_OK);
	CHECK_EQ(close(zt_socket(AF_INET, SOCK_STREAM, 0)), 0);
	CHECK_EQ(zt_node_stop(node), ZT_OK);
	CHECK_EQ(zt_socket(AF_INET, SOCK_STREAM, 0), -1);
	test_remove_home(&h);
}

static void *start_and_stop(void *arg)
{
	struct zt_node *node;
	int i;

	for (i = 0; i < 5; i++) {
		node = test_node_start(arg, 0);
		use(node);
		CHECK_EQ(zt_node_id(), ((struct test_home *)arg)->id.addr.v);
		CHECK_EQ(zt_join(0x1122334455667788), ZT_OK);
		CHECK_EQ(zt_node_stop(node), ZT_OK);
	}
	return NULL;
}

/* The first of all has something to make for the whole process. */
TEST(nodes_start_at_the_same_time)
{
	struct test_home homes[ZT_NODES_MAX - 1];
	pthread_t threads[ZT_NODES_MAX - 1];
	int i;

	for (i = 0; i < ZT_NODES_MAX - 1; i++)
		test_make_home(&homes[i]);
	for (i = 0; i < ZT_NODES_MAX - 1; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, start_and_stop,
					&homes[i]),
			 0);
	for (i = 0; i < ZT_NODES_MAX - 1; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	for (i = 0; i < ZT_NODES_MAX - 1; i++)
		test_remove_home(&homes[i]);
}
