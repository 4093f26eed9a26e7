package local

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"nixmox/toolchain/internal/command/output"
)

// interruptGrace is how long an interrupted command may take to end.
const interruptGrace = 10 * time.Second

// run runs a command and puts its results into out, which initially holds those of the previous
// command.
func (i Process) run(ctx context.Context, step, command string, out *Outputs) error {
	capture := output.NewCapture(ctx, i.visible())
	cmd := i.process(ctx, command, *out)
	cmd.Stdout, cmd.Stderr = capture.Stdout(), capture.Stderr()

	stdout, stderr, err := capture.Result(step, cmd.Run())
	if err != nil {
		return err
	}
	if err := i.collect(out); err != nil {
		return err
	}
	out.Stdout, out.Stderr = stdout, stderr
	return nil
}

func (i Process) process(ctx context.Context, command string, previous Outputs) *exec.Cmd {
	args := []string{"/bin/sh", "-c"}
	if i.Interpreter != nil && len(*i.Interpreter) > 0 {
		args = *i.Interpreter
	}
	cmd := exec.CommandContext(ctx, args[0], append(args[1:len(args):len(args)], command)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = interruptGrace
	cmd.Dir = i.dir()
	cmd.Env = i.environment(previous)
	if i.Stdin != nil {
		cmd.Stdin = strings.NewReader(*i.Stdin)
	}
	return cmd
}

func (i Process) environment(previous Outputs) []string {
	env := os.Environ()
	if i.Environment != nil {
		for name, value := range *i.Environment {
			env = append(env, name+"="+value)
		}
	}
	if i.AddPreviousOutputInEnv != nil && !*i.AddPreviousOutputInEnv {
		return env
	}
	if previous.Stdout != "" {
		env = append(env, output.PreviousStdout+"="+previous.Stdout)
	}
	if previous.Stderr != "" {
		env = append(env, output.PreviousStderr+"="+previous.Stderr)
	}
	return env
}

func (i Process) visible() output.Visibility {
	if i.Logging == nil {
		return output.Visible("")
	}
	return output.Visible(string(*i.Logging))
}

func (i Process) dir() string {
	if i.Dir == nil {
		return "."
	}
	return *i.Dir
}
