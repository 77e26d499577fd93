package staff

import "testing"

// The pages that are seen most, in one width, in the light. TestLongStaffAxe has all of them, in the dark as well, at two widths.
func TestPagesAxe(t *testing.T) {
	l, bench := looksSite(t)
	all := looks(l, bench)
	everyPage(t, l, all)
	often := map[string]bool{"home": true, "log": true, "prompt": true, "trial answered": true, "dashboard": true, "gap": true, "sign-in": true}
	var list []look
	for _, k := range all {
		if often[k.name] {
			list = append(list, k)
		}
	}
	if len(list) != len(often) {
		t.Fatalf("%d looks, want %d", len(list), len(often))
	}
	walk(t, l, list, "axe", 1280, 900, "light", func(j *journey, what string) { j.Axe(what) })
}
