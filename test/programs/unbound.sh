#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# unbound.sh - a name server with two threads that share a port and set the
# smallest MTU on their sockets of IPv6
#
#	A: unbound :5300   <----   B: dig
# ctest: via seccomp
# ctest: via netns
. "$(dirname "$0")/../lib/node.sh"
need unbound dig
lan
cat >unbound.conf <<END
server:
  interface: $ADDR_A@5300
  interface: $ADDR6_A@5300
  access-control: 0.0.0.0/0 allow
  access-control: ::/0 allow
  do-daemonize: no
  use-syslog: no
  logfile: ""
  username: ""
  chroot: ""
  directory: "$work"
  pidfile: ""
  num-threads: 2
  so-reuseport: yes
  local-zone: "t.test" static
  local-data: "a.t.test A 192.0.2.1"
remote-control:
  control-enable: no
END
spawn unbound 1 unbound -d -c unbound.conf
wait_answers 2 "$ADDR_A" 5300
wait_answers 2 "$ADDR6_A" 5300
virtual_only "$ADDR_A" 5300

i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	echo a.t.test
done >names
for address in "$ADDR_A" "$ADDR6_A"; do
	for way in +notcp +tcp '+tcp +keepopen'; do
		step "$address $way"
		# shellcheck disable=SC2086 # a list of words
		run_b dig @"$address" -p 5300 +time=2 +tries=3 +short $way \
			-f names >got
		[ "$(grep -cx 192.0.2.1 got)" = 20 ] ||
			fail "$(cat got)"
	done
done
end "$pid"
! grep -i 'error' unbound.log || fail 'it has complained'
