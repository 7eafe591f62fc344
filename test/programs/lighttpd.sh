#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lighttpd.sh - lighttpd with two workers that share listeners, sendfile, CGI, a
# server behind it at its own node's address; a graceful end under a download
#
#	A: lighttpd :8080 -> http.server :8082   <----   B: curl
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: lighttpd | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need lighttpd
lan
mkdir www
chmod 755 www
make_file www/big 20000000
make_file www/small 1000
cat >www/who.cgi <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n%s %s ' "$REMOTE_ADDR" "$SERVER_ADDR"
exec cat
END
cat >lighttpd.conf <<END
server.modules = ( "mod_cgi", "mod_proxy" )
server.document-root = "$work/www"
server.errorlog = "$work/lighttpd-error.log"
server.bind = "$ADDR_A"
server.port = 8080
server.max-worker = 2
server.network-backend = "sendfile"
server.upload-dirs = ( "$work" )
server.feature-flags = ( "server.graceful-shutdown-timeout" => 20 )
\$SERVER["socket"] == "[$ADDR6_A]:8080" { }
cgi.assign = ( ".cgi" => "/bin/sh" )
\$HTTP["url"] =~ "^/behind/" {
	proxy.server = ( "" => ( ( "host" => "$ADDR_A", "port" => 8082 ) ) )
	proxy.header = ( "map-urlpath" => ( "/behind/" => "/" ) )
}
END
spawn behind 1 "$python" -m http.server --bind "$ADDR_A" -d www 8082
wait_answers 1 "$ADDR_A" 8082
# At its end it asks its whole process group to end.
spawn lighttpd 1 setsid lighttpd -D -f "$work/lighttpd.conf"
lighttpd=$pid
wait_answers 2 "$ADDR_A" 8080
virtual_only "$ADDR_A" 8080
[ "$(children_of "$lighttpd" | wc -l)" = 2 ] ||
	fail 'there are not two workers'
mkdir parts

# round HOST ADDRESS OWN-ADDRESS
round() {
	step "$2"
	run_b curl -sS -f -g -o got "http://$1:8080/big"
	same got www/big
	run_b curl -sS -f -g -r 1000000-1999999 -o got "http://$1:8080/big"
	tail -c +1000001 www/big | head -c 1000000 >want
	same got want
	run_b curl -sS -f -g -o got "http://$1:8080/behind/big"
	same got www/big
	run_b curl -sS -f -Z --parallel-max 20 -o 'parts/#1' \
		"http://$1:8080/small?[1-200]"
	[ "$(cat parts/* | wc -c)" = 200000 ] || fail 'some of the 200 are short'
	run_b curl -sS -f -g --data-binary @www/small -o got \
		"http://$1:8080/who.cgi"
	{
		printf '%s %s ' "$3" "$1"
		cat www/small
	} >want
	same got want
}
round "$ADDR_A" "$ADDR_A" "$ADDR_B"
round "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"

step 'a graceful end in the middle of a download'
member 2 curl -sS -f --limit-rate 12M -o slow \
	"http://$ADDR_A:8080/big" &
slow=$!
children="$children $slow"
wait_until 10 'the download has begun' test -s slow
kill -INT "$lighttpd"
closed() {
	! answers 2 "$ADDR_A" 8080
}
wait_until 10 'nobody new is taken' closed
is_alive $slow || fail 'the download was over before the end'
wait_gone 20 $slow 'the download'
[ "$status" = 0 ] || fail "the download ended with status $status"
same slow www/big
wait_gone 20 "$lighttpd" lighttpd
