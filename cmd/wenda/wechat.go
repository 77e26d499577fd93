package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wenda/handlers"
	"wenda/handlers/wechat"
	"wenda/handlers/wechat/api"
	"wenda/handlers/wechat/fake"
)

// weChat is the webhook of all channels, with its queue. The caller runs it.
func (a *App) weChat(asker wechat.Asker, tally *handlers.Tally) (*wechat.Service, error) {
	channels, problems := a.Config.WeChat.plan()
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	vault, err := wechat.OpenVault(a.sealKeyFile())
	if err != nil {
		return nil, err
	}
	for _, c := range channels {
		a.Log.Info("wechat channel", "channel", c.Name, "on", c.On, "webhook", c.HasWebhook(), "mode", string(c.Mode))
	}
	return wechat.New(wechat.Deps{Channels: channels, Store: a.Store, Asker: asker, Prompts: a.prompts.Load, Vault: vault,
		PublicURL: a.Config.WeChat.PublicURL, Script: a.script, RequestID: handlers.RequestID, Tally: tally.Answer, Log: a.Log})
}

// sealKeyFile is where the key is that openids are sealed with.
func (a *App) sealKeyFile() string {
	return cmp.Or(a.Config.WeChat.SealKey, filepath.Join(a.Config.Data, "seal.key"))
}

func wechatCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "wechat",
		Short: "微信小程序的渠道：检查、模拟、暂停",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:   "check CHANNEL",
		Short: "检查一个渠道的配置，不发任何消息：密钥、要填的地址、取令牌、时钟",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, channel, err := loadChannel(c, args[0])
			if err != nil {
				return err
			}
			return checkChannel(c.Context(), c.OutOrStdout(), cfg.WeChat.PublicURL, channel, time.Now)
		},
	}, simulateCommand(), switchCommand("stop", "暂停一个渠道：收到的消息只回复暂停服务，不用重启", true), switchCommand("start", "恢复一个暂停的渠道", false))
	return c
}

// loadChannel is a channel of the configuration.
func loadChannel(c *cobra.Command, name string) (Config, wechat.Channel, error) {
	cfg, err := loadConfig(c)
	if err != nil {
		return cfg, wechat.Channel{}, err
	}
	channels, _ := cfg.WeChat.plan() // its problems were reported by loadConfig
	var names []string
	for _, channel := range channels {
		if channel.Name == name {
			return cfg, channel, nil
		}
		names = append(names, channel.Name)
	}
	return cfg, wechat.Channel{}, misuseError{fmt.Errorf("没有配置微信渠道 %q；已配置的有：%s", name, cmp.Or(strings.Join(names, "、"), "无"))}
}

func switchCommand(use, short string, stop bool) *cobra.Command {
	var reason *string
	cmd := &cobra.Command{
		Use:   use + " CHANNEL",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if _, _, err := loadChannel(c, args[0]); err != nil {
				return err
			}
			return withApp(c, func(a *App) error {
				name, said := "wechat:"+args[0], map[bool]string{true: "已暂停", false: "已恢复"}[stop]
				var err error
				if stop {
					err = a.Store.SwitchOff(c.Context(), commandBy(), name, *reason, time.Now())
				} else {
					err = a.Store.SwitchOn(c.Context(), commandBy(), name, *reason)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(c.OutOrStdout(), "微信渠道 %s %s，下一条消息起生效\n", args[0], said)
				return err
			})
		},
	}
	reason = cmd.Flags().String("reason", "", "为什么，记进操作记录")
	return cmd
}

// checkChannel tells what is right and wrong with a channel. It sends no message; it fetches a token, which is the one that a running server
// uses as well. The error, if something is wrong, has a status only: it is all told on out.
func checkChannel(ctx context.Context, out io.Writer, publicURL string, c wechat.Channel, now func() time.Time) error {
	wrong := 0
	line := func(ok bool, what, format string, args ...any) {
		mark := "✓"
		if !ok {
			mark = "✗"
			wrong++
		}
		fmt.Fprintf(out, "%s %-8s %s\n", mark, what, fmt.Sprintf(format, args...))
	}
	line(c.On, "开关", "%s", map[bool]string{true: "开", false: "关：enabled 是 false，地址会回答404"}[c.On])
	line(true, "AppID", "%s", c.AppID)
	if c.HasWebhook() {
		line(c.Mode != wechat.Plain, "加密方式", "%s", map[wechat.Mode]string{wechat.Safe: "安全模式", wechat.Compatible: "兼容模式（只看加密的那一份）",
			wechat.Plain: "明文模式：消息内容没有签名，可以伪造，请在控制台改成安全模式"}[c.Mode])
		line(true, "数据格式", "%s（两种都收）", strings.ToUpper(string(c.Format)))
		line(true, "Token", "形状正确，%d 个字符", len(c.Token))
		if c.AESKey != "" {
			line(true, "AESKey", "形状正确，解出 32 字节")
		}
		if c.PreviousToken != "" || c.PreviousAESKey != "" {
			line(now().Before(c.PreviousUntil), "旧密钥", "收到 %s 为止", c.PreviousUntil.Format(time.RFC3339))
		}
		if publicURL == "" {
			line(false, "地址", "没有设置 public-url：不知道要填进控制台的地址，答案里也不会有链接")
		} else {
			address := publicURL + wechat.Prefix + "/" + c.Name
			line(strings.HasPrefix(publicURL, "https://"), "地址", "请填进控制台“消息推送”的 URL：%s（微信只推送到 https 地址）", address)
			p := fake.Pusher{URL: address, Token: c.Token.Reveal(), AppID: c.AppID, Now: now}
			reach, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			if err := p.Verify(reach); err != nil {
				line(true, "可达", "从这里验证不通，服务启动并对外开放以后再试")
			} else {
				line(true, "可达", "按微信的办法验证通过")
			}
		}
	} else {
		line(true, "消息推送", "没有配置（没有 token），只用小程序自己的页面")
	}
	client := c.NewClient()
	defer client.Close()
	if there, err := client.Clock(ctx); err != nil {
		line(false, "时钟", "连不上微信接口：%v", err)
	} else {
		off := now().Sub(there).Round(time.Second)
		line(max(off, -off) < time.Minute, "时钟", "和微信相差 %v（超过5分钟，所有消息都会被拒绝）", off)
	}
	if _, err := client.Token(ctx); err != nil {
		line(false, "取令牌", "%v。%s", err, adviceOn(err))
	} else {
		line(true, "取令牌", "成功")
	}
	if wrong > 0 {
		fmt.Fprintf(out, "有 %d 处要改\n", wrong)
		return codedError{code: exitFailure}
	}
	fmt.Fprintln(out, "没有发现问题")
	return nil
}

// adviceOn says what to do about a token that cannot be had (codes: PROTOCOL.md, A: Error codes).
func adviceOn(err error) string {
	switch code := api.CodeOf(err); {
	case code == 40013 || code == 41002:
		return "AppID 不对，请对照控制台"
	case code == 40125 || code == 40001 || code == 41004:
		return "AppSecret 不对，请对照控制台；重置过就用新的"
	case code == 40164:
		return "服务器的出口地址不在 IP 白名单里，请在控制台加上"
	case code == 45009 || code == 45011:
		return "调用太频繁，请过一会儿再试"
	case api.ClassOf(err) == api.Network:
		return "请检查本机能否访问微信接口（DNS、代理、防火墙）"
	}
	return "请按错误码查微信文档"
}

// tempFolder is a folder for the time of f.
func tempFolder(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "wenda-wechat-*")
	if err != nil {
		return err
	}
	return errors.Join(f(dir), os.RemoveAll(dir))
}
