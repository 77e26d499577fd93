// Command wenda is the question-answering assistant of a district government's portal: see README.md, or wenda help.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses of every command.
const (
	exitAnswered    = 0
	exitFailure     = 1
	exitMisuse      = 2
	exitNotAnswered = 3
	exitWorse       = 4
	exitDiffers     = 4 // of wenda log replay
	exitQuarantined = 5 // of wenda import
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main with its surroundings as arguments, for tests.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitAnswered
	}
	var coded codedError
	if errors.As(err, &coded) {
		if coded.err != nil {
			report(stderr, coded.err)
		}
		return coded.code
	}
	var misuse misuseError
	if errors.As(err, &misuse) {
		fmt.Fprintf(stderr, "wenda: %v\n用法见 wenda help\n", misuse.err)
		return exitMisuse
	}
	report(stderr, err)
	return exitFailure
}

// report prints an error and, where it carries one, the advice on what to do.
func report(w io.Writer, err error) {
	fmt.Fprintf(w, "wenda: %v\n", err)
	var advised interface{ Advice() string }
	if errors.As(err, &advised) {
		fmt.Fprintf(w, "%s\n", advised.Advice())
	}
}

// A codedError ends the program with a status of its own; a nil err prints nothing more.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}
func (e codedError) Unwrap() error { return e.err }

// A misuseError is a command line or configuration that cannot be meant.
type misuseError struct{ err error }

func (e misuseError) Error() string { return e.err.Error() }
func (e misuseError) Unwrap() error { return e.err }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "wenda",
		Short:         "问答：政务门户的智能问答助手，回答都有出处",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	addConfigFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return misuseError{err} })
	root.AddCommand(serveCommand(), askCommand(), importCommand(), documentsCommand(), modelCommand(), doctorCommand(), evalCommand(), benchCommand(),
		wechatCommand(), staffCommand(), promptsCommand(), logCommand(), backupCommand(), restoreCommand())
	wrapArgs(root)
	return root
}

// wrapArgs marks cobra's complaints about arguments, and about unknown commands, as misuse.
func wrapArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return misuseError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}
