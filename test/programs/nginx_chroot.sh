#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nginx_chroot.sh - nginx whose workers see an empty root only, with no more than
# its files in it, nothing of the node's home, no /proc and no /etc/resolv.conf
#
# nginx has no directive for that; chroot(8) starts it there, master and all.
#
#	A: chroot root nginx :8080 -> http.server :8082   <----   B: curl
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: nginx in a chroot | v4 v6 | preload seccomp netns
# matrix: nginx in a chroot | no | proxy | what is behind a forward sees the host only: as nginx
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
need nginx ldd
[ "$(id -u)" = 0 ] || skip 'chroot(2) needs root, or that of a user namespace'
lan

# inside FILE: a copy of it, and of the libraries that it needs
inside() {
	for file in "$1" $(ldd "$1" | tr -s '[:space:]' '\n' | grep '^/'); do
		mkdir -p "root$(dirname "$file")"
		[ -e "root$file" ] || cp -L "$file" "root$file"
	done
}

mkdir -p root/www root/logs root/dev root/etc
chmod 755 root root/www
nginx=$(command -v nginx)
inside "$nginx"
inside "$(readlink -f "$TAPLESS_BUILD/lib/libtapless-preload.so")"
: >root/dev/null
grep -E '^(root|nobody):' /etc/passwd >root/etc/passwd
grep -E '^(root|nogroup):' /etc/group >root/etc/group
echo 'passwd: files' >root/etc/nsswitch.conf
make_file root/www/big 20000000
make_file root/www/small 1000
mkdir behind
cp root/www/small behind/
user=root
! real_root || user='nobody nogroup'
cat >root/nginx.conf <<END
user $user;
daemon off;
worker_processes 2;
pid /logs/pid;
error_log /logs/error;
events { worker_connections 256; }
http {
	access_log /logs/access;
	client_body_temp_path /logs/body;
	proxy_temp_path /logs/proxy;
	fastcgi_temp_path /logs/fastcgi;
	uwsgi_temp_path /logs/uwsgi;
	scgi_temp_path /logs/scgi;
	sendfile on;
	server {
		listen $ADDR_A:8080;
		listen [$ADDR6_A]:8080;
		root /www;
		location /behind/ { proxy_pass http://$ADDR_A:8082/; }
	}
}
END
spawn behind 1 "$python" -m http.server --bind "$ADDR_A" -d behind 8082
wait_answers 1 "$ADDR_A" 8082
spawn nginx 1 chroot "$work/root" "$nginx" -e /logs/error -p / -c /nginx.conf
server=$pid
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080

workers() {
	children_of "$server"
}

step "workers: $(workers | wc -l)"
[ "$(workers | wc -l)" = 2 ] || fail 'there are not two workers'
for worker in $(workers); do
	[ "$(readlink "/proc/$worker/root")" = "$work/root" ] ||
		fail 'a worker sees more than its root'
done

# round HOST OWN-ADDRESS
round() {
	step "$1"
	run_b curl -sS -f -g -o got "http://$1:8080/big"
	same got root/www/big
	run_b curl -sS -f -Z --parallel-max 20 --create-dirs -o 'parts/#1' \
		"http://$1:8080/small?[1-100]"
	[ "$(cat parts/* | wc -c)" = 100000 ] || fail 'some of the 100 are short'
	grep -q "^$2 " root/logs/access || fail "$2 is not in the log"
	run_b curl -sS -f -g -o got "http://$1:8080/behind/small"
	same got behind/small
}
round "$ADDR_A" "$ADDR_B"
round "[$ADDR6_A]" "$ADDR6_B"

step 'new workers, which make their sockets there'
old=$(workers)
kill -HUP "$server"
replaced() {
	for worker in $old; do
		! is_alive "$worker" || return 1
	done
	[ "$(workers | wc -l)" = 2 ]
}
until replaced; do
	run_b curl -sS -f -m 5 -o got "http://$ADDR_A:8080/small" ||
		fail 'refused during the reload'
done
round "$ADDR_A" "$ADDR_B"
end "$server"
[ "$status" = 0 ] || fail "nginx ended with status $status"
