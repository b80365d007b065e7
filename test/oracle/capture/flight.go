//go:build go1.25

package main

import (
	"io"
	"runtime/trace"
)

func init() {
	startFlight = func() func(io.Writer) error {
		recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{})
		check(recorder.Start())
		return func(file io.Writer) error {
			_, err := recorder.WriteTo(file)
			recorder.Stop()
			return err
		}
	}
}
