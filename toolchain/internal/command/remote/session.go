package remote

import (
	"context"
	"fmt"
	"strings"

	"nixmox/toolchain/internal/command/output"

	"golang.org/x/crypto/ssh"

	p "github.com/pulumi/pulumi-go-provider"
)

const acceptEnv = "Add it to AcceptEnv in the host's sshd_config, or set it in the command itself"

// run runs a command on the host and keeps what it prints.
func (s *CommandState) run(ctx context.Context, step, command string) error {
	client, err := s.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return fmt.Errorf("Unable to open a session on %s: %w", s.Connection.address(), err)
	}
	defer session.Close()
	if err := s.setEnvironment(ctx, session); err != nil {
		return err
	}

	capture := output.NewCapture(ctx, output.Visible(string(or(s.Logging, ""))))
	session.Stdout, session.Stderr = capture.Stdout(), capture.Stderr()
	session.Stdin = strings.NewReader(or(s.Stdin, ""))

	doing := fmt.Sprintf("run the %s command on %s", step, s.Connection.address())
	stdout, stderr, err := capture.Result(doing, session.Run(command))
	if err != nil {
		return err
	}
	s.Stdout, s.Stderr = stdout, stderr
	return nil
}

func (s *CommandState) setEnvironment(ctx context.Context, session *ssh.Session) error {
	for name, value := range s.Environment {
		if err := session.Setenv(name, value); err != nil {
			return fmt.Errorf(
				"Unable to set the variable %s on %s: %w. %s",
				name,
				s.Connection.address(),
				err,
				acceptEnv,
			)
		}
	}
	if !or(s.AddPreviousOutputInEnv, true) {
		return nil
	}
	previous := map[string]string{output.PreviousStdout: s.Stdout, output.PreviousStderr: s.Stderr}
	for name, value := range previous {
		if value == "" {
			continue
		}
		if err := session.Setenv(name, value); err != nil {
			p.GetLogger(ctx).
				Warningf("Unable to set the variable %s. %s, or set addPreviousOutputInEnv to false", name, acceptEnv)
		}
	}
	return nil
}
