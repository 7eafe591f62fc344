/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <sys/wait.h>
#include <unistd.h>

struct test *tl_tests;

/* Who fails may want to say how to repeat it. */
static void run(const struct test *t)
{
	setenv("TL_TEST", t->name, 1);
	t->run();
}

/* A process of its own, so that one test cannot spoil the next. */
static int run_apart(const struct test *t)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		run(t);
		exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		printf("skipped %s\n", t->name);
	else if (status)
		printf("FAILED  %s\n", t->name);
	else
		printf("passed  %s\n", t->name);
	fflush(stdout);
	return WIFEXITED(status) && WEXITSTATUS(status) == 77 ? 0 : status != 0;
}

int main(int argc, char **argv)
{
	const struct test *t;
	int failed = 0;

	for (t = tl_tests; t; t = t->next) {
		if (argc < 2) {
			failed |= run_apart(t);
		} else if (strcmp(t->name, argv[1]) == 0) {
			run(t);
			return 0;
		}
	}
	if (argc < 2)
		return failed;
	fprintf(stderr, "no test named %s\n", argv[1]);
	return 2;
}
