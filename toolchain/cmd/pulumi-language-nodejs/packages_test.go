package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestRequiredPackages(t *testing.T) {
	root := t.TempDir()
	program := filepath.Join(root, "workspace", "program")
	packages := map[string]string{
		"workspace/node_modules/@pulumi/hoisted":                           manifest("@pulumi/hoisted", `"resource": true`),
		"workspace/program/node_modules/@pulumi/random":                    manifest("@pulumi/random", `"resource": true`),
		"workspace/program/node_modules/plain/node_modules/@pulumi/nested": manifest("@pulumi/nested", `"resource": true`),
		"workspace/program/node_modules/@other/named": manifest("@other/named",
			`"resource": true, "name": "named", "version": "v2.0.0", "server": "github://x"`),
		"workspace/program/node_modules/@other/unnamed":  manifest("@other/unnamed", `"resource": true`),
		"workspace/program/node_modules/@pulumi/policy":  manifest("@pulumi/policy", `"resource": false`),
		"workspace/program/node_modules/@pulumi/nothing": manifest("@pulumi/nothing", ""),
		"workspace/program/node_modules/broken":          "{",
	}
	for dir, manifest := range packages {
		dir = filepath.Join(root, dir)
		must(t, os.MkdirAll(dir, 0o755))
		must(t, os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644))
	}
	modules := filepath.Join(program, "node_modules")
	must(t, os.Symlink(program, filepath.Join(modules, "circle")))
	must(t, os.Symlink(filepath.Join(modules, "@pulumi", "random"), filepath.Join(modules, "again")))

	response, err := newHost("", "").GetRequiredPackages(t.Context(),
		&pulumirpc.GetRequiredPackagesRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: program}})
	must(t, err)
	var found []string
	for _, p := range response.Packages {
		found = append(found, p.Kind+" "+p.Name+" "+p.Version+p.Server)
	}
	slices.Sort(found)
	want := []string{
		"resource hoisted v1.0.0",
		"resource named v2.0.0github://x",
		"resource nested v1.0.0",
		"resource random v1.0.0",
	}
	if !slices.Equal(found, want) {
		t.Fatalf("got %q, want %q", found, want)
	}
}

func manifest(name, pulumi string) string {
	return fmt.Sprintf(`{"name": %q, "version": "1.0.0", "pulumi": {%s}}`, name, pulumi)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
