package backend_test

import (
	"context"
	"fmt"

	"github.com/tmc/langchaingo/llms"

	"wenda/rag/backend"
	"wenda/rag/backend/scripted"
)

func Example() {
	vendor := scripted.Start() // in the program: nothing, the table knows where vendors are
	defer vendor.Close()

	preferred, err := backend.New(backend.Config{Vendor: "deepseek", Key: "sk-secret", BaseURL: vendor.URL + "/v1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer preferred.Close()
	chain, err := backend.NewChain([]*backend.Backend{preferred}, backend.ChainConfig{DayTokens: 100_000})
	if err != nil {
		fmt.Println(err)
		return
	}
	done, err := chain.Compose(context.Background(), backend.Request{
		Messages: []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "今年新增多少学位？")},
		Channel:  "portal",
	}, func(_ context.Context, piece string) error {
		fmt.Print(piece)
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("\n%s, %d tokens, %d today\n", done.Stop, done.Tokens.Completion, chain.Usage().Today)
	// Output:
	// 2022年全年新建、改扩建学校13所，新增学位2800个。[1]
	// stop, 6 tokens, 106 today
}
