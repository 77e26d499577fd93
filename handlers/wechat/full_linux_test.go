package wechat

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"wenda/handlers/wechat/fake"
)

// The disk fills up while messages wait and while one is being sent: what comes then is answered 500 and can be repeated; what was sent is not
// sent again; all goes on when there is room.
func TestFaultFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Logf("without a real full disk: mount: %v", err)
		return
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	sending := make(chan struct{}, 100)
	s := newSite(t, setup{dir: filepath.Join(dir, "data"), idle: true, workers: 1, ask: answering(long(20)), fake: fake.Options{OnSend: func(fake.Sent) { sending <- struct{}{} }}})
	for i := range 10 {
		s.push(hello(i + 1))
	}
	ballast := filepath.Join(dir, "ballast")
	fill := func() {
		f, err := os.Create(ballast)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for err == nil {
			_, err = f.Write(make([]byte, 512))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	s.run()
	<-sending // the first part is with its user, and not yet marked as sent
	fill()
	refused := 0
	for i := range 60 { // until the WAL has no room left in its last page
		if ack, err := s.Push(t.Context(), hello(100+i)); err != nil {
			if ack.Status != 500 {
				t.Fatalf("%+v, %v", ack, err)
			}
			refused = 100 + i
			break
		}
	}
	if refused == 0 {
		t.Fatal("the disk is not full")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	s.push(hello(refused))
	s.quiet()
	for i := 1; i <= 10; i++ {
		if got := s.got(user(i)); len(got) != 2 {
			t.Errorf("user %d got %d parts, want 2", i, len(got))
		}
	}
	if got := s.got(user(refused)); len(got) != 2 {
		t.Errorf("the repeated message: %d parts", len(got))
	}
	if got := s.tally(); got["part unknown"]+got["part failed"]+got["part pending"] != 0 {
		t.Errorf("got %v", got)
	}
}
