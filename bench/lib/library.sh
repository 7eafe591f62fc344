# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# library.sh - the reference's library, with a program that is written for it
#
#	la: bench/libzt/over_libzt bulk, pingpong ----> lb: over_libzt serve
#
# LIBZT names a folder with include/ZeroTierSockets.h and lib/libzt.so. The node
# lives in the program: each run starts one, with an identity that stays.

# with_library HOST WHAT [ARGUMENT...]: its node's files and its network first
with_library() {
	site=$1
	what=$2
	shift 2
	exec nsenter "--net=/run/netns/$site" -- "$work/over_libzt" "$what" \
		"$work/$site/home" "$work/planet" "$network" "$@"
}

make_libzt() {
	cc -O2 -D_GNU_SOURCE -o "$work/over_libzt" \
		"$bench/libzt/over_libzt.c" -I"$LIBZT/include" \
		-L"$LIBZT/lib" -Wl,-rpath,"$LIBZT/lib" -lzt -lpthread ||
		fail 'the program for LIBZT does not compile'
	for site in la lb; do
		make $site ours
		authorise $site >/dev/null
	done
	serve library with_library lb serve
	sed -n 's/^address //p' "$work/library/log" >"$work/lb/address"
}

# libzt_client WHAT ARGUMENT...
libzt_client() {
	what=$1
	shift
	(with_library la "$what" "$(at libzt)" "$@")
}
