package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Role says what an account may do; each may do what those before it may.
type Role string

// Roles, from the least.
const (
	View    Role = "view"    // 查看: reads
	Edit    Role = "edit"    // 编辑: drafts, curates
	Publish Role = "publish" // 发布: puts live
	Admin   Role = "admin"   // 管理: accounts, channels, keys
)

// Roles lists them from the least.
func Roles() []Role { return []Role{View, Edit, Publish, Admin} }

// May reports whether r may do what needs the role n. An unknown role may nothing.
func (r Role) May(n Role) bool {
	have, need := slices.Index(Roles(), r), slices.Index(Roles(), n)
	return have >= 0 && need >= 0 && have >= need
}

// An Account is somebody of the staff.
type Account struct {
	ID          string
	Name        string // unique
	Role        Role
	Password    string // argon2id as a PHC string; empty until the one-time link was used
	TOTP        string // sealed secret; empty without a second factor
	TOTPStep    int64  // the last step whose code was used
	Link        string // hash of the one-time link; empty without
	LinkExpires time.Time
	Subject     string // issuer and subject of OpenID Connect; empty without
	Disabled    bool
	Version     int64 // counts changes
	Created     time.Time
}

// Errors of what staff change.
var (
	ErrConflict  = errors.New("changed by somebody else meanwhile")
	ErrTaken     = errors.New("name is taken")
	ErrLastAdmin = errors.New("the last administrator") // may not be disabled or lose the role
)

const accountColumns = "id, name, role, password, totp, totp_step, link, link_expires, subject, disabled, version, created_at"

func scanAccount(row interface{ Scan(...any) error }) (Account, error) {
	var a Account
	var expires, created string
	err := row.Scan(&a.ID, &a.Name, &a.Role, &a.Password, &a.TOTP, &a.TOTPStep, &a.Link, &expires, &a.Subject, &a.Disabled, &a.Version, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return a, ErrNotFound
	}
	if err == nil {
		if a.Created, err = textTime(created); err == nil && expires != "" {
			a.LinkExpires, err = textTime(expires)
		}
	}
	return a, err
}

// AddAccount makes an account and gives it an ID. A name that is taken is ErrTaken.
func (s *Store) AddAccount(ctx context.Context, by By, a Account) (Account, error) {
	a.ID, a.Version, a.Created = "u_"+randomID(), 1, time.Now()
	err := s.change(ctx, Change{By: by, What: "account.add", Object: a.Name, After: a.told()}, func(tx *sql.Tx, _ *Change) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM staff_accounts WHERE name = ?", a.Name).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return ErrTaken
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO staff_accounts ("+accountColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			a.ID, a.Name, a.Role, a.Password, a.TOTP, a.TOTPStep, a.Link, optionalTime(a.LinkExpires), a.Subject, a.Disabled, a.Version, timeText(a.Created))
		return err
	})
	return a, err
}

// Account finds an account by its name, AccountByID by its ID, AccountByLink by the hash of its one-time link, AccountBySubject by
// issuer and subject; else ErrNotFound.
func (s *Store) Account(ctx context.Context, name string) (Account, error) {
	return s.account(ctx, "name", name)
}

// AccountByID is like Account.
func (s *Store) AccountByID(ctx context.Context, id string) (Account, error) {
	return s.account(ctx, "id", id)
}

// AccountByLink is like Account; the caller looks at LinkExpires.
func (s *Store) AccountByLink(ctx context.Context, hash string) (Account, error) {
	return s.account(ctx, "link", hash)
}

// AccountBySubject is like Account.
func (s *Store) AccountBySubject(ctx context.Context, subject string) (Account, error) {
	return s.account(ctx, "subject", subject)
}

func (s *Store) account(ctx context.Context, column, value string) (Account, error) {
	if value == "" {
		return Account{}, s.fault("read account", ErrNotFound)
	}
	a, err := scanAccount(s.readers.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM staff_accounts WHERE "+column+" = ?", value))
	return a, s.fault("read account", err)
}

// Accounts lists all, by name.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	var out []Account
	err := s.read(ctx, "list accounts", func(tx *sql.Tx) error {
		return each(ctx, tx, func(rows *sql.Rows) error {
			a, err := scanAccount(rows)
			out = append(out, a)
			return err
		}, "SELECT "+accountColumns+" FROM staff_accounts ORDER BY name")
	})
	return out, err
}

// ChangeAccount lets f change an account that has this version; one that changed meanwhile is ErrConflict. what is the code for the
// audit. With signOut all its sessions end. The last enabled administrator stays one: ErrLastAdmin. An error of f changes nothing.
func (s *Store) ChangeAccount(ctx context.Context, by By, what, id string, version int64, signOut bool, f func(*Account) error) error {
	return s.change(ctx, Change{By: by, What: what}, func(tx *sql.Tx, c *Change) error {
		a, err := scanAccount(tx.QueryRowContext(ctx, "SELECT "+accountColumns+" FROM staff_accounts WHERE id = ?", id))
		if err != nil {
			return err
		}
		if a.Version != version {
			return ErrConflict
		}
		c.Object, c.Before = a.Name, a.told()
		managed := a.Role == Admin && !a.Disabled
		if err := f(&a); err != nil {
			return err
		}
		c.After = a.told()
		if _, err = tx.ExecContext(ctx, `UPDATE staff_accounts SET role = ?, password = ?, totp = ?, totp_step = ?, link = ?, link_expires = ?,
			subject = ?, disabled = ?, version = version + 1 WHERE id = ?`,
			a.Role, a.Password, a.TOTP, a.TOTPStep, a.Link, optionalTime(a.LinkExpires), a.Subject, a.Disabled, id); err != nil {
			return err
		}
		if managed {
			if err := oneAdminLeft(ctx, tx); err != nil {
				return err
			}
		}
		if signOut {
			_, err = tx.ExecContext(ctx, "DELETE FROM staff_sessions WHERE account_id = ?", id)
		}
		return err
	})
}

// oneAdminLeft refuses a change that leaves nobody to manage accounts.
func oneAdminLeft(ctx context.Context, tx *sql.Tx) error {
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM staff_accounts WHERE role = 'admin' AND NOT disabled").Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return ErrLastAdmin
	}
	return nil
}

// UseTOTPStep notes that the code of a step was used, and reports false when that step or a later one was used before: a code works once.
func (s *Store) UseTOTPStep(ctx context.Context, id string, step int64) (bool, error) {
	var n int64
	err := s.write(ctx, "note one-time code", func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE staff_accounts SET totp_step = ? WHERE id = ? AND totp_step < ?", step, id, step)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n == 1, err
}

// told is what the audit says of an account: no secrets.
func (a Account) told() string {
	out := "role=" + string(a.Role)
	if a.Disabled {
		out += " disabled"
	}
	if a.TOTP != "" {
		out += " totp"
	}
	if a.Subject != "" {
		out += " subject=" + a.Subject
	}
	return out
}

func optionalTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeText(t)
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// String names the role for people.
func (r Role) String() string {
	switch r {
	case View:
		return "查看"
	case Edit:
		return "编辑"
	case Publish:
		return "发布"
	case Admin:
		return "管理"
	}
	return string(r)
}

// ParseRole reads a role by its code or its Chinese name.
func ParseRole(text string) (Role, error) {
	for _, r := range Roles() {
		if text == string(r) || text == r.String() {
			return r, nil
		}
	}
	return "", fmt.Errorf("没有角色 %q；可用的有 查看（view）、编辑（edit）、发布（publish）、管理（admin）", text)
}
