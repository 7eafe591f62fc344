/* SPDX-License-Identifier: Apache-2.0 */
/* init.c - what is said before the node starts */
#include "sdk/libzt/zts.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "os/file.h"
#include "sdk/temporary.h"
#include "wire/identity.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zts_settings settings;

struct zts_settings *tl_zts_settings(void)
{
	return &settings;
}

void tl_zts_settings_lock(void)
{
	pthread_mutex_lock(&lock);
}

void tl_zts_settings_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

static void drop_key(void)
{
	if (settings.key)
		tl_wipe(settings.key, strlen(settings.key));
	tl_free(settings.key);
	settings.key = NULL;
}

void tl_zts_settings_clear(void)
{
	drop_key();
	tl_free(settings.storage);
	tl_free(settings.planet);
	settings = (struct zts_settings){ 0 };
}

void tl_zts_settings_prune(const struct zts_settings *s)
{
	static const char *const names[] = { "identity.secret",
					     "identity.public" };
	char path[FILE_PATH_SIZE];
	size_t i;

	if (s->no_networks && tl_path_join(path, s->storage, "networks.d") == 0)
		tl_temporary_remove(path);
	if (s->no_peers && tl_path_join(path, s->storage, "peers.d") == 0)
		tl_temporary_remove(path);
	for (i = 0; s->no_identity && i < TL_ARRAY_SIZE(names); i++) {
		if (tl_path_join(path, s->storage, names[i]) == 0)
			(void)unlink(path);
	}
}

/* Every setter is one of these: under the lock, before the start. */
typedef int (*set_fn)(const void *at, unsigned int n);

static int set(set_fn fn, const void *at, unsigned int n)
{
	int r;

	pthread_mutex_lock(&lock);
	r = settings.is_fixed ? ZTS_ERR_SERVICE : fn(at, n);
	pthread_mutex_unlock(&lock);
	return r;
}

static int set_storage(const void *at, unsigned int n TL_UNUSED)
{
	char *copy;

	if (!at || !*(const char *)at ||
	    strlen((const char *)at) >= FILE_PATH_SIZE)
		return ZTS_ERR_ARG;
	copy = tl_strdup(at);
	if (!copy)
		return ZTS_ERR_GENERAL;
	tl_free(settings.storage);
	settings.storage = copy;
	drop_key();
	return ZTS_ERR_OK;
}

int zts_init_from_storage(const char *path)
{
	return set(set_storage, path, 0);
}

static bool parse(struct identity *out, const char *key, unsigned int len)
{
	if (!key || len == 0 || len > ZTS_ID_STR_BUF_LEN)
		return false;
	len = (unsigned int)strnlen(key, len);
	return tl_identity_parse(out, tl_bytes(key, len)) == 0 && out->has_priv;
}

int zts_id_pair_is_valid(const char *key, unsigned int len)
{
	struct identity id;
	bool ok = parse(&id, key, len) && tl_identity_validate(&id) == 0;

	tl_identity_wipe(&id);
	return ok;
}

static int set_key(const void *at, unsigned int n)
{
	struct identity id;
	int r = ZTS_ERR_ARG;
	char *text = NULL;

	if (parse(&id, at, n))
		text = tl_alloc_zeroed(IDENTITY_TEXT_SIZE);
	if (text) {
		drop_key();
		tl_free(settings.storage);
		settings.storage = NULL;
		settings.key = tl_identity_print(text, &id, true);
		r = ZTS_ERR_OK;
	}
	tl_identity_wipe(&id);
	return r;
}

int zts_init_from_memory(const char *key, unsigned int len)
{
	return set(set_key, key, len);
}

static int set_handler(const void *at, unsigned int n TL_UNUSED)
{
	memcpy(&settings.handler, at, sizeof(settings.handler));
	return ZTS_ERR_OK;
}

int zts_init_set_event_handler(void (*callback)(void *))
{
	return set(set_handler, &callback, 0);
}

static int set_planet(const void *at, unsigned int n)
{
	struct zt_options *probe = zt_options_new();
	enum zt_err err = zt_options_set_planet(probe, at, n);
	void *copy = NULL;

	zt_options_free(probe);
	if (err == ZT_OK)
		copy = tl_alloc(n);
	if (!copy)
		return err == ZT_ERR_ARGUMENT ? ZTS_ERR_ARG : ZTS_ERR_GENERAL;
	tl_free(settings.planet);
	settings.planet = memcpy(copy, at, n);
	settings.planet_len = n;
	return ZTS_ERR_OK;
}

int zts_init_set_roots(const void *roots_data, unsigned int len)
{
	return set(set_planet, roots_data, len);
}

static int set_ports(const void *at, unsigned int last)
{
	settings.port_first = *(const unsigned short *)at;
	settings.port_last = last;
	return ZTS_ERR_OK;
}

int zts_init_set_port(unsigned short port)
{
	return set(set_ports, &port, port);
}

int zts_init_set_random_port_range(unsigned short start_port,
				   unsigned short end_port)
{
	if (!start_port || start_port > end_port)
		return ZTS_ERR_ARG;
	return set(set_ports, &start_port, end_port);
}

static int set_flag(const void *at, unsigned int allowed)
{
	bool *flag;

	memcpy(&flag, at, sizeof(flag));
	*flag = !allowed;
	return ZTS_ERR_OK;
}

int zts_init_allow_net_cache(unsigned int allowed)
{
	bool *flag = &settings.no_networks;

	return set(set_flag, &flag, allowed);
}

int zts_init_allow_peer_cache(unsigned int allowed)
{
	bool *flag = &settings.no_peers;

	return set(set_flag, &flag, allowed);
}

int zts_init_allow_id_cache(unsigned int allowed)
{
	bool *flag = &settings.no_identity;

	return set(set_flag, &flag, allowed);
}

static int set_nothing(const void *at TL_UNUSED, unsigned int n TL_UNUSED)
{
	return ZTS_ERR_OK;
}

int zts_init_allow_roots_cache(unsigned int allowed)
{
	return set(set_nothing, NULL, allowed);
}

int zts_init_allow_secondary_port(unsigned int allowed)
{
	return set(set_nothing, NULL, allowed);
}

int zts_init_allow_port_mapping(unsigned int allowed)
{
	return set(set_nothing, NULL, allowed);
}

/* What there is not can only be turned off. */
static int set_absent(const void *at TL_UNUSED, unsigned int enabled)
{
	return enabled ? ZTS_ERR_SERVICE : ZTS_ERR_OK;
}

int zts_init_allow_tcp_relay(int enabled)
{
	return set(set_absent, NULL, enabled != 0);
}

int zts_init_force_tcp_relay(int enabled)
{
	return set(set_absent, NULL, enabled != 0);
}

int zts_init_set_low_bandwidth_mode(int enabled)
{
	return set(set_absent, NULL, enabled != 0);
}

int zts_init_set_tcp_relay(const char *tcp_relay_addr TL_UNUSED,
			   unsigned short tcp_relay_port TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}

int zts_init_blacklist_if(const char *prefix TL_UNUSED,
			  unsigned int len TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}
