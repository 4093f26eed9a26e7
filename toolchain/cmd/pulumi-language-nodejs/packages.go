package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// GetRequiredPackages names the resource plugins that the program's npm packages belong to.
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	s := scan{visited: map[string]bool{}}
	for dir := req.Info.ProgramDirectory; ; dir = filepath.Dir(dir) {
		s.nodeModules(filepath.Join(dir, "node_modules"))
		if dir == filepath.Dir(dir) {
			return &pulumirpc.GetRequiredPackagesResponse{Packages: s.found}, nil
		}
	}
}

// scan gathers plugins from node_modules folders, nested ones too. What can't be read holds no
// plugin.
type scan struct {
	visited map[string]bool
	found   []*pulumirpc.PackageDependency
}

func (s *scan) nodeModules(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
		case strings.HasPrefix(entry.Name(), "@"):
			s.nodeModules(path)
		default:
			s.npmPackage(path)
		}
	}
}

func (s *scan) npmPackage(dir string) {
	// Links lead to the same package from several places, and may lead in circles.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil || s.visited[dir] {
		return
	}
	s.visited[dir] = true
	s.nodeModules(filepath.Join(dir, "node_modules"))

	text, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return
	}
	var manifest packageJSON
	if json.Unmarshal(text, &manifest) != nil || !manifest.Pulumi.Resource {
		return
	}
	if dependency := manifest.plugin(); dependency != nil {
		s.found = append(s.found, dependency)
	}
}

// packageJSON is the part of package.json that says which plugin a package needs.
type packageJSON struct {
	Name    string                  `json:"name"`
	Version string                  `json:"version"`
	Pulumi  plugin.PulumiPluginJSON `json:"pulumi"`
}

// plugin is the plugin of an npm package. Packages of the scope @pulumi need not name theirs.
func (p packageJSON) plugin() *pulumirpc.PackageDependency {
	name, official := strings.CutPrefix(p.Name, "@pulumi/")
	if p.Pulumi.Name != "" {
		name = p.Pulumi.Name
	} else if !official {
		return nil
	}
	version := p.Pulumi.Version
	if version == "" {
		version = p.Version
	}
	if version == "" {
		return nil
	}
	return &pulumirpc.PackageDependency{
		Name:             name,
		Kind:             "resource",
		Version:          "v" + strings.TrimPrefix(version, "v"),
		Server:           p.Pulumi.Server,
		Parameterization: parameterization(p.Pulumi.Parameterization),
		Extension:        parameterization(p.Pulumi.ExtensionParameterization),
	}
}

func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}
