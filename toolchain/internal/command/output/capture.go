// Package output handles what commands print: it is kept as outputs, shown while the command
// runs, and explains failures, all within what the user allows to be shown.
package output

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode"

	p "github.com/pulumi/pulumi-go-provider"
)

// Variables that pass a command what the previous one printed.
const (
	PreviousStdout = "PULUMI_COMMAND_STDOUT"
	PreviousStderr = "PULUMI_COMMAND_STDERR"
)

// maxExplanation bounds how much output an error quotes.
const maxExplanation = 16 << 10

// Visibility says which streams may be shown.
type Visibility struct{ Stdout, Stderr bool }

// Visible reads the property "logging". Left out, both streams are shown.
func Visible(logging string) Visibility {
	both := logging == "" || logging == "stdoutAndStderr"
	return Visibility{Stdout: both || logging == "stdout", Stderr: both || logging == "stderr"}
}

// Capture gathers what one command prints.
type Capture struct {
	visible        Visibility
	stdout, stderr bytes.Buffer
	shown          bytes.Buffer
	log            *lines
}

// NewCapture shows visible output as the status of the resource that ctx belongs to.
func NewCapture(ctx context.Context, visible Visibility) *Capture {
	c := &Capture{visible: visible}
	logger := p.GetLogger(ctx)
	c.log = &lines{show: func(line string) {
		line = printable(line)
		c.shown.WriteString(line + "\n")
		logger.InfoStatus(line)
	}}
	return c
}

// printable escapes what a terminal would obey: anyone may have written it.
func printable(line string) string {
	var b strings.Builder
	for _, r := range line {
		if r == '\t' || unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	return b.String()
}

// Stdout is where the command's standard output goes.
func (c *Capture) Stdout() io.Writer { return c.writer(&c.stdout, c.visible.Stdout) }

// Stderr is where the command's standard error goes.
func (c *Capture) Stderr() io.Writer { return c.writer(&c.stderr, c.visible.Stderr) }

func (c *Capture) writer(kept *bytes.Buffer, visible bool) io.Writer {
	if visible {
		return io.MultiWriter(kept, c.log)
	}
	return kept
}

// Result is what the command printed, each without its last newline, or, if it failed, the failure
// with what may be shown of it. The command itself is not quoted: secrets may be part of it.
func (c *Capture) Result(step string, err error) (stdout, stderr string, failure error) {
	c.log.flush()
	if err == nil {
		return strings.TrimSuffix(c.stdout.String(), "\n"), strings.TrimSuffix(c.stderr.String(), "\n"), nil
	}
	return "", "", fmt.Errorf("Unable to %s: %w%s", step, err, c.explanation())
}

func (c *Capture) explanation() string {
	shown := strings.TrimSpace(c.shown.String())
	if len(shown) > maxExplanation {
		shown = "..." + shown[len(shown)-maxExplanation:]
	}
	switch {
	case shown != "":
		return ". It printed:\n" + shown
	case c.stdout.Len()+c.stderr.Len() > 0:
		return ". What it printed is withheld, as `logging` says"
	default:
		return ". It printed nothing"
	}
}
