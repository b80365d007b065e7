// Package scale weighs parcels on devices that are read as files.
package scale

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"shop.example/services/internal/meter"
)

// Device is one scale: a file that commands are written to, and one that weights are read from.
type Device struct{ commands, weights int }

// Open makes the files of so many devices in a folder, starts their driver, and opens them.
func Open(folder string, devices int, start func(folder string) error) ([]*Device, error) {
	for i := 0; i < devices; i++ {
		for _, name := range names(folder, i) {
			if err := syscall.Mkfifo(name, 0o600); err != nil {
				return nil, err
			}
		}
	}
	if err := start(folder); err != nil {
		return nil, err
	}
	var opened []*Device
	for i := 0; i < devices; i++ {
		ends := names(folder, i)
		commands, err := syscall.Open(ends[0], syscall.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		weights, err := syscall.Open(ends[1], syscall.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		opened = append(opened, &Device{commands, weights})
	}
	return opened, nil
}

func names(folder string, device int) []string {
	return []string{
		filepath.Join(folder, fmt.Sprintf("scale%d.commands", device)),
		filepath.Join(folder, fmt.Sprintf("scale%d.weights", device)),
	}
}

// Weigh asks for the weight of what lies on the scale.
func (d *Device) Weigh(ctx context.Context) (string, error) {
	defer meter.Waiting(ctx)()
	if _, err := syscall.Write(d.commands, []byte("W")); err != nil {
		return "", err
	}
	var weight [4]byte
	_, err := syscall.Read(d.weights, weight[:])
	return string(weight[:]), err
}

// Drive is the devices' driver: a scale that has not come to rest answers late.
func Drive(folder string, devices int, usual, unsteady time.Duration, oneIn int) {
	ended := make(chan error)
	for i := 0; i < devices; i++ {
		go func(i int) {
			ends := names(folder, i)
			commands, _ := os.OpenFile(ends[0], os.O_RDWR, 0)
			weights, _ := os.OpenFile(ends[1], os.O_RDWR, 0)
			var command [1]byte
			for {
				if _, err := commands.Read(command[:]); err != nil {
					ended <- err
				}
				pause := usual
				if rand.Intn(oneIn) == 0 {
					pause = unsteady
				}
				time.Sleep(pause)
				weights.Write([]byte("1250"))
			}
		}(i)
	}
	<-ended
}
