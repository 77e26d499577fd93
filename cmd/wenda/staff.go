package main

import (
	"errors"
	"fmt"
	"os/user"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"wenda/handlers/staff"
	"wenda/store"
)

func staffCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "staff",
		Short: "后台账号：新建、列出、停用、重置",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	add := &cobra.Command{
		Use:   "add NAME",
		Short: "新建账号，打印一次性链接，本人打开后设密码",
		Args:  cobra.ExactArgs(1),
	}
	role := add.Flags().String("role", "admin", "角色：view 查看、edit 编辑、publish 发布、admin 管理")
	add.RunE = func(c *cobra.Command, args []string) error {
		r, err := store.ParseRole(*role)
		if err != nil {
			return misuseError{err}
		}
		if wrong := staff.CheckName(args[0]); wrong != "" {
			return misuseError{errors.New(wrong)}
		}
		return withApp(c, func(a *App) error {
			account := store.Account{Name: args[0], Role: r}
			expires := time.Now().Add(staff.Defaults().LinkLife)
			token := staff.OneTimeLink(&account, expires)
			if _, err := a.Store.AddAccount(c.Context(), commandBy(), account); errors.Is(err, store.ErrTaken) {
				return fmt.Errorf("账号 %s 已经有了；忘了密码用 wenda staff reset %s", args[0], args[0])
			} else if err != nil {
				return err
			}
			return printLink(c, a.Config, token, expires)
		})
	}
	c.AddCommand(add, staffListCommand(), staffDisableCommand(), staffResetCommand())
	return c
}

// commandBy is who a command acts for in the audit: the user of the operating system.
func commandBy() store.By {
	name := "命令行"
	if u, err := user.Current(); err == nil {
		name += "（" + u.Username + "）"
	}
	return store.By{Name: name, Address: "cli"}
}

func printLink(c *cobra.Command, cfg Config, token string, expires time.Time) error {
	scheme := "https://"
	if cfg.plainCookies() {
		scheme = "http://"
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "%s%s%s\n链接只能用一次，%s 前有效；对外的地址不是 %s 时，请换成实际的。\n", scheme, cfg.Addr, staff.WelcomePath(token),
		expires.In(chinaTime).Format("2006-01-02 15:04"), cfg.Addr)
	return err
}

func staffListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "列出账号",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return withApp(c, func(a *App) error {
				list, err := a.Store.Accounts(c.Context())
				if err != nil {
					return err
				}
				t := tabwriter.NewWriter(c.OutOrStdout(), 2, 0, 2, ' ', 0)
				fmt.Fprintln(t, "账号\t角色\t状态\t建立")
				for _, one := range list {
					state := "可登录"
					switch {
					case one.Disabled:
						state = "已停用"
					case one.Password == "":
						state = "等待设密码"
					}
					fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", one.Name, one.Role, state, one.Created.In(chinaTime).Format("2006-01-02 15:04"))
				}
				return t.Flush()
			})
		},
	}
}

func staffDisableCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "disable NAME",
		Short: "停用账号，并从各处退出",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withApp(c, func(a *App) error {
				return a.changeAccount(c, args[0], "account.disabled", func(account *store.Account) error { account.Disabled = true; return nil })
			})
		},
	}
}

func staffResetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reset NAME",
		Short: "重置密码和动态口令，打印一次性链接；停用的账号重新启用",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return withApp(c, func(a *App) error {
				expires := time.Now().Add(staff.Defaults().LinkLife)
				token := ""
				err := a.changeAccount(c, args[0], "account.reset", func(account *store.Account) error {
					token = staff.OneTimeLink(account, expires)
					account.Disabled = false
					return nil
				})
				if err != nil {
					return err
				}
				return printLink(c, a.Config, token, expires)
			})
		},
	}
}

// changeAccount changes an account by name and ends its sessions.
func (a *App) changeAccount(c *cobra.Command, name, what string, f func(*store.Account) error) error {
	account, err := a.Store.Account(c.Context(), name)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("没有账号 %s；wenda staff list 列出所有账号", name)
	}
	if err == nil {
		err = a.Store.ChangeAccount(c.Context(), commandBy(), what, account.ID, account.Version, true, f)
	}
	if errors.Is(err, store.ErrLastAdmin) {
		return fmt.Errorf("%s 是最后一个管理员，不能停用；请先 wenda staff add 另一个", name)
	}
	return err
}
