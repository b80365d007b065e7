// Command capture does a little of everything that an execution trace tells of, and writes the trace.
// It builds with every Go since 1.19; what newer ones can do besides is in files of their own.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"syscall"
	"time"
)

var (
	out    = flag.String("out", "", "where the trace goes")
	rounds = flag.Int("rounds", 2, "how often everything is done")
	pause  = flag.Duration("pause", 0, "rest between rounds")
	small  = flag.Bool("small", false, "little work in each round")
	cpu    = flag.Bool("cpu", false, "record CPU samples too")
	flight = flag.Bool("flight", false, "write a snapshot of the flight recorder")
)

// extras are what only some versions or builds of Go can do.
var extras []func()

// startFlight starts the flight recorder and returns what writes its snapshot.
var startFlight func() func(io.Writer) error

var sink [][]byte

func main() {
	flag.Parse()
	file, err := os.Create(*out)
	check(err)
	runtime.GOMAXPROCS(3)
	debug.SetGCPercent(50)
	before := make(chan int)
	go func() { <-before }()
	if *cpu {
		check(pprof.StartCPUProfile(io.Discard))
	}
	finish := start(file)
	ctx, task := trace.NewTask(context.Background(), "whole program")
	for round := 0; round < *rounds; round++ {
		work(ctx, round)
		time.Sleep(*pause)
	}
	task.End()
	close(before)
	finish()
	if *cpu {
		pprof.StopCPUProfile()
	}
	check(file.Close())
}

func start(file io.Writer) (finish func()) {
	if !*flight {
		check(trace.Start(file))
		return trace.Stop
	}
	if startFlight == nil {
		log.Fatal("this Go has no flight recorder")
	}
	write := startFlight()
	return func() { check(write(file)) }
}

func work(ctx context.Context, round int) {
	ctx, task := trace.NewTask(ctx, "round")
	defer task.End()
	trace.Logf(ctx, "round", "number %d\tof\n%d", round, *rounds)
	steps := []func(context.Context){channels, locks, network, syscalls}
	if !*small {
		steps = append(steps, garbage, pauses, threads, burn)
	}
	for _, step := range steps {
		step(ctx)
	}
	for _, extra := range extras {
		extra()
	}
}

func burn(ctx context.Context) {
	defer trace.StartRegion(ctx, "burn").End()
	var wait sync.WaitGroup
	for i := 0; i < 2; i++ {
		wait.Add(1)
		labels := pprof.Labels("kind", "burner")
		go pprof.Do(ctx, labels, func(context.Context) {
			defer wait.Done()
			for end := time.Now().Add(12 * time.Millisecond); time.Now().Before(end); {
			}
		})
	}
	wait.Wait()
}

func channels(ctx context.Context) {
	defer trace.StartRegion(ctx, "channels").End()
	requests, replies, quit := make(chan int), make(chan int, 2), make(chan bool)
	var wait sync.WaitGroup
	for worker := 0; worker < 3; worker++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			trace.WithRegion(ctx, "worker", func() {
				for {
					select {
					case n := <-requests:
						runtime.Gosched()
						replies <- n + 1
					case <-quit:
						return
					}
				}
			})
		}()
	}
	for i := 0; i < 20; i++ {
		requests <- i
		<-replies
	}
	close(quit)
	wait.Wait()
}

func locks(ctx context.Context) {
	defer trace.StartRegion(ctx, "locks").End()
	var mutex sync.Mutex
	cond := sync.NewCond(&mutex)
	turn := 0
	var wait sync.WaitGroup
	for me := 0; me < 3; me++ {
		me := me
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := 0; i < 5; i++ {
				mutex.Lock()
				for turn%3 != me {
					cond.Wait()
				}
				turn++
				cond.Broadcast()
				mutex.Unlock()
			}
			mutex.Lock()
			time.Sleep(20 * time.Microsecond)
			mutex.Unlock()
		}()
	}
	wait.Wait()
}

func network(ctx context.Context) {
	defer trace.StartRegion(ctx, "network").End()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer listener.Close()
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			io.Copy(connection, connection)
			connection.Close()
		}
	}()
	connection, err := net.Dial("tcp", listener.Addr().String())
	check(err)
	defer connection.Close()
	buffer := make([]byte, 64)
	for i := 0; i < 5; i++ {
		_, err = connection.Write(buffer)
		check(err)
		_, err = io.ReadFull(connection, buffer)
		check(err)
	}
}

// syscalls makes short system calls, and one long enough to lose its processor.
func syscalls(ctx context.Context) {
	defer trace.StartRegion(ctx, "syscalls").End()
	var ends [2]int
	check(syscall.Pipe(ends[:]))
	done := make(chan bool)
	go func() {
		syscall.Read(ends[0], make([]byte, 1))
		syscall.Close(ends[0])
		close(done)
	}()
	for i := 0; i < 5; i++ {
		os.Stat("/")
	}
	time.Sleep(2 * time.Millisecond)
	syscall.Write(ends[1], []byte{1})
	<-done
	syscall.Close(ends[1])
}

// garbage makes the collector run beside goroutines that have to assist it.
func garbage(ctx context.Context) {
	defer trace.StartRegion(ctx, "garbage").End()
	var wait sync.WaitGroup
	kept := make([][][]byte, 4)
	for worker := range kept {
		worker := worker
		wait.Add(1)
		go func() {
			defer wait.Done()
			for i := 0; i < 250; i++ {
				piece := make([]byte, 8<<10)
				if i%4 == 0 {
					kept[worker] = append(kept[worker], piece)
				}
			}
		}()
	}
	wait.Wait()
	sink = kept[0]
}

// pauses stops the world for several reasons.
func pauses(context.Context) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	pprof.Lookup("goroutine").WriteTo(io.Discard, 0)
	runtime.GOMAXPROCS(2)
	runtime.GOMAXPROCS(3)
	ticker := time.NewTicker(200 * time.Microsecond)
	for i := 0; i < 4; i++ {
		<-ticker.C
	}
	ticker.Stop()
}

// threads ends a goroutine that holds its thread, so that the thread ends with it.
func threads(ctx context.Context) {
	done := make(chan bool)
	go func() {
		runtime.LockOSThread()
		trace.Log(ctx, "thread", "locked")
		close(done)
	}()
	<-done
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
