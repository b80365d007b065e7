// Command services is a shop's services, one in each mode, each with one thing in it that makes some requests slow.
// incidents.json says what that is, and README.md how it is captured.
//
// Clients and whatever else the service depends on run in processes of their own, which the service starts and ends;
// the trace is the service's alone. What the clients do follows no beat that the planted thing could miss: gaps are
// random. At the end the service prints what its own counters (package meter) say.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"syscall"
	"time"

	"shop.example/services/internal/driver"
	"shop.example/services/internal/front"
	"shop.example/services/internal/meter"
	"shop.example/services/internal/peer"
)

// mode is one service: what it is made of, and how its clients behave.
type mode struct {
	procs   int                                             // processors; 0: 2
	overlap bool                                            // requests cannot see the wait: it is the spans' time
	samples bool                                            // the CPU profiler runs, and its samples are in the trace
	load    driver.Load                                     // the clients
	office  *peer.Manner                                    // the service it depends on
	routes  func(*site) (map[string]front.Handler, error)   // sets it up
	accept  func(*site, *front.API, string) (string, error) // takes requests in otherwise than front does
	collect int                                             // GOGC; 0: the usual
}

// site is what a service finds when it starts.
type site struct {
	folder   string // for its files
	database string // a PostgreSQL database
	web      string // the peer's addresses
	lines    string
	children []*exec.Cmd
}

func main() {
	name := flag.String("mode", "", "which service")
	annotate := flag.String("annotate", "http", "tasks, http or log")
	seconds := flag.Float64("seconds", 2, "how long")
	tracePath := flag.String("trace", "service.trace", "where the execution trace goes")
	operationsPath := flag.String("operations", "", "where the operations log goes, if anywhere")
	countersPath := flag.String("counters", "counters.csv", "where the service's own counters go")
	database := flag.String("database", "", "a PostgreSQL database")
	part := flag.String("part", "", "which part this process is, where it is not the service")
	config := flag.String("config", "", "of the part, as JSON")
	flag.Parse()
	if *part != "" {
		check(runPart(*part, *config))
		return
	}
	chosen, found := modes[*name]
	if !found {
		check(fmt.Errorf("no such mode: %q", *name))
	}
	folder, err := os.MkdirTemp("", "shop")
	check(err)
	s := &site{folder: folder, database: *database}
	account, err := serve(chosen, s, *annotate, time.Duration(*seconds*1e9), *tracePath, *operationsPath, *countersPath)
	s.end()
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(account))
}

func serve(m mode, s *site, annotate string, long time.Duration, tracePath, operationsPath, countersPath string) (account meter.Account, err error) {
	if m.office != nil {
		if err := s.startPeer(*m.office); err != nil {
			return account, err
		}
	}
	if m.procs == 0 {
		m.procs = 2
	}
	runtime.GOMAXPROCS(m.procs)
	if m.collect > 0 {
		debug.SetGCPercent(m.collect)
	}
	api := &front.API{Tasks: annotate == "tasks"}
	if m.routes != nil {
		if api.Routes, err = m.routes(s); err != nil {
			return account, err
		}
	}
	load := m.load
	load.Protocol = map[string]string{"log": "lines"}[annotate]
	if m.accept != nil {
		load.Protocol = "lines"
		load.Address, err = m.accept(s, api, annotate)
	} else {
		load.Address, err = api.Start(load.Protocol)
	}
	if err != nil {
		return account, err
	}
	load.For = long + 600*time.Millisecond
	if load.Burst == 0 {
		load.Burst = 1
	}
	if load.Articles == 0 {
		load.Articles = 1000
	}
	if _, err := s.start("clients", load); err != nil {
		return account, err
	}
	time.Sleep(300 * time.Millisecond)
	runtime.GC()
	from, to, err := record(m, long, tracePath)
	if err != nil {
		return account, err
	}
	if operationsPath != "" {
		if err := meter.WriteOperations(operationsPath, from, to); err != nil {
			return account, err
		}
	}
	return meter.Close(from, to, m.overlap), meter.WriteCounters(countersPath, from, to, m.overlap)
}

// record traces for so long, and returns when the trace began and ended.
func record(m mode, long time.Duration, path string) (from, to int64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	if m.samples {
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			return 0, 0, err
		}
		defer pprof.StopCPUProfile()
	}
	if err := trace.Start(file); err != nil {
		return 0, 0, err
	}
	from = noteClock()
	time.Sleep(long)
	to = noteClock()
	trace.Stop()
	return from, to, nil
}

// noteClock leaves the monotonic clock's time in the trace: those of Go 1.21 run on another.
func noteClock() int64 {
	now := meter.Nanotime()
	trace.Log(context.Background(), "nanotime", strconv.FormatInt(now, 10))
	return now
}

// start runs this program as another part of the site, and returns what that prints.
func (s *site) start(part string, config any) (*bufio.Reader, error) {
	output, into, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer into.Close()
	return bufio.NewReader(output), s.startWith(part, config, nil, into)
}

func (s *site) startWith(part string, config any, input *os.File, output ...*os.File) error {
	text, err := json.Marshal(config)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, "-part", part, "-config", string(text))
	command.Stderr = os.Stderr
	if input != nil {
		command.Stdin = input
	}
	if len(output) > 0 {
		command.Stdout = output[0]
	}
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return err
	}
	s.children = append(s.children, command)
	return nil
}

func (s *site) startPeer(manner peer.Manner) error {
	output, err := s.start("peer", manner)
	if err != nil {
		return err
	}
	line, err := output.ReadString('\n')
	if err != nil {
		return err
	}
	s.web, s.lines, _ = strings.Cut(strings.TrimSpace(line), " ")
	return nil
}

func (s *site) end() {
	for _, child := range s.children {
		child.Process.Kill()
		child.Wait()
	}
	os.RemoveAll(s.folder)
}

// runPart is what the other processes do.
func runPart(part, config string) error {
	into := func(value any) error { return json.Unmarshal([]byte(config), value) }
	switch part {
	case "clients":
		var load driver.Load
		if err := into(&load); err != nil {
			return err
		}
		driver.Run(load)
		return nil
	case "peer":
		var manner peer.Manner
		if err := into(&manner); err != nil {
			return err
		}
		web, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		lines, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println(web.Addr(), lines.Addr())
		peer.Serve(web, lines, manner)
		return nil
	default:
		return runDevice(part, into)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
		os.Exit(1)
	}
}
