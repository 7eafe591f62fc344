/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - can the preload object be attached to this program? */
#ifndef TL_CLI_PROGRAM_H
#define TL_CLI_PROGRAM_H

#include <stdbool.h>

#include "base/compiler.h"

#define PROGRAM_PATH_SIZE 4096

enum program_kind {
	PROGRAM_OK,
	PROGRAM_NOT_FOUND,
	PROGRAM_NOT_EXECUTABLE, /* permissions, a folder, or no program */
	PROGRAM_STATIC, /* there is no dynamic loader in it */
	PROGRAM_GO, /* it has one, but makes its system calls itself */
	PROGRAM_OTHER_LIBC, /* its loader is not that of our C library */
	PROGRAM_FOREIGN, /* of another word size or machine than ours */
	PROGRAM_SETUID, /* setuid or setgid to another user or group */
	PROGRAM_CAPABILITIES, /* gains capabilities from its file */
};

/**
 * tl_program_find() - Where execvp(3) would find a command
 * @out:	PROGRAM_PATH_SIZE characters, written if PROGRAM_OK
 *
 * Return: PROGRAM_OK, PROGRAM_NOT_FOUND or PROGRAM_NOT_EXECUTABLE.
 */
TL_MUST_USE enum program_kind tl_program_find(char *out, const char *command);

/**
 * tl_program_check() - Would the dynamic loader heed LD_PRELOAD for this file?
 *
 * Scripts are followed to their interpreter. A file that may be executed but
 * not read is taken as good.
 */
TL_MUST_USE enum program_kind tl_program_check(const char *path);

#endif /* TL_CLI_PROGRAM_H */
