package main

import (
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestOptions(t *testing.T) {
	opts, err := optionsOf(info(t, map[string]any{
		"typescript": true, "tsconfig": "tsconfig.pulumi.json", "nodeargs": `--inspect "--title=a b"`,
	}))
	must(t, err)
	equal(t, opts.nodeArgs, []string{"--inspect", "--title=a b"})
	equal(t, opts.environment(), []string{
		"PULUMI_NODEJS_TYPESCRIPT=true", "PULUMI_NODEJS_TSCONFIG_PATH=tsconfig.pulumi.json",
	})

	opts, err = optionsOf(info(t, map[string]any{"typescript": false}))
	must(t, err)
	equal(t, opts.environment(), nil)

	for name, value := range map[string]any{"typescript": "yes", "nodeargs": 1, "tsconfig": true} {
		_, err := optionsOf(info(t, map[string]any{name: value}))
		if err == nil || !strings.Contains(err.Error(), "runtime.options."+name) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func TestArgumentsAndConfiguration(t *testing.T) {
	request := &pulumirpc.RunRequest{
		MonitorAddress: "127.0.0.1:1", Project: "p", Stack: "s", Organization: "o", Parallel: 4, DryRun: true,
		Info:   &pulumirpc.ProgramInfo{RootDirectory: "/r", ProgramDirectory: "/r/p", EntryPoint: "."},
		Config: map[string]string{"p:password": "hidden"}, ConfigSecretKeys: []string{"p:password"},
	}
	args := newHost("127.0.0.1:2", "").arguments(request)
	equal(t, args, []string{
		"--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--organization", "o", "--project", "p",
		"--root-directory", "/r", "--stack", "s", "--pwd", "/r/p", "--parallel", "4", "--dry-run", ".",
	})
	env, err := configEnvironment(request)
	must(t, err)
	equal(
		t,
		env,
		[]string{`PULUMI_CONFIG={"p:password":"hidden"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:password"]`},
	)
	env, err = configEnvironment(&pulumirpc.RunRequest{})
	must(t, err)
	equal(t, env, []string{"PULUMI_CONFIG={}", "PULUMI_CONFIG_SECRET_KEYS=[]"})
}

func info(t *testing.T, options map[string]any) *pulumirpc.ProgramInfo {
	t.Helper()
	values, err := structpb.NewStruct(options)
	must(t, err)
	return &pulumirpc.ProgramInfo{Options: values}
}

func equal(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
}
