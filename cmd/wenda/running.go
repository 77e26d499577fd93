package main

import (
	"cmp"
	"context"
	"slices"

	"wenda/handlers"
	"wenda/handlers/staff"
	"wenda/handlers/wechat"
)

// running is this server as the console shows it.
type running struct {
	app      *App
	channels []staff.Channel
}

var _ staff.Running = (*running)(nil)

// newRunning lists the channels of the configuration, which was checked.
func newRunning(a *App) *running {
	r := &running{app: a, channels: []staff.Channel{{Name: "portal", Log: "portal"}, {Name: "api", Log: "api"}}}
	keys, _ := a.Config.Signed.plan()
	var names []string
	for _, k := range keys {
		if !slices.Contains(names, k.Name) {
			names = append(names, k.Name)
			r.channels = append(r.channels, staff.Channel{Name: "api:" + k.Name, Log: "api:" + k.Name})
		}
	}
	ofWeChat, _ := a.Config.WeChat.plan()
	webhooks := slices.DeleteFunc(slices.Clone(ofWeChat), func(c wechat.Channel) bool { return !c.On || !c.HasWebhook() })
	for _, c := range ofWeChat {
		if !c.On {
			continue
		}
		whole := staff.Channel{Name: "wechat:" + c.Name, Note: "消息和小程序页面"}
		switch {
		case len(webhooks) == 1 && webhooks[0].Name == c.Name:
			whole.Log = "wechat" // the log does not tell several of them apart
		case !c.HasWebhook():
			whole.Note = "没有配置消息，只有小程序页面"
		}
		r.channels = append(r.channels, whole, staff.Channel{Name: "mp:" + c.Name, Log: "mp:" + c.Name})
	}
	return r
}

// Switched implements staff.Running.
func (r *running) Switched(ctx context.Context) error {
	r.app.changer.now()
	return r.app.switches.refresh(ctx)
}

// State implements staff.Running.
func (r *running) State() staff.State {
	a := r.app
	s := staff.State{Channels: slices.Clone(r.channels), Embedder: a.embedderName(), Missing: int(a.waiting.missing.Load()), Texts: int(a.waiting.all.Load())}
	x := a.Library.Current()
	switch handlers.NotReady(x, a.embedderName()) {
	case "":
	case handlers.NoIndex:
		s.NotReady = "还没有索引"
	case handlers.NoVectors:
		s.NotReady = "向量还没有算完，先按词回答"
	case handlers.OtherEmbedder:
		s.NotReady = "索引还不是用现在的向量模型建的，先按词回答"
	}
	if x != nil {
		s.Index = x.Manifest.Version
	}
	s.Embedders, s.Change = a.embedders(), a.changer.progress()
	if a.LLM != nil {
		r.spent(&s)
	}
	return s
}

// spent is what the models did and took.
func (r *running) spent(s *staff.State) {
	u, limits := r.app.LLM.Compose.Usage(), r.app.LLM.budgets
	s.Day, s.Tokens, s.Most = u.Day, u.Today, r.app.Config.LLM.DayTokens
	for _, b := range u.Backends {
		one := staff.Backend{Name: b.Name, Breaker: b.State, Calls: b.Calls, Health: staff.Health{OK: b.LastOK, Took: b.Took, Failed: b.LastFailed, Trouble: b.LastReason}}
		for _, n := range b.Failures {
			one.Failures += n
		}
		for _, sum := range u.Spent {
			if sum.Backend == b.Name {
				one.Prompt, one.Completion, one.Cost = one.Prompt+sum.Prompt, one.Completion+sum.Completion, one.Cost+sum.Cost
			}
		}
		s.Backends = append(s.Backends, one)
	}
	for channel, used := range u.Channels {
		s.Budgets = append(s.Budgets, staff.Budget{Channel: channel, Used: used, Most: limits[channel]})
	}
	for channel, most := range limits {
		if _, has := u.Channels[channel]; !has {
			s.Budgets = append(s.Budgets, staff.Budget{Channel: channel, Most: most})
		}
	}
	slices.SortFunc(s.Budgets, func(a, b staff.Budget) int { return cmp.Compare(a.Channel, b.Channel) })
}
