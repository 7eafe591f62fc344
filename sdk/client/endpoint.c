/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/client/endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/siphash.h"
#include "sdk/client/sys.h"

/* Control channels are put above the numbers that programs give a meaning. */
#define HIGH_FD 200
#define PROOF_TIMEOUT_S 5

static struct service_endpoint endpoints[ENDPOINTS_MAX];

/* Of the first; there are no rules for the others. */
static struct policy policy;
static const struct policy no_policy;

static _Atomic(endpoint_choose_fn) choose;

void tl_endpoint_choose_by(endpoint_choose_fn fn)
{
	atomic_store(&choose, fn);
}

unsigned int tl_endpoint_used(void)
{
	endpoint_choose_fn fn = atomic_load(&choose);

	return fn ? fn() : 0;
}

const struct policy *tl_policy_at(unsigned int number)
{
	return number == 0 ? &policy : &no_policy;
}

int tl_endpoint_set_at(unsigned int number, const char *name, uid_t uid,
		       const uint8_t *token)
{
	struct service_endpoint *e = &endpoints[number];
	size_t n = strlen(name);

	if (n == 0 || n > ENDPOINT_NAME_MAX)
		return -EINVAL;

	memcpy(e->name, name, n);
	e->name_len = n;
	e->uid = uid;
	memset(e->token, 0, sizeof(e->token));
	if (token)
		memcpy(e->token, token, sizeof(e->token));
	return 0;
}

int tl_endpoint_set(const char *name, uid_t uid, const uint8_t *token)
{
	return tl_endpoint_set_at(0, name, uid, token);
}

void tl_endpoint_clear(unsigned int number, const char *name)
{
	struct service_endpoint *e = &endpoints[number];

	if (e->name_len == strlen(name) &&
	    memcmp(e->name, name, e->name_len) == 0)
		e->name_len = 0;
}

/* Decimal digits only; strtoul() would take signs and blanks. */
static int parse_uid(uid_t *out, const char *text)
{
	uint64_t v = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		v = v * 10 + (uint64_t)(*text - '0');
		if (v > UINT32_MAX)
			return -EINVAL;
	}
	*out = (uid_t)v;
	return 0;
}

bool tl_listen_sides_parse(enum listen_sides *out, const char *text)
{
	static const char *const names[] = { [LISTEN_VIRTUAL] = "virtual",
					     [LISTEN_HOST] = "host",
					     [LISTEN_BOTH] = "both" };

	for (size_t i = 0; i < TL_ARRAY_SIZE(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum listen_sides)i;
			return true;
		}
	}
	return false;
}

int tl_endpoint_from_env(void)
{
	const char *name = getenv(RPC_ENV_SERVICE);
	const char *uid_text = getenv(RPC_ENV_UID);
	const char *token_text = getenv(RPC_ENV_TOKEN);
	const char *isolate = getenv(RPC_ENV_ISOLATE);
	const char *listen = getenv(RPC_ENV_LISTEN);
	const char *rules = getenv(RPC_ENV_RULES);
	const char *dns = getenv(RPC_ENV_DNS);
	struct service_endpoint *e = &endpoints[0];
	uint8_t token[RPC_TOKEN_LEN] = { 0 };
	uid_t uid = geteuid();
	int r;

	if (!name || !*name)
		return -ENOENT;
	if (uid_text && parse_uid(&uid, uid_text) < 0)
		return -EINVAL;
	if (token_text && *token_text) {
		r = tl_hex_decode(token, sizeof(token),
				  tl_bytes_from_str(token_text));
		if (r < 0)
			return r;
	}
	if (listen && !tl_listen_sides_parse(&e->listen, listen))
		return -EINVAL;
	policy.n = 0;
	if (rules && tl_policy_parse(&policy, rules) < 0)
		return -EINVAL;
	if (dns && *dns && strcmp(dns, "off") != 0 && strcmp(dns, "on") != 0)
		return -EINVAL;
	e->isolate = isolate && strcmp(isolate, "1") == 0;
	e->dns_off = dns && strcmp(dns, "off") == 0;
	return tl_endpoint_set(name, uid, token);
}

const struct service_endpoint *tl_endpoint_at(unsigned int number)
{
	if (number >= ENDPOINTS_MAX || endpoints[number].name_len == 0)
		return NULL;
	return &endpoints[number];
}

const struct service_endpoint *tl_endpoint(void)
{
	return tl_endpoint_at(tl_endpoint_used());
}

bool tl_endpoint_find(void)
{
	unsigned int number = tl_endpoint_used();

	if (tl_endpoint_at(number))
		return true;
	return number == 0 && tl_endpoint_from_env() == 0;
}

/* A stranger at the name might keep us waiting. */
static ssize_t receive_soon(int fd, void *at, size_t n)
{
	struct timeval limit = { .tv_sec = PROOF_TIMEOUT_S };
	ssize_t got;

	tl_sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	do
		got = tl_sys_recv(fd, at, n, 0);
	while (got == -EINTR);
	limit.tv_sec = 0;
	tl_sys_setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return got;
}

/* The token was given by the service; who shows that he knows it is the one. */
static bool proves_itself(const struct service_endpoint *e, int fd)
{
	struct rpc_request q = { .op = RPC_PROVE };
	uint8_t nonce[RPC_NONCE_LEN];
	uint8_t room[RPC_REQUEST_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct rpc_reply reply;
	struct reader r;
	ssize_t n;

	if (SYS3(SYS_getrandom, nonce, sizeof(nonce), 0) != sizeof(nonce))
		return false;
	memcpy(q.token, e->token, RPC_TOKEN_LEN / 2);
	q.opt = TL_BYTES_OF(nonce);
	tl_rpc_write_request(&w, &q);
	if (tl_sys_send(fd, room, w.n, MSG_NOSIGNAL) != (ssize_t)w.n)
		return false;
	n = receive_soon(fd, room, sizeof(room));
	r = tl_reader(tl_bytes(room, n > 0 ? (size_t)n : 0));
	tl_rpc_read_reply(&r, &reply);
	return tl_reader_done(&r) && reply.status == 0 && reply.opt.n == 8 &&
	       tl_load_be64(reply.opt.at) ==
		       tl_siphash_24(e->token, TL_BYTES_OF(nonce));
}

static bool has_token(const struct service_endpoint *e)
{
	static const uint8_t none[RPC_TOKEN_LEN];

	return memcmp(e->token, none, sizeof(none)) != 0;
}

/* Whoever listens at the name must be the service's user. In a user namespace
 * the kernel tells other numbers than those that `tapless run` knew. */
static bool is_service(const struct service_endpoint *e, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (tl_sys_getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    len != sizeof(cred))
		return false;
	return cred.uid == e->uid || (has_token(e) && proves_itself(e, fd));
}

/* Out of the way of programs that expect certain numbers or close low ones. */
static int move_high(int fd)
{
	int high = tl_sys_fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);

	if (high < 0)
		return fd;
	tl_sys_close(fd);
	return high;
}

static int connect_retrying(int fd, const struct sockaddr_un *un, socklen_t len)
{
	int r;

	do
		r = tl_sys_connect(fd, un, len);
	while (r == -EINTR);
	return r;
}

int tl_endpoint_open_at(unsigned int number, bool for_long)
{
	const struct service_endpoint *e = tl_endpoint_at(number);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (!e)
		return -ENETDOWN;

	memcpy(un.sun_path + 1, e->name, e->name_len);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			  e->name_len);
	fd = tl_sys_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd == -EMFILE || fd == -ENFILE ? fd : -ENETDOWN;

	if (for_long)
		fd = move_high(fd);
	if (connect_retrying(fd, &un, len) < 0 || !is_service(e, fd)) {
		tl_sys_close(fd);
		return -ENETDOWN;
	}
	return fd;
}

int tl_endpoint_open(bool for_long)
{
	return tl_endpoint_open_at(tl_endpoint_used(), for_long);
}
