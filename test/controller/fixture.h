/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fixture.h - a controller without a node, for tests
 *
 * Everything that the controller sends is kept: the last complete
 * configuration of each kind is put together and parsed. Header only, since
 * each test is a program of its own.
 */
#ifndef TL_TEST_CONTROLLER_FIXTURE_H
#define TL_TEST_CONTROLLER_FIXTURE_H

#include "base/alloc.h"
#include "controller/controller.h"
#include "controller/store_memory.h"
#include "vectors/vector.h"
#include "wire/config_chunk.h"
#include "wire/config_request.h"
#include "wire/credentials_message.h"
#include "wire/netconf.h"

#define FIXTURE_NOW 1795378430000
#define FIXTURE_MAX_REVOKED 8192

/**
 * struct fixture - A controller and what it did
 * @n_configs:	complete configurations sent, @n_pushes of them unasked
 * @conf:	the last one; NULL if none
 * @conf_to:	to whom
 * @revoked:	targets of all revocations, once for each recipient
 */
struct fixture {
	struct identity self;
	struct identity members[2];
	struct store_memory *memory;
	struct controller *c;
	uint64_t random;
	int64_t now;
	uint64_t packet_id;

	size_t n_configs;
	size_t n_pushes;
	size_t n_chunks;
	struct netconf *conf;
	struct address conf_to;
	uint64_t update_id;
	size_t assembled;
	uint8_t dict[NETCONF_DICT_MAX];

	size_t n_errors;
	enum error_code error;
	size_t n_revoked;
	struct address revoked[FIXTURE_MAX_REVOKED];
	struct address revoked_at[FIXTURE_MAX_REVOKED];
	int64_t threshold;
	size_t n_credentials;
	struct address reached; /* still heard from */
	bool hears_taken; /* from fixture_start() on */
};

static inline void fixture_on_config(void *ctx, struct network_id network,
				     struct address to, uint64_t packet_id,
				     struct bytes payload)
{
	struct fixture *f = ctx;
	struct reader r = tl_reader(payload);
	struct config_chunk chunk;

	tl_read_config_chunk(&r, 0, &chunk);
	CHECK(tl_reader_done(&r));
	CHECK(chunk.is_signed);
	CHECK(tl_config_chunk_verify(&chunk, f->self.pub));
	CHECK_EQ(chunk.network.v, network.v);
	CHECK_EQ(chunk.flags, 0);
	CHECK(chunk.update_id != 0);
	CHECK(chunk.data.n <= CONFIG_CHUNK_MAX);
	if (chunk.offset == 0)
		f->assembled = 0;
	else
		CHECK_EQ(chunk.update_id, f->update_id);
	CHECK_EQ(chunk.offset, f->assembled);
	f->update_id = chunk.update_id;
	memcpy(f->dict + chunk.offset, chunk.data.at, chunk.data.n);
	f->assembled += chunk.data.n;
	f->n_chunks++;
	if (f->assembled < chunk.total)
		return;
	tl_alloc_fail_after(-1); /* a sweep ends where the test begins */
	tl_netconf_free(f->conf);
	CHECK_EQ(tl_netconf_parse(&f->conf, tl_bytes(f->dict, f->assembled)),
		 0);
	f->conf_to = to;
	f->n_configs++;
	f->n_pushes += packet_id == 0;
}

static inline void fixture_on_error(void *ctx, struct network_id network,
				    struct address to, uint64_t packet_id,
				    enum error_code code)
{
	struct fixture *f = ctx;

	(void)network;
	(void)to;
	CHECK(packet_id != 0);
	f->n_errors++;
	f->error = code;
}

static inline const struct identity *fixture_find(void *ctx,
						  struct address addr)
{
	struct fixture *f = ctx;

	return tl_address_equal(addr, f->self.addr) ? &f->self : NULL;
}

static inline struct keyring fixture_keys(struct fixture *f)
{
	return (struct keyring){ .find = fixture_find, .ctx = f };
}

static inline void fixture_on_credentials(void *ctx, struct network_id network,
					  struct address to,
					  struct bytes payload)
{
	static struct credential cred;
	struct fixture *f = ctx;
	struct credentials_parser p = tl_credentials_parser(payload);
	struct keyring keys = fixture_keys(f);
	struct address missing;

	f->n_credentials++;
	while (tl_credentials_next(&p, &cred)) {
		const struct revocation *r = &cred.revocation;

		CHECK_EQ(cred.type, CREDENTIAL_REVOCATION);
		CHECK_EQ(tl_revocation_verify(r, &keys, &missing),
			 CREDENTIAL_VALID);
		CHECK_EQ(r->network.v, network.v);
		CHECK_EQ(r->credential_type, CREDENTIAL_COM);
		CHECK_EQ(r->flags, REVOCATION_FAST_PROPAGATE);
		CHECK(f->n_revoked < FIXTURE_MAX_REVOKED);
		f->revoked[f->n_revoked] = r->target;
		f->revoked_at[f->n_revoked++] = to;
		f->threshold = r->threshold;
	}
	CHECK(tl_credentials_ok(&p));
}

/* Not random at all, but never the same twice. */
static inline void fixture_random(void *ctx, void *out, size_t n)
{
	struct fixture *f = ctx;
	uint8_t *p = out;

	while (n-- > 0) {
		f->random =
			f->random * 6364136223846793005u + 1442695040888963407u;
		*p++ = (uint8_t)(f->random >> 56);
	}
}

static inline struct identity fixture_identity(const char *text)
{
	struct identity id;

	CHECK_EQ(tl_identity_parse(&id, tl_bytes_from_str(text)), 0);
	return id;
}

static inline bool fixture_is_reached(void *ctx, struct address node)
{
	const struct fixture *f = ctx;

	return f->reached.v == node.v;
}

/* (Re)start the controller on what is stored. */
static inline void fixture_start(struct fixture *f)
{
	struct store store = tl_store_memory_ops(f->memory);
	struct controller_host host = {
		.ctx = f,
		.send_config = fixture_on_config,
		.send_error = fixture_on_error,
		.send_credentials = fixture_on_credentials,
		.random = fixture_random,
		.hears_taken = f->hears_taken,
		.is_reached = fixture_is_reached,
	};

	tl_controller_free(f->c);
	f->c = NULL;
	CHECK_EQ(tl_controller_new(&f->c, &f->self, &host, &store, f->now), 0);
}

/* The identities are those of netconf.json. */
static inline struct fixture *fixture_new(void)
{
	json_t *root = tl_vector_load("netconf");
	json_t *ids = tl_vector_array(root, "member_identities");
	struct fixture *f = calloc(1, sizeof(*f));
	size_t i;

	CHECK(f);
	CHECK(json_array_size(ids) >= 2);
	f->self = fixture_identity(tl_vector_text(root, "controller_identity"));
	for (i = 0; i < 2; i++)
		f->members[i] = fixture_identity(
			json_string_value(json_array_get(ids, i)));
	f->now = FIXTURE_NOW;
	f->random = 1;
	f->packet_id = 1000;
	CHECK_EQ(tl_store_memory_new(&f->memory), 0);
	fixture_start(f);
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	tl_controller_free(f->c);
	tl_store_memory_free(f->memory);
	tl_netconf_free(f->conf);
	free(f);
}

static inline struct network_id fixture_network(const struct fixture *f,
						uint32_t number)
{
	return (struct network_id){ f->self.addr.v << 24 | number };
}

/* An HTTP request; the answer lives until the next one. */
static inline const char *fixture_http(struct fixture *f, const char *method,
				       const char *path, const char *body,
				       int want_status)
{
	static struct controller_reply reply;

	free(reply.text);
	tl_controller_http(f->c, method, path, tl_bytes_from_str(body), f->now,
			   &reply);
	if (reply.status != want_status)
		FAIL("%s %s: status %d, not %d: %s", method, path, reply.status,
		     want_status, reply.text ? reply.text : "");
	return reply.text ? reply.text : "";
}

/* Post to a network, or to one of its members if @member is not NULL. */
static inline const char *fixture_post(struct fixture *f, uint32_t number,
				       const struct identity *member,
				       const char *body)
{
	char path[100];

	if (member)
		snprintf(path, sizeof(path),
			 "/controller/network/%016llx/member/%010llx",
			 (unsigned long long)fixture_network(f, number).v,
			 (unsigned long long)member->addr.v);
	else
		snprintf(path, sizeof(path), "/controller/network/%016llx",
			 (unsigned long long)fixture_network(f, number).v);
	return fixture_http(f, "POST", path, body, 200);
}

/* Post @what, a field and its value, to @n members from @first on at once. */
static inline void fixture_post_many(struct fixture *f, uint32_t number,
				     uint64_t first, unsigned int n,
				     const char *what)
{
	size_t size = 32 + n * (32 + strlen(what));
	char *body = malloc(size);
	char path[100];
	size_t at;
	unsigned int i;

	CHECK(body);
	at = (size_t)snprintf(body, size, "{\"members\":[");
	for (i = 0; i < n; i++)
		at += (size_t)snprintf(body + at, size - at,
				       "%s{\"id\":\"%010llx\",%s}",
				       i ? "," : "",
				       (unsigned long long)first + i, what);
	snprintf(body + at, size - at, "]}");
	snprintf(path, sizeof(path),
		 "/unstable/controller/network/%016llx/member",
		 (unsigned long long)fixture_network(f, number).v);
	fixture_http(f, "POST", path, body, 200);
	free(body);
}

/* A request from @who with this token, or NULL. */
static inline void fixture_request(struct fixture *f, uint32_t number,
				   const struct identity *who,
				   const char *token)
{
	struct config_metadata meta = tl_config_metadata_own(1, 14, 1);
	uint8_t room[CONFIG_METADATA_MAX];
	struct writer w = tl_writer(TL_BUFFER_OF(room));
	struct endpoint from = { .family = 4, .port = 9993 };
	struct controller_request q = {
		.network = fixture_network(f, number),
		.from = &from,
		.packet_id = f->packet_id++,
		.requester = who,
	};

	/* Also where we have no AES ourselves. */
	meta.protocol_version = PROTOCOL_VERSION_AES;
	from.ip[0] = 192;
	from.ip[2] = 2;
	from.ip[3] = 7;
	if (token)
		snprintf(meta.auth, sizeof(meta.auth), "token:%s", token);
	tl_config_metadata_build(&w, &meta);
	CHECK(tl_writer_ok(&w));
	q.metadata = tl_writer_bytes(&w);
	tl_controller_on_request(f->c, &q, f->now);
}

/* Ticks until nothing is left to do. */
static inline void fixture_settle(struct fixture *f)
{
	while (tl_controller_next_ms(f->c) <= f->now)
		tl_controller_tick(f->c, f->now);
}

#endif /* TL_TEST_CONTROLLER_FIXTURE_H */
