/* SPDX-License-Identifier: Apache-2.0 */
/* node.c - starting and stopping */
#include "sdk/libzt/zts.h"

#include <time.h>

#include "crypto/crypto.h"
#include "os/random.h"

#define PORT_TRIES 16

int zts_id_new(char *key, unsigned int *key_buf_len)
{
	struct identity id = { 0 };
	int r = ZTS_ERR_GENERAL;

	if (!key || !key_buf_len || *key_buf_len < ZTS_ID_STR_BUF_LEN)
		return ZTS_ERR_ARG;
	if (tl_crypto_init() == 0 &&
	    tl_identity_generate(&id, tl_random, NULL) == 0)
		r = tl_zts_put_identity(key, key_buf_len, &id, true);
	tl_identity_wipe(&id);
	return r;
}

static unsigned int pick_port(const struct zts_settings *s)
{
	uint32_t chance;

	tl_random(NULL, &chance, sizeof(chance));
	return s->port_first + chance % (s->port_last - s->port_first + 1);
}

static enum zt_err prepare(struct zt_options *o, const struct zts_settings *s)
{
	enum zt_err err = zt_options_set_home(o, s->storage);

	if (err == ZT_OK)
		err = zt_options_set_identity(o, s->key);
	if (err == ZT_OK && s->planet)
		err = zt_options_set_planet(o, s->planet, s->planet_len);
	return err;
}

static enum zt_err start(const struct zts_settings *s)
{
	struct zt_options *o = zt_options_new();
	enum zt_err err = o ? prepare(o, s) : ZT_ERR_MEMORY;
	int tries = PORT_TRIES;

	if (err == ZT_OK && s->storage)
		tl_zts_settings_prune(s);
	while (err == ZT_OK && tries-- > 0) {
		err = zt_options_set_port(o, pick_port(s));
		if (err == ZT_OK)
			err = zt_start(o);
		if (err != ZT_ERR_PORT_IN_USE || tries == 0)
			break;
		err = ZT_OK;
	}
	zt_options_free(o);
	return err;
}

int zts_node_start(void)
{
	struct zts_settings *s;
	int r = ZTS_ERR_SERVICE;

	tl_zts_settings_lock();
	s = tl_zts_settings();
	if (!s->is_fixed && start(s) == ZT_OK) {
		r = ZTS_ERR_OK;
		s->is_fixed = true;
		if (s->handler && tl_zts_events_start(s->handler)) {
			zt_stop();
			s->is_fixed = false;
			r = ZTS_ERR_GENERAL;
		}
	}
	tl_zts_settings_unlock();
	return r;
}

/* The handler may still say something, and is waited for without the lock. */
static int stop(bool forget)
{
	if (tl_zts_events_is_here() || zt_stop() != ZT_OK)
		return ZTS_ERR_SERVICE;
	tl_zts_events_stop();
	tl_zts_settings_lock();
	tl_zts_settings()->is_fixed = false;
	if (forget)
		tl_zts_settings_clear();
	tl_zts_settings_unlock();
	return ZTS_ERR_OK;
}

int zts_node_stop(void)
{
	return stop(false);
}

int zts_node_free(void)
{
	return stop(true);
}

int zts_node_is_online(void)
{
	return zt_wait_online(0) == ZT_OK;
}

uint64_t zts_node_get_id(void)
{
	return zt_node_id();
}

int zts_node_get_id_pair(char *key, unsigned int *key_dst_len)
{
	struct identity id = { 0 };
	int r;

	if (!key || !key_dst_len)
		return ZTS_ERR_ARG;
	r = tl_zts_identity(&id);
	if (r == ZTS_ERR_OK)
		r = tl_zts_put_identity(key, key_dst_len, &id, true);
	tl_identity_wipe(&id);
	return r;
}

int zts_node_get_port(void)
{
	return tl_zts_port();
}

int zts_moon_orbit(uint64_t moon_roots_id TL_UNUSED,
		   uint64_t moon_seed TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}

int zts_moon_deorbit(uint64_t moon_roots_id TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}

int zts_util_sign_root_set(char *roots_out TL_UNUSED,
			   unsigned int *roots_len TL_UNUSED,
			   char *prev_key TL_UNUSED,
			   unsigned int *prev_key_len TL_UNUSED,
			   char *curr_key TL_UNUSED,
			   unsigned int *curr_key_len TL_UNUSED,
			   uint64_t id TL_UNUSED, uint64_t ts TL_UNUSED,
			   zts_root_set_t *roots_spec TL_UNUSED)
{
	return ZTS_ERR_SERVICE;
}

void zts_util_delay(unsigned long milliseconds) /* allow long: libzt's */
{
	int rest = (int)(milliseconds % 1000);
	struct timespec left = { .tv_sec = (time_t)(milliseconds / 1000),
				 .tv_nsec = rest * 1000000 };

	while (nanosleep(&left, &left) != 0)
		;
}
