// Package remote runs commands and copies files on other hosts, over SSH.
package remote

import (
	"context"

	"nixmox/toolchain/internal/command/lifecycle"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Logging says which streams are shown.
type Logging string

// Values lists what the property "logging" may be.
func (Logging) Values() []infer.EnumValue[Logging] {
	return []infer.EnumValue[Logging]{
		{Name: "stdout", Value: "stdout", Description: "Capture stdout in logs but not stderr"},
		{Name: "stderr", Value: "stderr", Description: "Capture stderr in logs but not stdout"},
		{
			Name:        "stdoutAndStderr",
			Value:       "stdoutAndStderr",
			Description: "Capture stdout and stderr in logs",
		},
		{Name: "none", Value: "none", Description: "Capture no logs"},
	}
}

// Command is a remote command with a life cycle.
type Command struct{}

var (
	_ infer.CustomResource[CommandInputs, CommandState] = (*Command)(nil)
	_ infer.CustomCheck[CommandInputs]                  = (*Command)(nil)
	_ infer.CustomUpdate[CommandInputs, CommandState]   = (*Command)(nil)
	_ infer.CustomDelete[CommandState]                  = (*Command)(nil)
)

// CommandInputs are the properties to set.
type CommandInputs struct {
	lifecycle.Inputs
	Connection             *Connection       `pulumi:"connection" provider:"secret"`
	Stdin                  *string           `pulumi:"stdin,optional"`
	Logging                *Logging          `pulumi:"logging,optional"`
	Environment            map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool             `pulumi:"addPreviousOutputInEnv,optional"`
}

// CommandState is what is kept.
type CommandState struct {
	CommandInputs
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// Annotate describes the resource.
func (c *Command) Annotate(a infer.Annotator) {
	a.Describe(&c, "A command that runs on a remote host when the resource is created, updated or deleted.")
}

// Annotate describes the properties.
func (i *CommandInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Connection, "How to reach the host.")
	a.Describe(&i.Stdin, "What the command reads from standard input.")
	a.Describe(
		&i.Logging,
		"Which of the command's streams are shown; both, unless set. They are kept as outputs anyway.",
	)
	a.Describe(
		&i.Environment,
		"Environment variables for the command. The host's sshd has to accept them (AcceptEnv).",
	)
	a.Describe(&i.AddPreviousOutputInEnv, "Whether the command gets the output of the one before it in "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. Defaults to true.")
}

// Annotate describes the properties.
func (s *CommandState) Annotate(a infer.Annotator) {
	a.Describe(&s.Stdout, "What the command printed to standard output.")
	a.Describe(&s.Stderr, "What the command printed to standard error.")
}

// Check validates the inputs.
func (*Command) Check(
	ctx context.Context,
	req infer.CheckRequest,
) (infer.CheckResponse[CommandInputs], error) {
	return check[CommandInputs](ctx, req)
}

// Create runs the create command.
func (*Command) Create(
	ctx context.Context, req infer.CreateRequest[CommandInputs],
) (infer.CreateResponse[CommandState], error) {
	state := CommandState{CommandInputs: req.Inputs}
	id, err := resource.NewUniqueHex(req.Name, 8, 0)
	if err == nil && !req.DryRun && state.Create != nil {
		err = state.run(ctx, "create", *state.Create)
	}
	return infer.CreateResponse[CommandState]{ID: id, Output: state}, err
}

// Update runs the update command, or the create command again.
func (*Command) Update(
	ctx context.Context, req infer.UpdateRequest[CommandInputs, CommandState],
) (infer.UpdateResponse[CommandState], error) {
	state := CommandState{CommandInputs: req.Inputs, Stdout: req.State.Stdout, Stderr: req.State.Stderr}
	var err error
	if command := state.OnUpdate(); !req.DryRun && command != nil {
		err = state.run(ctx, "update", *command)
	}
	return infer.UpdateResponse[CommandState]{Output: state}, err
}

// Delete runs the delete command.
func (*Command) Delete(
	ctx context.Context,
	req infer.DeleteRequest[CommandState],
) (infer.DeleteResponse, error) {
	state := req.State
	if state.Delete == nil {
		return infer.DeleteResponse{}, nil
	}
	return infer.DeleteResponse{}, state.run(ctx, "delete", *state.Delete)
}
