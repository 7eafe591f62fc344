# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# tunnels.sh - other products: wireguard-go, nebula, fastd; slirp4netns, pasta
#
#	wireguard: wa 10.101.0.1, wb .2     nebula: na 10.102.0.1, nb .2
#	fastd: fa 10.103.0.1, fb .2         slirp4netns, pasta: a namespace
#	                                    whose only way out is host a
#
# Static keys made here, every default that is not named here; nothing is asked
# of any network. Each end is a host of its own with a device of its own name.

# other_end HOST: the same contender's other host
other_end() {
	case $1 in
	?a) echo "${1%a}b" ;;
	?b) echo "${1%b}a" ;;
	esac
}

# last_byte HOST: of its address in the tunnel
last_byte() {
	case $1 in *a) echo 1 ;; *b) echo 2 ;; esac
}

has_device() {
	in_host "$1" ip link show "$2" >/dev/null 2>&1
}

# bring_up HOST DEVICE ADDRESS: as soon as the program has made the device
bring_up() {
	wait_until 10 has_device "$1" "$2" ||
		fail "$1 has no device: $(tail -n 1 "$work/$1/log")"
	in_host "$1" ip addr add "$3/24" dev "$2"
	in_host "$1" ip link set "$2" up
}

# --- wireguard-go ----------------------------------------------------------------

has_control() {
	[ -S "/run/wireguard/wg-$1.sock" ]
}

start_wireguard() {
	background "$1" nsenter "--net=/run/netns/$1" -- \
		wireguard-go -f "wg-$1"
	wait_until 10 has_control "$1" ||
		fail "wireguard-go: $(tail -n 1 "$work/$1/log")"
}

make_wireguard() {
	mkdir -p /run/wireguard
	for site in wa wb; do
		mkdir -p "$work/$site"
		(umask 077 && wg genkey >"$work/$site/key")
		wg pubkey <"$work/$site/key" >"$work/$site/public"
		start_wireguard "$site"
	done
	for site in wa wb; do
		other=$(other_end "$site")
		in_host "$site" wg set "wg-$site" listen-port 51820 \
			private-key "$work/$site/key" \
			peer "$(cat "$work/$other/public")" \
			endpoint "$(host_ip "$other"):51820" \
			allowed-ips "10.101.0.$(last_byte "$other")/32"
		bring_up "$site" "wg-$site" "10.101.0.$(last_byte "$site")"
	done
}

# --- nebula ----------------------------------------------------------------------

# nebula_config HOST OTHER
nebula_config() {
	cat <<-END
		pki:
		  ca: $work/nebula/ca.crt
		  cert: $work/nebula/$1.crt
		  key: $work/nebula/$1.key
		static_host_map:
		  "10.102.0.$(last_byte "$2")": ["$(host_ip "$2"):4242"]
		lighthouse: { am_lighthouse: false }
		listen: { host: 0.0.0.0, port: 4242 }
		tun: { disabled: false, dev: neb-$1 }
		logging: { level: warning }
		firewall:
		  outbound: [{ port: any, proto: any, host: any }]
		  inbound: [{ port: any, proto: any, host: any }]
	END
}

make_nebula() {
	mkdir -p "$work/nebula"
	(
		cd "$work/nebula"
		nebula-cert ca -name bench
		for site in na nb; do
			nebula-cert sign -name $site \
				-ip "10.102.0.$(last_byte $site)/24"
		done
	) >"$work/nebula/log" 2>&1 || fail 'nebula-cert failed'
	for site in na nb; do
		nebula_config $site "$(other_end $site)" \
			>"$work/nebula/$site.yml"
		background $site nsenter "--net=/run/netns/$site" -- \
			nebula -config "$work/nebula/$site.yml"
	done
}

# --- fastd -----------------------------------------------------------------------

# fastd_config HOST OTHER
fastd_config() {
	cat <<-END
		log level warn;
		interface "fd-$1";
		mode tap;
		method "salsa2012+umac";
		bind any:10000;
		mtu 1406;
		secret "$(cat "$work/$1/key")";
		peer "$2" {
			key "$(cat "$work/$2/public")";
			remote $(host_ip "$2"):10000;
		}
	END
}

make_fastd() {
	for site in fa fb; do
		mkdir -p "$work/$site"
		(umask 077 && fastd --generate-key --machine-readable \
			>"$work/$site/key" 2>"$work/$site/log")
		(umask 077 && echo "secret \"$(cat "$work/$site/key")\";" \
			>"$work/$site/secret")
		fastd --show-key --machine-readable \
			--config "$work/$site/secret" >"$work/$site/public"
	done
	for site in fa fb; do
		(umask 077 && fastd_config $site "$(other_end $site)" \
			>"$work/$site/config")
		background $site nsenter "--net=/run/netns/$site" -- \
			fastd --config "$work/$site/config"
	done
	for site in fa fb; do
		bring_up $site "fd-$site" "10.103.0.$(last_byte $site)"
	done
}

# --- user-mode stacks of namespaces ------------------------------------------------

has_way_out() {
	in_host "$1" ip route get "$(host_ip b)" >/dev/null 2>&1
}

# await_way_out NAME: the namespace has the name of its contender
await_way_out() {
	wait_until 10 has_way_out "$1" ||
		fail "$1: $(tail -n 1 "$work/$1/log")"
}

make_slirp4netns() {
	ip netns add slirp4netns
	background slirp4netns nsenter --net=/run/netns/a -- \
		slirp4netns --configure --mtu=65520 --netns-type=path \
		/run/netns/slirp4netns tap0
	await_way_out slirp4netns
}

# It wants to become nobody, who may not enter the namespace.
make_pasta() {
	ip netns add pasta
	background pasta nsenter --net=/run/netns/a -- pasta -f --runas 0 \
		--config-net -i eth0 -a 10.104.0.2 -n 255.255.255.0 \
		-g 10.104.0.1 --no-map-gw -t none -u none -T none -U none \
		--netns-only --netns /run/netns/pasta
	await_way_out pasta
}
