#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ruby.sh - Ruby's TCPServer, UDPSocket and Net::HTTP, WEBrick, and Puma with two
# workers of two threads, which it replaces one after the other
#
#	A: echo.rb, puma :8080, webrick :8081   <----   B: ask.rb, curl
# ctest: full
# ctest: via seccomp
# ctest: via netns
# matrix: ruby | v4 v6 | preload seccomp netns
# matrix: puma | v4 v6 | preload seccomp netns
. "$(dirname "$0")/../lib/node.sh"
need ruby
lan
make_file body 5000000
cat >echo.rb <<'END'
require 'socket'
address = ARGV[0]
udp = UDPSocket.new(address.include?(':') ? Socket::AF_INET6 : Socket::AF_INET)
udp.bind(address, 7777)
Thread.new do
  loop do
    data, from = udp.recvfrom(65_536)
    udp.send(data, 0, from[3], from[1])
  end
end
TCPServer.open(address, 7777) do |server|
  loop do
    Thread.new(server.accept) do |client|
      IO.copy_stream(client, client)
      client.close
    end
  end
end
END
cat >ask.rb <<'END'
require 'net/http'
require 'securerandom'
require 'socket'
require 'timeout'
address, own = ARGV
threads = (1..10).map do |i|
  Thread.new do
    data = SecureRandom.bytes(i * 100_000)
    Socket.tcp(address, 7777, connect_timeout: 5) do |s|
      raise 'peer' unless s.remote_address.ip_address == address
      raise 'own' unless s.local_address.ip_address == own
      writer = Thread.new do
        s.write(data)
        s.close_write
      end
      raise 'other bytes came back' unless s.read == data
      writer.join
    end
  end
end
threads.each(&:join)
udp = UDPSocket.new(address.include?(':') ? Socket::AF_INET6 : Socket::AF_INET)
udp.connect(address, 7777)
[1, 1400, 8000].each do |n|
  data = SecureRandom.bytes(n)
  got = 3.times.any? do
    udp.send(data, 0)
    udp.wait_readable(2) && udp.recvfrom(65_536)[0] == data
  end
  raise "a datagram of #{n} bytes does not come back" unless got
end
begin
  TCPSocket.new(address, 9)
  raise 'port 9 is open'
rescue Errno::ECONNREFUSED
  puts 'everything came back'
end
END
cat >config.ru <<'END'
run lambda { |env|
  [200, { 'x-pid' => Process.pid.to_s, 'x-from' => env['REMOTE_ADDR'] },
   [env['rack.input'].read]]
}
END
cat >webrick.rb <<'END'
require 'webrick'
server = WEBrick::HTTPServer.new(BindAddress: ARGV[0], Port: 8081)
server.mount_proc('/') { |request, response| response.body = request.body }
trap('TERM') { server.shutdown }
server.start
END

# round HOST ADDRESS OWN-ADDRESS
round() {
	step "sockets, $2"
	spawn echo 1 ruby echo.rb "$2"
	wait_answers 2 "$2" 7777
	virtual_only "$2" 7777
	run_b ruby ask.rb "$2" "$3"
	end "$pid"
	if ruby -e 'require "webrick"' 2>/dev/null; then
		step "WEBrick, $2"
		spawn webrick 1 ruby webrick.rb "$2"
		wait_answers 2 "$2" 8081
		run_b curl -sS -f -g --data-binary @body -o got "http://$1:8081/"
		same got body
		end "$pid"
	fi
	has_program puma || return 0

	step "Puma, $2"
	spawn puma 1 puma -b "tcp://$1:8080" -w 2 -t 2:2 -e production config.ru
	puma=$pid
	wait_answers 2 "$2" 8080
	virtual_only "$2" 8080
	run_b curl -sS -f -g -D head --data-binary @body -o got \
		"http://$1:8080/"
	same got body
	grep -qi "^x-from: $3" head || fail "who asks: $(grep -i x-from head)"
	wait_until 20 'both workers are asked' both_asked "$1"
	step 'new workers, and nobody is refused'
	old=$(children_of "$puma")
	kill -USR1 "$puma"
	until replaced; do
		run_b curl -sS -f -g -m 10 -o /dev/null "http://$1:8080/" ||
			fail 'refused during the change'
	done
	run_b curl -sS -f -g --data-binary @body -o got "http://$1:8080/"
	same got body
	end "$puma"
}

both_asked() {
	: >heads
	run_b curl -sS -f --no-keepalive -H 'Connection: close' -Z \
		-o /dev/null -D heads "http://$1:8080/?[1-40]"
	[ "$(grep -i '^x-pid' heads | sort -u | wc -l)" = 2 ]
}

replaced() {
	for worker in $old; do
		! is_alive "$worker" || return 1
	done
}
round "$ADDR_A" "$ADDR_A" "$ADDR_B"
round "[$ADDR6_A]" "$ADDR6_A" "$ADDR6_B"
