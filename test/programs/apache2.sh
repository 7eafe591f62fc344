#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# apache2.sh - Apache with a process for each request and with threads, as
# another user if that can be had, with sendfile; it reloads under a download,
# and passes requests on to a server behind it
#
#	A: apache2 :8080 -> http.server :8082   <----   B: curl, ab
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: apache2 (event, prefork, worker) | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/user.sh"
. "$(dirname "$0")/../lib/node.sh"
need apache2 ab
modules=
for dir in /usr/lib/apache2/modules /usr/lib64/httpd/modules; do
	[ ! -e "$dir/mod_mpm_event.so" ] || modules=$dir
done
[ -n "$modules" ] || skip 'the modules of apache2 are not where they are known'
user=
worker=
if real_root; then
	plain_root
	user='User nobody
Group nogroup'
	worker=nobody
else
	plain_user
fi
lan
mkdir www
chmod 755 www
make_file www/big 20000000
make_file www/small 1000
mkdir parts

# configure MPM
configure() {
	# More threads than it likes to have spare would be ended under way.
	servers=2
	[ "$1" != prefork ] || servers=20
	cat >apache.conf <<-END
		ServerRoot $work
		ServerName test
		PidFile $work/apache.pid
		DefaultRuntimeDir $work
		Mutex file:$work
		ErrorLog $work/apache-error.log
		LoadModule mpm_$1_module $modules/mod_mpm_$1.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule proxy_module $modules/mod_proxy.so
		LoadModule proxy_http_module $modules/mod_proxy_http.so
		LoadModule status_module $modules/mod_status.so
		$user
		StartServers $servers
		Listen $ADDR_A:8080
		Listen [$ADDR6_A]:8080
		DocumentRoot $work/www
		EnableSendfile on
		EnableMMAP off
		<Directory $work/www>
			Require all granted
		</Directory>
		<Location /status>
			SetHandler server-status
		</Location>
		ProxyPass /behind/ http://$ADDR_A:8082/
	END
}

workers() {
	children_of "$apache"
}

# How often it has reloaded.
generation() {
	run_b curl -sS -f "http://$ADDR_A:8080/status?auto" |
		sed -n 's/^ParentServerConfigGeneration: //p'
}

reloaded() {
	[ "$(generation)" = "$1" ]
}

reload_under_download() {
	step 'reload in the middle of a download, nobody refused'
	member 2 curl -sS -f -g --limit-rate 6M \
		-o slow "http://[$ADDR6_A]:8080/big" &
	slow=$!
	children="$children $slow"
	wait_until 10 'the download has begun' test -s slow
	before=$(generation)
	kill -USR1 "$apache"
	until reloaded $((before + 1)); do
		run_b curl -sS -f -m 5 -o got "http://$ADDR_A:8080/small" ||
			fail 'refused during the reload'
	done
	early=no
	! is_gone $slow || early=yes
	wait_gone 20 $slow 'the download'
	[ "$status" = 0 ] || fail "the download ended with status $status" \
		"after $(wc -c <slow) bytes"
	[ $early = no ] || fail 'the download was over before the reload was'
	same slow www/big
	rm slow
}

spawn behind 1 "$python" -m http.server --bind "$ADDR_A" -d www 8082
wait_answers 1 "$ADDR_A" 8082

for mpm in event prefork worker; do
	step "$mpm"
	configure $mpm
	# At its end it asks its whole process group to end.
	spawn_plain apache 1 setsid apache2 -f "$work/apache.conf" -DFOREGROUND
	apache=$pid
	wait_answers 2 "$ADDR_A" 8080
	virtual_only "$ADDR_A" 8080
	[ -z "$worker" ] ||
		[ "$(ps -o user= --ppid "$(program "$apache")" | sort -u)" = $worker ] ||
		fail "workers are not $worker"

	run_b curl -sS -f -o got "http://$ADDR_A:8080/big"
	same got www/big
	run_b curl -sS -f -g -o got "http://[$ADDR6_A]:8080/big"
	same got www/big
	run_b curl -sS -f -o got "http://$ADDR_A:8080/behind/big"
	same got www/big

	step 'many at once'
	run_b curl -sS -f -Z --parallel-max 20 -o 'parts/#1' \
		"http://$ADDR_A:8080/small?[1-200]"
	[ "$(cat parts/* | wc -c)" = 200000 ] || fail 'some of the 200 are short'
	for url in "http://$ADDR_A:8080/small" "http://[$ADDR6_A]:8080/small"; do
		run_b ab -q -n 1000 -c 20 -k "$url" >ab.log
		run_b ab -q -n 300 -c 20 "$url" >>ab.log
		[ "$(grep -c 'Failed requests:  *0$' ab.log)" = 2 ] ||
			fail "ab: some of the requests for $url failed"
	done
	reload_under_download

	step 'the end'
	end "$apache"
	! answers 2 "$ADDR_A" 8080 2>/dev/null || fail 'port 8080 is still open'
done
