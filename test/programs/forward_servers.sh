#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# forward_servers.sh - servers of one host and clients of another, that know no
# proxy, by `tapless forward -R` on one side and `-L` on the other, TCP and UDP
#
#	127.0.0.1  <-- -R --  A  <---->  B  <-- -L --  127.0.0.2 (IPv4 of A)
#	servers                                        127.0.0.3 (IPv6 of A)
# ctest: full
# ctest: timeout 400
# matrix: nginx | v4 v6 | proxy
# matrix: apache2 (event, prefork, worker) | v4 v6 | proxy
# matrix: lighttpd | v4 v6 | proxy
# matrix: haproxy | v4 v6 | proxy
# matrix: gunicorn | v4 v6 | proxy
# matrix: uvicorn | v4 v6 | proxy
# matrix: puma | v4 v6 | proxy
# matrix: redis | v4 v6 | proxy
# matrix: memcached | v4 v6 | proxy
# matrix: mosquitto | v4 v6 | proxy
# matrix: iperf3 | v4 v6 | proxy
# matrix: openssh | v4 v6 | proxy
# matrix: rsync | v4 v6 | proxy
# matrix: socat | v4 v6 | proxy
# matrix: dig | v4 v6 | proxy
# matrix: dnsmasq | v4 v6 | proxy
# matrix: postgresql | v4 v6 | proxy
# matrix: mariadb | v4 v6 | proxy
# matrix: python (socketserver, selectors, asyncio, multiprocessing) | v4 v6 | proxy
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../lib/user.sh"
. "$here/../lib/node.sh"
. "$here/../lib/proxies.sh"
if real_root; then
	plain_root
else
	plain_user
fi
lan
mkdir www
chmod 755 www
make_file www/big 5000000
make_file www/small 1000
clients='127.0.0.2 127.0.0.3'

# Whoever is not installed is left out, and said to be.
has() {
	for program; do
		has_program "$program" || return
	done
	step "$*"
}

# lead PORT [-U]: 127.0.0.1:PORT by A, B, and both families; sets forwards
lead() {
	set -- "$1" "${2+--udp}"
	# shellcheck disable=SC2086 # no word, or one
	{
		spawn_forward "there$1$2" 1 $2 -R "$1:127.0.0.1:$1"
		forwards=$pid
		spawn_forward "back$1$2" 2 $2 -L "127.0.0.2:$1:$ADDR_A:$1" \
			$2 -L "127.0.0.3:$1:[$ADDR6_A]:$1"
	}
	forwards="$forwards $pid"
}

unlead() {
	for forward in $forwards; do
		end "$forward"
	done
}

# web PORT PATH: a file, and many small ones at once, over each family
web() {
	wait_host_answers 127.0.0.1 "$1"
	lead "$1"
	for client in $clients; do
		host curl -sS -f -o got "http://$client:$1/big"
		same got www/big
		rm -rf parts
		host curl -sS -f -Z --parallel-max 20 --create-dirs \
			-o 'parts/#1' "http://$client:$1/small?[1-100]"
		[ "$(cat parts/* | wc -c)" = 100000 ] ||
			fail 'some of the 100 are short'
	done
	unlead
}

if has nginx; then
	cat >nginx.conf <<-END
		$([ "$(id -u)" != 0 ] || echo 'user root;')
		daemon off;
		pid $work/nginx.pid;
		events { worker_connections 256; }
		http {
			access_log off;
			client_body_temp_path $work/body;
			proxy_temp_path $work/proxy;
			fastcgi_temp_path $work/fastcgi;
			uwsgi_temp_path $work/uwsgi;
			scgi_temp_path $work/scgi;
			sendfile on;
			server { listen 127.0.0.1:8080; root $work/www; }
		}
	END
	spawn_host nginx nginx -e "$work/nginx-error.log" -p "$work" \
		-c "$work/nginx.conf"
	nginx=$pid
	web 8080
	if has haproxy; then
		cat >haproxy.cfg <<-END
			defaults
				mode http
				timeout connect 5s
				timeout client 30s
				timeout server 30s
			frontend web
				bind 127.0.0.1:8081
				default_backend servers
			backend servers
				server own 127.0.0.1:8080
		END
		spawn_host haproxy haproxy -db -f haproxy.cfg
		haproxy=$pid
		web 8081
		end "$haproxy"
	fi
	end "$nginx"
fi

modules=
for dir in /usr/lib/apache2/modules /usr/lib64/httpd/modules; do
	[ ! -e "$dir/mod_mpm_event.so" ] || modules=$dir
done
if [ -n "$modules" ] && has apache2; then
	for mpm in event prefork worker; do
		step "apache2, $mpm"
		cat >apache.conf <<-END
			ServerRoot $work
			ServerName test
			PidFile $work/apache.pid
			DefaultRuntimeDir $work
			Mutex file:$work
			ErrorLog $work/apache-error.log
			LoadModule mpm_${mpm}_module $modules/mod_mpm_$mpm.so
			LoadModule authz_core_module $modules/mod_authz_core.so
			$(! real_root || printf 'User nobody\nGroup nogroup\n')
			Listen 127.0.0.1:8082
			DocumentRoot $work/www
			<Directory $work/www>
				Require all granted
			</Directory>
		END
		# shellcheck disable=SC2086 # a list of words
		spawn_host apache $plain setsid apache2 -f "$work/apache.conf" \
			-DFOREGROUND
		apache=$pid
		web 8082
		end "$apache"
	done
fi

if has lighttpd; then
	cat >lighttpd.conf <<-END
		server.document-root = "$work/www"
		server.errorlog = "$work/lighttpd-error.log"
		server.bind = "127.0.0.1"
		server.port = 8083
	END
	spawn_host lighttpd lighttpd -D -f lighttpd.conf
	lighttpd=$pid
	web 8083
	end "$lighttpd"
fi

cat >wsgi.py <<'END'
def app(environ, start_response):
    body = open("www" + environ["PATH_INFO"], "rb").read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
END
cat >asgi.py <<'END'
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body",
                    "body": open("www" + scope["path"], "rb").read()})
END
cat >config.ru <<'END'
run lambda { |env| [200, {}, [IO.binread("www#{env['PATH_INFO']}")]] }
END
if has gunicorn; then
	spawn_host gunicorn gunicorn -b 127.0.0.1:8084 -w 2 \
		--worker-tmp-dir "$work" wsgi:app
	gunicorn=$pid
	web 8084
	end "$gunicorn"
fi
if has uvicorn; then
	spawn_host uvicorn uvicorn --host 127.0.0.1 --port 8085 \
		--log-level warning asgi:app
	uvicorn=$pid
	web 8085
	end "$uvicorn"
fi
if has puma; then
	spawn_host puma puma -b tcp://127.0.0.1:8086 -w 2 -t 2:2 -e production \
		config.ru
	puma=$pid
	web 8086
	end "$puma"
fi

step 'python: TCP in six ways, and datagrams'
lead 7000
lead 7000 -U
more_forwards=$forwards
for kind in threads forks selectors pool passed streams datagrams; do
	spawn_host $kind "$python" "$here/python_more.py" serve $kind 127.0.0.1 \
		7000
	wait_until 20 'the server is ready' grep -q ready $kind.log
	family=$(ps -o pid= --ppid "$pid" | tr -d ' ')
	for client in $clients; do
		case $kind in
		datagrams) host "$python" "$here/python_more.py" datagrams \
			"$client" 7000 ;;
		*) host "$python" "$here/python_more.py" ask "$client" 7000 \
			127.0.0.1 ;;
		esac
	done
	kill -TERM "$pid" 2>/dev/null || true
	for child in $family; do
		kill -TERM "$child" 2>/dev/null || true
	done
	wait_gone 10 "$pid" "$kind"
done
for forward in $more_forwards; do
	end "$forward"
done

if has redis-server redis-cli redis-benchmark; then
	spawn_host redis redis-server --bind 127.0.0.1 --port 6379 --save '' \
		--dir "$work"
	redis=$pid
	wait_host_answers 127.0.0.1 6379
	lead 6379
	base64 -w 0 www/big >text
	for client in $clients; do
		[ "$(host redis-cli -h "$client" -x set big <text)" = OK ] ||
			fail 'SET'
		host redis-cli -h "$client" --raw get big |
			head -c "$(wc -c <text)" >got
		same got text
		host redis-benchmark -h "$client" -q -n 2000 -c 20 \
			-t ping,set,get >bench.log 2>&1
		[ "$(tr '\r' '\n' <bench.log | grep -c 'requests per')" -ge 3 ] ||
			fail 'redis-benchmark did not finish'
	done
	unlead
	end "$redis"
fi

if has memcached; then
	spawn_host memcached memcached -u "$(id -un)" -l 127.0.0.1 -p 11211
	memcached=$pid
	wait_host_answers 127.0.0.1 11211
	lead 11211
	for client in $clients; do
		{
			printf 'set k 0 0 1000\r\n'
			cat www/small
			printf '\r\nget k\r\nquit\r\n'
		} | host nc "$client" 11211 >got
		{
			printf 'STORED\r\nVALUE k 0 1000\r\n'
			cat www/small
			printf '\r\nEND\r\n'
		} >want
		same got want
	done
	unlead
	end "$memcached"
fi

if has mosquitto mosquitto_pub mosquitto_sub; then
	{
		[ "$(id -u)" != 0 ] || echo 'user root'
		echo 'allow_anonymous true'
		echo 'log_type all'
		echo 'listener 1883 127.0.0.1'
	} >broker.conf
	spawn_host broker mosquitto -c broker.conf
	broker=$pid
	wait_host_answers 127.0.0.1 1883
	lead 1883
	for client in $clients; do
		spawn_host subscriber mosquitto_sub -h "$client" -i "s$client" \
			-t news -C 1 -N
		wait_until 10 'it has subscribed' \
			grep -q "Sending SUBACK to s$client" broker.log
		host mosquitto_pub -h "$client" -q 2 -t news -f www/big
		wait_gone 10 "$pid" 'the subscriber'
		same subscriber.log www/big
		: >subscriber.log
	done
	unlead
	end "$broker"
fi

if has iperf3; then
	spawn_host server iperf3 -s --forceflush -B 127.0.0.1
	iperf=$pid
	wait_until 10 'iperf3 listens' grep -q 'Server listening' server.log
	lead 5201
	more_forwards=$forwards
	lead 5201 -U
	more_forwards="$more_forwards $forwards"
	for client in $clients; do
		for how in '' -R '-P 8' '-P 2 --bidir' '-u -b 5M' '-u -b 5M -R'; do
			# shellcheck disable=SC2086 # a list of words
			host iperf3 -J -c "$client" -t 1 -l 1200 $how >result ||
				fail "iperf3 $how: $(json_field error <result)"
			"$python" - "$how" <<-'END' || fail "iperf3 $how"
				import json, sys
				end = json.load(open("result"))["end"]
				sums = end.get("sum_received") or end["sum"]
				assert sums["bytes"] > 0
				assert end.get("sum", {}).get("lost_percent", 0) < 5
			END
		done
	done
	for forward in $more_forwards; do
		end "$forward"
	done
	end "$iperf"
fi

if has dnsmasq dig; then
	text=$(head -c 180 /dev/zero | tr '\0' t)
	{
		printf 'no-resolv\nno-hosts\nno-daemon\nbind-interfaces\n'
		printf 'port=5353\nlisten-address=127.0.0.1\nlocal=/test/\n'
		echo 'host-record=a.test,10.9.8.7,fd01::7'
		for i in 1 2 3 4 5 6 7 8 9 10; do
			echo "txt-record=big.test,$text-$i"
		done
		[ "$(id -u)" != 0 ] || echo 'user=root'
	} >zone.conf
	spawn_host dnsmasq dnsmasq -C zone.conf
	dnsmasq=$pid
	wait_host_answers 127.0.0.1 5353
	lead 5353
	more_forwards=$forwards
	lead 5353 -U
	for client in $clients; do
		for how in +notcp +tcp; do
			[ "$(host dig "@$client" -p 5353 $how +short a.test)" = \
				10.9.8.7 ] || fail "dig $how"
			[ "$(host dig "@$client" -p 5353 $how +short big.test TXT |
				grep -c "$text")" = 10 ] || fail "dig $how big.test"
		done
	done
	for forward in $more_forwards; do
		end "$forward"
	done
	unlead
	end "$dnsmasq"
fi

if has socat; then
	spawn_host socat socat TCP4-LISTEN:9002,bind=127.0.0.1,fork EXEC:cat
	socat=$pid
	wait_host_answers 127.0.0.1 9002
	lead 9002
	for client in $clients; do
		host socat -t 10 - "TCP4:$client:9002" <www/big >got
		same got www/big
	done
	unlead
	end "$socat"
fi

if has rsync; then
	printf 'use chroot = no\n[site]\npath = %s/www\n' "$work" >rsyncd.conf
	! real_root || printf 'uid = root\ngid = root\n' >>rsyncd.conf
	spawn_host rsyncd rsync --daemon --no-detach --config=rsyncd.conf \
		--address=127.0.0.1 --port=8730
	rsyncd=$pid
	wait_host_answers 127.0.0.1 8730
	lead 8730
	for client in $clients; do
		rm -rf tree
		host rsync -rlpt "rsync://$client:8730/site/" tree
		diff -r tree www || fail 'the trees differ'
	done
	unlead
	end "$rsyncd"
fi

if has sshd ssh scp && real_root &&
	{ [ -d /run/sshd ] || mkdir /run/sshd 2>/dev/null; }; then
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	cp user_key.pub authorized_keys
	cat >sshd_config <<-END
		ListenAddress 127.0.0.1:2222
		HostKey $work/host_key
		PidFile none
		AuthorizedKeysFile $work/authorized_keys
		StrictModes no
		PermitRootLogin yes
		UsePAM no
		Subsystem sftp internal-sftp
	END
	spawn_host sshd "$(command -v sshd)" -D -e -f "$work/sshd_config"
	sshd=$pid
	wait_host_answers 127.0.0.1 2222
	lead 2222
	ssh_options="-F none -i user_key -o BatchMode=yes -o LogLevel=ERROR
		-o StrictHostKeyChecking=accept-new
		-o UserKnownHostsFile=$work/known_hosts"
	for client in $clients; do
		# shellcheck disable=SC2086 # a list of words
		{
			host ssh $ssh_options -p 2222 "root@$client" \
				"cat $work/www/big" >got
			same got www/big
			rm got
			host scp -q $ssh_options -P 2222 \
				"root@$client:$work/www/big" got
			same got www/big
		}
	done
	unlead
	end "$sshd"
fi

for dir in /usr/lib/postgresql/*/bin /usr/libexec/postgresql*; do
	[ ! -x "$dir/initdb" ] || PATH=$dir:$PATH
done
if has initdb postgres psql pgbench; then
	plain_user
	mkdir data
	! real_root || chown "$plain_name" data
	PGUSER=postgres
	export PGUSER
	# shellcheck disable=SC2086 # a list of words
	{
		host $plain initdb -D "$work/data" -U postgres -A trust -N \
			>initdb.log
		spawn_host postgres $plain postgres -D "$work/data" -F \
			-c listen_addresses=127.0.0.1 -c unix_socket_directories=
	}
	postgres=$pid
	lead 5432
	ready() {
		host psql -X -h 127.0.0.2 -c 'select 1'
	}
	wait_until 30 'PostgreSQL answers' ready
	for client in $clients; do
		{
			host pgbench -q -i -s 1 -h "$client"
			host pgbench -n -c 10 -j 2 -t 50 -h "$client"
		} >pgbench.log 2>&1
		grep -q 'failed transactions: 0 ' pgbench.log ||
			fail 'not all transactions came to their end'
		[ "$(host psql -X -A -t -q -h "$client" -c \
			"select length(repeat('x', 5000000))")" = 5000000 ] ||
			fail 'psql'
	done
	unlead
	kill -INT "$postgres"
	wait_gone 20 "$postgres" PostgreSQL
fi

if has mariadbd mariadb mariadb-install-db mariadb-slap; then
	mkdir maria
	mariadb-install-db --no-defaults --datadir="$work/maria" \
		--auth-root-authentication-method=normal --skip-test-db \
		--user="$(id -un)" >install.log 2>&1
	printf '%s\n' "CREATE USER 'test'@'%' IDENTIFIED BY 'word';" \
		"GRANT ALL ON *.* TO 'test'@'%';" >users.sql
	spawn_host mariadb mariadbd --no-defaults --datadir="$work/maria" \
		--user="$(id -un)" --bind-address=127.0.0.1 --port=3306 \
		--skip-name-resolve --socket="$work/maria.sock" \
		--pid-file="$work/maria.pid" --init-file="$work/users.sql" \
		--innodb-buffer-pool-size=32M --innodb-log-file-size=8M
	mariadb=$pid
	wait_host_answers 127.0.0.1 3306
	lead 3306
	for client in $clients; do
		host mariadb --no-defaults -h "$client" -u test -pword -N -B -r \
			-e "select repeat('x', 5000000)" | tr -d '\n' >got
		[ "$(wc -c <got)" = 5000000 ] || fail 'a large value'
		host mariadb-slap --no-defaults -h "$client" -u test -pword -a \
			--concurrency=10 --iterations=1 --number-of-queries=200 \
			--create-schema=slap >slap.log
	done
	unlead
	end "$mariadb"
fi
