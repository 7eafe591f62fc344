#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nginx.sh - nginx with sendfile and two workers, as another user if that can be
# had; it reloads without refusing anybody, and passes requests on to a server
# behind it, at its own node's address
#
#	A: nginx :8080, :8083, :8081 -> http.server :8082   <----   B: curl
# ctest: via seccomp
# ctest: via netns
# matrix: nginx | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need nginx
lan
mkdir www logs
chmod 755 www
make_file www/big 50000000
make_file www/small 1000
# Root of a user namespace has no other user to become.
user=
worker=$(id -un)
if [ "$(id -u)" = 0 ] && awk '{ exit $3 < 65536 }' /proc/self/uid_map; then
	user='user nobody nogroup;'
	worker=nobody
elif [ "$(id -u)" = 0 ]; then
	user='user root root;'
fi
cat >nginx.conf <<END
$user
daemon off;
worker_processes 2;
pid $work/nginx.pid;
error_log $work/nginx-error.log;
events { worker_connections 256; }
http {
	access_log $work/logs/access;
	client_body_temp_path $work/logs/body;
	proxy_temp_path $work/logs/proxy;
	fastcgi_temp_path $work/logs/fastcgi;
	uwsgi_temp_path $work/logs/uwsgi;
	scgi_temp_path $work/logs/scgi;
	sendfile on;
	server {
		listen $ADDR_A:8080;
		listen [$ADDR6_A]:8080;
		root $work/www;
	}
	server {
		listen $ADDR_A:8081;
		location / { proxy_pass http://$ADDR_A:8082; }
	}
	log_format worker '\$pid';
	server {
		listen $ADDR_A:8083 reuseport;
		root $work/www;
		access_log $work/logs/workers worker;
	}
}
END
# It cannot log before it has read its configuration: -e.
spawn nginx 1 nginx -e "$work/nginx-error.log" -p "$work" -c "$work/nginx.conf"
nginx=$pid
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080

workers() {
	children_of "$nginx"
}

users() {
	ps -o user= --ppid "$(program "$nginx")" | sort -u
}

step "workers: $(workers | wc -l) as $(users)"
[ "$(workers | wc -l)" = 2 ] || fail 'there are not two workers'
[ "$(users)" = "$worker" ] ||
	fail "workers are not $worker"

step 'files, IPv4 and IPv6'
run_b curl -sS -f -o got "http://$ADDR_A:8080/big"
same got www/big
run_b curl -sS -f -g -o got "http://[$ADDR6_A]:8080/big"
same got www/big

step 'a part of a file'
run_b curl -sS -f -r 1000000-30000000 -o got "http://$ADDR_A:8080/big"
tail -c +1000001 www/big | head -c 29000001 >want
same got want

step 'many at once, connections kept'
mkdir parts
run_b curl -sS -f -Z --parallel-max 20 -o 'parts/#1' \
	"http://$ADDR_A:8080/small?[1-200]"
for i in 1 77 200; do
	same parts/$i www/small
done
[ "$(cat parts/* | wc -c)" = 200000 ] || fail 'some of the 200 are short'

step 'a listener for each worker (SO_REUSEPORT)'
run_b curl -sS -f --no-keepalive -H 'Connection: close' -o 'parts/#1' \
	"http://$ADDR_A:8083/small?[1-40]"
[ "$(sort -u logs/workers)" = "$(workers | sort -u)" ] ||
	fail "only these were asked: $(sort logs/workers | uniq -c | tr '\n' ' ')"

step 'passed on to a server at the own address'
spawn behind 1 "$python" -m http.server --bind "$ADDR_A" -d www 8082
wait_answers 1 "$ADDR_A" 8082
run_b curl -sS -f -o got "http://$ADDR_A:8081/big"
same got www/big

step 'reload: new workers, nobody refused'
old=$(workers)
kill -HUP "$nginx"
replaced() {
	for worker in $old; do
		! is_alive "$worker" || return 1
	done
	[ "$(workers | wc -l)" = 2 ]
}
until replaced; do
	run_b curl -sS -f -m 5 -o got "http://$ADDR_A:8080/small" ||
		fail 'refused during the reload'
	same got www/small
done
run_b curl -sS -f -o got "http://$ADDR_A:8080/big"
same got www/big

step 'the end'
end "$nginx"
[ "$status" = 0 ] || fail "nginx ended with status $status"
! answers 2 "$ADDR_A" 8080 2>/dev/null || fail 'port 8080 is still open'
