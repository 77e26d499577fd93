package signed

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Key lets a program sign. Its secret never shows: formatting a Key gives its ID and name.
type Key struct {
	ID     string
	Name   string // of the program: api:NAME is its channel
	secret []byte
}

// String hides the secret.
func (k Key) String() string { return k.Name + "/" + k.ID }

// GoString hides the secret too.
func (k Key) GoString() string { return k.String() }

// maxKeysOfName is how many keys of a name are valid at once: the old and the new one.
const maxKeysOfName = 2

// minSecretBytes makes guessing hopeless even where a secret is hexadecimal: 32 digits are 128 bits.
const minSecretBytes = 32

var (
	keyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	// names end up in logs, metrics and names of budgets.
	keyName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
)

// ParseKeys reads the keys of one name: an ID, a blank and a secret a line; empty lines and those that begin with # do not count. It returns
// every mistake at once and never shows a secret.
func ParseKeys(name, text string) ([]Key, error) {
	var keys []Key
	var errs []error
	if !keyName.MatchString(name) {
		errs = append(errs, fmt.Errorf("名称 %q 应为小写字母、数字和连字符，最多32个", name))
	}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Fields(line)
		switch {
		case len(parts) != 2:
			errs = append(errs, fmt.Errorf("%s 第%d行应为：密钥编号 空格 密钥", name, n+1))
		case !keyID.MatchString(parts[0]):
			errs = append(errs, fmt.Errorf("%s 第%d行的密钥编号应为字母、数字、_ 和 -，最多64个", name, n+1))
		case len(parts[1]) < minSecretBytes:
			errs = append(errs, fmt.Errorf("%s 第%d行的密钥太短，至少%d个字符；可以用 openssl rand -hex 32 生成", name, n+1, minSecretBytes))
		default:
			keys = append(keys, Key{ID: parts[0], Name: name, secret: []byte(parts[1])})
		}
	}
	switch {
	case len(keys) == 0 && len(errs) == 0:
		errs = append(errs, fmt.Errorf("%s 没有密钥", name))
	case len(keys) > maxKeysOfName:
		errs = append(errs, fmt.Errorf("%s 有%d个密钥，最多%d个（新旧各一个）", name, len(keys), maxKeysOfName))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return keys, nil
}
