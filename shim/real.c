/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sdk/client/sys.h"

#define RAW3(call, a, b, c)                                                    \
	tl_sys(SYS_##call, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define RAW5(call, a, b, c, d, e)                                              \
	tl_sys(SYS_##call, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d),     \
	       SYS_ARG(e), 0)
#define RAW6(call, a, b, c, d, e, f)                                           \
	tl_sys(SYS_##call, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d),     \
	       SYS_ARG(e), SYS_ARG(f))
/* What starts programs never comes before the loader is done. */
#define LATE(name) (find_##name())

/* dup3() is on every processor, but refuses what dup2() allows. */
static intptr_t tl_raw_dup2(int fd, int to)
{
	if (fd == to)
		return tl_sys_fcntl(fd, F_GETFD, 0) < 0 ? -EBADF : to;
	return tl_sys_dup3(fd, to, 0);
}

static intptr_t done(intptr_t r)
{
	if (r >= 0 || r < -4095)
		return r;
	errno = (int)-r;
	return -1;
}

/* A data pointer made a function: dlsym() leaves no other way. */
static void find_into(void *field, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found)
		memcpy(field, &found, sizeof(found));
}

#define CALL(result, name, params, args, raw)                                  \
	static TL_UNUSED __typeof__(tl_real.name) find_##name(void)            \
	{                                                                      \
		__typeof__(tl_real.name) f = NULL;                             \
                                                                               \
		find_into(&f, #name);                                          \
		return f;                                                      \
	}
#include "shim/calls.def"
#undef CALL

#define CALL(result, name, params, args, raw)                                  \
	static result raw_##name params                                        \
	{                                                                      \
		return (result)done(raw);                                      \
	}
#define FORWARD(result, name, params, args)                                    \
	static result raw_##name params                                        \
	{                                                                      \
		return find_##name() args;                                     \
	}
#include "shim/calls.def"
#undef CALL

struct real tl_real = {
#define CALL(result, name, params, args, raw) .name = raw_##name,
#include "shim/calls.def"
#undef CALL
};

void tl_real_find(void)
{
#define CALL(result, name, params, args, raw) find_into(&tl_real.name, #name);
#include "shim/calls.def"
#undef CALL
}
