// Package accesslog writes a line for each request to standard error, which is a pipe to whoever collects the lines.
package accesslog

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"shop.example/services/internal/meter"
)

// Writer writes lines with much in them, one at a time.
type Writer struct {
	mu     sync.Mutex
	to     *os.File
	fields string
}

// NewWriter writes lines of about so many bytes.
func NewWriter(to *os.File, bytes int) *Writer {
	return &Writer{to: to, fields: strings.Repeat("header=value ", bytes/13)}
}

// Log writes a request's line.
func (w *Writer) Log(ctx context.Context, article int) (string, error) {
	line := fmt.Sprintf("GET /article/%d %s\n", article, w.fields)
	done := meter.Waiting(ctx)
	w.mu.Lock()
	done()
	defer w.mu.Unlock()
	defer meter.Span("Log")()
	_, err := io.WriteString(w.to, line)
	return "shown", err
}

// Collect reads lines as they come, and pauses now and then, as one does that rotates its file.
func Collect(from io.Reader, rest time.Duration, every time.Duration) {
	buffer := make([]byte, 64<<10)
	rested := time.Now()
	for {
		if _, err := from.Read(buffer); err != nil {
			return
		}
		if time.Since(rested) > every {
			time.Sleep(rest)
			rested = time.Now()
		}
	}
}
