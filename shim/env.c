/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.c - what new programs need in their environment
 *
 * A program that builds an environment for its child (sshd, cron, env -i)
 * leaves out LD_PRELOAD and our variables, and the child would speak to the
 * host. They are added again. An environment that has them is passed as it is,
 * and another preload keeps its place behind ours. Everything is on the stack:
 * after vfork the heap is the parent's.
 */
#include "shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rpc/proto.h"

#define PRELOAD "LD_PRELOAD"
#define ENV_MAX 1024 /* longer environments pass unchanged */
#define PRELOAD_MAX 4096
#define KEPT_MAX 2304 /* rules are the longest */

static const char *const names[] = { RPC_ENV_SERVICE, RPC_ENV_UID,
				     RPC_ENV_TOKEN,   RPC_ENV_ISOLATE,
				     RPC_ENV_LISTEN,  RPC_ENV_RULES,
				     RPC_ENV_DNS };

#define N_NAMES TL_ARRAY_SIZE(names)

/* "NAME=value" as this program was given them, empty if it was not. */
static char kept[N_NAMES][KEPT_MAX];

/* Our own absolute path, empty if it cannot be told. */
static char own_path[PRELOAD_MAX / 2];

/* An environment for a new program. */
struct env {
	char *list[ENV_MAX + N_NAMES + 2];
	char preload[PRELOAD_MAX];
};

static size_t join(char *out, size_t room, const char *a, const char *b,
		   const char *c)
{
	size_t na = strlen(a);
	size_t nb = strlen(b);
	size_t nc = strlen(c);

	if (na + nb + nc >= room)
		return 0;
	memcpy(out, a, na);
	memcpy(out + na, b, nb);
	memcpy(out + na + nb, c, nc + 1);
	return na + nb + nc;
}

void tl_env_keep(void)
{
	const char *value;
	Dl_info info;

	for (size_t i = 0; i < N_NAMES; i++) {
		value = getenv(names[i]);
		if (value)
			join(kept[i], sizeof(kept[i]), names[i], "=", value);
	}
	if (dladdr(&own_path, &info) && info.dli_fname &&
	    info.dli_fname[0] == '/')
		join(own_path, sizeof(own_path), info.dli_fname, "", "");
}

/* The value of @name in "NAME=value", or NULL if it is another's. */
static const char *value_in(const char *entry, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(entry, name, n) != 0 || entry[n] != '=')
		return NULL;
	return entry + n + 1;
}

static const char *find(char *const envp[], const char *name)
{
	const char *value;

	for (size_t i = 0; envp && envp[i]; i++) {
		value = value_in(envp[i], name);
		if (value)
			return value;
	}
	return NULL;
}

static bool is_complete(char *const envp[])
{
	const char *preload = find(envp, PRELOAD);

	if (own_path[0] && (!preload || !strstr(preload, own_path)))
		return false;
	for (size_t i = 0; i < N_NAMES; i++)
		if (kept[i][0] && !find(envp, names[i]))
			return false;
	return true;
}

/* The entry that loads us first, then what was to be loaded anyway. */
static char *preload_entry(struct env *e, char *const envp[])
{
	const char *others = find(envp, PRELOAD);
	char prefix[sizeof(own_path) + sizeof(PRELOAD) + 1];

	join(prefix, sizeof(prefix), PRELOAD, "=", own_path);
	if (!others || !*others)
		others = "";
	if (!join(e->preload, sizeof(e->preload), prefix, *others ? ":" : "",
		  others))
		return NULL;
	return e->preload;
}

/* @envp, or with what is missing added; the latter lives as long as @e. */
static char *const *complete(struct env *e, char *const envp[])
{
	const char *preload = find(envp, PRELOAD);
	size_t n = 0;
	size_t i;

	if (is_complete(envp))
		return envp;
	for (i = 0; envp && envp[i]; i++) {
		if (i == ENV_MAX)
			return envp;
		if (!value_in(envp[i], PRELOAD))
			e->list[n++] = envp[i];
	}
	for (i = 0; i < N_NAMES; i++)
		if (kept[i][0] && !find(envp, names[i]))
			e->list[n++] = kept[i];
	if (own_path[0] && preload && strstr(preload, own_path))
		join(e->preload, sizeof(e->preload), PRELOAD, "=", preload);
	else if (!own_path[0] || !preload_entry(e, envp))
		return envp;
	e->list[n++] = e->preload;
	e->list[n] = NULL;
	return e->list;
}

int shim_execve(const char *path, char *const argv[], char *const envp[])
{
	struct env e;

	return tl_real.execve(path, argv, complete(&e, envp));
}

int shim_execv(const char *path, char *const argv[])
{
	return shim_execve(path, argv, environ);
}

int shim_execvpe(const char *file, char *const argv[], char *const envp[])
{
	struct env e;

	return tl_real.execvpe(file, argv, complete(&e, envp));
}

int shim_execvp(const char *file, char *const argv[])
{
	return shim_execvpe(file, argv, environ);
}

int shim_fexecve(int fd, char *const argv[], char *const envp[])
{
	struct env e;

	return tl_real.fexecve(fd, argv, complete(&e, envp));
}

int shim_execveat(int dir, const char *path, char *const argv[],
		  char *const envp[], int flags)
{
	struct env e;

	return tl_real.execveat(dir, path, argv, complete(&e, envp), flags);
}

int shim_posix_spawn(pid_t *pid, const char *path,
		     const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *attr, char *const argv[],
		     char *const envp[])
{
	struct env e;

	return tl_real.posix_spawn(pid, path, actions, attr, argv,
				   complete(&e, envp));
}

int shim_posix_spawnp(pid_t *pid, const char *file,
		      const posix_spawn_file_actions_t *actions,
		      const posix_spawnattr_t *attr, char *const argv[],
		      char *const envp[])
{
	struct env e;

	return tl_real.posix_spawnp(pid, file, actions, attr, argv,
				    complete(&e, envp));
}
