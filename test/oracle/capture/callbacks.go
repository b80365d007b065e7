//go:build cgo && callbacks

package main

/*
#include <pthread.h>

extern void goCallback(void);

static void *onThread(void *unused) {
	goCallback();
	goCallback();
	return unused;
}

static void callFromThread(void) {
	pthread_t thread;
	pthread_create(&thread, 0, onThread, 0);
	pthread_join(thread, 0);
}

static void callBack(void) { goCallback(); }
*/
import "C"

import "time"

func init() {
	extras = append(extras, callbacks)
}

var called = make(chan bool, 8)

// callbacks comes back from C, on its own thread and on one that C made.
func callbacks() {
	C.callBack()
	C.callFromThread()
	for i := 0; i < 3; i++ {
		<-called
	}
}

//export goCallback
func goCallback() {
	time.Sleep(50 * time.Microsecond)
	called <- true
}
