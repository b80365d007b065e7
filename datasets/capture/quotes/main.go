// Command quotes serves prices over HTTP: a feed changes them all the time, clients ask for them, and now and then the
// whole board goes to a second site. It logs every request on the clock that the execution trace runs on.
//
// The clients and the second site are processes of their own, so that the trace holds the service alone.
package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/trace"
	"strconv"
	"sync"
	"time"
	_ "unsafe" // for go:linkname
)

// nanotime is the monotonic clock of the runtime, which also stamps the events of the trace.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

func main() {
	role := flag.String("role", "service", "service, clients or site")
	address := flag.String("address", "", "where the service is, for clients")
	symbols := flag.Int("symbols", 2000, "prices on the board")
	rate := flag.Int("rate", 300, "requests per second")
	seconds := flag.Int("seconds", 3, "how long")
	tracePath := flag.String("trace", "", "where the execution trace goes")
	logPath := flag.String("operations", "", "where the gzipped operations log goes")
	flag.Parse()
	switch *role {
	case "clients":
		ask(*address, *symbols, *rate, *seconds)
	case "site":
		receive()
	default:
		serve(*symbols, *rate, *seconds, *tracePath, *logPath)
	}
}

// quote is one price as clients see it.
type quote struct {
	Symbol string  `json:"symbol"`
	Price  float64 `json:"price"`
	Serial int     `json:"serial"`
}

// board is every price there is.
type board struct {
	mu     sync.RWMutex
	quotes map[string]quote
}

func (b *board) price(symbol string) (quote, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	found, ok := b.quotes[symbol]
	return found, ok
}

func (b *board) change(symbol string, by float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.quotes[symbol]
	b.quotes[symbol] = quote{symbol, before.Price + by, before.Serial + 1}
}

// mirror sends the board to another site, which confirms it.
func (b *board) mirror(site io.ReadWriter) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := bufio.NewWriter(site)
	encoder := json.NewEncoder(out)
	for _, one := range b.quotes {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	if err := out.WriteByte('\n'); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := io.ReadFull(site, make([]byte, 1))
	return err
}

func name(i int) string { return fmt.Sprintf("SYM%05d", i) }

func serve(symbols, rate, seconds int, tracePath, logPath string) {
	b := &board{quotes: make(map[string]quote)}
	for i := 0; i < symbols; i++ {
		b.quotes[name(i)] = quote{Symbol: name(i), Price: 100}
	}
	site, stopSite := connectSite()
	log := &operations{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: log.timed(b)}
	go server.Serve(listener)

	clients := start("-role", "clients", "-address", listener.Addr().String(), "-symbols", strconv.Itoa(symbols),
		"-rate", strconv.Itoa(rate), "-seconds", strconv.Itoa(seconds+1))
	time.Sleep(500 * time.Millisecond)
	file, err := os.Create(tracePath)
	check(err)
	check(trace.Start(file))
	log.begin()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Add(2)
	go func() { defer wait.Done(); feed(b, symbols, stop) }()
	go func() { defer wait.Done(); mirrors(b, site, stop) }()
	time.Sleep(time.Duration(seconds) * time.Second)
	close(stop)
	wait.Wait()
	trace.Stop()
	check(file.Close())
	log.write(logPath)
	stopSite()
	clients.Process.Kill()
	clients.Wait()
}

// feed changes a few prices every two milliseconds, as an exchange would.
func feed(b *board, symbols int, stop <-chan struct{}) {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-stop:
			return
		case <-ticker.C:
			b.change(name(n*7919%symbols), float64(n%5)-2)
		}
	}
}

// mirrors sends the board out a little more than twice a second.
func mirrors(b *board, site io.ReadWriter, stop <-chan struct{}) {
	ticker := time.NewTicker(430 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			check(b.mirror(site))
		}
	}
}

// operations is the log of requests since begin.
type operations struct {
	mu   sync.Mutex
	on   bool
	rows [][2]int64
}

func (o *operations) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.on = true
}

func (o *operations) timed(b *board) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := nanotime()
		answer(b, w, r)
		to := nanotime()
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.on {
			o.rows = append(o.rows, [2]int64{from, to - from})
		}
	})
}

// answer renders a price page; the page is built anew for each request.
func answer(b *board, w http.ResponseWriter, r *http.Request) {
	found, ok := b.price(r.URL.Query().Get("symbol"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	page := make([]byte, 0, 96<<10)
	text, err := json.Marshal(found)
	check(err)
	for len(page) < 64<<10 {
		page = append(page, text...)
	}
	w.Write(page[:512])
}

func (o *operations) write(path string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	file, err := os.Create(path)
	check(err)
	packed, _ := gzip.NewWriterLevel(file, gzip.BestCompression)
	fmt.Fprint(packed, "# clock=monotonic\nstart_ns,dur_ns,kind\n")
	for _, row := range o.rows {
		fmt.Fprintf(packed, "%d,%d,quote\n", row[0], row[1])
	}
	check(packed.Close())
	check(file.Close())
}

// connectSite starts the second site and connects to it.
func connectSite() (net.Conn, func()) {
	site := exec.Command(executable(), "-role", "site")
	said, err := site.StdoutPipe()
	check(err)
	check(site.Start())
	var at string
	_, err = fmt.Fscanln(said, &at)
	check(err)
	conn, err := net.Dial("tcp", at)
	check(err)
	return conn, func() { conn.Close(); site.Wait() }
}

// receive is the second site, which is far away: an empty line ends a board, and its confirmation takes a while.
func receive() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr())
	conn, err := listener.Accept()
	check(err)
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			continue
		}
		time.Sleep(25 * time.Millisecond)
		if _, err := conn.Write([]byte{1}); err != nil {
			return
		}
	}
}

// ask is the clients: request i is due at i/rate, whatever became of those before it.
func ask(address string, symbols, rate, seconds int) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}}
	begin := time.Now()
	for i := 0; i < rate*seconds; i++ {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		go func(i int) {
			reply, err := client.Get("http://" + address + "/quote?symbol=" + name(i*104729%symbols))
			if err != nil {
				return
			}
			io.Copy(io.Discard, reply.Body)
			reply.Body.Close()
		}(i)
	}
}

func start(args ...string) *exec.Cmd {
	command := exec.Command(executable(), args...)
	check(command.Start())
	return command
}

func executable() string {
	path, err := os.Executable()
	check(err)
	return path
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "quotes:", err)
		os.Exit(1)
	}
}
