// Package local runs commands on the machine that Pulumi runs on.
package local

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/infer/types"
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

// Process is how a command is run.
type Process struct {
	Stdin                  *string            `pulumi:"stdin,optional"`
	Logging                *Logging           `pulumi:"logging,optional"`
	Interpreter            *[]string          `pulumi:"interpreter,optional"`
	Dir                    *string            `pulumi:"dir,optional"`
	Environment            *map[string]string `pulumi:"environment,optional"`
	AssetPaths             *[]string          `pulumi:"assetPaths,optional"`
	ArchivePaths           *[]string          `pulumi:"archivePaths,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// Annotate describes the properties.
func (i *Process) Annotate(a infer.Annotator) {
	a.Describe(&i.Stdin, "What the command reads from standard input.")
	a.Describe(
		&i.Logging,
		"Which of the command's streams are shown; both, unless set. They are kept as outputs anyway.",
	)
	a.Describe(
		&i.Interpreter,
		"The program, with arguments, that gets the command as its last one: `/bin/sh -c` unless set.",
	)
	a.Describe(&i.Dir, "The directory to run the command in.")
	a.Describe(&i.Environment, "Environment variables added to the command's.")
	a.Describe(&i.AssetPaths, "Globs of files to return as assets once the command is done. "+
		"Those that begin with `!` take files out again; the order matters.")
	a.Describe(
		&i.ArchivePaths,
		"Globs of files to return as one archive once the command is done, like `assetPaths`.",
	)
	a.Describe(&i.AddPreviousOutputInEnv, "Whether the command gets the output of the one before it in "+
		"PULUMI_COMMAND_STDOUT and PULUMI_COMMAND_STDERR. Defaults to true.")
}

// Outputs are a command's results.
type Outputs struct {
	Stdout  string                            `pulumi:"stdout"`
	Stderr  string                            `pulumi:"stderr"`
	Assets  *map[string]*types.AssetOrArchive `pulumi:"assets,optional"`
	Archive *resource.Archive                 `pulumi:"archive,optional"`
}

// Annotate describes the properties.
func (o *Outputs) Annotate(a infer.Annotator) {
	a.Describe(&o.Stdout, "What the command printed to standard output.")
	a.Describe(&o.Stderr, "What the command printed to standard error.")
	a.Describe(&o.Assets, "The files that `assetPaths` found, by their path below the command's directory.")
	a.Describe(&o.Archive, "The files that `archivePaths` found.")
}
