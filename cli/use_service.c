/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/use_service.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/hex.h"
#include "cli/cmd.h"
#include "os/file.h"
#include "sdk/client/call.h"
#include "sdk/client/endpoint.h"

#define ENDPOINT_FILE "tapless.endpoint"

/* 0; a negative errno if the file cannot be read; -EPROTO: it holds nothing of
 * the kind. */
static int find_endpoint(const char *home)
{
	char path[FILE_PATH_SIZE];
	struct buffer b;
	struct stat st;
	int err = tl_path_join(path, home, ENDPOINT_FILE);

	if (err == 0 && stat(path, &st) != 0)
		err = -errno;
	if (err == 0)
		err = tl_file_read(&b, path, 4096);
	if (err)
		return err;
	b.at[strcspn((char *)b.at, "\r\n")] = 0;
	err = tl_endpoint_set((char *)b.at, st.st_uid, NULL);
	tl_free(b.at);
	return err ? -EPROTO : 0;
}

int tl_cli_use_service(const char *home)
{
	int err = find_endpoint(home);

	if (err == -EPROTO)
		return tl_cli_fail(EXIT_FAILED,
				   "%s/" ENDPOINT_FILE " holds no endpoint",
				   home);
	if (err)
		return tl_cli_fail(EXIT_FAILED,
				   "cannot read %s/" ENDPOINT_FILE
				   ": %s; start the service (tapless service) "
				   "or give its folder with -D",
				   home, strerror(-err));
	return EXIT_OK;
}

bool tl_cli_find_service(const char *home)
{
	return find_endpoint(home) == 0;
}

int tl_cli_session_token(char *out, const char *home)
{
	struct call c = { .request.op = RPC_SESSION };
	int err = tl_call(&c);

	if (err == -ENETDOWN)
		return tl_cli_fail(EXIT_FAILED,
				   "the service of %s does not run, or runs in "
				   "another network namespace; start it with "
				   "tapless service",
				   home);
	if (err)
		return tl_cli_fail(
			EXIT_FAILED,
			"the service of %s gives no session: %s; run "
			"this as the user that runs the service, or as a "
			"member of its --share-group",
			home, strerror(-err));
	if (c.reply.opt.n != RPC_TOKEN_LEN)
		return tl_cli_fail(EXIT_FAILED,
				   "the service of %s is of another version",
				   home);
	tl_hex_encode(out, c.reply.opt);
	return EXIT_OK;
}
