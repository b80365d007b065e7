// Command load drives the rollout: it sets the balancer's share stage by stage, sends orders in an open loop (each has
// a time at which it is due, drawn beforehand) and logs every one: when it was due, how long its answer took from
// then, the stage, the build that answered and the status.
//
//	load -balancer http://127.0.0.1:7400 -stages 0,5,20,50,100 -for 40s -rate 400 > operations.csv 2> stages.csv
//
// The beginning of a stage is not logged (-settle): the first requests of a build meet cold connections.
package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

const products, perOrder = 20000, 8

type record struct {
	start, dur   int64
	stage, build string
	status       int
}

func main() {
	balancer := flag.String("balancer", "http://127.0.0.1:7400", "address of the balancer")
	stages := flag.String("stages", "0,5,20,50,100", "shares of the new build, in percent")
	length := flag.Duration("for", 40*time.Second, "how long a stage is logged")
	settle := flag.Duration("settle", 5*time.Second, "how long a stage runs before that")
	rate := flag.Float64("rate", 400, "orders a second")
	seed := flag.Int64("seed", 1, "seed of the times and products")
	flag.Parse()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 10 * time.Second}
	random := rand.New(rand.NewSource(*seed))
	var log []record
	fmt.Fprintln(os.Stderr, "stage,begin_ms,end_ms")
	for _, stage := range strings.Split(*stages, ",") {
		request, err := http.NewRequest(http.MethodPut, *balancer+"/balancer/share", strings.NewReader(stage))
		check(err)
		answer, err := client.Do(request)
		check(err)
		answer.Body.Close()
		drive(client, *balancer, random, *rate, *settle)
		begin := time.Now()
		records := drive(client, *balancer, random, *rate, *length)
		fmt.Fprintf(os.Stderr, "%s,%d,%d\n", stage, begin.UnixMilli(), time.Now().UnixMilli())
		for i := range records {
			records[i].stage = stage
		}
		log = append(log, records...)
	}
	print(log)
}

// drive sends orders for a while, the time between two of them exponential, and returns when all are answered.
func drive(client *http.Client, balancer string, random *rand.Rand, rate float64, length time.Duration) []record {
	var mu sync.Mutex
	var wait sync.WaitGroup
	var records []record
	begin := time.Now()
	for due := time.Duration(0); due < length; due += time.Duration(random.ExpFloat64() / rate * 1e9) {
		var body bytes.Buffer
		body.WriteString(`{"products":[`)
		for i := 0; i < perOrder; i++ {
			if i > 0 {
				body.WriteByte(',')
			}
			fmt.Fprint(&body, random.Intn(products))
		}
		body.WriteString("]}")
		time.Sleep(due - time.Since(begin))
		wait.Add(1)
		go func(due time.Time) {
			defer wait.Done()
			answer, err := client.Post(balancer+"/v2/orders", "application/json", &body)
			check(err)
			answer.Body.Close()
			one := record{start: due.UnixNano(), dur: int64(time.Since(due)), build: answer.Header.Get("X-Build"), status: answer.StatusCode}
			mu.Lock()
			records = append(records, one)
			mu.Unlock()
		}(begin.Add(due))
	}
	wait.Wait()
	return records
}

func print(log []record) {
	sort.Slice(log, func(a, b int) bool { return log[a].start < log[b].start })
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, "# clock=unix")
	fmt.Fprintln(out, "start_ns,dur_ns,kind,stage,build,status")
	for _, one := range log {
		// Microseconds are as fine as a clock set by the network goes.
		fmt.Fprintf(out, "%d,%d,order,%s,%s,%d\n", one.start/1000*1000, one.dur/100*100, one.stage, one.build, one.status)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
