package wechat

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An envelope is a body of message push: its top-level fields that we know, as text. JSON and XML are told apart by their first byte
// (PROTOCOL.md 3).
type envelope map[string]string

// known are the fields that are read. Of others nothing is kept, but none may come twice.
var known = map[string]bool{"ToUserName": true, "FromUserName": true, "CreateTime": true, "MsgType": true, "Content": true, "MsgId": true,
	"Event": true, "SessionFrom": true, "Encrypt": true}

const maxXMLDepth = 8

var errBody = errors.New("not a body that WeChat sends")

func parseEnvelope(body []byte) (envelope, error) {
	switch {
	case len(body) == 0:
		return nil, errBody
	case !utf8.Valid(body):
		return nil, fmt.Errorf("%w: not UTF-8", errBody)
	case body[0] == '{':
		return parseJSON(body)
	case body[0] == '<':
		return parseXML(body)
	}
	return nil, errBody
}

// parseJSON reads one object. encoding/json would take keys in any case and the last of two: so it is read token by token.
func parseJSON(body []byte) (envelope, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errBody
	}
	out, seen := envelope{}, map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || seen[name] {
			return nil, fmt.Errorf("%w: a field twice, or none", errBody)
		}
		seen[name] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, errBody
		}
		if !known[name] {
			continue
		}
		var text string
		switch {
		case raw[0] == '"':
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, errBody
			}
		case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9': // MsgId and CreateTime are numbers; MsgId in one published example a string
			text = string(raw)
		default:
			return nil, fmt.Errorf("%w: %s is neither text nor number", errBody, name)
		}
		out[name] = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return nil, errBody
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something behind it", errBody)
	}
	return out, nil
}

// parseXML reads one flat element. Directives (a DTD, and with it entities) are refused, and so are other entities than XML's own.
func parseXML(body []byte) (envelope, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	out, seen := envelope{}, map[string]bool{}
	var text strings.Builder
	depth, roots, field := 0, 0, ""
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errBody
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, fmt.Errorf("%w: a DTD", errBody)
		case xml.StartElement:
			depth++
			switch {
			case depth > maxXMLDepth:
				return nil, fmt.Errorf("%w: too deep", errBody)
			case depth == 1:
				roots++
				if roots > 1 || t.Name.Local != "xml" {
					return nil, errBody
				}
			case depth == 2:
				if field = t.Name.Local; seen[field] {
					return nil, fmt.Errorf("%w: a field twice", errBody)
				}
				seen[field] = true
				text.Reset()
			case known[field]:
				return nil, fmt.Errorf("%w: an element in a text", errBody)
			}
		case xml.EndElement:
			if depth == 2 && known[field] {
				out[field] = text.String()
			}
			depth--
		case xml.CharData:
			if depth == 2 {
				text.Write(t)
			} else if depth < 2 && len(bytes.TrimSpace(t)) > 0 {
				return nil, fmt.Errorf("%w: text outside of fields", errBody)
			}
		}
	}
	if roots != 1 || depth != 0 {
		return nil, errBody
	}
	return out, nil
}

// A pushed message is what an envelope says.
type pushed struct {
	openID  string
	to      string // the mini-program's original ID
	kind    string // MsgType
	event   string
	content string
	msgID   string // empty for events
	created string // seconds
}

const maxOpenIDBytes = 128

// message reads the fields of a message or an event.
func (e envelope) message() (pushed, error) {
	p := pushed{openID: e["FromUserName"], to: e["ToUserName"], kind: e["MsgType"], event: e["Event"], content: e["Content"], msgID: e["MsgId"], created: e["CreateTime"]}
	if p.openID == "" || len(p.openID) > maxOpenIDBytes || strings.Trim(p.openID, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-") != "" {
		return p, fmt.Errorf("%w: no sender", errBody)
	}
	if p.kind == "" {
		return p, fmt.Errorf("%w: no type", errBody)
	}
	for _, number := range []string{p.msgID, p.created} {
		if _, err := strconv.ParseUint(number, 10, 64); number != "" && err != nil {
			return p, fmt.Errorf("%w: a number that is none", errBody)
		}
	}
	if p.msgID == "0" {
		p.msgID = ""
	}
	return p, nil
}
