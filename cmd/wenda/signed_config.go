package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"wenda/handlers/signed"
)

// Signed is what an operator sets about programs that sign their requests: by name, a file of keys, or the keys themselves in a variable.
type Signed struct {
	KeyFile map[string]string `koanf:"signed-key-file"`

	Keys map[string]string `koanf:"-"` // by name, from variables alone
}

func addSignedFlags(f *pflag.FlagSet) {
	f.StringToString("signed-key-file", nil, "其他程序签名用的密钥文件：名称=文件，见 docs/api-signed.md")
}

// signedVariable understands WENDA_SIGNED_KEY_NAME, whose value is a secret, and WENDA_SIGNED_KEY_NAME_FILE; key is lower case, with hyphens.
func signedVariable(key string) (setVariable, bool) {
	name, is := strings.CutPrefix(key, "signed-key-")
	if !is || name == "" || name == "file" {
		return setVariable{}, false
	}
	if name, is := strings.CutSuffix(name, "-file"); is {
		return setVariable{key: "signed-key-file." + name}, true
	}
	return setVariable{signer: name}, true
}

// plan reads the keys and reports all mistakes; no message holds a secret.
func (c Signed) plan() ([]signed.Key, []error) {
	texts := maps.Clone(c.Keys)
	if texts == nil {
		texts = map[string]string{}
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(c.KeyFile)) {
		if texts[name] != "" {
			problems = append(problems, fmt.Errorf("signed-key-file：%s 的密钥既在文件里又在环境变量里，只留一个", name))
			continue
		}
		text, err := os.ReadFile(c.KeyFile[name])
		if err != nil {
			problems = append(problems, fmt.Errorf("signed-key-file：%s 的密钥文件读不了：%w", name, err))
			continue
		}
		texts[name] = string(text)
	}
	var keys []signed.Key
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		of, err := signed.ParseKeys(name, texts[name])
		if err != nil {
			problems = append(problems, fmt.Errorf("signed-key-file：%w", err))
		}
		keys = append(keys, of...)
	}
	if _, err := signed.New(keys, nil, nil); err != nil {
		problems = append(problems, fmt.Errorf("signed-key-file：%w", err))
	}
	return keys, problems
}

// signedPrograms knows the programs that have keys; nil when there are none.
func (a *App) signedPrograms() (*signed.Verifier, error) {
	keys, problems := a.Config.Signed.plan()
	if err := errors.Join(problems...); err != nil || len(keys) == 0 {
		return nil, err
	}
	a.Log.Info("signed requests", "keys", fmt.Sprint(keys))
	return signed.New(keys, a.Store, nil)
}
