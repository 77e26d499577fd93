package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"wenda/handlers/wechat"
	"wenda/handlers/wechat/fake"
	"wenda/store"
)

func simulateCommand() *cobra.Command {
	var script string
	c := &cobra.Command{
		Use:   "simulate CHANNEL",
		Short: "在终端里和一个渠道对话：走真正的接口，签名和加密，旁边是模拟的微信",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, channel, err := loadChannel(c, args[0])
			if err != nil && len(cfg.WeChat.Channels)+len(cfg.WeChat.Secrets) > 0 || cfg.Data == "" {
				return err
			}
			if err != nil || !channel.HasWebhook() {
				fmt.Fprintln(c.OutOrStdout(), "（没有配置这个渠道的消息推送，用临时的密钥）")
				if channel, err = demoChannel(args[0]); err != nil {
					return misuseError{err}
				}
			}
			in := c.InOrStdin()
			if script != "" {
				f, err := os.Open(script)
				if err != nil {
					return fmt.Errorf("读不了 %s：%w", script, err)
				}
				defer f.Close()
				in = f
			}
			return withApp(c, func(a *App) error {
				if err := a.ready(c.Context()); err != nil {
					return err
				}
				return tempFolder(func(dir string) error { return a.simulate(c.Context(), in, c.OutOrStdout(), channel, dir) })
			})
		},
	}
	c.Flags().StringVar(&script, "script", "", "从文件读要说的话，一行一条；不写就从标准输入读")
	return c
}

// demoChannel has keys that anybody may know: it is for one simulation.
func demoChannel(name string) (wechat.Channel, error) {
	c, problems := wechat.ParseChannel(name, map[string]string{"appid": "wxsimulated000000", "secret": "simulatedsecret", "token": "simulatedtoken",
		"aes-key": strings.Repeat("simulatedkey", 4)[:43]})
	return c, errors.Join(problems...)
}

// simulatedUser is who talks. It has the form of an openid.
const simulatedUser = "oSimulatedUser0000000000001"

// simulate reads lines and shows what a user of the mini-program would see. The channel's queue is in dir, so that a server beside it has
// nothing to do with it; answers are not kept.
func (a *App) simulate(ctx context.Context, in io.Reader, out io.Writer, c wechat.Channel, dir string) (err error) {
	log := a.Log
	if a.Config.Log == "info" { // its lines would stand between those of the conversation
		log = newLog(os.Stderr, "warn")
	}
	queue, err := store.Open(ctx, dir, store.Options{Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, queue.Close()) }()
	shown := screen{out: out}
	platform, err := fake.Start(fake.Options{AppID: c.AppID, Secret: c.Secret.Reveal(), OnSend: shown.message, OnTyping: shown.typing})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, platform.Close()) }()
	c.API, c.On = platform.URL(), true
	vault, err := wechat.OpenVault(filepath.Join(dir, "seal.key"))
	if err != nil {
		return err
	}
	service, err := wechat.New(wechat.Deps{Channels: []wechat.Channel{c}, Store: queue, Asker: a.Engine, Prompts: a.prompts.Load, Vault: vault,
		PublicURL: a.Config.WeChat.PublicURL, Script: a.script, Log: log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: service, ReadHeaderTimeout: 5 * time.Second}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { service.Run(ctx) })
	all.Go(func() { _ = server.Serve(l) }) // ends by Close
	defer server.Close()
	user := fake.Pusher{URL: "http://" + l.Addr().String() + wechat.Prefix + "/" + c.Name, Token: c.Token.Reveal(), AESKey: c.AESKey.Reveal(), AppID: c.AppID,
		Mode: string(c.Mode), Format: string(c.Format), Server: platform}
	if err := user.Verify(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "（%s，%s，%s；/enter 打开会话，/image 发图片，/card 发卡片，/quit 结束）\n", c.Name, c.Mode, strings.ToUpper(string(c.Format)))
	lines := bufio.NewScanner(in)
	for n := uint64(1); lines.Scan(); n++ {
		m := fake.Message{OpenID: simulatedUser, Type: "text", Content: strings.TrimSpace(lines.Text()), MsgID: n}
		switch m.Content {
		case "":
			continue
		case "/quit":
			return nil
		case "/enter":
			m.Type, m.Event = "event", "user_enter_tempsession"
		case "/image":
			m.Type = "image"
		case "/card":
			m.Type = "miniprogrampage"
		}
		shown.said(m.Content)
		ack, err := user.Push(ctx, m)
		if err != nil {
			return err
		}
		if ack.Transfer {
			shown.note("微信把会话转给了人工客服")
		}
		if err := emptied(ctx, queue); err != nil {
			return err
		}
	}
	return lines.Err()
}

// emptied waits until every message is answered.
func emptied(ctx context.Context, queue *store.Store) error {
	for {
		open, err := queue.OpenWeChat(ctx)
		if err != nil || len(open) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A screen is the user's. Its methods may be called from several goroutines.
type screen struct {
	mu  sync.Mutex
	out io.Writer
}

func (s *screen) print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format+"\n", args...)
}

func (s *screen) said(text string) { s.print("\n我：%s", text) }
func (s *screen) note(text string) { s.print("（%s）", text) }
func (s *screen) typing(string)    { s.note("对方正在输入……") }

func (s *screen) message(m fake.Sent) {
	label := ""
	if m.AI {
		label = "（微信的AI标识）"
	}
	s.print("客服%s：%s", label, strings.ReplaceAll(m.Shown(), "\n", "\n      "))
}
