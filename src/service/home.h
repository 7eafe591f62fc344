/* SPDX-License-Identifier: Apache-2.0 */
/*
 * home.h - the folder that a node lives in (vl1.md 11, api.md 4.2)
 *
 * Laid out as the reference's, so that an existing node can be taken over. The
 * folder is locked while it is in use. A file that is torn or foreign is named
 * in the error and never overwritten.
 */
#ifndef TL_SERVICE_HOME_H
#define TL_SERVICE_HOME_H

#include "os/file.h"
#include "service/service.h"
#include "wire/identity.h"
#include "wire/world.h"

#define HOME_TOKEN_LEN 24
#define HOME_SECRET_LEN 32

/**
 * struct home - An opened home
 * @path:	absolute path
 * @id:		own identity, with private key
 * @planet:	serialized planet, empty for the default one; owned
 * @token:	of the HTTP interface
 * @metrics_token: of /metrics
 * @secret:	of session tokens
 */
struct home {
	char path[FILE_PATH_SIZE];
	int lock_fd;
	struct identity id;
	struct buffer planet;
	char token[256];
	char metrics_token[256];
	uint8_t secret[HOME_SECRET_LEN];
};

/**
 * tl_home_open() - Take a home, completing what is missing
 * @owner:	the process that it is in use by; see tl_home_lock()
 *
 * Makes an identity if there is none, which takes a moment.
 *
 * Return: 0, or a negative errno with one line in @error.
 */
TL_MUST_USE int tl_home_open(struct home *h, const char *path, pid_t owner,
			     char error[SERVICE_ERROR_SIZE]);

/* Lets go of the folder and wipes what is secret. */
void tl_home_close(struct home *h);

/**
 * tl_home_renew_identity() - Have another identity in place of a lost one
 * @saved:	set to the path of the old one, which is kept
 *
 * Takes a second or so.
 *
 * Return: 0, or a negative errno with one line in @error; then nothing changed.
 */
TL_MUST_USE int tl_home_renew_identity(struct home *h,
				       char saved[FILE_PATH_SIZE],
				       char error[SERVICE_ERROR_SIZE]);

/* Write "@dir/@name" or "@name" under the home. 0, or a negative errno, which is
 * logged. */
int tl_home_save(const struct home *h, const char *name, struct bytes content,
		 unsigned int mode);
void tl_home_remove(const struct home *h, const char *name);

/* Read a file under the home; as tl_file_read(). */
TL_MUST_USE int tl_home_load(const struct home *h, const char *name,
			     struct buffer *out, size_t limit);

#endif /* TL_SERVICE_HOME_H */
