// Package assembly holds the ways in which 1 KiB is copied, for the compiler to show its instructions.
package assembly

//go:noinline
func Copy512(dst, src *[512]byte) { *dst = *src }

//go:noinline
func Copy1024(dst, src *[1024]byte) { *dst = *src }

//go:noinline
func ByValue(a [1024]byte) byte { return a[7] }

func CallByValue(p *[1024]byte) byte { return ByValue(*p) }

func MapAssign(m map[int][1024]byte, k int, v *[1024]byte) { m[k] = *v }

func MapRead(m map[int][1024]byte, k int, v *[1024]byte) { *v = m[k] }

func MapAssign128(m map[int][128]byte, k int, v *[128]byte) { m[k] = *v }

func MapAssignPointer(m map[int]*[1024]byte, k int, v *[1024]byte) { m[k] = v }

func MapAssignUint64(m map[uint64]uint64, k uint64) { m[k] = k }

func small(p *[1024]byte) byte { return p[1] }

func CallSmall(p *[1024]byte) byte { return small(p) }
