// Package spool hands labels to the printer by files, which other processes lock too.
package spool

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

// Dir is the spool's folder.
type Dir struct{ path string }

// Open makes the spool in a folder.
func Open(folder string) (*Dir, error) {
	path := filepath.Join(folder, "queue")
	return &Dir{path}, os.WriteFile(path, nil, 0o600)
}

// Claim enters a label into the queue.
func (d *Dir) Claim(ctx context.Context, label int) (string, error) {
	file, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	done := meter.Waiting(ctx)
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
	done()
	if err != nil {
		return "", err
	}
	_, err = file.WriteAt([]byte(fmt.Sprintf("%8d", label)), 0)
	return "spooled", err
}

// Tidy is the other process: it locks the queue now and then, for so long.
func Tidy(path string, held, pause time.Duration) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
			return err
		}
		time.Sleep(held)
		syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
	}
}

// Path is the file that is locked.
func (d *Dir) Path() string { return d.path }
