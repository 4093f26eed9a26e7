// Package command runs commands and copies files as resources of Pulumi.
package command

import (
	"nixmox/toolchain/internal/command/local"
	"nixmox/toolchain/internal/command/remote"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// Name is what the engine knows the provider by.
const Name = "command"

// Provider has the resources and functions of npm's @pulumi/command.
func Provider() (p.Provider, error) {
	return infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Runs commands and copies files, locally or over SSH, as part of a Pulumi program.").
		WithResources(
			infer.Resource(&local.Command{}),
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
			infer.Resource(&remote.CopyFile{}),
		).
		WithFunctions(infer.Function(&local.Run{})).
		Build()
}
