// Command wake measures how long a goroutine that waits on a socket takes to run again after data was sent. A sender
// in the same process stamps each message; the reader logs the time from the stamp to its return from Read. -load is
// idle, spin (goroutines that never block, two for each processor) or gc (collections back to back).
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/trace"
	"sync/atomic"
	"time"
	_ "unsafe" // for go:linkname
)

//go:linkname nanotime runtime.nanotime
func nanotime() int64

var stopped atomic.Bool

func main() {
	load := flag.String("load", "idle", "idle, spin or gc")
	messages := flag.Int("messages", 500, "messages sent, one every 3 ms")
	tracePath := flag.String("trace", "", "where the execution trace goes")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	sent, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	received, err := listener.Accept()
	check(err)
	startLoad(*load)
	if *tracePath != "" {
		file, err := os.Create(*tracePath)
		check(err)
		check(trace.Start(file))
		defer file.Close()
		defer trace.Stop()
	}
	done := make(chan struct{})
	go receive(received, *load, done)
	for i := 0; i < *messages; i++ {
		time.Sleep(3 * time.Millisecond)
		var stamp [8]byte
		binary.LittleEndian.PutUint64(stamp[:], uint64(nanotime()))
		_, err := sent.Write(stamp[:])
		check(err)
	}
	stopped.Store(true)
	sent.Close()
	<-done
}

func receive(connection net.Conn, load string, done chan struct{}) {
	fmt.Println("# clock=monotonic")
	fmt.Println("start_ns,dur_ns,kind")
	var lines []byte
	var stamp [8]byte
	for {
		if _, err := io.ReadFull(connection, stamp[:]); err != nil {
			break
		}
		at := int64(binary.LittleEndian.Uint64(stamp[:]))
		lines = append(lines, fmt.Sprintf("%d,%d,%s\n", at, nanotime()-at, load)...)
	}
	os.Stdout.Write(lines)
	close(done)
}

func startLoad(load string) {
	switch load {
	case "spin":
		for i := 0; i < 2*runtime.GOMAXPROCS(0); i++ {
			go spin()
		}
	case "gc":
		live := make([]*[128]*int, 60000)
		for i := range live {
			live[i] = new([128]*int)
			for j := range live[i] {
				live[i][j] = new(int)
			}
		}
		go func() {
			for !stopped.Load() {
				runtime.GC()
			}
			runtime.KeepAlive(live)
		}()
	}
	time.Sleep(200 * time.Millisecond)
}

func spin() {
	x := 1
	for !stopped.Load() {
		for j := 0; j < 1000; j++ {
			x = x*31 + j
		}
	}
	runtime.KeepAlive(x)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "wake:", err)
		os.Exit(1)
	}
}
