package store_test

import (
	"context"
	"fmt"
	"os"

	"wenda/corpus"
	"wenda/rag"
	"wenda/store"
)

func Example() {
	dir, err := os.MkdirTemp("", "wenda")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	release, err := s.LockServer() // a server does, a command does not
	if err != nil {
		fmt.Println(err)
		return
	}
	defer release()

	library := corpus.Library{Shelf: s}
	report, err := library.Import(ctx, "通知.txt", []byte("关于学位的通知\n\n全年新增学位100个。\n"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	revision, _ := s.Revision(ctx)
	fmt.Println(report.Added > 0, revision)

	if err := s.PutAnswer(rag.Answer{ID: "a_1", Text: "新增学位100个。"}, store.Logged{Question: "多少学位", Channel: "portal"}); err != nil {
		fmt.Println(err) // store.ErrBusy: the answer was given all the same
	}
	fmt.Println(s.Feedback(ctx, store.Feedback{AnswerID: "a_1", Verdict: store.Useful}))
	// Output:
	// true 1
	// <nil>
}
