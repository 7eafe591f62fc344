/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/identity_arg.h"

#include <string.h>

#include "base/alloc.h"
#include "cli/cmd.h"
#include "crypto/curve.h"
#include "os/file.h"
#include "os/random.h"

#define IDENTITY_FILE_MAX 4096

static int parse(struct identity *out, struct bytes text, const char *what)
{
	if (tl_identity_parse(out, text) != 0)
		return tl_cli_fail(EXIT_FAILED,
				   "%s is no identity; one looks like "
				   "<10 digits>:0:<128 digits>",
				   what);
	return EXIT_OK;
}

int tl_cli_identity(struct identity *out, const char *arg)
{
	struct buffer b;
	int err;

	if (strlen(arg) > 32 && arg[10] == ':')
		return parse(out, tl_bytes_from_str(arg), "the argument");
	err = tl_file_read(&b, arg, IDENTITY_FILE_MAX);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot read an identity from %s: %s", arg,
				   strerror(-err));
	err = parse(out, tl_buffer_bytes(b), arg);
	tl_wipe(b.at, b.n);
	tl_free(b.at);
	return err;
}

void tl_cli_key_pair(struct key_pair *out)
{
	tl_random(NULL, out->priv, sizeof(out->priv));
	tl_x25519_public(out->pub, out->priv);
	tl_ed25519_public(out->pub + X25519_LEN, out->priv + X25519_LEN);
}
