/* SPDX-License-Identifier: Apache-2.0 */
#include "service/failure.h"

#include <stdarg.h>
#include <stdio.h>

int tl_failure(char error[SERVICE_ERROR_SIZE], int r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, SERVICE_ERROR_SIZE, format, args);
	va_end(args);
	return r;
}
