package corpus

import "golang.org/x/sys/unix"

// confine bounds the memory and the computing time of a child process. Where the kernel refuses, the time limit of poppler remains.
func confine(pid int) {
	_ = unix.Prlimit(pid, unix.RLIMIT_AS, &unix.Rlimit{Cur: pdfMemory, Max: pdfMemory}, nil)
	seconds := uint64(pdfTime.Seconds())
	_ = unix.Prlimit(pid, unix.RLIMIT_CPU, &unix.Rlimit{Cur: seconds, Max: seconds}, nil)
}
