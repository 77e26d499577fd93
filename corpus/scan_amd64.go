package corpus

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

//go:noescape
func sumPlanesAVX2(below *uint64, blocks, n int, planes *uint64, sums *int32)

//go:noescape
func dotBytesAVX2(bytes *int8, shorts *int16, n int) int32

//go:noescape
func touchLines(first *byte, n int)

var fast = cpu.X86.HasAVX2

// sumPlanes sets sums[i] to what plainSumPlanes says of vector i.
func sumPlanes(below []uint64, words int, mine []uint64, sums []int32) {
	if !fast || len(sums) == 0 {
		plainSumPlanes(below, words, mine, sums)
		return
	}
	_, _ = below[words*len(sums)-1], mine[planes*words-1]
	sumPlanesAVX2(&below[0], words/blockWords, len(sums), &mine[0], &sums[0])
}

// dotBytes is plainDotBytes.
func dotBytes(a []int8, b []int16) int32 {
	if !fast || len(a) == 0 || len(a)%rowBytes > 0 {
		return plainDotBytes(a, b)
	}
	_ = b[len(a)-1]
	return dotBytesAVX2(&a[0], &b[0], len(a))
}

// touch asks the processor to have the memory of a list at hand soon: after an embedding little of it is in its caches.
func touch[T any](list []T) {
	if len(list) > 0 {
		touchLines((*byte)(unsafe.Pointer(&list[0])), len(list)*int(unsafe.Sizeof(list[0])))
	}
}
