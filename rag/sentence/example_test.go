//go:build cgo

package sentence_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"wenda/rag/sentence"
)

func Example() {
	dir := os.Getenv("WENDA_MODELS")
	if dir == "" {
		dir = "../../models"
	}
	model, err := sentence.Open(dir, sentence.Options{})
	var missing *sentence.MissingError
	switch {
	case errors.As(err, &missing):
		fmt.Println("searching by words only:", missing.Hint)
		return
	case err != nil:
		fmt.Println(err)
		return
	}
	defer model.Close()
	v, err := model.EmbedDocuments(context.Background(), []string{"补课班怎么管", "加强校外培训机构治理", "提高教师工资待遇"})
	if err != nil {
		fmt.Println(err)
		return
	}
	cosine := func(a, b []float32) (sum float32) {
		for i := range a {
			sum += a[i] * b[i]
		}
		return sum
	}
	fmt.Println(model.Dim(), cosine(v[0], v[1]) > cosine(v[0], v[2]))
	// Output: 512 true
}
