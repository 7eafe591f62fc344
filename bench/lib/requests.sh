# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# requests.sh - servers as people run them: nginx and wrk, redis

# For each second of a run of redis-benchmark
requests=20000

among_requests() {
	for one in $(among raw ours netns reference wireguard nebula fastd \
		slirp4netns pasta); do
		! default_raw "$one" || echo "$one"
	done
}

# --- HTTP ------------------------------------------------------------------------

# nginx_config SERVER ADDRESS
nginx_config() {
	cat <<-END
		user root root;
		daemon off;
		worker_processes 1;
		pid $work/$1/nginx.pid;
		error_log $work/$1/error;
		events { worker_connections 1024; }
		http {
			access_log off;
			keepalive_requests 1000000000;
			client_body_temp_path $work/$1/body;
			proxy_temp_path $work/$1/proxy;
			fastcgi_temp_path $work/$1/fastcgi;
			uwsgi_temp_path $work/$1/uwsgi;
			scgi_temp_path $work/$1/scgi;
			server {
				listen $2:8080 backlog=1024;
				location / { return 200 "0123456789abcdef\n"; }
			}
		}
	END
}

# It says nothing; the file is there as soon as it listens.
has_nginx() {
	[ -s "$work/$1/nginx.pid" ]
}

serve_http() {
	server=$(server_of "$1")-nginx
	[ ! -e "$work/$server/pid" ] || return 0
	mkdir -p "$work/$server"
	nginx_config "$server" "$(at "$1")" >"$work/$server/config"
	prefix=$(words "$(server_of "$1")" server)
	# shellcheck disable=SC2086 # a list of words
	background "$server" $prefix nginx -e "$work/$server/error" \
		-c "$work/$server/config"
	wait_until 20 has_nginx "$server" ||
		fail "$server: $(tail -n 1 "$work/$server/error")"
}

# http WORKLOAD CONTENDER [WRK-OPTION...]
http() {
	workload=$1
	contender=$2
	shift 2
	serve_http "$contender"
	await_quiet
	as_client "$contender" wrk -t 1 -c 50 -d "${seconds}s" "$@" \
		"http://$(at "$contender"):8080/" >"$work/result" 2>&1 ||
		fail "$workload, $contender failed: $(tail -n 1 "$work/result")"
	result "$work/result" | record_each "$workload" "$contender" ''
}

workload_short() {
	for one in $(among_requests); do
		http short "$one" -H 'Connection: close'
	done
}

workload_keepalive() {
	for one in $(among_requests); do
		http keepalive "$one"
	done
}

# --- redis -----------------------------------------------------------------------

workload_redis() {
	for one in $(among_requests); do
		server "$one" redis redis-server --bind "$(at "$one")" \
			--port 6379 --save '' --appendonly no \
			--protected-mode no --dir "$work"
		await_quiet
		as_client "$one" redis-benchmark -h "$(at "$one")" -p 6379 \
			-t get -c 50 -n $((requests * seconds)) --csv \
			>"$work/result" 2>&1 || fail "redis, $one failed"
		result "$work/result" | record_each redis "$one" ''
	done
}
