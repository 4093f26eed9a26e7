package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	runModule = "@pulumi/pulumi/cmd/run"

	// exitReported is the SDK's exit code for "the user has already been told what is wrong".
	exitReported = 32
)

// Run runs a program until it ends.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	cmd, err := h.program(ctx, req)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	// Node may switch its standard streams to non-blocking; pipes keep that away from this
	// process's own.
	cmd.Stdout = struct{ io.Writer }{os.Stdout}
	cmd.Stderr = struct{ io.Writer }{os.Stderr}

	err = cmd.Run()
	switch code := exitCode(err); code {
	case 0:
		return &pulumirpc.RunResponse{}, nil
	case exitReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case -1:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("Unable to run the program: %v", err)}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("The program exited with code %d", code)}, nil
	}
}

// program prepares the process that runs the user's program. It talks to the engine directly.
func (h *host) program(ctx context.Context, req *pulumirpc.RunRequest) (*exec.Cmd, error) {
	opts, err := optionsOf(req.Info)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("Unable to run the program: %w. Install Node.js", err)
	}
	script, err := resolve(ctx, node, req.Info.ProgramDirectory, runModule)
	if err != nil {
		return nil, err
	}
	config, err := configEnvironment(req)
	if err != nil {
		return nil, err
	}

	either, stop := context.WithCancel(ctx)
	context.AfterFunc(h.cancelled, stop)
	args := append(append(opts.nodeArgs, script), h.arguments(req)...)
	cmd := nodeCommand(either, node, args)
	cmd.Env = append(append(os.Environ(), opts.environment()...), config...)
	return cmd, nil
}

// arguments are the command line of the SDK's cmd/run.
func (h *host) arguments(req *pulumirpc.RunRequest) []string {
	var args []string
	add := func(name, value string) {
		if value != "" {
			args = append(args, "--"+name, value)
		}
	}
	add("monitor", req.MonitorAddress)
	add("engine", h.engine)
	add("organization", req.Organization)
	add("project", req.Project)
	add("root-directory", req.Info.RootDirectory)
	add("stack", req.Stack)
	add("pwd", req.Info.ProgramDirectory)
	add("parallel", strconv.Itoa(int(req.Parallel)))
	add("tracing", h.tracing)
	if req.DryRun {
		args = append(args, "--dry-run")
	}
	return append(append(args, req.Info.EntryPoint), req.Args...)
}

// configEnvironment hands the stack's configuration to the program. The SDK reads it from the
// environment only.
func configEnvironment(req *pulumirpc.RunRequest) ([]string, error) {
	values, keys := req.Config, req.ConfigSecretKeys
	if values == nil {
		values = map[string]string{}
	}
	if keys == nil {
		keys = []string{}
	}
	config, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	secretKeys, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	return []string{
		"PULUMI_CONFIG=" + string(config),
		"PULUMI_CONFIG_SECRET_KEYS=" + string(secretKeys),
	}, nil
}
