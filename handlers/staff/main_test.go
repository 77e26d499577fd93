package staff

import (
	"fmt"
	"os"
	"testing"

	"wenda/handlers/browsertest"
)

// childEnv makes the test binary be a console on the data folder that it names: see killable.
const childEnv = "WENDA_STAFF_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		fmt.Fprintln(os.Stderr, killable(dir))
		os.Exit(1)
	}
	code := m.Run()
	browsertest.Close()
	os.Exit(code)
}
