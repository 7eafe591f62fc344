/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stop.h"

#include <signal.h>

static volatile sig_atomic_t wanted;

static void on_signal(int number)
{
	(void)number;
	wanted = 1;
}

void tl_stop_catch(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
}

bool tl_stop_wanted(void)
{
	return wanted;
}
