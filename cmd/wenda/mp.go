package main

import (
	"context"
	"errors"
	"time"

	"wenda/handlers"
	"wenda/handlers/wechat"
	"wenda/handlers/wechat/mp"
	"wenda/rag"
)

// staysGrace is how long answers whose readers left may go on at the end.
const staysGrace = 5 * time.Second

// lostAnswer logs an answer that failed after its reader had left.
func (a *App) lostAnswer(q rag.Question, err error) {
	a.Log.Warn("answer failed, its reader had left", "answer", q.ID, "channel", q.Channel, "request_id", q.RequestID, "error", err)
}

// miniProgram is the API of the pages of all channels that are on. Open streams end when stopping is done. closed lets go of the connections
// to WeChat.
func (a *App) miniProgram(progress *rag.Progress, tally *handlers.Tally, stopping context.Context) (m handlers.Mount, closed func(), err error) {
	channels, problems := a.Config.WeChat.plan()
	if len(problems) > 0 {
		return handlers.Mount{}, nil, errors.Join(problems...)
	}
	d := mp.Deps{Sessions: a.Store, Answers: a.Store, Progress: progress, Suggestions: a.mpSuggestions, Mask: rag.Mask, RequestID: handlers.RequestID,
		Stopping: stopping, Tally: tally.Answer, Log: a.Log, Owner: func(string, string) string { return "" }}
	for _, c := range channels {
		if c.On {
			d.Channels = append(d.Channels, mp.Channel{Name: c.Name, Client: c.NewClient(),
				Closed: func(ctx context.Context) (bool, error) { return a.mpClosed(ctx, c.Name) }})
		}
	}
	if len(d.Channels) > 0 {
		vault, err := wechat.OpenVault(a.sealKeyFile())
		if err != nil {
			return handlers.Mount{}, nil, err
		}
		d.Owner = func(channel, openid string) string { return vault.Session("mp:"+channel, openid) }
	}
	limits := mp.Defaults()
	limits.Off = a.Config.Limits == "off"
	h, err := mp.New(limits, d)
	closed = func() {
		for _, c := range d.Channels {
			c.Client.Close()
		}
	}
	return handlers.Mount{Prefix: mp.Prefix, Handler: h, Limited: mp.Limited}, closed, err
}

// mpClosed reports whether the pages of a mini-program are switched off, alone or with all of its channel.
func (a *App) mpClosed(ctx context.Context, channel string) (bool, error) {
	if a.switches.Off("mp:" + channel) {
		return true, nil
	}
	return a.Store.WeChatStopped(ctx, channel)
}

func (a *App) mpSuggestions() []mp.Suggestion {
	var out []mp.Suggestion
	for _, g := range (&suggestions{app: a}).Suggestions() {
		out = append(out, mp.Suggestion(g))
	}
	return out
}
