#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# modules.sh - modules that bind to their own libraries first are ours, too
#
#	python3 ── dlopen(RTLD_DEEPBIND) ── module ── $ORIGIN ── part
#
# PHP loads its extensions like that. A program's own RUNPATH still counts,
# although the call comes through the preload object.
. "$(dirname "$0")/common"
command -v cc >/dev/null || skip 'no cc to make a module with'
start_service

mkdir "$work/lib" "$work/lib/parts"
cat >"$work/part.c" <<'END'
int part(void);
int part(void)
{
	return 42;
}
END
cat >"$work/module.c" <<'END'
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int part(void);
int reaches(const char *address);
int reaches(const char *address)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int l = socket(AF_INET, SOCK_STREAM, 0);
	int c = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &at.sin_addr);
	if (bind(l, (struct sockaddr *)&at, len) != 0 || listen(l, 1) != 0 ||
	    getsockname(l, (struct sockaddr *)&at, &len) != 0 ||
	    connect(c, (struct sockaddr *)&at, len) != 0)
		return -1;
	return part();
}
END
cat >"$work/main.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	/* Found by this program's RUNPATH. */
	void *m = dlopen("module.so", RTLD_NOW | RTLD_DEEPBIND);
	int (*reaches)(const char *) = 0;

	if (m)
		*(void **)&reaches = dlsym(m, "reaches");
	if (!reaches)
		puts(dlerror());
	else
		printf("%d\n", argc == 2 ? reaches(argv[1]) : -2);
	return 0;
}
END
cc -shared -fPIC -o "$work/lib/parts/part.so" "$work/part.c"
# shellcheck disable=SC2016	# the loader's words
cc -shared -fPIC -o "$work/lib/module.so" "$work/module.c" \
	-L"$work/lib/parts" -l:part.so -Wl,-rpath,'$ORIGIN/parts'
# shellcheck disable=SC2016
cc -o "$work/main" "$work/main.c" -ldl -Wl,-rpath,'$ORIGIN/lib'
got=$(under "$work/main" "$V4")
[ "$got" = 42 ] || fail "a module with RTLD_DEEPBIND: '$got'"
echo 'modules: good'
