/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h - one line for people: what, why, what to do */
#ifndef TL_SERVICE_FAILURE_H
#define TL_SERVICE_FAILURE_H

#include "service/service.h"

/* Write the line, cut off to fit; returns @r. */
int tl_failure(char error[SERVICE_ERROR_SIZE], int r, const char *format, ...)
	TL_PRINTF(3, 4);

#endif /* TL_SERVICE_FAILURE_H */
