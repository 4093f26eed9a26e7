package remote

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// check validates the connection before anything else uses it, so that no message can quote a
// secret in it.
func check[I any](ctx context.Context, req infer.CheckRequest) (infer.CheckResponse[I], error) {
	if failures := checkConnection(req.NewInputs); len(failures) > 0 {
		return infer.CheckResponse[I]{Failures: failures}, nil
	}
	inputs, failures, err := infer.DefaultCheck[I](ctx, req.NewInputs)
	return infer.CheckResponse[I]{Inputs: inputs, Failures: failures}, err
}

func checkConnection(inputs property.Map) []p.CheckFailure {
	connection := inputs.Get("connection")
	switch {
	case connection.IsComputed():
		return nil
	case !connection.IsMap():
		return []p.CheckFailure{
			{Property: "connection", Reason: "it has to be an object with the property host"},
		}
	}
	return checkEndpoint("connection", connection.AsMap())
}

func checkEndpoint(path string, endpoint property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	fail := func(name, reason string) {
		failures = append(failures, p.CheckFailure{Property: path + "." + name, Reason: reason})
	}
	for name, value := range endpoint.All {
		want, fits := fitting(name, value)
		if !fits && !value.IsComputed() && !value.IsNull() {
			fail(name, "it has to be "+want)
		}
	}
	if len(failures) > 0 {
		return failures
	}
	if host := endpoint.Get("host"); host.IsNull() || host.IsString() && host.AsString() == "" {
		fail("host", "it is missing")
	}
	if err := checkPrivateKey(endpoint); err != nil {
		fail("privateKey", err.Error())
	}
	if key := endpoint.Get("hostKey"); key.IsString() {
		if _, err := parseHostKey(key.AsString()); err != nil {
			fail("hostKey", err.Error())
		}
	}
	if proxy := endpoint.Get("proxy"); proxy.IsMap() {
		failures = append(failures, checkEndpoint(path+".proxy", proxy.AsMap())...)
	}
	return failures
}

// checkPrivateKey reads the key, if that and its password are known by now.
func checkPrivateKey(endpoint property.Map) error {
	key, password := endpoint.Get("privateKey"), endpoint.Get("privateKeyPassword")
	if !key.IsString() || password.IsComputed() {
		return nil
	}
	var unlock *string
	if password.IsString() {
		text := password.AsString()
		unlock = &text
	}
	_, err := parsePrivateKey(key.AsString(), unlock)
	return err
}

// fitting tells whether a value has its property's type.
func fitting(name string, value property.Value) (want string, fits bool) {
	switch name {
	case "port", "dialErrorLimit", "perDialTimeout":
		return "a number", value.IsNumber()
	case "proxy":
		return "an object with the property host", value.IsMap()
	default:
		return "a string", value.IsString()
	}
}
