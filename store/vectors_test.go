package store

import (
	"fmt"
	"math"
	"reflect"
	"testing"
)

func TestVectorsComeBack(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	kept := map[string][]float32{"a": {0, -1.5, float32(math.Inf(1)), math.SmallestNonzeroFloat32}, "b": {1}}
	if err := s.PutVectors(ctx, "e1", kept); err != nil {
		t.Fatal(err)
	}
	if err := s.PutVectors(ctx, "e2", map[string][]float32{"a": {7}}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutVectors(ctx, "e1", map[string][]float32{"b": {2, 3}}); err != nil { // replaces
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, embedder string
		digests        []string
		want           map[string][]float32
	}{
		{"two and one missing", "e1", []string{"a", "b", "c"}, map[string][]float32{"a": kept["a"], "b": {2, 3}}},
		{"another embedder's", "e2", []string{"a", "b"}, map[string][]float32{"a": {7}}},
		{"asked twice", "e2", []string{"a", "a"}, map[string][]float32{"a": {7}}},
		{"unknown embedder", "e3", []string{"a"}, map[string][]float32{}},
		{"nothing asked", "e1", nil, map[string][]float32{}},
	} {
		if got, err := s.Vectors(ctx, c.embedder, c.digests); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
	for name, bad := range map[string]error{
		"empty vector": s.PutVectors(ctx, "e1", map[string][]float32{"x": {}}),
		"no embedder":  s.PutVectors(ctx, "", map[string][]float32{"x": {1}}),
	} {
		if bad == nil {
			t.Errorf("%s: was kept", name)
		}
	}
}

// Few of many are looked up, many of many are scanned: both find the same. More than one transaction is written.
func TestVectorsLookedUpAndScanned(t *testing.T) {
	ctx := t.Context()
	s := opened(t, t.TempDir(), Options{})
	all := map[string][]float32{}
	var digests []string
	for i := range 2*vectorsAtOnce + 1 {
		d := fmt.Sprint("digest", i)
		all[d], digests = []float32{float32(i), 1}, append(digests, d)
	}
	if err := s.PutVectors(ctx, "e", all); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Vectors(ctx, "e", digests); err != nil || !reflect.DeepEqual(got, all) {
		t.Errorf("scanned: got %d vectors, %v", len(got), err)
	}
	few := digests[5:25]
	got, err := s.Vectors(ctx, "e", few)
	if err != nil || len(got) != len(few) {
		t.Fatalf("looked up: got %d vectors, %v, want %d", len(got), err, len(few))
	}
	for _, d := range few {
		if !reflect.DeepEqual(got[d], all[d]) {
			t.Errorf("%s: got %v, want %v", d, got[d], all[d])
		}
	}
}

func TestDamagedVectorsAreAbsent(t *testing.T) {
	ctx := t.Context()
	for name, damage := range map[string]string{
		"one bit":         "UPDATE vectors SET vector = x'0000803F00000041' WHERE digest = 'bad'",
		"cut":             "UPDATE vectors SET vector = substr(vector, 1, 4) WHERE digest = 'bad'",
		"cut in a number": "UPDATE vectors SET vector = substr(vector, 1, 5) WHERE digest = 'bad'",
		"longer":          "UPDATE vectors SET vector = x'0000803F0000004000000000' WHERE digest = 'bad'",
		"empty":           "UPDATE vectors SET vector = x'' WHERE digest = 'bad'",
		"checksum":        "UPDATE vectors SET checksum = checksum + 1 WHERE digest = 'bad'",
		"huge checksum":   "UPDATE vectors SET checksum = 9000000000000000000 WHERE digest = 'bad'",
		"minus checksum":  "UPDATE vectors SET checksum = -1 WHERE digest = 'bad'",
		"another text's":  "UPDATE vectors SET (vector, checksum) = (SELECT vector, checksum FROM vectors WHERE digest = 'good') WHERE digest = 'bad'",
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, t.TempDir(), Options{})
			vectors := map[string][]float32{"good": {3, 4}, "bad": {1, 2}}
			if err := s.PutVectors(ctx, "e", vectors); err != nil {
				t.Fatal(err)
			}
			if r, err := s.writer.ExecContext(ctx, damage); err != nil {
				t.Fatal(err)
			} else if n, _ := r.RowsAffected(); n != 1 {
				t.Fatalf("damaged %d rows", n)
			}
			got, err := s.Vectors(ctx, "e", []string{"good", "bad"})
			if want := map[string][]float32{"good": {3, 4}}; err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, %v, want %v", got, err, want)
			}
			// computed again, a Put replaces it, though it writes only what is not kept
			if err := s.Put(ctx, kept("d1", "v1", 0), "e", vectors); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Vectors(ctx, "e", []string{"good", "bad"}); err != nil || !reflect.DeepEqual(got, vectors) {
				t.Errorf("after Put: got %v, %v, want %v", got, err, vectors)
			}
		})
	}
}
