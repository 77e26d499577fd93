package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"
)

// decodeJSON reads the body of r, at most limit bytes, strictly into the struct that into points to: one JSON object in UTF-8, every
// key known, spelt exactly and given once, every value of its field's type; null leaves a field as it is. Echo's Bind and
// encoding/json accept all of that otherwise (LIBRARIES.md). Fields may be strings, slices and structs.
func decodeJSON(w http.ResponseWriter, r *http.Request, limit int64, into any) error {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" || !utf8Charset(params["charset"]) {
		return problemType
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return bodyProblem(err)
	}
	return decodeStrict(data, into)
}

// bodyProblem is what a body that cannot be read deserves. A deadline here is the connection's: ReadTimeout.
func bodyProblem(err error) error {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problemTooLarge.Because(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problemSlow.Because(err)
	}
	return problemForm.Because(err)
}

func utf8Charset(name string) bool { return name == "" || strings.EqualFold(name, "utf-8") }

func decodeStrict(data []byte, into any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return problemJSON.Saying("请求是空的。请发送JSON，例如{\"question\": \"今年新增多少学位\"}。")
	}
	if !utf8.Valid(data) {
		return problemJSON.Saying("请求里有乱码，不是UTF-8编码。请用UTF-8编码重新发送。")
	}
	d := strictDecoder{json.NewDecoder(bytes.NewReader(data))}
	d.UseNumber()
	if err := d.value(reflect.ValueOf(into).Elem(), ""); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return problemJSON.Saying("JSON后面还有多余的内容。请只发送一个JSON对象。")
	}
	return nil
}

type strictDecoder struct{ *json.Decoder }

// value reads the next value into v. name is the path of the field, for messages.
func (d strictDecoder) value(v reflect.Value, name string) error {
	t, err := d.Token()
	if err != nil {
		return problemJSON.Because(err)
	}
	switch {
	case t == nil && name != "":
		return nil
	case v.Kind() == reflect.Struct && t == json.Delim('{'):
		return d.object(v, name)
	case v.Kind() == reflect.Slice && t == json.Delim('['):
		return d.list(v, name)
	case v.Kind() == reflect.String:
		if s, ok := t.(string); ok {
			v.SetString(s)
			return nil
		}
	}
	return wrongType(v.Kind(), name)
}

func (d strictDecoder) object(v reflect.Value, name string) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return problemJSON.Because(err)
		}
		key, _ := t.(string) // the decoder lets only strings stand here
		field := fieldByTag(v, key)
		switch {
		case !field.IsValid():
			return problemField.Saying(fmt.Sprintf("不认识字段“%s”。可以用的字段是：%s。", brief(join(name, key)), strings.Join(tags(v), "、")))
		case seen[key]:
			return problemField.Saying(fmt.Sprintf("字段“%s”出现了两次，请只写一次。", join(name, key)))
		}
		seen[key] = true
		if err := d.value(field, join(name, key)); err != nil {
			return err
		}
	}
	return d.end()
}

func (d strictDecoder) list(v reflect.Value, name string) error {
	for n := 0; d.More(); n++ {
		item := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(item, fmt.Sprintf("%s[%d]", name, n)); err != nil {
			return err
		}
		v.Set(reflect.Append(v, item))
	}
	return d.end()
}

// end reads the closing bracket.
func (d strictDecoder) end() error {
	if _, err := d.Token(); err != nil {
		return problemJSON.Because(err)
	}
	return nil
}

func fieldByTag(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("json") == key {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func tags(v reflect.Value) []string {
	var out []string
	for i := range v.NumField() {
		out = append(out, v.Type().Field(i).Tag.Get("json"))
	}
	return out
}

func wrongType(want reflect.Kind, name string) error {
	words := map[reflect.Kind]string{reflect.String: "文字（字符串）", reflect.Slice: "列表（数组）", reflect.Struct: "JSON对象"}[want]
	if name == "" {
		return problemJSON.Saying("请求应当是一个" + words + "，例如{\"question\": \"今年新增多少学位\"}。")
	}
	return problemField.Saying(fmt.Sprintf("字段“%s”应当是%s。", name, words))
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// brief keeps what a client sent from filling our reply.
func brief(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
