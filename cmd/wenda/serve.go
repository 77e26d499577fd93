package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"wenda/corpus"
	"wenda/handlers"
	"wenda/handlers/wechat"
	"wenda/rag"
	"wenda/store"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "提供网页和接口",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withApp(c, func(a *App) error { return a.serve(c.Context(), nil) })
		},
	}
}

// serve answers until ctx is done. listening, when not nil, is told the address.
func (a *App) serve(ctx context.Context, listening func(net.Addr)) error {
	if err := a.unreadableModel(); err != nil {
		return err
	}
	release, err := a.Store.LockServer()
	if err != nil {
		return err
	}
	defer release()
	l, err := net.Listen("tcp", a.Config.Addr)
	if err != nil {
		return fmt.Errorf("不能在 %s 提供服务，端口可能被占用，请换一个 --addr：%w", a.Config.Addr, err)
	}
	progress := rag.NewProgress(logged{a.Engine, a.Store, a.Log}, rag.ProgressLimits{}, a.lostAnswer)
	defer progress.Close(staysGrace)
	tally := a.tally()
	channels, err := a.weChat(progress, tally)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	stopping, stop := context.WithCancel(context.Background())
	defer stop()
	pages, closePages, err := a.miniProgram(progress, tally, stopping)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer closePages()
	programs, err := a.signedPrograms()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	console, err := a.console()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	server, err := handlers.New(a.httpConfig(), handlers.Deps{Asker: progress, Progress: progress, Signed: programs, Answers: a.Store, Documents: documents{a},
		Suggestions: &suggestions{app: a}, Script: a.script, Composes: a.LLM != nil, Closed: a.switches.Off, Embedder: a.Library.Wanted, Mask: rag.Mask, Log: a.Log,
		Tally: tally, Collectors: append(a.collectors(), channels.Collector()),
		Mounts: []handlers.Mount{{Prefix: wechat.Prefix, Handler: channels}, pages, {Prefix: "/staff", Handler: console}}})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if a.NoModel != nil {
		a.Log.Warn("没有句子模型，先按词检索；装好后重新启动即可。运行 make model 或 wenda model install 文件...", "error", a.NoModel.Error())
	}
	if a.LLM != nil {
		a.Log.Info("language models", "backends", a.LLM.names(), "day_tokens", a.Config.LLM.DayTokens, "channel_tokens", a.Config.LLM.ChannelTokens)
	}
	if a.Config.Limits == "off" {
		a.Log.Warn("rate limits are off: for evaluation on this machine only")
	}
	ctx, cancel := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer background.Wait()
	defer cancel()
	if err := a.readyByWords(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	a.Library.Progress = func(done, all int) { a.waiting.told(a.Log, a.embedderName(), done, all) }
	background.Go(func() { a.follow(ctx) })
	background.Go(func() { channels.Run(ctx) })
	defer context.AfterFunc(ctx, func() { time.AfterFunc(a.httpConfig().StreamGrace, stop) })()
	background.Go(func() { a.followCurated(ctx) })
	if a.Config.LogDays > 0 {
		background.Go(func() { a.keepRetention(ctx) })
	}
	background.Go(func() { a.followPrompts(ctx) })
	background.Go(func() { a.switches.follow(ctx, a.Log) })
	background.Go(func() { a.changer.follow(ctx) })
	if a.LLM != nil {
		background.Go(func() { a.LLM.keepBooks(ctx, a.Log) })
	}
	background.Go(func() { console.Work(ctx) })
	background.Go(func() { console.Remember(ctx) })
	a.Log.Info("serving", "url", "http://"+l.Addr().String(), "data", a.Config.Data)
	if listening != nil {
		listening(l.Addr())
	}
	return server.Serve(ctx, l)
}

// readyByWords has an index at once: the whole one when its vectors are kept, else one by words while the vectors are computed.
func (a *App) readyByWords(ctx context.Context) error {
	missing, err := a.Library.MissingVectors(ctx)
	if err != nil {
		return err
	}
	if missing == 0 {
		return a.ready(ctx)
	}
	a.waiting.missing.Store(int64(missing))
	a.Log.Info("computing vectors; answering by words meanwhile", "embedder", a.embedderName(), "texts", missing)
	return a.Library.ReloadWords(ctx)
}

// pollEvery is how often changes by the command line beside the server are looked for (DESIGN.md: twice a second).
const pollEvery = 500 * time.Millisecond

// follow completes the index and then swaps it whenever the library was changed by another process. When a vendor's embedder fails, words
// answer, and it is tried again.
func (a *App) follow(ctx context.Context) {
	revision := int64(-1)
	if a.Library.Current().Manifest.Embedder == a.embedderName() {
		if r, err := a.Store.Revision(ctx); err == nil {
			revision = r
		}
	}
	seen, day := int64(-1), corpus.Today(time.Now())
	var again time.Time // when to try what failed; zero: nothing did
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		version, err := a.Store.DataVersion(ctx)
		due := !again.IsZero() && time.Now().After(again) || corpus.Today(time.Now()) != day // with a new day documents expire
		if err == nil && (version != seen || due) {
			seen = version
			now, err := a.Store.Revision(ctx)
			if err == nil && (now != revision || due) {
				started := time.Now()
				if err := a.ready(ctx); err != nil {
					seen = -1 // try again
					a.Log.Error("reload failed; the old index answers on", "error", err)
				} else {
					revision, again, day = now, time.Time{}, corpus.Today(started)
					if a.byVendor() && a.incomplete() {
						again = time.Now().Add(a.embedAgain)
					}
					m := a.Library.Current().Manifest
					a.Log.Info("index swapped", "index_version", m.Version, "documents", m.Documents, "chunks", m.Chunks, "embedder", m.Embedder, "took", time.Since(started).String())
				}
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) httpConfig() handlers.Config {
	cfg := handlers.Defaults()
	cfg.LimitsOff = a.Config.Limits == "off"
	cfg.Development = cfg.LimitsOff // for this machine only
	cfg.FrameAncestors = a.Config.PortalOrigins
	for _, p := range a.Config.TrustedProxies {
		cfg.TrustedProxies = append(cfg.TrustedProxies, netip.MustParsePrefix(p)) // checked by Config.check
	}
	return cfg
}

// logged keeps every answer before the resident gets its ID, so that feedback and links find it.
type logged struct {
	engine *rag.Engine
	store  *store.Store
	log    *slog.Logger
}

// Ask answers and keeps the answer. A full log loses the record, not the answer.
func (l logged) Ask(ctx context.Context, q rag.Question, emit func(rag.Event)) (rag.Answer, error) {
	pass := emit
	if emit != nil {
		pass = func(e rag.Event) {
			if e.Done == nil {
				emit(e)
			}
		}
	}
	a, err := l.engine.Ask(ctx, q, pass)
	if err != nil {
		return a, err
	}
	if err := l.store.PutAnswer(a, store.Logged{Question: a.Trace.Asked, Channel: q.Channel, Owner: q.Owner, Took: a.Trace.Took}); err != nil {
		l.log.Warn("answer not kept in the log", "answer", a.ID, "error", err)
	}
	if emit != nil {
		emit(rag.Event{Done: &a})
	}
	return a, nil
}

// documents joins the live index with older versions in the store.
type documents struct{ *App }
