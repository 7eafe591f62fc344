/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/siphash.h"
#include "harness.h"

static void environment(const char *service, const char *uid, const char *token)
{
	const char *const values[] = { service, uid, token };
	static const char *const names[] = { RPC_ENV_SERVICE, RPC_ENV_UID,
					     RPC_ENV_TOKEN };

	for (size_t i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (values[i])
			setenv(names[i], values[i], 1);
		else
			unsetenv(names[i]);
	}
}

/* Listens where the endpoint is said to be. */
static int listen_at(const char *name)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	memcpy(un.sun_path + 1, name, strlen(name));
	CHECK_EQ(bind(fd, (struct sockaddr *)&un,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
				  strlen(name))),
		 0);
	CHECK_EQ(listen(fd, 4), 0);
	return fd;
}

TEST(endpoint_from_environment)
{
	environment("a-name", "12", "000102030405060708090a0b0c0d0e0f");
	CHECK_EQ(tl_endpoint_from_env(), 0);
	CHECK_EQ(tl_endpoint()->uid, 12);
	CHECK_EQ(tl_endpoint()->name_len, 6);
	CHECK_EQ(tl_endpoint()->token[15], 15);
	CHECK(!tl_endpoint()->isolate);
	setenv(RPC_ENV_ISOLATE, "1", 1);
	environment("a-name", NULL, NULL);
	CHECK_EQ(tl_endpoint_from_env(), 0);
	CHECK_EQ(tl_endpoint()->uid, geteuid());
	CHECK_EQ(tl_endpoint()->token[15], 0);
	CHECK(tl_endpoint()->isolate);
}

TEST(endpoint_says_whether_questions_are_looked_at)
{
	environment("a-name", NULL, NULL);
	CHECK_EQ(tl_endpoint_from_env(), 0);
	CHECK(!tl_endpoint()->dns_off);
	setenv(RPC_ENV_DNS, "off", 1);
	CHECK_EQ(tl_endpoint_from_env(), 0);
	CHECK(tl_endpoint()->dns_off);
	setenv(RPC_ENV_DNS, "on", 1);
	CHECK_EQ(tl_endpoint_from_env(), 0);
	CHECK(!tl_endpoint()->dns_off);
	setenv(RPC_ENV_DNS, "", 1);
	CHECK_EQ(tl_endpoint_from_env(), 0);
	setenv(RPC_ENV_DNS, "perhaps", 1);
	CHECK_EQ(tl_endpoint_from_env(), -EINVAL);
}

TEST(endpoint_without_environment)
{
	environment(NULL, "12", NULL);
	CHECK_EQ(tl_endpoint_from_env(), -ENOENT);
	environment("", "12", NULL);
	CHECK_EQ(tl_endpoint_from_env(), -ENOENT);
	CHECK(!tl_endpoint());
	CHECK_EQ(tl_endpoint_open(true), -ENETDOWN);
}

TEST(endpoint_malformed_environment)
{
	static const char *const uids[] = { "", "-1", "1 ", "x", "4294967296" };

	for (size_t i = 0; i < TL_ARRAY_SIZE(uids); i++) {
		environment("a-name", uids[i], NULL);
		CHECK_EQ(tl_endpoint_from_env(), -EINVAL);
	}
	environment("a-name", NULL, "0001");
	CHECK_EQ(tl_endpoint_from_env(), -EINVAL);
	CHECK(!tl_endpoint());
}

TEST(endpoint_name_length)
{
	char name[ENDPOINT_NAME_MAX + 2];

	memset(name, 'x', sizeof(name));
	name[ENDPOINT_NAME_MAX + 1] = '\0';
	CHECK_EQ(tl_endpoint_set(name, 0, NULL), -EINVAL);
	CHECK_EQ(tl_endpoint_set("", 0, NULL), -EINVAL);
	name[ENDPOINT_NAME_MAX] = '\0';
	CHECK_EQ(tl_endpoint_set(name, 0, NULL), 0);
}

TEST(endpoint_squatter_is_refused)
{
	char name[64];
	int listener;
	int fd;

	snprintf(name, sizeof(name), "tapless-endpoint-test-%d", getpid());
	listener = listen_at(name);
	CHECK_EQ(tl_endpoint_set(name, geteuid() + 1, NULL), 0);
	CHECK_EQ(tl_endpoint_open(true), -ENETDOWN);
	CHECK_EQ(tl_endpoint_set(name, geteuid(), NULL), 0);
	fd = tl_endpoint_open(true);
	CHECK(fd >= 3);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	close(listener);
	CHECK_EQ(tl_endpoint_open(true), -ENETDOWN);
}

static const uint8_t token[RPC_TOKEN_LEN] = { 1, 2, [15] = 16 };

/* A child that answers one proof: with the token, or with a guess. */
static pid_t answer_once(int listener, const uint8_t *key)
{
	uint8_t room[RPC_REQUEST_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_reply reply = { 0 };
	struct rpc_request q;
	struct reader r;
	uint8_t proof[8];
	pid_t pid = fork();
	ssize_t n;
	int fd;

	if (pid != 0)
		return pid;
	fd = accept(listener, NULL, NULL);
	n = recv(fd, room, sizeof(room), 0);
	r = tl_reader(tl_bytes(room, n > 0 ? (size_t)n : 0));
	tl_rpc_read_request(&r, &q);
	/* The second half is never told. */
	if (!tl_reader_done(&r) || q.op != RPC_PROVE || q.token[1] != 2 ||
	    q.token[15] != 0)
		_exit(1);
	tl_store_be64(proof, tl_siphash_24(key, q.opt));
	reply.opt = TL_BYTES_OF(proof);
	tl_rpc_write_reply(&w, &reply);
	send(fd, room, w.n, 0);
	(void)recv(fd, room, sizeof(room), 0);
	_exit(0);
}

static void ends_well(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

TEST(endpoint_of_another_number_proves_itself_by_the_token)
{
	static const uint8_t guess[RPC_TOKEN_LEN] = { 1, 2 };
	char name[64];
	int listener;
	pid_t pid;
	int fd;

	snprintf(name, sizeof(name), "tapless-proof-test-%d", getpid());
	listener = listen_at(name);
	CHECK_EQ(tl_endpoint_set(name, geteuid() + 1, token), 0);
	pid = answer_once(listener, guess);
	CHECK_EQ(tl_endpoint_open(true), -ENETDOWN);
	ends_well(pid);
	pid = answer_once(listener, token);
	fd = tl_endpoint_open(true);
	CHECK(fd >= 0);
	close(fd);
	ends_well(pid);
	close(listener);
}

static unsigned int chosen;

static unsigned int choose(void)
{
	return chosen;
}

TEST(endpoint_of_calls_that_name_no_socket_is_chosen)
{
	environment(NULL, NULL, NULL);
	CHECK_EQ(tl_endpoint_used(), 0);
	CHECK(!tl_endpoint_find());
	CHECK_EQ(tl_endpoint_set("first", 1, NULL), 0);
	CHECK_EQ(tl_endpoint_set_at(2, "third", 3, token), 0);
	CHECK_EQ(tl_endpoint()->uid, 1);
	tl_endpoint_choose_by(choose);
	chosen = 2;
	CHECK_EQ(tl_endpoint()->uid, 3);
	CHECK_EQ(tl_endpoint()->token[15], 16);
	CHECK(tl_endpoint_find());
	CHECK(!tl_endpoint_at(1));
	tl_endpoint_clear(2, "another");
	CHECK(tl_endpoint());
	tl_endpoint_clear(2, "third");
	CHECK(!tl_endpoint());
	CHECK_EQ(tl_endpoint_at(0)->uid, 1);
	chosen = ENDPOINTS_MAX;
	CHECK(!tl_endpoint());
	CHECK_EQ(tl_endpoint_open(true), -ENETDOWN);
	tl_endpoint_choose_by(NULL);
	CHECK_EQ(tl_endpoint()->uid, 1);
}

/* What the environment says is about the first. */
TEST(endpoint_of_another_number_is_never_the_environments)
{
	environment("a-name", NULL, NULL);
	setenv(RPC_ENV_RULES, "host:10.0.0.0/8", 1);
	tl_endpoint_choose_by(choose);
	chosen = 1;
	CHECK(!tl_endpoint_find());
	chosen = 0;
	CHECK(tl_endpoint_find());
	CHECK_EQ(tl_policy_at(0)->n, 1);
	CHECK_EQ(tl_policy_at(1)->n, 0);
	CHECK(!tl_endpoint_at(1));
}
