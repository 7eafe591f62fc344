/* SPDX-License-Identifier: Apache-2.0 */
/*
 * membership.c - accept credentials and answer questions about them
 *
 * Theory of operation: the cheap tests come first and the signature last, as
 * the protocol says: what is older than what is held, or the same, never costs
 * a verification. Only revocations are verified at once. Tags, capabilities and
 * certificates of ownership follow one procedure; `struct kind` is what differs
 * between them.
 */
#include "vl2/membership.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

/* A credential that wants to be accepted; borrowed. */
struct claim {
	uint32_t id;
	int64_t timestamp;
	const void *item;
};

/* Where one type of credential is kept and how it is handled. */
struct kind {
	enum credential_type type;
	size_t most;
	size_t size;
	bool (*equal)(const void *a, const void *b);
	enum credential_verdict (*verify)(const void *c,
					  const struct keyring *keys,
					  struct address *missing);
};

static bool equal_tags(const void *a, const void *b)
{
	return tl_tag_equal(a, b);
}

static enum credential_verdict verify_tag(const void *c,
					  const struct keyring *keys,
					  struct address *missing)
{
	return tl_tag_verify(c, keys, missing);
}

static bool equal_capabilities(const void *a, const void *b)
{
	return tl_capability_equal(a, b);
}

static enum credential_verdict verify_capability(const void *c,
						 const struct keyring *keys,
						 struct address *missing)
{
	return tl_capability_verify(c, keys, missing);
}

static bool equal_ownerships(const void *a, const void *b)
{
	return tl_ownership_equal(a, b);
}

static enum credential_verdict verify_ownership(const void *c,
						const struct keyring *keys,
						struct address *missing)
{
	return tl_ownership_verify(c, keys, missing);
}

static const struct kind capability_kind = {
	.type = CREDENTIAL_CAPABILITY,
	.most = MEMBERSHIP_MAX_CAPABILITIES,
	.size = sizeof(struct capability),
	.equal = equal_capabilities,
	.verify = verify_capability,
};

static const struct kind tag_kind = {
	.type = CREDENTIAL_TAG,
	.most = MEMBERSHIP_MAX_TAGS,
	.size = sizeof(struct tag),
	.equal = equal_tags,
	.verify = verify_tag,
};

static const struct kind ownership_kind = {
	.type = CREDENTIAL_OWNERSHIP,
	.most = MEMBERSHIP_MAX_OWNERSHIPS,
	.size = sizeof(struct ownership),
	.equal = equal_ownerships,
	.verify = verify_ownership,
};

void tl_membership_init(struct membership *m, struct network_id net,
			struct address member)
{
	memset(m, 0, sizeof(*m));
	m->network = net;
	m->member = member;
}

static void free_table(struct held_table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		tl_free(t->at[i].item);
	tl_free(t->at);
	memset(t, 0, sizeof(*t));
}

void tl_membership_fini(struct membership *m)
{
	free_table(&m->capabilities);
	free_table(&m->tags);
	free_table(&m->ownerships);
	tl_free(m->revoked);
	m->revoked = NULL;
	m->n_revoked = 0;
	m->room_revoked = 0;
}

/* Room for one more of @size bytes, doubling up to @most. */
static int make_room(void **atp, size_t *room, size_t n, size_t most,
		     size_t size)
{
	size_t more = TL_MIN(*room ? 2 * *room : 4, most);
	void *at;

	if (n < *room)
		return 0;
	at = tl_realloc(*atp, more * size);
	if (!at)
		return -ENOMEM;
	*atp = at;
	*room = more;
	return 0;
}

/* Where @id is, or where it would have to be put. */
static size_t lower_bound(const struct held_table *t, uint32_t id)
{
	size_t low = 0;
	size_t high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->at[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct held *find_held(const struct held_table *t, uint32_t id)
{
	size_t i = lower_bound(t, id);

	return i < t->n && t->at[i].id == id ? &t->at[i] : NULL;
}

static void remove_held(struct held_table *t, size_t i)
{
	tl_free(t->at[i].item);
	t->n--;
	memmove(&t->at[i], &t->at[i + 1], (t->n - i) * sizeof(*t->at));
}

/* A full table lets its oldest entry go, if that is older than @timestamp. */
static int evict_oldest(struct held_table *t, int64_t timestamp)
{
	size_t oldest = 0;
	size_t i;

	for (i = 1; i < t->n; i++) {
		if (t->at[i].timestamp < t->at[oldest].timestamp)
			oldest = i;
	}
	if (t->at[oldest].timestamp >= timestamp)
		return -ENOSPC;
	remove_held(t, oldest);
	return 0;
}

static int insert_held(struct held_table *t, const struct kind *kind,
		       const struct held *new)
{
	void *at = t->at;
	size_t i;

	if (t->n == kind->most && evict_oldest(t, new->timestamp) < 0)
		return -ENOSPC;
	if (make_room(&at, &t->room, t->n, kind->most, sizeof(*t->at)) < 0)
		return -ENOMEM;
	t->at = at;
	i = lower_bound(t, new->id);
	memmove(&t->at[i + 1], &t->at[i], (t->n - i) * sizeof(*t->at));
	t->at[i] = *new;
	t->n++;
	return 0;
}

/* Keep a copy, in the place of the one with the same id. */
static int store(struct held_table *t, const struct kind *kind,
		 const struct claim *new)
{
	struct held *old = find_held(t, new->id);
	struct held copy = { new->id, new->timestamp, NULL };
	int err;

	if (old) {
		memcpy(old->item, new->item, kind->size);
		old->timestamp = new->timestamp;
		return 0;
	}
	copy.item = tl_alloc(kind->size);
	if (!copy.item)
		return -ENOMEM;
	memcpy(copy.item, new->item, kind->size);
	err = insert_held(t, kind, &copy);
	if (err < 0)
		tl_free(copy.item);
	return err;
}

static const struct revoked *find_revoked(const struct membership *m,
					  enum credential_type type,
					  uint32_t id)
{
	size_t i;

	for (i = 0; i < m->n_revoked; i++) {
		if (m->revoked[i].type == type && m->revoked[i].id == id)
			return &m->revoked[i];
	}
	return NULL;
}

/* Times up to the result are void; 0 if nothing was ever revoked, as times
 * before 1970 are not issued. */
static int64_t threshold_of(const struct membership *m,
			    enum credential_type type, uint32_t id)
{
	const struct revoked *revoked = find_revoked(m, type, id);
	int64_t threshold = revoked ? revoked->threshold : 0;

	return TL_MAX(threshold, m->floor[type]);
}

static bool is_revoked(const struct membership *m, enum credential_type type,
		       uint32_t id, int64_t timestamp)
{
	int64_t threshold = threshold_of(m, type, id);

	return threshold > 0 && timestamp <= threshold;
}

static enum add_result result_of(enum credential_verdict verdict)
{
	switch (verdict) {
	case CREDENTIAL_VALID:
		return ADD_NEW;
	case CREDENTIAL_SIGNER_UNKNOWN:
		return ADD_DEFERRED;
	default:
		return ADD_REJECTED;
	}
}

/* vl2.md 6.7 */
static enum add_result add_held(struct membership *m, struct held_table *t,
				const struct kind *kind,
				const struct claim *new,
				const struct keyring *keys,
				struct address *missing)
{
	const struct held *old = find_held(t, new->id);
	enum add_result result;

	if (old && old->timestamp > new->timestamp)
		return ADD_REJECTED;
	if (old && kind->equal(old->item, new->item))
		return ADD_REDUNDANT;
	if (is_revoked(m, kind->type, new->id, new->timestamp))
		return ADD_REJECTED;
	result = result_of(kind->verify(new->item, keys, missing));
	if (result == ADD_NEW && store(t, kind, new) < 0)
		return ADD_REJECTED;
	return result;
}

static bool is_ours(const struct membership *m, struct network_id net,
		    struct address issued_to)
{
	return tl_network_id_equal(m->network, net) &&
	       tl_address_equal(m->member, issued_to);
}

/* vl2.md 6.2 */
enum add_result tl_membership_add_com(struct membership *m,
				      const struct com *com,
				      const struct keyring *keys,
				      struct address *missing)
{
	int64_t timestamp = tl_com_timestamp(com);
	enum add_result result;

	if (!is_ours(m, tl_com_network(com), tl_com_issued_to(com)) ||
	    timestamp <= m->com_threshold ||
	    (m->com.n > 0 && timestamp < tl_com_timestamp(&m->com)))
		return ADD_REJECTED;
	if (m->com.n > 0 && tl_com_equal(&m->com, com))
		return ADD_REDUNDANT;
	result = result_of(tl_com_verify(com, keys, missing));
	if (result == ADD_NEW) {
		m->com = *com;
		m->agreed = 0;
	}
	return result;
}

enum add_result tl_membership_add_capability(struct membership *m,
					     const struct capability *cap,
					     const struct keyring *keys,
					     struct address *missing)
{
	struct claim new = { cap->id, cap->timestamp, cap };

	if (!is_ours(m, cap->network, tl_capability_issued_to(cap)))
		return ADD_REJECTED;
	return add_held(m, &m->capabilities, &capability_kind, &new, keys,
			missing);
}

enum add_result tl_membership_add_tag(struct membership *m,
				      const struct tag *tag,
				      const struct keyring *keys,
				      struct address *missing)
{
	struct claim new = { tag->id, tag->timestamp, tag };

	if (!is_ours(m, tag->network, tag->issued_to))
		return ADD_REJECTED;
	return add_held(m, &m->tags, &tag_kind, &new, keys, missing);
}

enum add_result tl_membership_add_ownership(struct membership *m,
					    const struct ownership *own,
					    const struct keyring *keys,
					    struct address *missing)
{
	struct claim new = { own->id, own->timestamp, own };

	if (!is_ours(m, own->network, own->issued_to))
		return ADD_REJECTED;
	return add_held(m, &m->ownerships, &ownership_kind, &new, keys,
			missing);
}

/* Let it count for all credentials of its type instead of one. */
static void raise_floor(struct membership *m, const struct revoked *r)
{
	m->floor[r->type] = TL_MAX(m->floor[r->type], r->threshold);
}

/* Make room for a revocation. */
static void forget_lowest(struct membership *m)
{
	size_t lowest = 0;
	size_t i;

	for (i = 1; i < m->n_revoked; i++) {
		if (m->revoked[i].threshold < m->revoked[lowest].threshold)
			lowest = i;
	}
	raise_floor(m, &m->revoked[lowest]);
	m->revoked[lowest] = m->revoked[--m->n_revoked];
}

/* Never fails: what cannot be kept counts for more than it should. */
static void note_revoked(struct membership *m, const struct revoked *new)
{
	void *at = m->revoked;
	size_t i;

	for (i = 0; i < m->n_revoked; i++) {
		if (m->revoked[i].type == new->type &&
		    m->revoked[i].id == new->id) {
			m->revoked[i].threshold = new->threshold;
			return;
		}
	}
	if (m->n_revoked == MEMBERSHIP_MAX_REVOCATIONS)
		forget_lowest(m);
	if (make_room(&at, &m->room_revoked, m->n_revoked,
		      MEMBERSHIP_MAX_REVOCATIONS, sizeof(*m->revoked)) < 0) {
		raise_floor(m, new);
		return;
	}
	m->revoked = at;
	m->revoked[m->n_revoked++] = *new;
}

/* vl2.md 6.6. The signature comes first: what is forged is never redundant. */
enum add_result tl_membership_add_revocation(struct membership *m,
					     const struct revocation *rev,
					     const struct keyring *keys,
					     struct address *missing)
{
	enum credential_type type = (enum credential_type)rev->credential_type;
	struct revoked new = { type, rev->credential_id, rev->threshold };
	enum add_result result;

	if (!is_ours(m, rev->network, rev->target) || type < CREDENTIAL_COM ||
	    type > CREDENTIAL_OWNERSHIP)
		return ADD_REJECTED;
	result = result_of(tl_revocation_verify(rev, keys, missing));
	if (result != ADD_NEW)
		return result;
	if (type == CREDENTIAL_COM) {
		if (rev->threshold <= m->com_threshold)
			return ADD_REDUNDANT;
		m->com_threshold = rev->threshold;
		m->agreed = 0;
		return ADD_NEW;
	}
	if (rev->threshold <= threshold_of(m, type, rev->credential_id))
		return ADD_REDUNDANT;
	note_revoked(m, &new);
	return ADD_NEW;
}

enum add_result tl_membership_add(struct membership *m,
				  const struct credential *c,
				  const struct keyring *keys,
				  struct address *missing)
{
	switch (c->type) {
	case CREDENTIAL_COM:
		return tl_membership_add_com(m, &c->com, keys, missing);
	case CREDENTIAL_CAPABILITY:
		return tl_membership_add_capability(m, &c->capability, keys,
						    missing);
	case CREDENTIAL_TAG:
		return tl_membership_add_tag(m, &c->tag, keys, missing);
	case CREDENTIAL_OWNERSHIP:
		return tl_membership_add_ownership(m, &c->ownership, keys,
						   missing);
	case CREDENTIAL_REVOCATION:
		return tl_membership_add_revocation(m, &c->revocation, keys,
						    missing);
	default:
		return ADD_REJECTED;
	}
}

static const char *why_not_held(const struct membership *m,
				const struct held_table *t,
				enum credential_type type, uint32_t id,
				int64_t timestamp)
{
	const struct held *old = find_held(t, id);

	if (old && old->timestamp > timestamp)
		return "old";
	return is_revoked(m, type, id, timestamp) ? "revoked" : "invalid";
}

static const char *why_not_com(const struct membership *m,
			       const struct com *com)
{
	int64_t timestamp = tl_com_timestamp(com);

	if (timestamp <= m->com_threshold)
		return "revoked";
	return m->com.n && timestamp < tl_com_timestamp(&m->com) ? "old"
								 : "invalid";
}

const char *tl_membership_why_not(const struct membership *m,
				  const struct credential *c)
{
	switch (c->type) {
	case CREDENTIAL_COM:
		return why_not_com(m, &c->com);
	case CREDENTIAL_CAPABILITY:
		return why_not_held(m, &m->capabilities, c->type,
				    c->capability.id, c->capability.timestamp);
	case CREDENTIAL_TAG:
		return why_not_held(m, &m->tags, c->type, c->tag.id,
				    c->tag.timestamp);
	case CREDENTIAL_OWNERSHIP:
		return why_not_held(m, &m->ownerships, c->type, c->ownership.id,
				    c->ownership.timestamp);
	default:
		return "invalid";
	}
}

static const uint8_t *hash_of(struct membership *m,
			      const struct identity *identity)
{
	if (!m->has_hash ||
	    memcmp(m->pub, identity->pub, sizeof(m->pub)) != 0) {
		tl_identity_hash(m->hash, identity);
		memcpy(m->pub, identity->pub, sizeof(m->pub));
		m->has_hash = true;
	}
	return m->hash;
}

bool tl_membership_agrees(struct membership *m, const struct com *mine,
			  const struct identity *identity)
{
	return m->com.n > 0 && tl_address_equal(m->member, identity->addr) &&
	       tl_com_timestamp(&m->com) > m->com_threshold &&
	       tl_com_agrees_hash(mine, &m->com, hash_of(m, identity));
}

bool tl_membership_still_agrees(struct membership *m, const struct com *mine,
				uint64_t serial,
				const struct identity *identity)
{
	tl_assert(serial);
	if (m->agreed == serial &&
	    tl_address_equal(m->member, identity->addr) &&
	    !memcmp(m->pub, identity->pub, sizeof(m->pub)))
		return true;
	m->agreed = tl_membership_agrees(m, mine, identity) ? serial : 0;
	return m->agreed;
}

static bool is_in_window(int64_t timestamp, struct credential_window win)
{
	uint64_t a = (uint64_t)timestamp;
	uint64_t b = (uint64_t)win.timestamp;
	uint64_t distance = timestamp > win.timestamp ? a - b : b - a;

	return win.max_delta >= 0 && distance <= (uint64_t)win.max_delta;
}

bool tl_membership_is_usable(const struct membership *m,
			     enum credential_type type, uint32_t id,
			     int64_t timestamp, struct credential_window win)
{
	tl_assert(type <= CREDENTIAL_OWNERSHIP);
	return is_in_window(timestamp, win) &&
	       !is_revoked(m, type, id, timestamp);
}

static const void *find_usable(const struct membership *m,
			       const struct held_table *t,
			       enum credential_type type, uint32_t id,
			       struct credential_window win)
{
	const struct held *held = find_held(t, id);

	if (!held ||
	    !tl_membership_is_usable(m, type, id, held->timestamp, win))
		return NULL;
	return held->item;
}

const struct tag *tl_membership_tag(const struct membership *m, uint32_t id,
				    struct credential_window win)
{
	return find_usable(m, &m->tags, CREDENTIAL_TAG, id, win);
}

const struct capability *tl_membership_capability(const struct membership *m,
						  uint32_t id,
						  struct credential_window win)
{
	return find_usable(m, &m->capabilities, CREDENTIAL_CAPABILITY, id, win);
}

static const void *next_usable(const struct membership *m,
			       const struct held_table *t,
			       enum credential_type type, size_t *at,
			       struct credential_window win)
{
	while (*at < t->n) {
		const struct held *held = &t->at[(*at)++];

		if (tl_membership_is_usable(m, type, held->id, held->timestamp,
					    win))
			return held->item;
	}
	return NULL;
}

const struct capability *tl_membership_next_capability(
	const struct membership *m, size_t *at, struct credential_window win)
{
	return next_usable(m, &m->capabilities, CREDENTIAL_CAPABILITY, at, win);
}

bool tl_membership_owns_ip(const struct membership *m,
			   const struct endpoint *ip,
			   struct credential_window win)
{
	const struct ownership *own;
	size_t at = 0;

	while ((own = next_usable(m, &m->ownerships, CREDENTIAL_OWNERSHIP, &at,
				  win)) != NULL) {
		if (tl_ownership_has_ip(own, ip))
			return true;
	}
	return false;
}

bool tl_membership_owns_mac(const struct membership *m, struct mac mac,
			    struct credential_window win)
{
	const struct ownership *own;
	size_t at = 0;

	while ((own = next_usable(m, &m->ownerships, CREDENTIAL_OWNERSHIP, &at,
				  win)) != NULL) {
		if (tl_ownership_has_mac(own, mac))
			return true;
	}
	return false;
}

static void expire_table(struct held_table *t, struct credential_window win)
{
	size_t i = 0;

	while (i < t->n) {
		if (is_in_window(t->at[i].timestamp, win))
			i++;
		else
			remove_held(t, i);
	}
}

void tl_membership_expire(struct membership *m, struct credential_window win)
{
	expire_table(&m->capabilities, win);
	expire_table(&m->tags, win);
	expire_table(&m->ownerships, win);
}
