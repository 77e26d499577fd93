package store

import "testing"

func putPrompt(t *testing.T, s *Store, name string, version int, label, body string) {
	t.Helper()
	_, err := s.writer.ExecContext(t.Context(), "INSERT INTO prompts (name, version, body, label, created_at) VALUES (?, ?, ?, ?, '')",
		name, version, []byte(body), label)
	if err != nil {
		t.Fatal(err)
	}
}

func TestPromptOverride(t *testing.T) {
	s := opened(t, t.TempDir(), Options{})
	putPrompt(t, s, "replies.yaml", 1, "", "old")
	putPrompt(t, s, "replies.yaml", 2, "live", "now: 您好\n")
	putPrompt(t, s, "replies.yaml", 3, "", "draft")
	putPrompt(t, s, "terms.yaml", 1, "", "draft")
	for name, want := range map[string]string{"replies.yaml": "now: 您好\n", "terms.yaml": "", "unknown": ""} {
		body, ok, err := s.PromptOverride(name)
		if err != nil || string(body) != want || ok != (want != "") {
			t.Errorf("%s: got %q, %v, %v, want %q", name, body, ok, err, want)
		}
	}
	if _, err := s.writer.ExecContext(t.Context(), "UPDATE prompts SET label = 'live' WHERE version = 3"); err == nil {
		t.Error("two versions of one name are live")
	}
}
