// Command starttrace does what the article does: it calls runtime.StartTrace, waits on the network, and ends.
package main

import (
	"net"
	"os"
	"runtime"
	"time"
)

func main() {
	if err := runtime.StartTrace(); err != nil {
		panic(err)
	}
	if connection, err := net.Dial("tcp", "127.0.0.1:1"); err == nil {
		connection.Close()
	}
	time.Sleep(100 * time.Millisecond)
	entries, _ := os.ReadDir(".")
	println("files written:", len(entries))
}
