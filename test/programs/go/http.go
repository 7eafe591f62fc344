// SPDX-License-Identifier: Apache-2.0

// A web server and a client of Go's own, without a C library.
//
// usage: http serve ADDRESS PORT
//        http ask ADDRESS PORT OWN-ADDRESS
//
// The server sends back what it gets, and says to whom; the client is told by
// HTTP_PROXY, as Go programs are, whether it is to use a proxy, and then it asks
// for no address of its own: OWN-ADDRESS is `any`.
package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"
)

func check(good bool, what ...any) {
	if !good {
		fmt.Println(what...)
		os.Exit(1)
	}
}

func must(err error) {
	check(err == nil, err)
}

func echo(w http.ResponseWriter, r *http.Request) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	w.Header().Set("X-From", host)
	body, err := io.ReadAll(r.Body)
	if err == nil {
		w.Write(body)
	}
}

func serveDatagrams(at string) {
	c, err := net.ListenPacket("udp", at)
	must(err)
	buffer := make([]byte, 65536)
	for {
		n, from, err := c.ReadFrom(buffer)
		must(err)
		c.WriteTo(buffer[:n], from)
	}
}

func serve(at string) {
	l, err := net.Listen("tcp", at)
	must(err)
	go serveDatagrams(at)
	fmt.Println("ready")
	must(http.Serve(l, http.HandlerFunc(echo)))
}

func ask(client *http.Client, at, own string, n int) {
	body := make([]byte, n)
	rand.Read(body)
	r, err := client.Post("http://"+at+"/", "application/x-test",
		bytes.NewReader(body))
	must(err)
	defer r.Body.Close()
	back, err := io.ReadAll(r.Body)
	must(err)
	check(bytes.Equal(body, back), n, "bytes sent, others back:", len(back))
	check(own == "any" || r.Header.Get("X-From") == own, "asked from",
		r.Header.Get("X-From"))
}

func askDatagram(c net.Conn, n int) bool {
	body := make([]byte, n)
	back := make([]byte, 65536)
	rand.Read(body)
	_, err := c.Write(body)
	must(err)
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	got, err := c.Read(back)
	return err == nil && bytes.Equal(body, back[:got])
}

func askDatagrams(at string) {
	c, err := net.Dial("udp", at)
	must(err)
	for _, n := range []int{1, 1400, 8000} {
		check(askDatagram(c, n) || askDatagram(c, n) || askDatagram(c, n),
			"a datagram of", n, "bytes does not come back")
	}
}

func askAll(address, port, own string) {
	at := net.JoinHostPort(address, port)
	client := &http.Client{Timeout: 30 * time.Second}
	var all sync.WaitGroup
	ask(client, at, own, 20000000)
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for j := 0; j < 10; j++ {
				ask(client, at, own, 10000)
			}
		}()
	}
	all.Wait()
	if own != "any" {
		askDatagrams(at)
		_, err := net.Dial("tcp", net.JoinHostPort(address, "9"))
		check(errors.Is(err, syscall.ECONNREFUSED), "port 9:", err)
	}
	fmt.Println("everything came back")
}

func main() {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "serve":
		serve(net.JoinHostPort(os.Args[2], os.Args[3]))
	case len(os.Args) == 5 && os.Args[1] == "ask":
		askAll(os.Args[2], os.Args[3], os.Args[4])
	default:
		fmt.Println("usage: see the source")
		os.Exit(2)
	}
}
