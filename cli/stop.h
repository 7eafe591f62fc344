/* SPDX-License-Identifier: Apache-2.0 */
/* stop.h - commands that go on until they are interrupted, and sum up then */
#ifndef TL_CLI_STOP_H
#define TL_CLI_STOP_H

#include <stdbool.h>

/* From now on SIGINT and SIGTERM interrupt system calls and do nothing else. */
void tl_stop_catch(void);

/* Has one come? */
bool tl_stop_wanted(void);

#endif /* TL_CLI_STOP_H */
