/* SPDX-License-Identifier: Apache-2.0 */
#include "sdk/options.h"

#include <limits.h>
#include <string.h>
#include <tapless/tapless.h>

#include "base/alloc.h"
#include "base/log.h"
#include "wire/identity.h"
#include "wire/world.h"

#define PORT_MAX 65535

struct zt_options *zt_options_new(void)
{
	return tl_alloc_zeroed(sizeof(struct zt_options));
}

static void drop_identity(struct zt_options *options)
{
	if (options->identity)
		tl_wipe(options->identity, strlen(options->identity));
	tl_free(options->identity);
	options->identity = NULL;
}

void zt_options_free(struct zt_options *options)
{
	if (!options)
		return;
	drop_identity(options);
	tl_free(options->home);
	tl_free(options->planet.at);
	tl_free(options);
}

enum zt_err zt_options_set_home(struct zt_options *options, const char *path)
{
	char *copy = NULL;

	if (!options || (path && (!*path || strlen(path) >= PATH_MAX)))
		return ZT_ERR_ARGUMENT;
	if (path) {
		copy = tl_strdup(path);
		if (!copy)
			return ZT_ERR_MEMORY;
	}
	tl_free(options->home);
	options->home = copy;
	return ZT_OK;
}

enum zt_err zt_options_set_identity(struct zt_options *options,
				    const char *text)
{
	enum zt_err err = ZT_ERR_ARGUMENT;
	struct identity id = { 0 };
	char *copy;

	if (!options)
		return ZT_ERR_ARGUMENT;
	if (text &&
	    (tl_identity_parse(&id, tl_bytes_from_str(text)) || !id.has_priv))
		goto out;
	copy = text ? tl_alloc_zeroed(IDENTITY_TEXT_SIZE) : NULL;
	err = text && !copy ? ZT_ERR_MEMORY : ZT_OK;
	if (err != ZT_OK)
		goto out;
	drop_identity(options);
	options->identity = copy ? tl_identity_print(copy, &id, true) : NULL;
out:
	tl_identity_wipe(&id);
	return err;
}

enum zt_err zt_options_set_port(struct zt_options *options, unsigned int port)
{
	if (!options || port > PORT_MAX)
		return ZT_ERR_ARGUMENT;
	options->port = port;
	return ZT_OK;
}

static enum zt_err check_planet(struct bytes planet)
{
	struct world *w = tl_alloc_zeroed(sizeof(*w));
	struct reader r = tl_reader(planet);
	bool ok;

	if (!w)
		return ZT_ERR_MEMORY;
	tl_read_world(&r, w);
	ok = tl_reader_ok(&r) && w->type == WORLD_PLANET;
	tl_free(w);
	return ok ? ZT_OK : ZT_ERR_ARGUMENT;
}

enum zt_err zt_options_set_planet(struct zt_options *options, const void *at,
				  size_t n)
{
	enum zt_err err;
	uint8_t *copy;

	if (!options || !at || n == 0 || n > WORLD_WIRE_MAX)
		return ZT_ERR_ARGUMENT;
	err = check_planet(tl_bytes(at, n));
	if (err != ZT_OK)
		return err;
	copy = tl_alloc(n);
	if (!copy)
		return ZT_ERR_MEMORY;
	memcpy(copy, at, n);
	tl_free(options->planet.at);
	options->planet = tl_buffer(copy, n);
	return ZT_OK;
}

enum zt_err zt_options_set_api(struct zt_options *options, int on)
{
	if (!options)
		return ZT_ERR_ARGUMENT;
	options->has_api = on != 0;
	return ZT_OK;
}

enum zt_err zt_options_set_log(struct zt_options *options, int max_level,
			       void (*sink)(void *ctx, int level,
					    const char *line),
			       void *ctx)
{
	if (!options || max_level < TL_LOG_ERR || max_level > TL_LOG_TRACE)
		return ZT_ERR_ARGUMENT;
	options->log_level = max_level;
	options->log_sink = sink;
	options->log_ctx = ctx;
	return ZT_OK;
}
