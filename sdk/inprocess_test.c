/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a node in this process: starting, stopping, failing, asking. What
 * it must not disturb is in coexist_test.c.
 */
#include "sdk/inprocess_test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "sdk/counts_test.h"

#define CYCLES 100
#define WARM_UP 5
#define HEAP_SLACK 4096 /* bytes, over all cycles */

TEST(inprocess_answers_when_no_node_runs)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	CHECK_EQ(zt_stop(), ZT_ERR_STATE);
	CHECK_EQ(zt_node_id(), 0);
	CHECK_EQ(zt_join(1), ZT_ERR_STATE);
	CHECK_EQ(zt_join(0), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_leave(1), ZT_ERR_STATE);
	CHECK_EQ(zt_leave(0), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_wait_online(-1), ZT_ERR_STATE);
	CHECK_EQ(zt_wait_network(1, -1), ZT_ERR_STATE);
	CHECK_EQ(zt_wait_network(0, -1), ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_address(1, AF_INET, (struct sockaddr *)&a, &len),
		 ZT_ERR_STATE);
	CHECK_EQ(zt_address(1, AF_UNIX, (struct sockaddr *)&a, &len),
		 ZT_ERR_ARGUMENT);
	CHECK_EQ(zt_address(1, AF_INET, NULL, &len), ZT_ERR_ARGUMENT);
}

TEST(inprocess_starts_once_and_again)
{
	struct test_home h;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(test_start(&h, 0), ZT_ERR_STATE);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_ERR_STATE);
	CHECK_EQ(zt_node_id(), 0);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(zt_node_id(), h.id.addr.v);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

static void cycle(const struct test_home *h)
{
	CHECK_EQ(test_start(h, 0), ZT_OK);
	CHECK_EQ(zt_join(0x1122334455667788), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
}

TEST(inprocess_hundred_cycles_leak_nothing)
{
	struct test_home h;
	size_t heap = 0;
	int fds = 0;
	int i;

	test_make_home(&h);
	for (i = 0; i < WARM_UP + CYCLES; i++) {
		if (i == WARM_UP) {
			fds = count_fds();
			heap = heap_used();
		}
		cycle(&h);
	}
	CHECK_EQ(count_fds(), fds);
	CHECK(has_threads(1));
	if (heap_used() > heap + HEAP_SLACK)
		FAIL("the heap grew from %zu to %zu bytes", heap, heap_used());
	test_remove_home(&h);
}

TEST(inprocess_service_has_no_descriptor_here)
{
	struct test_home h;
	int fds;

	test_make_home(&h);
	CHECK_EQ(test_start(&h, 1), ZT_OK); /* libuv takes its two */
	CHECK_EQ(zt_stop(), ZT_OK);
	fds = count_fds();
	CHECK_EQ(test_start(&h, 1), ZT_OK);
	CHECK_EQ(count_fds(), fds);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(inprocess_temporary_home_is_removed)
{
	char dir[FILE_PATH_SIZE];
	struct test_home root;
	uint64_t first;

	test_make_home(&root);
	CHECK_EQ(tl_temporary_make(dir), 0);
	setenv("TMPDIR", dir, 1);
	CHECK_EQ(test_start(NULL, 0), ZT_OK);
	first = zt_node_id();
	CHECK(first != 0);
	CHECK_EQ(count_entries(dir), 3);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(count_entries(dir), 2);
	CHECK_EQ(test_start(NULL, 0), ZT_OK);
	CHECK(zt_node_id() != first);
	CHECK_EQ(zt_stop(), ZT_OK);
	tl_temporary_remove(dir);
	test_remove_home(&root);
}

TEST(inprocess_identity_option)
{
	struct zt_options *o;
	char text[IDENTITY_TEXT_SIZE];
	struct test_home root;

	test_make_home(&root);
	tl_identity_print(text, &root.id, true);
	o = test_options(NULL);
	CHECK_EQ(zt_options_set_identity(o, text), ZT_OK);
	CHECK_EQ(zt_start(o), ZT_OK);
	CHECK_EQ(zt_node_id(), root.id.addr.v);
	CHECK_EQ(zt_stop(), ZT_OK);
	zt_options_free(o);
	test_remove_home(&root);
}

TEST(inprocess_planet_option_leaves_the_file_alone)
{
	struct test_home h;
	char planet[64];

	test_make_home(&h);
	test_put(&h, "planet", tl_default_planet());
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	/* It is the root of the given one. */
	CHECK_EQ(zt_wait_online(TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_put(&h, "planet", tl_bytes_from_str("torn"));
	CHECK_EQ(test_start(&h, 0), ZT_ERR_HOME);
	test_get(&h, "planet", planet, sizeof(planet));
	CHECK_STR(planet, "torn");
	test_remove_home(&h);
}

/* A port that is in use until the descriptor is closed. */
static int occupy(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

TEST(inprocess_port_in_use)
{
	struct test_home h;
	int taken;

	test_make_home(&h);
	taken = occupy(h.port);
	CHECK_EQ(test_start(&h, 0), ZT_ERR_PORT_IN_USE);
	CHECK_EQ(zt_node_id(), 0);
	close(taken);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(inprocess_home_in_use)
{
	struct test_home h;
	int ready[2];
	int go[2];
	int status;
	pid_t pid;
	char c;

	test_make_home(&h);
	CHECK(pipe(ready) == 0 && pipe(go) == 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(test_start(&h, 0), ZT_OK);
		CHECK_EQ(write(ready[1], "x", 1), 1);
		CHECK_EQ(read(go[0], &c, 1), 1);
		CHECK_EQ(zt_stop(), ZT_OK);
		exit(0);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_EQ(test_start(&h, 0), ZT_ERR_HOME_IN_USE);
	CHECK_EQ(write(go[1], "x", 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(inprocess_unusable_home)
{
	struct test_home h;
	struct test_home below;
	char text[64];

	test_make_home(&h);
	test_put(&h, "identity.secret", tl_bytes_from_str("not one"));
	CHECK_EQ(test_start(&h, 0), ZT_ERR_HOME);
	test_get(&h, "identity.secret", text, sizeof(text));
	CHECK_STR(text, "not one");
	below = h;
	CHECK_EQ(tl_path_join(below.path, h.path, "identity.secret"), 0);
	CHECK_EQ(test_start(&below, 0), ZT_ERR_HOME);
	test_remove_home(&h);
}

static void *wait_for_ever(void *out)
{
	*(enum zt_err *)out = zt_wait_online(-1);
	return NULL;
}

TEST(inprocess_waiting_ends_with_the_node)
{
	struct test_home root;
	struct test_home h;
	enum zt_err err = ZT_OK;
	pthread_t thread;

	test_make_home(&root);
	test_make_home(&h);
	CHECK_EQ(test_start(&h, 0), ZT_OK);
	/* Nobody is where the root should be. */
	CHECK_EQ(zt_wait_online(0), ZT_ERR_TIMEOUT);
	CHECK_EQ(zt_wait_online(50), ZT_ERR_TIMEOUT);
	CHECK_EQ(pthread_create(&thread, NULL, wait_for_ever, &err), 0);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(err, ZT_ERR_STATE);
	test_remove_home(&h);
	test_remove_home(&root);
}

TEST(inprocess_joins_and_leaves)
{
	struct sockaddr_in6 a6;
	struct sockaddr_in a;
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	socklen_t len = sizeof(a6);

	CHECK_EQ(zt_join(network), ZT_OK);
	a = test_address(network, 0);
	CHECK_EQ(ntohl(a.sin_addr.s_addr) >> 8, 0x0a6301);
	CHECK_EQ(zt_address(network, AF_INET6, (struct sockaddr *)&a6, &len),
		 ZT_OK);
	CHECK_EQ(len, sizeof(a6));
	CHECK_EQ(a6.sin6_family, AF_INET6);
	CHECK_EQ(a6.sin6_addr.s6_addr[0], 0xfd);
	len = 2;
	memset(&a, 0xee, sizeof(a));
	CHECK_EQ(zt_address(network, AF_INET, (struct sockaddr *)&a, &len),
		 ZT_OK);
	CHECK_EQ(len, sizeof(a));
	CHECK_EQ(a.sin_family, AF_INET);
	CHECK_EQ(a.sin_port, 0xeeee);
	CHECK_EQ(zt_wait_network(network + 1, -1), ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_leave(network), ZT_OK);
	CHECK_EQ(zt_leave(network), ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_wait_network(network, -1), ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_address(network, AF_INET, (struct sockaddr *)&a, &len),
		 ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(inprocess_remembers_networks)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);

	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(test_start(&h, 1), ZT_OK);
	CHECK_EQ(zt_wait_network(network, TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

/* The controller does not answer who asks too often. */
static void wait_for_refusal(uint64_t network, enum zt_err want)
{
	enum zt_err err = ZT_ERR_TIMEOUT;
	int tries = TEST_WAIT_MS / 100;

	while (err == ZT_ERR_TIMEOUT && tries-- > 0)
		err = zt_wait_network(network, 100);
	CHECK_EQ(err, want);
}

TEST(inprocess_refusal_and_admission)
{
	struct test_home h;
	uint64_t network;
	char path[128];

	network = test_start_lan(&h);
	CHECK_EQ(zt_leave(network), ZT_OK);
	network++;
	snprintf(path, sizeof(path), "/controller/network/%016llx",
		 (unsigned long long)network);
	CHECK_EQ(zt_join(network), ZT_OK);
	wait_for_refusal(network, ZT_ERR_NOT_FOUND);
	CHECK_EQ(zt_leave(network), ZT_OK);
	test_post(&h, path,
		  "{ \"private\": true, \"ipAssignmentPools\": [ { "
		  "\"ipRangeStart\": \"10.98.1.1\", "
		  "\"ipRangeEnd\": \"10.98.1.254\" } ], \"routes\": [ { "
		  "\"target\": \"10.98.1.0/24\" } ], "
		  "\"v4AssignMode\": { \"zt\": true } }");
	CHECK_EQ(zt_join(network), ZT_OK);
	wait_for_refusal(network, ZT_ERR_DENIED);
	snprintf(path, sizeof(path),
		 "/controller/network/%016llx/member/%010llx",
		 (unsigned long long)network, (unsigned long long)zt_node_id());
	test_post(&h, path, "{ \"authorized\": true }");
	CHECK_EQ(zt_wait_network(network, TEST_WAIT_MS), ZT_OK);
	CHECK_EQ(zt_stop(), ZT_OK);
	test_remove_home(&h);
}

TEST(inprocess_sockets_end_with_the_node)
{
	struct test_home h;
	uint64_t network = test_start_lan(&h);
	int ends[2];
	char c;

	test_pair(ends, network, 7000);
	test_exchange(ends);
	CHECK_EQ(zt_stop(), ZT_OK);
	CHECK_EQ(recv(ends[0], &c, 1, 0), -1);
	CHECK_EQ(errno, ECONNRESET);
	CHECK_EQ(recv(ends[1], &c, 1, 0), -1);
	CHECK_EQ(errno, ECONNRESET);
	CHECK_EQ(zt_socket(AF_INET, SOCK_STREAM, 0), -1);
	CHECK_EQ(errno, ENETDOWN);
	close(ends[0]);
	close(ends[1]);
	test_remove_home(&h);
}

static int log_pipe[2];
static pthread_t log_thread;

/* Writes to a descriptor of the application's. */
static void log_line(void *ctx, int level, const char *line)
{
	(void)level;
	log_thread = pthread_self();
	CHECK_EQ(write(*(int *)ctx, line, strlen(line)), strlen(line));
	CHECK_EQ(write(*(int *)ctx, "\n", 1), 1);
}

TEST(inprocess_log_reaches_descriptors_of_the_application)
{
	struct zt_options *o;
	struct test_home h;
	char text[65536];
	ssize_t n;

	test_make_home(&h);
	CHECK_EQ(pipe2(log_pipe, O_CLOEXEC | O_NONBLOCK), 0);
	o = test_options(&h);
	CHECK_EQ(zt_options_set_log(o, 2, log_line, &log_pipe[1]), ZT_OK);
	CHECK_EQ(zt_start(o), ZT_OK);
	zt_options_free(o);
	CHECK_EQ(zt_stop(), ZT_OK);
	n = read(log_pipe[0], text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n] = '\0';
	CHECK(strstr(text, h.path));
	CHECK(!pthread_equal(log_thread, pthread_self()));

	/* Why it could not start is told as well. */
	test_put(&h, "identity.secret", tl_bytes_from_str("not one"));
	o = test_options(&h);
	CHECK_EQ(zt_options_set_log(o, 0, log_line, &log_pipe[1]), ZT_OK);
	CHECK_EQ(zt_start(o), ZT_ERR_HOME);
	zt_options_free(o);
	n = read(log_pipe[0], text, sizeof(text) - 1);
	CHECK(n > 0);
	text[n] = '\0';
	CHECK(strstr(text, "identity.secret"));
	test_remove_home(&h);
}
