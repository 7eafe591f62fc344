#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: timeout 240
#
# resolver.sh - names for programs that send DNS themselves
#
#	dig, musl, Go, node ── /etc/resolv.conf: 127.0.0.1 ── dns.py of the host
#	    └── loop_service: host.zt; dns.py on the virtual network: *.dns.test
#
# Each is run by the preload object or the launcher, where that can be.
. "$(dirname "$0")/common"
need python3 dig
[ -n "${TL_OWN_NETWORK-}" ] || skip 'this needs a mount namespace of its own'
lib=$source/test/lib
OWN4=169.254.53.53
OWN6=fd53:9e1b:6ac4::53

echo 'nameserver 127.0.0.1' >"$work/resolv.conf"
mount --bind "$work/resolv.conf" /etc/resolv.conf ||
	skip 'nothing can be mounted here'
RESOLV_CONF=/etc/resolv.conf
export RESOLV_CONF
start_service
make_home

cat >"$work/host.records" <<'END'
www.host.test A 192.0.2.9
www.host.test AAAA 2001:db8::9
END
cat >"$work/records" <<'END'
www.dns.test A 10.77.0.5
www.dns.test AAAA fd00:77::5
www.two.test A 10.77.0.6
failing.dns.test FAIL
END
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	echo "many.dns.test AAAA fd00:77::1:$i"
done >>"$work/records"
python3 "$lib/dns.py" 127.0.0.1 "$work/host.records" >"$work/host.out" 2>&1 \
	9>&- &
host=$!
started="$started $host"
wait_until grep -q ready "$work/host.out"
serve python3 "$lib/dns.py" "$V4" "$work/records"
wait_until grep -q ready "$work/server.out"

via_seccomp=launched
launched true 2>/dev/null || via_seccomp=

# ask HOW NAME TYPE [OPTION...]: what dig gets
ask() {
	how=$1
	shift
	$how timeout 20 dig +short +tries=2 +time=5 "$@"
}

# is GOT WANTED WHAT
is() {
	[ "$1" = "$2" ] || fail "$3: '$1', not '$2'"
}

questions() {
	how=$1
	shift
	is "$(ask "$how" "$@" host.zt A)" "$V4" "$how $* A"
	is "$(ask "$how" "$@" HOST.zt AAAA)" "$V6" "$how $* AAAA"
	is "$(ask "$how" "$@" -x "$V4")" host.zt. "$how $* PTR"
	is "$(ask "$how" "$@" -x "$V6")" host.zt. "$how $* PTR of IPv6"
	is "$(ask "$how" "$@" host.zt MX)" '' "$how $* another type"
	is "$(ask "$how" "$@" www.dns.test A)" 10.77.0.5 "$how $* network"
	is "$(ask "$how" "$@" www.two.test A)" 10.77.0.6 "$how $* second server"
	ask "$how" "$@" +noshort +comments nobody.zt | grep -q 'status: NXDOMAIN' ||
		fail "$how $*: a name of nobody"
	ask "$how" "$@" +noshort +comments missing.dns.test |
		grep -q 'status: NXDOMAIN' || fail "$how $*: a missing name"
	ask "$how" "$@" +noshort +comments failing.dns.test |
		grep -q 'status: SERVFAIL' || fail "$how $*: a failing server"
	# The network's server cuts this, and tells all over TCP.
	n=$(ask "$how" "$@" +ignore +bufsize=4096 many.dns.test AAAA | wc -l)
	is "$n" 60 "$how $* many"
}

of_host() {
	how=$1
	shift
	is "$(ask "$how" "$@" www.host.test A)" 192.0.2.9 "$how $* host"
	is "$(ask "$how" "$@" www.host.test AAAA)" 2001:db8::9 "$how $* host"
	ask "$how" "$@" +noshort +comments nobody.host.test |
		grep -q 'status: NXDOMAIN' || fail "$how $*: missing on the host"
}

for how in under $via_seccomp; do
	questions "$how"
	questions "$how" "@$OWN4"
	questions "$how" "@$OWN6"
	of_host "$how"
	of_host "$how" "@$OWN4"
	questions "$how" "@$OWN4" +tcp
	questions "$how" "@$OWN6" +tcp
	# A socket of IPv6 alone does not reach the host's server.
	ask "$how" "@$OWN6" +noshort +comments www.host.test A |
		grep -q 'of this family' || fail "$how: why it is refused"
	# What does not fit is left out.
	n=$(ask "$how" +ignore +noedns many.dns.test AAAA | wc -l)
	if [ "$n" -le 10 ] || [ "$n" -ge 20 ]; then
		fail "$how: $n of 60 in 512 bytes"
	fi
done

# Out of the way, if that is wanted.
is "$(TAPLESS_DNS=off ask under host.zt A)" '' 'host.zt with DNS off'
is "$(TAPLESS_DNS=off ask under www.host.test A)" 192.0.2.9 'DNS off'
is "$(TAPLESS_RULES='host:127.0.0.1,53' ask under host.zt A)" '' 'a rule'

# An isolated program asks no server of the host's network.
printf '%s\n' 'nameserver 192.0.2.53' '# not loopback' >/etc/resolv.conf
look_again() {
	TAPLESS_ISOLATE=1 ask under "$@" +noshort +comments \
		www.host.test A | grep -q REFUSED
}
wait_until look_again "@$OWN4"
TAPLESS_ISOLATE=1 ask under "@$OWN4" +noshort +comments www.host.test A |
	grep -q 'isolated: the host' || fail 'the reason was not told'
is "$(TAPLESS_ISOLATE=1 ask under "@$OWN4" host.zt A)" "$V4" 'isolated'
is "$(TAPLESS_ISOLATE=1 ask under "@192.0.2.53" host.zt A)" "$V4" \
	'isolated, by the way of the host'

# Nobody there: it is told as natively, and names of ours are found.
printf '%s\n' 'nameserver 127.0.0.9' '# nobody listens there' >/etc/resolv.conf
wait_until grep -q 127.0.0.9 /etc/resolv.conf
knows_9() {
	[ "$(ask under @127.0.0.9 host.zt A)" = "$V4" ]
}
wait_until knows_9
ask under @127.0.0.9 +noshort +comments www.host.test A 2>&1 | grep -q refused ||
	fail 'that the port is closed was not told'
echo 'nameserver 127.0.0.1' >/etc/resolv.conf
knows_1() {
	[ "$(ask under @127.0.0.1 host.zt A)" = "$V4" ]
}
wait_until knows_1

# --- programs that nothing can be preloaded into ---

[ -n "$via_seccomp" ] || { echo 'resolver: good, by preload'; exit 0; }

cat >"$work/find.c" <<'END'
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list, *at;
	char text[64];
	int r;

	if (argc != 2)
		return 2;
	r = getaddrinfo(argv[1], NULL, &hints, &list);
	if (r) {
		puts(gai_strerror(r));
		return 1;
	}
	for (at = list; at; at = at->ai_next) {
		getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof(text),
			    NULL, 0, NI_NUMERICHOST);
		puts(text);
	}
	return 0;
}
END
names_of() {
	launched timeout 30 "$@" | sort | tr '\n' ' '
}
finds() {
	is "$(names_of "$work/$1" host.zt)" "$V4 $V6 " "$1 host.zt"
	is "$(names_of "$work/$1" www.dns.test)" '10.77.0.5 fd00:77::5 ' \
		"$1 www.dns.test"
	is "$(names_of "$work/$1" www.host.test)" '192.0.2.9 2001:db8::9 ' \
		"$1 www.host.test"
	! launched timeout 30 "$work/$1" nobody.zt >/dev/null ||
		fail "$1 finds nobody.zt"
	! launched timeout 30 "$work/$1" nobody.host.test >/dev/null ||
		fail "$1 finds nobody.host.test"
}
if has_program musl-gcc; then
	musl-gcc -static -O2 -o "$work/find-musl" "$work/find.c" ||
		fail musl-gcc
	finds find-musl
fi
cc -O2 -o "$work/find-libc" "$work/find.c" || fail cc
finds find-libc

if has_program go; then
	cat >"$work/find.go" <<-'END'
		package main

		import (
			"fmt"
			"net"
			"os"
		)

		func main() {
			list, err := net.LookupHost(os.Args[1])
			if err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			for _, a := range list {
				fmt.Println(a)
			}
		}
	END
	(cd "$work" && env GOCACHE="$work/cache" GO111MODULE=off HOME="$work" \
		CGO_ENABLED=0 go build -o find-go find.go) || fail 'go build'
	finds find-go
fi
echo 'resolver: good'
