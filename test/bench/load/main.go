// Command load writes a large execution trace of a program that mostly passes work between goroutines: a pool
// behind channels, goroutines that live for one request, contended locks, timers, loopback connections, tasks and
// regions, and enough garbage that the collector runs.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"
)

var (
	out      = flag.String("out", "", "where the trace goes")
	requests = flag.Int64("requests", 10_000, "how many requests are served; each takes some 22 events")
)

type request struct {
	ctx   context.Context
	reply chan []byte
}

var (
	mutex sync.Mutex
	kept  = make(map[int64][]byte)
	next  atomic.Int64
)

func main() {
	flag.Parse()
	file, err := os.Create(*out)
	check(err)
	check(trace.Start(file))
	queue := make(chan request)
	for worker := 0; worker < 8; worker++ {
		go work(queue)
	}
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	go serveEcho(echo)
	var clients sync.WaitGroup
	for client := 0; client < 6; client++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			ask(queue, echo.Addr().String())
		}()
	}
	clients.Wait()
	trace.Stop()
	check(file.Close())
}

// ask sends requests until enough have been sent.
func ask(queue chan<- request, address string) {
	connection, err := net.Dial("tcp", address)
	check(err)
	defer connection.Close()
	buffer := make([]byte, 32)
	for {
		number := next.Add(1)
		if number > *requests {
			return
		}
		ctx, task := context.Background(), (*trace.Task)(nil)
		if number%16 == 0 {
			ctx, task = trace.NewTask(ctx, "request")
		}
		reply := make(chan []byte)
		queue <- request{ctx, reply}
		keep(number, <-reply)
		if number%8 == 0 {
			_, err = connection.Write(buffer)
			check(err)
			_, err = io.ReadFull(connection, buffer)
			check(err)
		}
		if task != nil {
			task.End()
		}
		if number%512 == 0 {
			time.Sleep(50 * time.Microsecond)
		}
	}
}

func work(queue <-chan request) {
	for request := range queue {
		region := trace.StartRegion(request.ctx, "serve")
		parts := make(chan []byte)
		for part := 0; part < 2; part++ {
			go func() { parts <- make([]byte, 256) }()
		}
		answer := append(<-parts, <-parts...)
		region.End()
		request.reply <- answer
	}
}

func keep(number int64, answer []byte) {
	mutex.Lock()
	kept[number%50_000] = answer
	mutex.Unlock()
}

func serveEcho(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(connection, connection)
			connection.Close()
		}()
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
