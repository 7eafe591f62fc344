// SPDX-License-Identifier: Apache-2.0

// A server and clients in one Go program, over TCP and UDP: on the virtual
// network, and towards the host.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const clients = 200

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func serve(at string) string {
	l, err := net.Listen("tcp", at)
	must(err)
	go http.Serve(l, http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "hello "+r.URL.Path)
		}))
	return l.Addr().String()
}

func get(at string, i int) {
	c := http.Client{
		Transport: &http.Transport{DisableKeepAlives: true},
		Timeout:   20 * time.Second,
	}
	r, err := c.Get(fmt.Sprintf("http://%s/%d", at, i))
	must(err)
	b, err := io.ReadAll(r.Body)
	must(err)
	if string(b) != fmt.Sprintf("hello /%d", i) {
		must(fmt.Errorf("got %q", b))
	}
}

func crowd(at string) {
	var all sync.WaitGroup
	for i := 0; i < clients; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			get(at, i)
		}(i)
	}
	all.Wait()
}

// Keeps every processor busy, so that the runtime sends its signals.
func spin(stop *bool) {
	for n := 0; !*stop; n++ {
	}
}

func udp(ip string) {
	server, err := net.ListenPacket("udp", ip+":0")
	must(err)
	connected, err := net.Dial("udp", server.LocalAddr().String())
	must(err)
	_, err = connected.Write([]byte("ping"))
	must(err)
	b := make([]byte, 100)
	n, from, err := server.ReadFrom(b)
	must(err)
	_, err = server.WriteTo(b[:n], from)
	must(err)
	n, err = connected.Read(b)
	must(err)
	if string(b[:n]) != "ping" || from.String() != connected.LocalAddr().String() {
		must(fmt.Errorf("got %q from %v", b[:n], from))
	}
	connected.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = connected.Read(b)
	if e, ok := err.(net.Error); !ok || !e.Timeout() {
		must(fmt.Errorf("no timeout but %v", err))
	}
}

func main() {
	stop := false
	go spin(&stop)
	virtual := serve(os.Args[1] + ":0")
	crowd(virtual)
	crowd(serve("127.0.0.1:0"))
	udp(os.Args[1])
	_, err := net.Dial("tcp", os.Args[1]+":1")
	if err == nil {
		must(fmt.Errorf("connected to nobody"))
	}
	stop = true
	fmt.Println("good")
}
