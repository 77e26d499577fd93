package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"wenda/corpus"
	"wenda/corpus/digest"
	"wenda/rag"
)

// How many questions each part of the load takes from the list.
const (
	benchWarm  = 50
	benchPairs = 300
	benchCount = 300
)

// load asks a server of this process: one client against embedding alone, many clients with different and with repeated questions.
func (b bench) load(ctx context.Context) error {
	return b.opened(ctx, func(a *App, _ time.Duration) error {
		questions, err := benchQuestions()
		if err != nil {
			return err
		}
		take := func(n int) []benchQuestion {
			n = min(n, len(questions))
			taken := questions[:n]
			questions = questions[n:]
			return taken
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		addr := make(chan net.Addr, 1)
		served := make(chan error, 1)
		go func() { served <- a.serve(ctx, func(at net.Addr) { addr <- at }) }()
		select {
		case err := <-served:
			return err
		case at := <-addr:
			url := "http://" + at.String() + "/api/v1/ask"
			err = errors.Join(b.pairs(ctx, a, url, take(benchWarm), take(benchPairs), take(benchWarm+benchPairs)), b.embeddings(ctx, a, take(benchCount)))
			b.ask(url, b.clients, questions, b.duration)
			b.ask(url, b.clients, questions[:min(100, len(questions))], b.duration/2)
		}
		cancel()
		return errors.Join(err, <-served)
	})
}

// pairs lets one client ask, and before each question embeds a text as long as it, so that both meet the same machine. In turn with that the
// engine is asked without HTTP, and HTTP alone, each after an embedding too, which leaves the caches cold.
func (b bench) pairs(ctx context.Context, a *App, url string, warm, questions, inside []benchQuestion) error {
	client := benchClient(1)
	embeds := a.Library.Embeds()
	engine := rag.New(rag.Parts{Index: a.Library.Current, Prompts: a.prompts.Load, Embedder: embeds})
	health := strings.TrimSuffix(url, "/api/v1/ask") + "/healthz"
	var embedded, answered, over, within, pings []time.Duration // over: an answer less the embedding before it
	for i, q := range append(warm, questions...) {
		embedding, answer, err := afterEmbedding(ctx, embeds, q.alike, func() error { return post(client, url, q.asked) })
		if err != nil {
			return err
		}
		if i >= len(warm) {
			embedded, answered, over = append(embedded, embedding), append(answered, answer), append(over, answer-embedding)
		}
		if embeds == nil || i >= len(inside) {
			continue
		}
		ask := func() error {
			_, err := engine.Ask(ctx, rag.Question{Text: inside[i].asked}, nil)
			return err
		}
		_, engineTook, err := afterEmbedding(ctx, embeds, inside[i].alike, ask)
		if err != nil {
			return err
		}
		_, ping, err := afterEmbedding(ctx, embeds, inside[i].asked+q.alike, func() error { return received(client.Get(health)) })
		if err != nil {
			return err
		}
		if i >= len(warm) {
			within, pings = append(within, engineTook), append(pings, ping)
		}
	}
	embed, answer := percentile(embedded, .5), percentile(answered, .5)
	if embeds == nil {
		b.say("  1 client, %d questions by words alone: p50 %s, p95 %s", len(answered), answer, percentile(answered, .95))
		return nil
	}
	b.say("  1 client, %d questions: p50 %s, p95 %s; embedding one alone, in turn with them: p50 %s; ratio %.2f, difference p50 %s", len(answered),
		answer, percentile(answered, .95), embed, float64(answer)/float64(embed), percentile(over, .5))
	if len(within) > 0 {
		inner := percentile(within, .5)
		b.say("  in turn with them, the engine without HTTP and log: p50 %s, ratio %.2f; HTTP alone (/healthz): p50 %s", inner, float64(inner)/float64(embed), percentile(pings, .5))
	}
	return nil
}

// afterEmbedding embeds a text, where there is an embedder, and then does f: how long either took.
func afterEmbedding(ctx context.Context, embeds corpus.Embedder, alike string, f func() error) (embedding, took time.Duration, err error) {
	started := time.Now()
	if embeds != nil {
		if _, err := embeds.EmbedQuery(ctx, alike); err != nil {
			return 0, 0, err
		}
		embedding = time.Since(started)
	}
	started = time.Now()
	err = f()
	return embedding, time.Since(started), err
}

// embeddings counts how many texts one answer embeds.
func (b bench) embeddings(ctx context.Context, a *App, questions []benchQuestion) error {
	if a.Library.Embeds() == nil {
		return nil
	}
	count := &counted{QueryEmbedder: a.Library.Embeds()}
	e := rag.New(rag.Parts{Index: a.Library.Current, Prompts: a.prompts.Load, Embedder: count})
	of := map[int]int{}
	for _, q := range questions {
		before := count.n
		if _, err := e.Ask(ctx, rag.Question{Text: q.asked}, nil); err != nil {
			return err
		}
		of[count.n-before]++
	}
	b.say("  embeddings an answer: mean %.2f; none %d, one %d, two %d, more %d of %d", float64(count.n)/float64(max(len(questions), 1)), of[0], of[1], of[2],
		len(questions)-of[0]-of[1]-of[2], len(questions))
	return nil
}

// counted is not for several goroutines.
type counted struct {
	rag.QueryEmbedder
	n int
}

func (c *counted) EmbedQuery(ctx context.Context, text string) ([]float32, error) {
	c.n++
	return c.QueryEmbedder.EmbedQuery(ctx, text)
}

// ask lets clients ask the questions in turn until the time is over or every question was asked once; repeated ones come from caches,
// so a list is gone through once unless it is short.
func (b bench) ask(url string, clients int, questions []benchQuestion, limit time.Duration) {
	var mu sync.Mutex
	var took []time.Duration
	failed, next := 0, 0
	repeat := len(questions) <= 100
	take := func() (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= len(questions) && !repeat {
			return "", false
		}
		next++
		return questions[(next-1)%len(questions)].asked, true
	}
	client := benchClient(clients)
	started, spent := time.Now(), processor()
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for time.Since(started) < limit {
				q, ok := take()
				if !ok {
					return
				}
				at := time.Now()
				err := post(client, url, q)
				mu.Lock()
				if err != nil {
					failed++
				}
				took = append(took, time.Since(at))
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	all := time.Since(started)
	spent = processor() - spent
	kind := "different questions"
	if repeat {
		kind = "repeated questions"
	}
	b.say("%3d clients, %s: %d answers, %.0f a second, p50 %s, p99 %s, failed %d; processor %.2f ms an answer, clients included", clients, kind, len(took),
		float64(len(took))/all.Seconds(), percentile(took, .5), percentile(took, .99), failed, milliseconds(spent)/float64(max(len(took), 1)))
}

func benchClient(clients int) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
}

func post(client *http.Client, url, question string) error {
	body, err := json.Marshal(map[string]string{"question": question})
	if err != nil {
		return err
	}
	return received(client.Post(url, "application/json", bytes.NewReader(body)))
}

// received reads a response to its end.
func received(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// A benchQuestion is asked once; alike is as long as what the search embeds for it, and is not remembered from it.
type benchQuestion struct{ asked, alike string }

// benchQuestions are residents' questions in an order by chance. The opening is taken off again by the engine, so that no answer to the
// variant itself can be remembered.
func benchQuestions() ([]benchQuestion, error) {
	k, err := digest.Kept(time.Now())
	if err != nil {
		return nil, err
	}
	var out []benchQuestion
	for _, v := range k.Variants {
		plain := []rune(corpus.Plain(v.Text))
		plain[len(plain)-1] = '呀'
		out = append(out, benchQuestion{"想问问" + strings.TrimSpace(v.Text), string(plain)})
	}
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out, nil
}
