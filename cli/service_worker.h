/* SPDX-License-Identifier: Apache-2.0 */
/* service_worker.h - run a node in this process, with a keeper or without */
#ifndef TL_CLI_SERVICE_WORKER_H
#define TL_CLI_SERVICE_WORKER_H

#include "cli/service_options.h"

/* Until it is told to end. Return: the exit status. */
TL_MUST_USE int tl_cli_work(const struct service_args *a);

#endif /* TL_CLI_SERVICE_WORKER_H */
