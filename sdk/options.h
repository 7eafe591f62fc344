/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what an application has chosen for its node */
#ifndef TL_SDK_OPTIONS_H
#define TL_SDK_OPTIONS_H

#include <stdbool.h>

#include "base/bytes.h"
#include "sdk/logger.h"

/**
 * struct zt_options - See zt_options_...() in tapless.h
 * @home:	NULL: a temporary one; owned
 * @identity:	as text; NULL: a new one; owned
 * @planet:	empty: the home's; owned
 */
struct zt_options {
	char *home;
	char *identity;
	unsigned int port;
	struct buffer planet;
	bool has_api;
	int log_level;
	line_fn log_sink;
	void *log_ctx;
};

#endif /* TL_SDK_OPTIONS_H */
