package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// interruptGrace is how long an interrupted program may take to end.
const interruptGrace = 5 * time.Second

// resolve asks Node where a module is, seen from dir, exactly as the program's own imports are
// resolved.
func resolve(ctx context.Context, node, dir, module string) (string, error) {
	cmd := exec.CommandContext(ctx, node, "-p", "require.resolve(process.argv[1])", module)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("Unable to find %s from %s. Run `npm install` there", module, dir)
	}
	return strings.TrimSpace(string(out)), nil
}

// nodeCommand prepares a Node.js process that is interrupted, and killed after a while, when ctx
// ends.
func nodeCommand(ctx context.Context, node string, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = interruptGrace
	return cmd
}

// exitCode is the code that the process exited with, or -1 if it did not even run.
func exitCode(err error) int {
	if err == nil {
		return 0
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
