package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"wenda/handlers/staff"
	"wenda/store"
)

// OIDC is what an operator sets about staff's sign-in by OpenID Connect.
type OIDC struct {
	Issuer     string   `koanf:"oidc-issuer"` // empty: no such sign-in
	ClientID   string   `koanf:"oidc-client-id"`
	SecretFile string   `koanf:"oidc-secret-file"`
	Claim      string   `koanf:"oidc-claim"`
	Roles      []string `koanf:"oidc-roles"` // value=role

	Secret staff.Secret `koanf:"-"` // from WENDA_OIDC_SECRET alone
}

func addOIDCFlags(f *pflag.FlagSet) {
	f.String("oidc-issuer", "", "后台统一登录（OpenID Connect）的签发者地址；不写就只用账号和密码")
	f.String("oidc-client-id", "", "在统一登录那里登记的客户端编号；回调地址是 public-url 加 "+staff.CallbackPath)
	f.String("oidc-secret-file", "", "客户端密钥的文件")
	f.String("oidc-claim", "groups", "令牌里说明角色的字段，可以用点进入下一层")
	f.StringSlice("oidc-roles", nil, "字段的值对应的角色，如 wenda-admin=admin,wenda-edit=edit；不写就按账号页上的角色")
}

// oidcSecret is the variable whose value is the secret.
const oidcSecret = "oidc-secret"

// plan reads the settings and the secret's file, and reports all mistakes; nil is none configured. publicURL is where browsers reach this
// server.
func (c OIDC) plan(publicURL string) (*staff.OIDC, []error) {
	if c.Issuer == "" {
		if c.ClientID != "" || c.SecretFile != "" || len(c.Roles) > 0 || c.Secret != "" {
			return nil, []error{errors.New("设置了 oidc-client-id、oidc-secret-file、oidc-roles 或 WENDA_OIDC_SECRET，却没有 oidc-issuer")}
		}
		return nil, nil
	}
	var problems []error
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && onThisMachine(u.Hostname())) {
		problems = append(problems, fmt.Errorf("oidc-issuer %q 应为 https 地址，没有用户名、问号和井号", c.Issuer))
	}
	if c.ClientID == "" {
		problems = append(problems, errors.New("有 oidc-issuer，还要 oidc-client-id"))
	}
	if publicURL == "" {
		problems = append(problems, errors.New("有 oidc-issuer，还要 public-url：统一登录要知道回到哪里"))
	}
	out := &staff.OIDC{Issuer: c.Issuer, ClientID: c.ClientID, Secret: c.Secret, Redirect: publicURL + staff.CallbackPath, Claim: c.Claim, Roles: map[string]store.Role{}}
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		switch {
		case c.Secret != "":
			problems = append(problems, errors.New("统一登录的密钥既在文件里又在 WENDA_OIDC_SECRET 里，只留一个"))
		case err != nil:
			problems = append(problems, fmt.Errorf("oidc-secret-file 读不了：%w", err))
		case strings.TrimSpace(string(text)) == "":
			problems = append(problems, errors.New("oidc-secret-file 是空的"))
		}
		out.Secret = staff.Secret(strings.TrimSpace(string(text)))
	}
	for _, one := range c.Roles {
		i := strings.LastIndex(one, "=")
		if i <= 0 {
			problems = append(problems, fmt.Errorf("oidc-roles %q 应为 值=角色", one))
			continue
		}
		role, err := store.ParseRole(one[i+1:])
		if err != nil {
			problems = append(problems, fmt.Errorf("oidc-roles：%w", err))
		}
		out.Roles[one[:i]] = role
	}
	if len(out.Roles) > 0 && c.Claim == "" {
		problems = append(problems, errors.New("有 oidc-roles，还要 oidc-claim"))
	}
	return out, problems
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
