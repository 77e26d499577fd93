package mp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// fields reads the body strictly: one flat JSON object in UTF-8 whose keys are among names, each once, and whose values are strings, or null for empty
// ones. encoding/json would take unknown, doubled and differently cased keys.
func (c *call) fields(names ...string) (map[string]string, error) {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return nil, problemType
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.limits.BodyBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, problemTooLarge.Because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problemSlow.Because(err)
	case err != nil:
		return nil, problemJSON.Because(err)
	case !utf8.Valid(data):
		return nil, problemJSON.Saying("请求里有乱码，不是UTF-8编码。请用UTF-8编码重新发送。")
	}
	return flat(data, names)
}

func flat(data []byte, names []string) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, problemJSON.Because(err)
	}
	out := map[string]string{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, problemJSON.Because(err)
		}
		name, _ := t.(string) // the decoder lets only strings stand here
		if !slices.Contains(names, name) {
			return nil, problemField.Saying("请求里有不认识的字段。可以用的字段是：" + strings.Join(names, "、") + "。")
		}
		if _, twice := out[name]; twice {
			return nil, problemField.Saying(fmt.Sprintf("字段“%s”出现了两次，请只写一次。", name))
		}
		value, err := d.Token()
		if err != nil {
			return nil, problemJSON.Because(err)
		}
		text, isText := value.(string)
		if !isText && value != nil {
			return nil, problemField.Saying(fmt.Sprintf("字段“%s”应当是文字（字符串）。", name))
		}
		out[name] = text
	}
	if _, err := d.Token(); err != nil {
		return nil, problemJSON.Because(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, problemJSON.Saying("JSON后面还有多余的内容。请只发送一个JSON对象。")
	}
	return out, nil
}
