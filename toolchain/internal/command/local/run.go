package local

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Run is a function that runs a command each time the program asks for it.
type Run struct{}

// RunInputs are its arguments.
type RunInputs struct {
	Process
	Command string `pulumi:"command"`
}

// RunOutputs are its results.
type RunOutputs struct {
	RunInputs
	Outputs
}

// Annotate describes the function.
func (r *Run) Annotate(a infer.Annotator) {
	a.Describe(&r, "A command that runs on this machine at every preview and deployment.")
}

// Annotate describes the argument.
func (i *RunInputs) Annotate(a infer.Annotator) {
	a.Describe(&i.Command, "The command to run.")
}

// Invoke runs the command.
func (*Run) Invoke(
	ctx context.Context, req infer.FunctionRequest[RunInputs],
) (infer.FunctionResponse[RunOutputs], error) {
	result := RunOutputs{RunInputs: req.Input}
	err := result.run(ctx, "run the command", result.Command, &result.Outputs)
	return infer.FunctionResponse[RunOutputs]{Output: result}, err
}
