package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"shop.example/services/internal/accesslog"
	"shop.example/services/internal/scale"
	"shop.example/services/internal/spool"
)

// tidying is the process that locks the spool's queue.
type tidying struct {
	Path        string
	Held, Pause time.Duration
}

// scales is the driver of the scales.
type scales struct {
	Folder          string
	Devices         int
	Usual, Unsteady time.Duration
	OneIn           int
}

// runDevice is what the processes do that are neither clients nor a peer.
func runDevice(part string, into func(any) error) error {
	switch part {
	case "tidy":
		var t tidying
		if err := into(&t); err != nil {
			return err
		}
		return spool.Tidy(t.Path, t.Held, t.Pause)
	case "scales":
		var s scales
		if err := into(&s); err != nil {
			return err
		}
		scale.Drive(s.Folder, s.Devices, s.Usual, s.Unsteady, s.OneIn)
		return nil
	case "collector":
		accesslog.Collect(os.Stdin, 50*time.Millisecond, 200*time.Millisecond)
		return nil
	}
	return fmt.Errorf("no such part: %q", part)
}

// collector starts the process that reads the access log, and returns where to write it: a pipe as standard error
// is one, whose writes block.
func (s *site) collector() (*os.File, error) {
	from, to, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if err := s.startWith("collector", nil, from); err != nil {
		return nil, err
	}
	blocking, err := syscall.Dup(int(to.Fd()))
	return os.NewFile(uintptr(blocking), "stderr"), err
}
