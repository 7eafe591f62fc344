#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# proxy_clients.sh - programs of the host that speak SOCKS5 or HTTP to `tapless
# proxy`, each in the way that it is told so, to servers on the network
#
#	A: web.py :8080, sshd   <---   B: proxy   <---   clients
# ctest: full
# ctest: timeout 300
# matrix: curl | v4 v6 | proxy
# matrix: wget | v4 v6 | proxy
# matrix: python (http.server, urllib, asyncio) | v4 v6 | proxy
# matrix: node | v4 v6 | proxy
# matrix: java | v4 v6 | proxy
# matrix: git, git daemon | v4 v6 | proxy
# matrix: git over ssh | v4 v6 | proxy
# matrix: netcat (OpenBSD) | v4 v6 | proxy
# matrix: perl | v4 v6 | proxy
# matrix: php | v4 v6 | proxy
# matrix: ruby | v4 v6 | proxy
# matrix: busybox (static) | v4 v6 | proxy
# matrix: go (static, net/http, UDP) | v4 v6 | proxy
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/user.sh"
. "$here/../lib/node.sh"
. "$here/../lib/proxies.sh"
need nc wget
lan
spawn_proxy 2
mkdir www
make_file www/big 5000000

# has COMMAND: is it there? Says so if it is not.
has() {
	step "$1${2+, $2}"
	has_program "$1"
}

# fetched WHAT: the file has come as it is
fetched() {
	[ -e got ] || fail "$1: nothing came"
	same got www/big
	rm got
}

# by_http COMMAND...: with the variables that most programs know
by_http() {
	host env "http_proxy=http://$http" "HTTP_PROXY=http://$http" "$@"
}

cat >fetch.js <<'END'
// usage: node fetch.js PROXY URL: a whole URL to the proxy, then CONNECT
const fs = require('fs');
const http = require('http');
const net = require('net');
const [proxy, url] = process.argv.slice(2);
const [host, port] = proxy.split(':');
const { pathname, host: authority } = new URL(url);

function get(options) {
	return new Promise((resolve, reject) => http.get(options, (response) => {
		const parts = [];
		response.on('data', (part) => parts.push(part));
		response.on('end', () => resolve(Buffer.concat(parts)));
	}).on('error', reject));
}

async function main() {
	const plain = await get({ host, port, path: url,
		headers: { host: authority } });
	const socket = await new Promise((resolve, reject) => http.request({ host,
		port, method: 'CONNECT', path: authority }).on('connect',
		(response, stream) => resolve(stream)).on('error', reject).end());
	const through = await get({ path: pathname, headers: { host: authority },
		createConnection: () => socket });
	if (!plain.equals(through))
		throw new Error('two ways, two files');
	fs.writeFileSync('got', through);
	process.exit(0);
}
main();
END
cat >Fetch.java <<'END'
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

public class Fetch {
	public static void main(String[] args) throws Exception {
		try (InputStream in = new URL(args[0]).openStream()) {
			Files.copy(in, Path.of("got"));
		}
	}
}
END
# shellcheck disable=SC2016 # dollars of PHP
php_fetch='$c = stream_context_create(["http" => ["proxy" => "tcp://$argv[1]",
	"request_fulluri" => true]]);
exit(copy($argv[2], "got", $c) ? 0 : 1);'
ruby_fetch='require "net/http"
IO.binwrite("got", Net::HTTP.get(URI(ARGV[0])))'
# shellcheck disable=SC2016 # dollars of perl
perl_fetch='my $r = HTTP::Tiny->new->mirror($ARGV[0], "got");
die "$r->{status} $r->{content}" unless $r->{success}'

# clients URL ADDRESS
clients() {
	step "curl, $2"
	for way in "--socks5 $socks" "--socks5-hostname $socks" \
		"--proxy http://$http" "-p --proxy http://$http"; do
		# shellcheck disable=SC2086 # a list of words
		host curl -sS -f -g -o got $way "$1"
		fetched "curl $way"
	done
	step "wget, $2"
	by_http wget -q -O got "$1"
	fetched wget
	step "python, $2"
	by_http "$python" -c 'import sys, urllib.request
urllib.request.urlretrieve(sys.argv[1], "got")' "$1"
	fetched urllib
	[ "$("$python" "$lib/socks.py" code "$socks" 1 "$2" 8080)" = 0 ] ||
		fail 'SOCKS5 by Python'
	if has node "$2"; then
		host node fetch.js "$http" "$1"
		fetched node
	fi
	if has java "$2"; then
		host java -DsocksProxyHost="${socks%:*}" \
			-DsocksProxyPort="${socks#*:}" Fetch.java "$1"
		fetched 'java by SOCKS5'
		host java -Dhttp.proxyHost="${http%:*}" \
			-Dhttp.proxyPort="${http#*:}" -Dhttp.nonProxyHosts= \
			Fetch.java "$1"
		fetched 'java by HTTP'
	fi
	if has php "$2"; then
		host php -r "$php_fetch" "$http" "$1"
		fetched php
	fi
	if has ruby "$2"; then
		by_http ruby -e "$ruby_fetch" "$1"
		fetched ruby
	fi
	if has perl "$2"; then
		by_http perl -MHTTP::Tiny -e "$perl_fetch" "$1"
		fetched perl
	fi
	if has busybox "$2"; then
		by_http busybox wget -q -O got "$1"
		fetched busybox
	fi
	if has git "$2"; then
		rm -rf clone
		by_http git clone -q "${1%/big}/r.git" clone 2>>git.log
		mv clone/got .
		fetched git
		rm -rf clone
		host git -c "http.proxy=socks5h://$socks" clone -q \
			"${1%/big}/r.git" clone 2>>git.log
		mv clone/got .
		fetched 'git by SOCKS5'
	fi
	netcat "$1" "$2"
}

# netcat URL ADDRESS
netcat() {
	nc -h 2>&1 | grep -q OpenBSD || return 0
	for way in "5 -x $socks" "connect -x $http"; do
		step "nc -X ${way%% *}, $2"
		# shellcheck disable=SC2086 # a list of words
		printf 'GET /big HTTP/1.0\r\n\r\n' |
			host nc -X $way "$2" 8080 >answer
		"$python" - <<-'END'
			head, _, body = open("answer", "rb").read().partition(
			    b"\r\n\r\n")
			open("got", "wb").write(body)
		END
		fetched "nc -X $way"
	done
}

# A repository that any web server can give away.
if has_program git; then
	git init -q -b main first
	cp www/big first/got
	git -C first add got
	git -C first -c user.name=n -c user.email=e@example.org commit -q -m one
	git clone -q --bare first www/r.git
	git -C www/r.git update-server-info
fi

for address in "$ADDR_A" "$ADDR6_A"; do
	bracketed=$address
	[ "$address" = "$ADDR_A" ] || bracketed="[$address]"
	spawn web 1 "$python" -m http.server --bind "$address" -d www 8080
	wait_answers 2 "$address" 8080
	virtual_only "$address" 8080
	clients "http://$bracketed:8080/big" "$address"
	[ "$(grep -c "^$ADDR_B \|^$ADDR6_B " web.log)" -ge 8 ] ||
		fail 'requests did not come from B'
	end "$pid"
done

if has_program go; then
	. "$here/../lib/go.sh"
	build_go "$here/go/http.go" http-go
	for address in "$ADDR_A" "$ADDR6_A"; do
		step "go, $address"
		spawn go 1 ./http-go serve "$address" 8080
		wait_until 20 'the server is ready' grep -q ready go.log
		by_http ./http-go ask "$address" 8080 any
		end "$pid"
	done
fi

if has_program git && has_program sshd && real_root &&
	{ [ -d /run/sshd ] || mkdir /run/sshd 2>/dev/null; }; then
	step 'ssh, scp, sftp and git, by nc'
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	cp user_key.pub authorized_keys
	cat >sshd_config <<-END
		ListenAddress $ADDR_A:2222
		ListenAddress [$ADDR6_A]:2222
		HostKey $work/host_key
		PidFile none
		AuthorizedKeysFile $work/authorized_keys
		StrictModes no
		PermitRootLogin yes
		UsePAM no
		Subsystem sftp internal-sftp
	END
	cat >ssh_config <<-END
		Host *
		Port 2222
		User root
		IdentityFile $work/user_key
		BatchMode yes
		StrictHostKeyChecking accept-new
		UserKnownHostsFile $work/known_hosts
		LogLevel ERROR
		ProxyCommand nc -X 5 -x $socks %h %p
	END
	spawn sshd 1 "$(command -v sshd)" -D -e -f "$work/sshd_config"
	wait_answers 2 "$ADDR_A" 2222
	GIT_SSH_COMMAND="ssh -F $work/ssh_config"
	export GIT_SSH_COMMAND
	git config --global --replace-all safe.directory '*'
	git init -q -b main --bare repository
	for bracketed in "$ADDR_A" "[$ADDR6_A]"; do
		address=${bracketed#\[} address=${address%\]}
		host ssh -F ssh_config "$address" cat <www/big >got
		fetched ssh
		host scp -q -F ssh_config "$bracketed:$work/www/big" got
		fetched scp
		echo "get $work/www/big got" |
			host sftp -q -F ssh_config -b - "$bracketed" >sftp.log
		fetched sftp
		rm -rf clone
		host git clone -q "ssh://$bracketed$work/repository" clone \
			2>>git.log
		cp www/big clone/got
		git -C clone add got
		git -C clone -c user.name=n -c user.email=e@example.org \
			commit -q --allow-empty -m "over $address"
		host git -C clone push -q origin HEAD:main 2>>git.log
	done
	[ "$(git -C repository rev-list --count main)" = 2 ] ||
		fail 'not both commits were pushed'
else
	partly 'no sshd as root here: ssh and git' || true
fi
