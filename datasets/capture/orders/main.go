// Command orders is a small order API whose inventory step runs a Lua script on Redis, together with the load that
// chapter 1 needs. Three ways to run it, both against a Redis of their own (flushed first):
//
//	orders -mode cost    times the script over growing numbers of stock keys: CSV
//	orders -mode serve   serves POST /v2/orders, sends it open-loop orders and has another client GET all the while
//	orders -mode incident   the same with a hundred orders a second, while the stock grows and until the script is
//	                        exchanged: the incident's timeline
//
// The script of the incident walks all stock:* keys; -script direct looks the one key up.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "unsafe" // for go:linkname
)

//go:linkname nanotime runtime.nanotime
func nanotime() int64

// scan finds the product's hash by walking every stock key, as in the incident.
const scan = `local found = 0
for _, key in ipairs(redis.call('KEYS', 'stock:*')) do
  if redis.call('HGET', key, 'sku') == ARGV[1] then found = found + 1 end
end
return found`

// direct is the same question with the key known.
const direct = `if redis.call('HGET', 'stock:' .. ARGV[1], 'sku') == ARGV[1] then return 1 end
return 0`

const fillStock = `for i = tonumber(ARGV[1]), tonumber(ARGV[2]) - 1 do
  redis.call('HSET', 'stock:' .. i, 'sku', i, 'quantity', 100)
end
return 1`

func main() {
	address := flag.String("redis", "127.0.0.1:6379", "address of a Redis that may be flushed")
	mode := flag.String("mode", "cost", "cost, serve or incident")
	script := flag.String("script", "scan", "scan or direct")
	keys := flag.Int("keys", 400000, "stock keys while serving")
	every := flag.Duration("every", 4*time.Second, "time between orders")
	length := flag.Duration("for", 20*time.Second, "how long to serve")
	stage := flag.Duration("stage", 16*time.Second, "how long a stage of the incident lasts")
	traceFile := flag.String("trace", "", "file for an execution trace of the incident's worst moments")
	flag.Parse()
	redis, err := dialRedis(*address)
	check(err)
	must(redis.do("FLUSHALL"))
	source := map[string]string{"scan": scan, "direct": direct}[*script]
	if *mode == "cost" {
		cost(redis)
		return
	}
	if *mode == "incident" {
		incident(*address, redis, *stage, *traceFile)
		return
	}
	stock(redis, 0, *keys)
	must(redis.do("SET", "session", "1"))
	must(redis.do("CONFIG", "RESETSTAT"))
	must(redis.do("SLOWLOG", "RESET"))
	hash := must(redis.do("SCRIPT", "LOAD", source))
	fmt.Fprintln(os.Stderr, "at,clock_ns,cpu_s")
	reportCPU("begin", redis)
	serve(*address, hash, *every, *length)
	reportCPU("end", redis)
}

func stock(redis *client, from, to int) {
	for start := from; start < to; start += 5000 {
		end := start + 5000
		if end > to {
			end = to
		}
		must(redis.do("EVAL", fillStock, "0", strconv.Itoa(start), strconv.Itoa(end)))
	}
}

// reportCPU prints the processor time that the server says it has used.
func reportCPU(at string, redis *client) {
	total := 0.0
	for _, line := range strings.Split(must(redis.do("INFO", "cpu")), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			seconds, err := strconv.ParseFloat(value, 64)
			check(err)
			total += seconds
		}
	}
	fmt.Fprintf(os.Stderr, "%s,%d,%.6f\n", at, nanotime(), total)
}

// cost prints the time of both scripts over growing key counts.
func cost(redis *client) {
	scanHash := must(redis.do("SCRIPT", "LOAD", scan))
	directHash := must(redis.do("SCRIPT", "LOAD", direct))
	fmt.Println("keys,script,round,dur_ns")
	have := 0
	for _, keys := range []int{1000, 3000, 10000, 30000, 100000, 300000, 1000000} {
		stock(redis, have, keys)
		have = keys
		for round := 0; round < 5; round++ {
			for _, one := range []struct{ name, hash string }{{"scan", scanHash}, {"direct", directHash}} {
				start := time.Now()
				must(redis.do("EVALSHA", one.hash, "0", "7"))
				fmt.Printf("%d,%s,%d,%d\n", keys, one.name, round, time.Since(start))
			}
		}
	}
}

type record struct {
	start, dur int64
	kind       string
}

type recorder struct {
	mu      sync.Mutex
	records []record
}

func (r *recorder) add(kind string, start int64) {
	end := nanotime()
	r.mu.Lock()
	r.records = append(r.records, record{start, end - start, kind})
	r.mu.Unlock()
}

// serve runs the API, its orders and the other client, and prints the operations log: "order" is a whole request,
// "evalsha" its inventory step, "get" another client's GET from the time it was due.
func serve(address, hash string, every, length time.Duration) {
	log := new(recorder)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	inventory, err := dialRedis(address)
	check(err)
	http.HandleFunc("/v2/orders", func(w http.ResponseWriter, r *http.Request) {
		sku, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "no product", http.StatusBadRequest)
			return
		}
		start := nanotime()
		found, err := inventory.do("EVALSHA", hash, "0", string(sku))
		log.add("evalsha", start)
		if err != nil || found != "1" {
			http.Error(w, "out of stock", http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	go http.Serve(listener, nil)

	stop := make(chan struct{})
	var others sync.WaitGroup
	others.Add(1)
	go func() { defer others.Done(); otherClient(address, log, stop) }()
	for begin := time.Now(); time.Since(begin) < length; {
		time.Sleep(every)
		start := nanotime()
		response, err := http.Post("http://"+listener.Addr().String()+"/v2/orders", "text/plain", strings.NewReader("7"))
		check(err)
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			check(fmt.Errorf("order answered %s", response.Status))
		}
		log.add("order", start)
	}
	close(stop)
	others.Wait()
	print(log.records)
}

// otherClient sends a GET every 5 ms whatever became of those before it: none waits for an answer to be sent.
func otherClient(address string, log *recorder, stop <-chan struct{}) {
	redis, err := dialRedis(address)
	check(err)
	due := make(chan int64, 1<<16)
	var answers sync.WaitGroup
	answers.Add(1)
	go func() {
		defer answers.Done()
		for at := range due {
			_, err := redis.receive()
			check(err)
			log.add("get", at)
		}
	}()
	begin := nanotime()
	for i := int64(0); ; i++ {
		select {
		case <-stop:
			close(due)
			answers.Wait()
			return
		default:
		}
		at := begin + i*int64(5*time.Millisecond)
		time.Sleep(time.Duration(at - nanotime()))
		due <- at
		check(redis.send("GET", "session"))
	}
}

func print(records []record) {
	sort.Slice(records, func(a, b int) bool { return records[a].start < records[b].start })
	fmt.Println("# clock=monotonic")
	fmt.Println("start_ns,dur_ns,kind")
	for _, one := range records {
		fmt.Printf("%d,%d,%s\n", one.start, one.dur, one.kind)
	}
}

func must(reply string, err error) string {
	check(err)
	return reply
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "orders:", err)
		os.Exit(1)
	}
}
