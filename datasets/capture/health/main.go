// Command health serves what a Go program can say of its own runtime, puts a map and a contended mutex under load,
// asks itself over HTTP and prints the answer.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/metrics"
	"sync"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/debug/runtime", answer)
	go http.Serve(listener, nil)
	var mu sync.Mutex
	table := map[int][1024]byte{}
	var wait sync.WaitGroup
	for g := 0; g < 8; g++ {
		wait.Add(1)
		go func(g int) {
			defer wait.Done()
			for i := 0; i < 2000; i++ {
				mu.Lock()
				table[g*2000+i] = [1024]byte{1}
				if i%500 == 0 {
					time.Sleep(time.Millisecond)
				}
				mu.Unlock()
			}
		}(g)
	}
	wait.Wait()
	response, err := http.Get("http://" + listener.Addr().String() + "/debug/runtime")
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	io.Copy(os.Stdout, response.Body)
}

// answer writes every metric that is a number, by name.
func answer(w http.ResponseWriter, _ *http.Request) {
	var samples []metrics.Sample
	for _, one := range metrics.All() {
		samples = append(samples, metrics.Sample{Name: one.Name})
	}
	metrics.Read(samples)
	numbers := map[string]float64{}
	for _, one := range samples {
		switch one.Value.Kind() {
		case metrics.KindUint64:
			numbers[one.Name] = float64(one.Value.Uint64())
		case metrics.KindFloat64:
			numbers[one.Name] = one.Value.Float64()
		}
	}
	if err := json.NewEncoder(w).Encode(numbers); err != nil {
		fmt.Fprintln(os.Stderr, "health:", err)
	}
}
