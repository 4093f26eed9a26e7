package main

import (
	"fmt"

	"github.com/google/shlex"
	"github.com/pulumi/pulumi/sdk/v3/nodejs/npm"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// options are what a project may set below runtime.options in Pulumi.yaml.
type options struct {
	typescript     bool
	tsconfig       string
	nodeArgs       []string
	packageManager npm.PackageManagerType
	production     bool
}

func optionsOf(info *pulumirpc.ProgramInfo) (options, error) {
	o := options{typescript: true, packageManager: npm.AutoPackageManager}
	for name, value := range info.GetOptions().AsMap() {
		if err := o.set(name, value); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (o *options) set(name string, value any) error {
	wrong := func(want string) error {
		return fmt.Errorf("Unable to read runtime.options.%s in Pulumi.yaml: it has to be %s", name, want)
	}
	switch name {
	case "typescript", "production":
		on, ok := value.(bool)
		if !ok {
			return wrong("true or false")
		}
		if name == "typescript" {
			o.typescript = on
		} else {
			o.production = on
		}
	case "tsconfig", "nodeargs", "packagemanager":
		text, ok := value.(string)
		if !ok {
			return wrong("a string")
		}
		switch name {
		case "tsconfig":
			o.tsconfig = text
		case "packagemanager":
			o.packageManager = npm.PackageManagerType(text)
		default:
			args, err := shlex.Split(text)
			if err != nil {
				return wrong("arguments quoted as in a shell")
			}
			o.nodeArgs = args
		}
	}
	return nil
}

// environment is how the npm SDK learns of the TypeScript options.
func (o options) environment() []string {
	var env []string
	if o.typescript {
		env = append(env, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		env = append(env, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return env
}
