// Command oracle reads a Go execution trace through golang.org/x/exp/trace and nothing else, and prints what the
// project's own reader is compared with.
//
//	oracle summary FILE   the sums of `tracebook summary --json`, as JSON
//	oracle sums FILE      the same work, for the bench: prints one line
//	oracle readloop FILE  reads every event and does nothing with it, for the bench
//	oracle events FILE    one line per event, every public detail of it
//	oracle heap FILE      clock snapshots, and what GODEBUG=traceallocfree=1 recorded: a line per object, span and stack
//	oracle prove FILE     whether a planted incident is in the trace, given what is claimed of it as JSON on the input
//	oracle cuts FILE      for each length in bytes that a line of the input has, the events of so much of the file
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/exp/trace"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: oracle summary|sums|readloop|events|heap|prove|cuts FILE"))
	}
	path := os.Args[2]
	if os.Args[1] == "cuts" {
		if err := countCuts(path); err != nil {
			fail(err)
		}
		return
	}
	file, err := os.Open(path)
	if err != nil {
		fail(err)
	}
	defer file.Close()
	reader, err := trace.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		fail(err)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	switch os.Args[1] {
	case "summary":
		sums, err := sum(reader)
		if err != nil {
			out.Flush()
			fail(err)
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		err = encoder.Encode(sums.result())
		if err != nil {
			fail(err)
		}
	case "sums":
		sums, err := sum(reader)
		if err != nil {
			fail(err)
		}
		fmt.Fprintln(out, "events", sums.result().Events)
	case "readloop":
		n := 0
		err := eachEvent(reader, func(*trace.Event) { n++ })
		fmt.Fprintln(out, "events", n)
		if err != nil {
			out.Flush()
			fail(err)
		}
	case "events":
		printer := newEventPrinter(out)
		if err := eachEvent(reader, printer.print); err != nil {
			out.Flush()
			fail(err)
		}
	case "heap":
		follower := newHeapFollower()
		err := eachEvent(reader, follower.add)
		if err == nil {
			err = follower.print(out)
		}
		if err != nil {
			out.Flush()
			fail(err)
		}
	case "prove":
		result, err := prove(reader, os.Stdin)
		if err != nil {
			fail(err)
		}
		if err := json.NewEncoder(out).Encode(result); err != nil {
			fail(err)
		}
	default:
		fail(fmt.Errorf("unknown command %q", os.Args[1]))
	}
}

// eachEvent calls do with every event, up to the trace's end or its first error.
func eachEvent(reader *trace.Reader, do func(*trace.Event)) error {
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		do(&event)
	}
}

// countCuts prints how many events the reader returns of the file's first bytes, before it stops at their end or at an
// error; a line for each length that it reads.
func countCuts(path string) error {
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lengths := bufio.NewScanner(os.Stdin)
	for lengths.Scan() {
		length, err := strconv.Atoi(lengths.Text())
		if err != nil {
			return err
		}
		n := 0
		reader, err := trace.NewReader(bytes.NewReader(whole[:min(length, len(whole))]))
		if err == nil {
			err = eachEvent(reader, func(*trace.Event) { n++ })
		}
		fmt.Println(n, err != nil)
	}
	return lengths.Err()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "oracle:", err)
	os.Exit(1)
}
