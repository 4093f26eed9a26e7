package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// InstallDependencies installs the program's npm packages.
func (h *host) InstallDependencies(
	req *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	opts, err := optionsOf(req.Info)
	if err != nil {
		return err
	}
	streams, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, req.IsTerminal)
	if err != nil {
		return err
	}
	defer streams.Close()

	dir := req.Info.ProgramDirectory
	if root, err := npm.FindWorkspaceRoot(dir); err == nil {
		dir = root
	}
	ctx := server.Context()
	_, err = npm.Install(ctx, opts.packageManager, dir, opts.production, stdout, stderr)
	if err != nil {
		return fmt.Errorf("Unable to install the npm packages of %s: %w", dir, err)
	}
	return streams.Close()
}

// GetProgramDependencies lists the program's npm packages.
func (h *host) GetProgramDependencies(
	ctx context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	manager, err := packageManager(req.Info)
	if err != nil {
		return nil, err
	}
	packages, err := manager.ListPackages(ctx, req.Info.ProgramDirectory, req.TransitiveDependencies)
	if err != nil {
		return nil, fmt.Errorf("Unable to list the npm packages of %s: %w", req.Info.ProgramDirectory, err)
	}
	var dependencies []*pulumirpc.DependencyInfo
	for _, p := range packages {
		dependencies = append(dependencies, &pulumirpc.DependencyInfo{Name: p.Name, Version: p.Version})
	}
	return &pulumirpc.GetProgramDependenciesResponse{Dependencies: dependencies}, nil
}

// About describes the Node.js that programs run on.
func (h *host) About(ctx context.Context, req *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	manager, err := packageManager(req.Info)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("Unable to describe Node.js: %w", err)
	}
	about := &pulumirpc.AboutResponse{
		Executable: node,
		Metadata:   map[string]string{"packagemanager": manager.Name()},
	}
	if out, err := exec.CommandContext(ctx, node, "--version").Output(); err == nil {
		about.Version = strings.TrimSpace(string(out))
	}
	if version, err := manager.Version(); err == nil {
		about.Metadata["packagemanagerVersion"] = version.String()
	}
	return about, nil
}

func packageManager(info *pulumirpc.ProgramInfo) (npm.PackageManager, error) {
	opts, err := optionsOf(info)
	if err != nil {
		return nil, err
	}
	return npm.ResolvePackageManager(opts.packageManager, info.GetProgramDirectory())
}
