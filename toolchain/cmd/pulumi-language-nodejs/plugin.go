package main

import (
	"fmt"
	"os/exec"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const pluginModule = "@pulumi/pulumi/cmd/run-plugin"

// RunPlugin runs a provider that is written in Node.js.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest,
	server pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	dir := req.Info.ProgramDirectory
	if req.Kind != "" && req.Kind != "resource" {
		return fmt.Errorf(
			"Unable to run the plugin in %s: this language host runs resource plugins only",
			dir,
		)
	}
	opts, err := optionsOf(req.Info)
	if err != nil {
		return err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return fmt.Errorf("Unable to run the plugin in %s: %w. Install Node.js", dir, err)
	}
	script, err := resolve(server.Context(), node, dir, pluginModule)
	if err != nil {
		return err
	}
	streams, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer streams.Close()

	args := append(append(opts.nodeArgs, script, dir), req.Args...)
	cmd := nodeCommand(server.Context(), node, args)
	cmd.Dir = req.Pwd
	cmd.Env = append(req.Env, opts.environment()...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("Unable to run the plugin in %s: %w", dir, err)
	}
	return streams.Close()
}
