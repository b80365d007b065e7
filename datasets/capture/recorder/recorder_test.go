package recorder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/trace"
	"strings"
	"sync"
	"testing"
	"time"
)

// start begins a recorder that may capture as often as it likes, in a folder of the test's.
func start(t testing.TB, config Config) (*Recorder, func() []string) {
	t.Helper()
	if config.Dir == "" {
		config.Dir = t.TempDir()
	}
	if config.Every == 0 {
		config.Every = time.Nanosecond
	}
	rec, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rec.Close() })
	return rec, func() []string {
		dirs, err := filepath.Glob(filepath.Join(config.Dir, "*"+captureSuffix))
		if err != nil {
			t.Fatal(err)
		}
		return dirs
	}
}

// parsed is what `go tool trace -d=parsed` prints of a capture.
func parsed(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "trace", "-d=parsed", filepath.Join(dir, "go.trace")).CombinedOutput()
	if err != nil {
		t.Fatalf("go tool trace: %v\n%s", err, out)
	}
	return string(out)
}

func TestTwentyStallsGiveTwentyCaptures(t *testing.T) {
	captured := make(chan string, 20)
	rec, _ := start(t, Config{Threshold: 60 * time.Millisecond, Keep: 300 * time.Millisecond, OnCapture: func(dir string, err error) {
		if err != nil {
			t.Error(err)
		}
		captured <- dir
	}})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stock/{item}", func(w http.ResponseWriter, q *http.Request) {
		if item := q.PathValue("item"); strings.HasPrefix(item, "stalled") {
			trace.Log(q.Context(), "item", item)
			time.Sleep(80 * time.Millisecond)
		}
	})
	server := httptest.NewServer(rec.Handler(mux))
	defer server.Close()
	get := func(path string) {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			t.Error(err)
			return
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	for i := range 20 {
		for range 5 {
			get("/stock/quick")
		}
		item := fmt.Sprintf("stalled-%d", i)
		get("/stock/" + item)
		select {
		case dir := <-captured:
			events := parsed(t, dir)
			if !strings.Contains(events, `Message="`+item+`"`) || !strings.Contains(events, "GET /stock/{item}") {
				t.Errorf("%s does not contain the request for %s", filepath.Base(dir), item)
			}
			checkRecord(t, dir)
		case <-time.After(20 * time.Second):
			t.Fatalf("stall %d gave no capture: %+v", i, rec.Stats())
		}
	}
	if got := rec.Stats(); got.Captures != 20 || got.Failed != 0 {
		t.Errorf("stats are %+v", got)
	}
}

func checkRecord(t *testing.T, dir string) {
	t.Helper()
	var slow struct{ Request Request }
	var dataset struct {
		Files []struct {
			File  string
			Bytes int64
		}
	}
	for name, value := range map[string]any{"slow.json": &slow, "dataset.json": &dataset} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = json.Unmarshal(text, value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if slow.Request.Kind != "GET /stock/{item}" || slow.Request.Dur < 80*time.Millisecond {
		t.Errorf("the record says %+v", slow.Request)
	}
	for _, file := range dataset.Files {
		info, err := os.Stat(filepath.Join(dir, file.File))
		if err != nil || info.Size() != file.Bytes || info.Size() == 0 {
			t.Errorf("%s: %v, %d bytes said", file.File, err, file.Bytes)
		}
	}
	operations, err := os.ReadFile(filepath.Join(dir, "operations.csv"))
	line := fmt.Sprintf("%d,%d,GET /stock/{item}\n", slow.Request.Start.UnixNano(), slow.Request.Dur)
	if err != nil || !strings.HasPrefix(string(operations), "# clock=unix\nstart_ns,dur_ns,kind\n") || !strings.Contains(string(operations), line) {
		t.Errorf("operations.csv lacks %q: %v", line, err)
	}
}

func TestManyAtOnceAndAfterTheEnd(t *testing.T) {
	rec, captures := start(t, Config{Threshold: time.Millisecond})
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 20 {
				_, done := rec.Begin(context.Background(), "job")
				time.Sleep(2 * time.Millisecond)
				done()
				done()
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	var closing sync.WaitGroup
	for range 3 {
		closing.Go(func() {
			if err := rec.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closing.Wait()
	group.Wait()
	stats := rec.Stats()
	if stats.Slow != 1000 || stats.Captures == 0 || int(stats.Captures) != len(captures()) {
		t.Errorf("stats are %+v with %d captures", stats, len(captures()))
	}
	parts, _ := filepath.Glob(filepath.Join(rec.config.Dir, "*"+partSuffix))
	if len(parts) != 0 {
		t.Errorf("left half-written: %v", parts)
	}
	for _, dir := range captures()[:min(3, len(captures()))] {
		parsed(t, dir)
	}
}

func TestAtMostOnePerInterval(t *testing.T) {
	rec, captures := start(t, Config{Threshold: time.Millisecond, Every: time.Hour})
	for range 10 {
		rec.Observe("job", time.Now().Add(-2*time.Millisecond), 2*time.Millisecond)
	}
	rec.Close()
	if stats := rec.Stats(); len(captures()) != 1 || stats.Skipped != 9 {
		t.Errorf("%d captures, stats %+v", len(captures()), stats)
	}
}

func TestOldestGoWhenTheDiskIsFull(t *testing.T) {
	captured := make(chan string)
	rec, captures := start(t, Config{
		Threshold: time.Millisecond, MaxDisk: 1_000_000, Keep: 50 * time.Millisecond,
		OnCapture: func(dir string, err error) {
			if err != nil {
				t.Error(err)
			}
			captured <- dir
		},
	})
	// Captures differ in size, so until the first one is gone.
	for made := 1; made <= 200; made++ {
		rec.Observe("job", time.Now().Add(-2*time.Millisecond), 2*time.Millisecond)
		last := <-captured
		var total int64
		for _, dir := range captures() {
			total += folderBytes(dir)
		}
		if total > rec.config.MaxDisk {
			t.Fatalf("%d bytes of captures", total)
		}
		if all := captures(); len(all) < made {
			if all[len(all)-1] != last {
				t.Errorf("the last capture, %s, is not kept: %v", last, all)
			}
			return
		}
	}
	t.Error("nothing was removed")
}

func TestACaptureThatFailsLeavesNothing(t *testing.T) {
	failed := make(chan error, 1)
	rec, captures := start(t, Config{Threshold: time.Millisecond, MaxDisk: 10, OnCapture: func(_ string, err error) { failed <- err }})
	rec.Observe("job", time.Now(), time.Second)
	if err := <-failed; err == nil || !strings.Contains(err.Error(), "MaxDisk") {
		t.Errorf("the error is %v", err)
	}
	entries, err := os.ReadDir(rec.config.Dir)
	if err != nil || len(entries) != 0 || len(captures()) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if rec.Close() == nil {
		t.Error("Close hides the failure")
	}
}

func TestQuantileOfTheLastMinutes(t *testing.T) {
	rec, captures := start(t, Config{Quantile: 0.99, Every: time.Hour})
	for i := range 5000 {
		rec.Observe("job", time.Now(), time.Duration(i%1000+1)*time.Microsecond)
	}
	if got := rec.usual.quantile(0.99); got != 1<<63-1 && (got < 990*time.Microsecond || got > 1120*time.Microsecond) {
		t.Errorf("the threshold is %v", got)
	}
	time.Sleep(1100 * time.Millisecond)
	if got := rec.threshold(); got < 990*time.Microsecond || got > 1120*time.Microsecond {
		t.Errorf("a second later the threshold is %v", got)
	}
	rec.Observe("job", time.Now(), 5*time.Millisecond)
	rec.Close()
	if len(captures()) != 1 {
		t.Errorf("%d captures", len(captures()))
	}
}

func TestBucketsHoldTheirDurations(t *testing.T) {
	for dur := time.Duration(1); dur < time.Hour; dur += dur/7 + 1 {
		if at := bucket(dur); dur >= upper(at) || upper(at) > dur+dur/8+1 {
			t.Fatalf("%d is in bucket %d, which ends at %d", dur, at, upper(at))
		}
	}
}

func TestPanicsAndNamesOfRequests(t *testing.T) {
	rec, captures := start(t, Config{Threshold: time.Nanosecond, Every: time.Hour})
	handler := rec.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() { recover() }()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	rec.Close()
	if got := captures(); len(got) != 1 || !strings.Contains(got[0], "Z-GET-") {
		t.Errorf("captures are %v", got)
	}
	if got := fileName("../../etc\x1b[31m/é"); got != ".._.._etc__31m__" {
		t.Errorf("the name is %q", got)
	}
}

func TestBadConfigurations(t *testing.T) {
	for _, config := range []Config{{}, {Dir: t.TempDir(), Quantile: 1}} {
		if _, err := Start(config); err == nil {
			t.Errorf("%+v is taken", config)
		}
	}
	start(t, Config{})
	if _, err := Start(Config{Dir: t.TempDir()}); err == nil {
		t.Error("a second flight recorder is taken")
	}
}

func TestAbandonedPartsGoWhenTheyAreOld(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "old"+partSuffix), filepath.Join(dir, "fresh"+partSuffix)
	err := errors.Join(os.Mkdir(old, 0o755), os.Mkdir(fresh, 0o755))
	if err := errors.Join(err, os.Chtimes(old, time.Time{}, time.Now().Add(-2*time.Hour))); err != nil {
		t.Fatal(err)
	}
	start(t, Config{Dir: dir})
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the old part is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("the fresh part is gone")
	}
}

// Requests of a server on loopback, with and without the recorder: what it costs while nothing is slow.
func BenchmarkServed(b *testing.B) {
	for _, mode := range []string{"off", "on", "on-without-tasks"} {
		b.Run("mode="+mode, func(b *testing.B) {
			var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
			if mode != "off" {
				rec, _ := start(b, Config{Threshold: time.Hour, NoTasks: mode != "on"})
				defer rec.Close()
				handler = rec.Handler(handler)
			}
			server := httptest.NewServer(handler)
			defer server.Close()
			client := server.Client()
			for b.Loop() {
				answer, err := client.Get(server.URL)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
			}
		})
	}
}
