#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# php.sh - PHP's web server with four workers, its streams and its sockets
#
#	A: php -S :8080, echo.php   <----   B: ask.php, curl
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: php | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need php
lan
mkdir www
make_file www/file 10000000
cat >www/index.php <<'END'
<?php
header('X-From: ' . $_SERVER['REMOTE_ADDR']);
header('X-Pid: ' . getmypid());
echo file_get_contents('php://input');
END
cat >echo.php <<'END'
<?php
// Streams with stream_select, and datagrams beside them.
[, $address] = $argv;
$tcp = stream_socket_server("tcp://$address:7777") or exit(1);
$udp = stream_socket_server("udp://$address:7777", $errno, $error,
	STREAM_SERVER_BIND) or exit(1);
$clients = [];
while (true) {
	$read = array_merge([$tcp, $udp], $clients);
	$write = $except = null;
	stream_select($read, $write, $except, null);
	foreach ($read as $ready) {
		if ($ready === $udp) {
			$data = stream_socket_recvfrom($udp, 65536, 0, $from);
			stream_socket_sendto($udp, $data, 0, $from);
		} elseif ($ready === $tcp) {
			$client = stream_socket_accept($tcp);
			$clients[(int)$client] = $client;
		} else {
			$data = fread($ready, 65536);
			if ($data === '' || $data === false) {
				unset($clients[(int)$ready]);
				fclose($ready);
			} else {
				fwrite($ready, $data);
			}
		}
	}
}
END
cat >ask.php <<'END'
<?php
function check($good, $what) {
	if (!$good) {
		fwrite(STDERR, "$what\n");
		exit(1);
	}
}

[, $host, $peer, $own] = $argv;
$data = random_bytes(3000000);
$context = stream_context_create(['http' => ['method' => 'POST',
	'content' => $data, 'header' => 'Content-Type: application/x-test']]);
$back = file_get_contents("http://$host:8080/index.php", false, $context);
check($back === $data, 'file_get_contents: other bytes came back');
check(in_array("X-From: $own", $http_response_header), 'who asks');

$sockets = [];
for ($i = 0; $i < 10; $i++) {
	$s = stream_socket_client("tcp://$host:7777", $errno, $error, 5);
	check($s, "connect: $error");
	check(stream_socket_get_name($s, true) === "$host:7777", 'peer');
	$sockets[] = $s;
}
foreach ($sockets as $s) {
	for ($i = 0; $i < 20; $i++) {
		$part = random_bytes(1 + $i * 700);
		fwrite($s, $part);
		check(stream_get_contents($s, strlen($part)) === $part, 'TCP');
	}
	stream_socket_shutdown($s, STREAM_SHUT_WR);
	check(stream_get_contents($s) === '', 'no end');
}

$s = stream_socket_client("udp://$host:7777", $errno, $error, 5);
stream_set_timeout($s, 2);
foreach ([1, 1400, 8000] as $n) {
	$part = random_bytes($n);
	for ($tries = 0; $tries < 3; $tries++) {
		stream_socket_sendto($s, $part);
		if (stream_socket_recvfrom($s, 65536) === $part)
			continue 2;
	}
	check(false, "a datagram of $n bytes does not come back");
}

$s = stream_socket_client("tcp://$host:7777", $errno, $error, 5,
	STREAM_CLIENT_CONNECT | STREAM_CLIENT_ASYNC_CONNECT);
$read = $except = null;
$write = [$s];
check(stream_select($read, $write, $except, 5) === 1, 'asynchronous connect');
check(!@stream_socket_client("tcp://$host:9", $errno, $error, 5) &&
	$errno === 111, "port 9 gives $errno");
// A module of its own, which PHP loads with RTLD_DEEPBIND.
if (function_exists('socket_create')) {
	$s = socket_create($host === $peer ? AF_INET : AF_INET6, SOCK_STREAM,
		SOL_TCP);
	check(@socket_connect($s, $peer, 7777), 'socket_connect');
	socket_write($s, 'words');
	check(socket_read($s, 100) === 'words', 'socket_read');
	socket_getpeername($s, $name, $port);
	check($name === $peer && $port === 7777, 'socket_getpeername');
}
echo "everything came back\n";
END

# round HOST ADDRESS OWN-ADDRESS
round() {
	step "$2"
	PHP_CLI_SERVER_WORKERS=4
	export PHP_CLI_SERVER_WORKERS
	spawn web 1 php -S "$1:8080" -t www
	web=$pid
	unset PHP_CLI_SERVER_WORKERS
	spawn echo 1 php echo.php "$1"
	echo=$pid
	wait_answers 2 "$2" 8080
	wait_answers 2 "$2" 7777
	virtual_only "$2" 8080
	run_b php ask.php "$1" "$2" "$3"
	run_b curl -sS -f -g -o got "http://$1:8080/file"
	same got www/file
	: >pids
	run_b curl -sS -f -Z -D pids -o /dev/null "http://$1:8080/?[1-60]"
	[ "$(grep -i '^x-pid' pids | sort -u | wc -l)" -gt 1 ] ||
		fail 'one worker did all of the work'
	# Its workers do not end with it.
	# shellcheck disable=SC2046 # a list of numbers
	kill $(children_of "$web") 2>/dev/null || true
	end "$web"
	end "$echo"
}
round "$ADDR_A" "$ADDR_A" "$ADDR_B"
round "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"
