/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests for a configuration: who asks, may it, answer (vl2.md 14.3).
 */
#include <errno.h>
#include <string.h>

#include "controller/controller_impl.h"
#include "wire/config_request.h"

#define CONFIG_VERSION_OLDEST 6

static void refuse(struct controller *c, const struct controller_request *q,
		   enum error_code code)
{
	c->host.send_error(c->host.ctx, q->network, q->requester->addr,
			   q->packet_id, code);
}

static bool is_too_soon(int64_t last_ms, int64_t now)
{
	return last_ms != NEVER_MS && last_ms <= now &&
	       now - last_ms <= CONTROLLER_REQUEST_GATE_MS;
}

/* The gate for those who have no record here. */
static bool is_stranger_too_soon(struct controller *c,
				 const struct controller_request *q,
				 int64_t now)
{
	uint64_t h = tl_map_hash_u64(&c->networks,
				     q->network.v ^ q->requester->addr.v << 24);
	struct stranger *s = &c->strangers[h % STRANGER_SLOTS];

	if (s->network == q->network.v && s->address == q->requester->addr.v &&
	    is_too_soon(s->asked_ms, now))
		return true;
	*s = (struct stranger){
		.network = q->network.v,
		.address = q->requester->addr.v,
		.asked_ms = now,
	};
	return false;
}

/* Text of "token:T", empty if the member sent none. */
static const char *get_token(const struct config_metadata *meta)
{
	static const char prefix[] = "token:";

	if (strncmp(meta->auth, prefix, sizeof(prefix) - 1) != 0)
		return "";
	return meta->auth + sizeof(prefix) - 1;
}

static bool is_admitted_by_token(const struct network_object *net,
				 const char *token, int64_t now)
{
	return *token &&
	       tl_network_object_admits(net, tl_bytes_from_str(token), now);
}

static int admit(struct member_object *o, const struct network_object *net,
		 const struct config_metadata *meta, int64_t now)
{
	const char *token = get_token(meta);
	bool is_first = o->last_authorized_ms == 0;
	int err;

	if (o->authorized)
		return 0;
	if (!net->is_private)
		err = tl_member_object_authorize(o, MEMBER_GRANT_PUBLIC, NULL,
						 now);
	else if (is_admitted_by_token(net, token, now))
		err = tl_member_object_authorize(o, MEMBER_GRANT_TOKEN, token,
						 now);
	else
		return 0;
	if (!err && is_first)
		err = tl_served_add_default_capabilities(o, net);
	return err;
}

static void note_version(struct member_object *o,
			 const struct config_metadata *meta)
{
	if (!o->authorized)
		return;
	o->version = (struct member_version){
		.major = (int64_t)(meta->version_major & 0xffff),
		.minor = (int64_t)(meta->version_minor & 0xffff),
		.revision = (int64_t)(meta->version_revision & 0xffff),
		.protocol = (int64_t)(meta->protocol_version & 0xffff),
	};
}

/* A member that was never seen, not stored yet; NULL if it is refused. */
static struct served_member *make_member(struct controller *c,
					 struct served_network *n,
					 const struct controller_request *q,
					 int64_t now)
{
	struct member_object *o;
	struct served_member *m;

	if (n->members.count >= CONTROLLER_MAX_MEMBERS ||
	    tl_member_object_new(&o, n->object->id, q->requester->addr, now))
		return NULL;
	if (tl_served_member_add(&m, n, o)) {
		tl_controller_complain(c, -ENOMEM, now);
		return NULL;
	}
	return m;
}

static bool is_other_identity(const struct served_member *m,
			      const struct identity *requester)
{
	return m->object->has_identity &&
	       memcmp(m->object->pub, requester->pub, IDENTITY_PUB_LEN) != 0;
}

static void note_request(struct served_member *m,
			 const struct controller_request *q,
			 const struct config_metadata *meta, int64_t now)
{
	m->last_request_ms = now;
	m->has_metadata = true;
	m->has_rules_engine = meta->rules_revision > 0;
	m->from = q->from ? *q->from : (struct endpoint){ 0 };
}

/* The token with which a member was just admitted is good for it alone. It is
 * written in the same batch as the member, or neither is. */
static int spend_token(struct controller *c, struct served_network *n,
		       const char *token, int64_t now)
{
	struct network_object *next;
	int err = tl_network_object_spend(&next, n->object,
					  tl_bytes_from_str(token), now);

	if (err)
		return err == -ENOENT ? 0 : err;
	return tl_served_network_store(c, n, next, false);
}

/* Identity, authorization, version: stored if anything is new. */
static int update_member(struct controller *c, struct served_member *m,
			 const struct controller_request *q,
			 const struct config_metadata *meta, int64_t now)
{
	struct member_object *next;
	bool changed;
	int err = tl_member_object_copy(&next, m->object);

	if (err)
		return err;
	next->has_identity = true;
	memcpy(next->pub, q->requester->pub, sizeof(next->pub));
	err = admit(next, m->network->object, meta, now);
	if (!err && next->authorized && !m->object->authorized &&
	    next->grant == MEMBER_GRANT_TOKEN)
		err = spend_token(c, m->network, next->token, now);
	if (err) {
		tl_member_object_free(next);
		return err;
	}
	note_version(next, meta);
	return tl_served_member_store(c, m, next, false, &changed);
}

static void answer(struct controller *c, struct served_member *m,
		   const struct controller_request *q,
		   const struct config_metadata *meta, int64_t now)
{
	int err;

	note_request(m, q, meta, now);
	err = update_member(c, m, q, meta, now);
	if (!err)
		err = tl_controller_send(c, m, q->packet_id, now);
	if (err == -EACCES)
		refuse(c, q, ERROR_NETWORK_ACCESS_DENIED);
	else if (err)
		tl_controller_complain(c, err, now);
	/* What could not be stored is not remembered either. */
	if (m->object->revision == 0)
		tl_served_member_drop(m->network, m);
}

/* Would a member without a record be listed for approval, and too many are? */
static bool is_list_full(const struct served_network *n,
			 const struct config_metadata *meta, int64_t now)
{
	return n->object->is_private &&
	       n->n_pending >= CONTROLLER_MAX_PENDING &&
	       !is_admitted_by_token(n->object, get_token(meta), now);
}

static void on_stranger(struct controller *c, struct served_network *n,
			const struct controller_request *q,
			const struct config_metadata *meta, int64_t now)
{
	struct served_member *m;

	if (is_stranger_too_soon(c, q, now))
		return;
	if (is_list_full(n, meta, now)) {
		refuse(c, q, ERROR_NETWORK_ACCESS_DENIED);
		return;
	}
	m = make_member(c, n, q, now);
	if (m)
		answer(c, m, q, meta, now);
}

static void handle(struct controller *c, const struct controller_request *q,
		   int64_t now)
{
	struct config_metadata meta;
	struct served_network *n;
	struct served_member *m;

	if (!tl_address_equal(tl_network_id_controller(q->network),
			      c->self.addr))
		return;
	n = tl_served_network_find(c, q->network);
	tl_config_metadata_parse(&meta, tl_bytes_first(q->metadata,
						       CONFIG_METADATA_MAX));
	/* Nodes that say they are that old read another format. */
	if (!n || (meta.config_version > 0 &&
		   meta.config_version < CONFIG_VERSION_OLDEST)) {
		if (!is_stranger_too_soon(c, q, now))
			refuse(c, q, ERROR_OBJ_NOT_FOUND);
		return;
	}
	m = tl_served_member_find(n, q->requester->addr);
	if (!m) {
		on_stranger(c, n, q, &meta, now);
		return;
	}
	if (is_too_soon(m->last_request_ms, now))
		return;
	if (is_other_identity(m, q->requester)) {
		if (!is_stranger_too_soon(c, q, now))
			refuse(c, q, ERROR_NETWORK_ACCESS_DENIED);
		return;
	}
	answer(c, m, q, &meta, now);
}

void tl_controller_on_request(struct controller *c,
			      const struct controller_request *q, int64_t now)
{
	handle(c, q, now);
	(void)tl_change_commit(c, now);
}
