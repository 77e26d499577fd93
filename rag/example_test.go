package rag_test

import (
	"context"
	"fmt"

	"wenda/corpus"
	"wenda/prompts"
	"wenda/rag"
)

func Example() {
	set, err := prompts.Load(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	document, err := corpus.Read("notice.txt", []byte("云溪区2022年助学通知\n\n一、助学\n\n为300名学生发放助学金。申请在9月30日前提交。\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	index, err := corpus.Build(context.Background(), corpus.Material{Documents: []corpus.Document{document}})
	if err != nil {
		fmt.Println(err)
		return
	}
	engine := rag.New(rag.Parts{
		Index:   func() *corpus.Index { return index },
		Prompts: func() *prompts.Set { return set },
	}) // without an embedder: by words
	answer, err := engine.Ask(context.Background(), rag.Question{Text: "为多少名学生发放助学金"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Status, answer.Mode)
	fmt.Println(answer.Text)
	fmt.Println(answer.Citations[0].Section)
	// Output:
	// answered quoted
	// 为300名学生发放助学金。[1]
	// 一、助学
}
