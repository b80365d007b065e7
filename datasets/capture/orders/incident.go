package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"os"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What the incident's timeline is made of: the number of stock keys grows stage by stage, and at the end the scanning
// script is exchanged for the direct one.
var incidentKeys = []int{1000, 100000, 200000, 400000, 800000}

const (
	ordersPerSecond = 100
	bundleEvery     = 4 * time.Second // a bundle's product is looked for by the scanning script, others' directly
	deadline        = 2 * time.Second
	poolSize        = 128
)

// pool is the inventory step's connections. Whoever finds none free waits for one, within the order's deadline.
type pool struct {
	address string
	free    chan *client
}

func newPool(address string) *pool {
	p := &pool{address, make(chan *client, poolSize)}
	for i := 0; i < poolSize; i++ {
		redis, err := dialRedis(address)
		check(err)
		p.free <- redis
	}
	return p
}

// do runs a command by the deadline. A connection whose answer did not come is closed, and another takes its place.
func (p *pool) do(by time.Time, args ...string) (string, error) {
	timer := time.NewTimer(time.Until(by))
	defer timer.Stop()
	select {
	case redis := <-p.free:
		redis.conn.SetReadDeadline(by)
		reply, err := redis.do(args...)
		if err != nil {
			redis.conn.Close()
			if redis, err2 := dialRedis(p.address); err2 == nil {
				p.free <- redis
			}
			return "", err
		}
		p.free <- redis
		return reply, nil
	case <-timer.C:
		return "", errors.New("no connection free")
	}
}

// incident serves orders while the stock grows, and prints the operations log with each order's status; to stderr go
// what the server says of itself once a second and what happened when. A trace of the API goes to the file named.
func incident(address string, redis *client, stage time.Duration, traceFile string) {
	stock(redis, 0, incidentKeys[0])
	must(redis.do("SET", "session", "1"))
	must(redis.do("CONFIG", "SET", "latency-monitor-threshold", "100"))
	must(redis.do("CONFIG", "RESETSTAT"))
	must(redis.do("SLOWLOG", "RESET"))
	scanHash, directHash := must(redis.do("SCRIPT", "LOAD", scan)), must(redis.do("SCRIPT", "LOAD", direct))
	var bundleHash atomic.Value
	bundleHash.Store(scanHash)

	log := new(recorder)
	inventory := newPool(address)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	http.HandleFunc("/v2/orders", func(w http.ResponseWriter, r *http.Request) {
		ctx, task := trace.NewTask(context.Background(), "order")
		defer task.End()
		kind, sku, _ := strings.Cut(r.URL.RawQuery, "=")
		hash, name := directHash, "evalsha direct"
		if kind == "bundle" {
			if hash = bundleHash.Load().(string); hash == scanHash {
				name = "evalsha scan"
			}
		}
		start := nanotime()
		var found string
		var err error
		trace.WithRegion(ctx, "inventory", func() { found, err = inventory.do(time.Now().Add(deadline), "EVALSHA", hash, "0", sku) })
		log.add(name, start)
		switch {
		case err != nil:
			http.Error(w, "inventory does not answer", http.StatusServiceUnavailable)
		case found != "1":
			http.Error(w, "out of stock", http.StatusConflict)
		default:
			w.WriteHeader(http.StatusCreated)
		}
	})
	go http.Serve(listener, nil)

	watch := newWatch(address)
	stop := make(chan struct{})
	var others sync.WaitGroup
	for _, run := range []func(){
		func() { otherClient(address, log, stop) },
		func() { watch.run(stop) },
		func() { customers("http://"+listener.Addr().String()+"/v2/orders", log, stop) },
	} {
		others.Add(1)
		go func(run func()) { defer others.Done(); run() }(run)
	}
	for i, keys := range incidentKeys {
		if i > 0 {
			watch.happened(fmt.Sprintf("import to %d keys", keys))
			grow(redis, incidentKeys[i-1], keys, stage/4)
		}
		watch.happened(fmt.Sprintf("%d keys", keys))
		length := stage
		if i > 0 {
			length -= stage / 4
		}
		if i == len(incidentKeys)-1 && traceFile != "" {
			recordTrace(traceFile, length)
		} else {
			time.Sleep(length)
		}
	}
	bundleHash.Store(directHash)
	watch.happened("script exchanged")
	time.Sleep(stage)
	close(stop)
	others.Wait()
	print(log.records)
}

// grow imports stock in small batches over a while, as an import beside a running shop would.
func grow(redis *client, from, to int, over time.Duration) {
	begin := time.Now()
	for at := from; at < to; at += 2000 {
		stock(redis, at, min(at+2000, to))
		time.Sleep(time.Duration(float64(over)*float64(at-from)/float64(to-from)) - time.Since(begin))
	}
}

// recordTrace waits for a while, the execution tracer on through its last two bundles.
func recordTrace(path string, length time.Duration) {
	file, err := os.Create(path)
	check(err)
	traced := 2 * bundleEvery
	time.Sleep(length - traced)
	check(trace.Start(file))
	time.Sleep(traced)
	trace.Stop()
	check(file.Close())
}

// customers sends orders in an open loop: each has a time at which it is due.
func customers(url string, log *recorder, stop <-chan struct{}) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}
	random := rand.New(rand.NewSource(1))
	var answers sync.WaitGroup
	defer answers.Wait()
	begin := nanotime()
	nextBundle := int64(bundleEvery / 2)
	for due := int64(0); ; due += int64(random.ExpFloat64() / ordersPerSecond * 1e9) {
		select {
		case <-stop:
			return
		default:
		}
		kind := "single"
		if due >= nextBundle {
			kind, nextBundle = "bundle", nextBundle+int64(bundleEvery)
		}
		time.Sleep(time.Duration(begin + due - nanotime()))
		answers.Add(1)
		go func(at int64, kind string) {
			defer answers.Done()
			answer, err := client.Post(url+"?"+kind+"=7", "text/plain", nil)
			check(err)
			io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			log.add("order "+strconv.Itoa(answer.StatusCode), at)
		}(begin+due, kind)
	}
}

// watch asks the server once a second what it says of itself, and keeps what happened when.
type watch struct {
	mu    sync.Mutex
	out   *csv.Writer
	redis *client
}

func newWatch(address string) *watch {
	redis, err := dialRedis(address)
	check(err)
	w := &watch{out: csv.NewWriter(os.Stderr), redis: redis}
	w.write("asked_ns", "answered_ns", "event", "cpu_s", "rss_bytes", "clients", "keys", "get_us_per_call", "get_calls")
	return w
}

func (w *watch) write(fields ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	check(w.out.Write(fields))
	w.out.Flush()
}

func (w *watch) happened(event string) {
	now := strconv.FormatInt(nanotime(), 10)
	w.write(now, now, event, "", "", "", "", "", "")
}

func (w *watch) run(stop <-chan struct{}) {
	for due := nanotime(); ; due += int64(time.Second) {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(due - nanotime())):
		}
		asked := nanotime()
		info := infoFields(must(w.redis.do("INFO", "everything")))
		keys := must(w.redis.do("DBSIZE"))
		number := func(name string) float64 { value, _ := strconv.ParseFloat(info[name], 64); return value }
		cpu := strconv.FormatFloat(number("used_cpu_sys")+number("used_cpu_user"), 'f', 6, 64)
		get := map[string]string{}
		for _, field := range strings.Split(info["cmdstat_get"], ",") {
			name, value, _ := strings.Cut(field, "=")
			get[name] = value
		}
		w.write(strconv.FormatInt(asked, 10), strconv.FormatInt(nanotime(), 10), "", cpu, info["used_memory_rss"], info["connected_clients"], keys, get["usec_per_call"], get["calls"])
	}
}

func infoFields(text string) map[string]string {
	fields := map[string]string{}
	for _, line := range strings.Split(text, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = value
		}
	}
	return fields
}
