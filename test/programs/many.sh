#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ctest: full
# ctest: timeout 300
# ctest: serial
#
# many.sh - 10,000 connections at once through one service on either side
#
#	A: nginx   <---- 10,000 x keep-alive, and one that reads slowly ----   B
#
# They are opened at a third of the kernel's rate over loopback at least.
. "$(dirname "$0")/../lib/node.sh"
need nginx
lan
many=$(CDPATH='' cd -- "$lib/../programs" && pwd)/many.py
count=10000
# shellcheck disable=SC3045	# both shells that are sh know it
[ "$(ulimit -Hn)" -gt $((count + 200)) ] || skip "ulimit -n $(ulimit -Hn)"
# shellcheck disable=SC3045
ulimit -n "$(ulimit -Hn)"

mkdir -p www tmp
echo 'a page' >www/page
make_file www/big 50000000
cat >nginx.conf <<END
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid $work/nginx.pid;
error_log stderr;
events { worker_connections 15000; }
http {
	access_log off;
	keepalive_timeout 300;
	keepalive_requests 100;
	client_body_temp_path tmp;
	proxy_temp_path tmp;
	fastcgi_temp_path tmp;
	uwsgi_temp_path tmp;
	scgi_temp_path tmp;
	server { listen $ADDR_A:8080 backlog=4096; root $work/www; }
	server { listen 127.0.0.1:8081 backlog=4096; root $work/www; }
}
END
chmod -R a+rX .
[ "$(id -u)" != 0 ] || sed -i '1i user root;' nginx.conf
spawn nginx 1 nginx -p "$work" -e stderr -c "$work/nginx.conf"
wait_answers 2 "$ADDR_A" 8080

# Bytes of the service's own, keeper and worker, without what they share with
# other processes.
rss() {
	for part in $(pids_of "$1"); do
		cat "/proc/$part/status"
	done | awk '/^RssAnon:/ { n += $2 * 1024 } END { print n }'
}
# Processor time so far of a process and those it has made, in microseconds.
cpu() {
	for p in "$1" $(cat "/proc/$1/task/$1/children"); do
		awk -v hz="$(getconf CLK_TCK)" \
			'{ print ($14 + $15) * 1000000 / hz }' "/proc/$p/stat"
	done | awk '{ n += $1 } END { print int(n) }'
}
field() {
	sed -n "s/^$2 //p" "$1.log"
}

step 'over the kernel, for comparison'
nginx=$pid
was=$(cpu "$nginx")
"$python" "$many" 127.0.0.1 8081 "$count" </dev/null >kernel.log
echo "kernel: $(field kernel rate) connections/s;" \
	"us for each: client $(field kernel cpu)," \
	"nginx $((($(cpu "$nginx") - was) / count))"

step "$count connections"
before="$(rss 1) $(rss 2)"
was=$(cpu "$nginx")
was1=$(cpu "$(pid_of 1)")
was2=$(cpu "$(pid_of 2)")
mkfifo hold
"$tapless" run -D "$(home 2)" -- "$python" "$many" "$ADDR_A" 8080 "$count" \
	<hold >virtual.log 2>&1 &
client=$!
children="$children $client"
exec 8>hold
is_open() {
	grep -q open virtual.log || ! is_alive "$client"
}
wait_until 120 'all are open' is_open
grep -q open virtual.log || fail "$(tail -n 1 virtual.log)"
n=0
for bytes in $before; do
	n=$((n + 1))
	each=$((($(rss $n) - bytes) / count))
	echo "node $n: $each bytes for an idle connection"
	[ $each -le 8192 ] || fail "node $n: $each bytes for each"
done
echo "virtual: $(field virtual rate) connections/s;" \
	"us for each: client $(field virtual cpu)," \
	"services $((($(cpu "$(pid_of 2)") - was2) / count)) and" \
	"$((($(cpu "$(pid_of 1)") - was1) / count))," \
	"nginx $((($(cpu "$nginx") - was) / count))"

step 'all of them are alive'
exec 8>&-
wait_gone 60 "$client" 'the client'
[ "$status" = 0 ] || fail "$(tail -n 1 virtual.log)"
echo "requests again: $(field virtual again)/s"
serves 1
serves 2

# A median of rounds in turn: the machine is not the same all the time.
step 'how fast they are opened, beside the kernel'
for round in 1 2 3 4 5; do
	"$python" "$many" 127.0.0.1 8081 "$count" </dev/null >kernel.log
	"$tapless" run -D "$(home 2)" -- "$python" "$many" "$ADDR_A" 8080 \
		"$count" </dev/null >virtual.log ||
		fail "round $round: $(tail -n 1 virtual.log)"
	awk -v k="$(field kernel rate)" -v v="$(field virtual rate)" \
		'BEGIN { printf "%.2f of %d/s\n", v / k, k }'
done | tee ratios
awk '{ print $1 }' ratios | sort -n | sed -n 3p >median
echo "median: $(cat median) of the kernel's"
awk '{ exit !($1 >= 0.33) }' median || fail 'less than a third'
serves 1
serves 2
end "$pid"
