package staff

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // RFC 6238's default, which every authenticator app knows
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wenda/store"
)

// Parameters of RFC 6238 as authenticator apps take them without being told.
const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpBytes  = 20 // of the secret, RFC 4226 section 4
	totpDrift  = 1  // steps before and after that are accepted, RFC 6238 section 5.2
)

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// totpAt is the code of a step, RFC 4226 section 5.3.
func totpAt(secret []byte, step int64) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	m := hmac.New(sha1.New, secret)
	m.Write(counter[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}

// totpStepOf finds the step that a code belongs to, near now.
func totpStepOf(secret []byte, code string, now time.Time) (step int64, ok bool) {
	at := now.Unix() / int64(totpStep/time.Second)
	for d := int64(-totpDrift); d <= totpDrift; d++ {
		if subtle.ConstantTimeCompare([]byte(totpAt(secret, at+d)), []byte(code)) == 1 {
			step, ok = at+d, true
		}
	}
	return step, ok
}

// checkCode reports whether a code is right and was not used before.
func (c *Console) checkCode(ctx context.Context, a store.Account, code string) (bool, error) {
	text, err := c.store.Unseal("totp "+a.ID, a.TOTP)
	if err != nil {
		return false, err
	}
	secret, err := totpText.DecodeString(text)
	if err != nil {
		return false, err
	}
	step, ok := totpStepOf(secret, strings.ReplaceAll(code, " ", ""), c.now())
	if !ok {
		return false, nil
	}
	return c.store.UseTOTPStep(ctx, a.ID, step)
}

type totpView struct {
	Secret, URI, Sealed, Message string
}

// totpPage is GET /staff/me/totp: a new secret, which is kept only after a code of it came back.
func (c *Console) totpPage(v *visit) error {
	secret := make([]byte, totpBytes)
	_, _ = rand.Read(secret) // never fails since Go 1.24
	return v.totpForm(http.StatusOK, totpText.EncodeToString(secret), "")
}

func (v *visit) totpForm(status int, secret, message string) error {
	sealed, err := v.console.store.Seal("totp offer "+v.account().ID, secret)
	if err != nil {
		return err
	}
	label := v.console.cfg.Portal + "智能问答:" + v.account().Name
	uri := "otpauth://totp/" + url.PathEscape(label) + "?" + url.Values{"secret": {secret}, "issuer": {v.console.cfg.Portal + "智能问答"}}.Encode()
	return v.pageAs(status, "totp", "动态口令", totpView{secret, uri, sealed, message})
}

// totpOn is POST /staff/me/totp.
func (c *Console) totpOn(v *visit) error {
	a := v.account()
	text, err := c.store.Unseal("totp offer "+a.ID, v.form("sealed"))
	if err != nil {
		return badForm.because(err)
	}
	secret, err := totpText.DecodeString(text)
	if err != nil {
		return badForm.because(err)
	}
	if _, ok := totpStepOf(secret, v.form("code"), c.now()); !ok {
		return v.totpForm(http.StatusBadRequest, text, "口令不对。请确认手机时间准确，输入应用里现在显示的6位数字。")
	}
	sealed, err := c.store.Seal("totp "+a.ID, text)
	if err != nil {
		return err
	}
	err = c.store.ChangeAccount(v.r.Context(), v.by(), "account.totp_on", a.ID, a.Version, false, func(a *store.Account) error {
		a.TOTP = sealed
		return nil
	})
	if err != nil {
		return err
	}
	return v.to("/staff/me", "已开启动态口令，下次登录时要填写。")
}

// totpOff is POST /staff/me/totp/off. It asks for the password: a computer left alone must not lose the second factor.
func (c *Console) totpOff(v *visit) error {
	a := v.account()
	if ok, err := v.confirm(); err != nil {
		return err
	} else if !ok {
		return v.meForm(http.StatusForbidden, "current-off", wrongPassword)
	}
	err := c.store.ChangeAccount(v.r.Context(), v.by(), "account.totp_off", a.ID, a.Version, false, func(a *store.Account) error {
		a.TOTP = ""
		return nil
	})
	if err != nil {
		return err
	}
	return v.to("/staff/me", "已关闭动态口令。")
}
