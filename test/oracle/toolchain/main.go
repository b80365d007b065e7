// Command toolchain prints what the Go toolchain's own summary says of a trace's goroutines, one line of JSON each.
// Its packages can be imported from Go's own tree alone, where an overlay puts this file.
package main

import (
	"encoding/json"
	"internal/trace"
	"io"
	"log"
	"os"
	"slices"
)

type goroutine struct {
	G          int64  `json:"g"`
	Name       string `json:"name"`
	CreatedNs  int64  `json:"created_ns"`
	EndedNs    *int64 `json:"ended_ns"`
	RunningNs  int64  `json:"running_ns"`
	RunnableNs int64  `json:"runnable_ns"`
	WaitingNs  int64  `json:"waiting_ns"`
	SyscallNs  int64  `json:"syscall_ns"`
}

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	reader, err := trace.NewReader(file)
	check(err)
	summarizer := trace.NewSummarizer()
	var first trace.Time
	for n := 0; ; n++ {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			break
		}
		check(err)
		if n == 0 {
			first = event.Time()
		}
		summarizer.Event(&event)
	}
	var rows []goroutine
	for _, summary := range summarizer.Finalize().Goroutines {
		row := goroutine{
			G:          int64(summary.ID),
			Name:       summary.Name,
			CreatedNs:  int64(summary.CreationTime - first),
			RunningNs:  int64(summary.ExecTime),
			RunnableNs: int64(summary.SchedWaitTime),
			SyscallNs:  int64(summary.SyscallTime + summary.SyscallBlockTime),
		}
		if summary.EndTime != 0 {
			ended := int64(summary.EndTime - first)
			row.EndedNs = &ended
		}
		for _, waited := range summary.BlockTimeByReason {
			row.WaitingNs += int64(waited)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b goroutine) int { return int(a.G - b.G) })
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, row := range rows {
		check(out.Encode(row))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
