package command

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// object holds a resource's properties, as a program writes them.
type object map[string]any

func (o object) value() property.Value { return property.New(o.properties()) }

func (o object) properties() property.Map {
	values := map[string]property.Value{}
	for name, value := range o {
		switch value := value.(type) {
		case object:
			values[name] = value.value()
		case property.Value:
			values[name] = value
		case string:
			values[name] = property.New(value)
		case int:
			values[name] = property.New(float64(value))
		case bool:
			values[name] = property.New(value)
		case *resource.Asset:
			values[name] = property.New(value)
		case *resource.Archive:
			values[name] = property.New(value)
		default:
			panic("unknown kind of value for " + name)
		}
	}
	return property.NewMap(values)
}

func list(texts ...string) property.Value {
	var values []property.Value
	for _, text := range texts {
		values = append(values, property.New(text))
	}
	return property.New(values)
}

// engine does to a resource what Pulumi's engine would.
type engine struct {
	t      *testing.T
	server integration.Server
	urn    resource.URN
	inputs property.Map
	state  property.Map
	log    *safeBuffer
}

func newEngine(t *testing.T, token tokens.Type) *engine {
	t.Helper()
	provider, err := Provider()
	must(t, err)
	server, err := integration.NewServer(
		t.Context(),
		Name,
		semver.MustParse("1.2.1"),
		integration.WithProvider(provider),
	)
	must(t, err)
	return &engine{
		t:      t,
		server: server,
		urn:    resource.NewURN("test", "test", "", token, "it"),
		log:    captureLog(t),
	}
}

func (e *engine) check(inputs object) (property.Map, []p.CheckFailure) {
	e.t.Helper()
	checked, err := e.server.Check(p.CheckRequest{Urn: e.urn, Inputs: inputs.properties()})
	must(e.t, err)
	return checked.Inputs, checked.Failures
}

func (e *engine) create(inputs object) error {
	e.t.Helper()
	checked, failures := e.check(inputs)
	if len(failures) > 0 {
		e.t.Fatalf("check failed: %v", failures)
	}
	created, err := e.server.Create(p.CreateRequest{Urn: e.urn, Properties: checked})
	e.inputs, e.state = checked, created.Properties
	return err
}

func (e *engine) diff(inputs object) p.DiffResponse {
	e.t.Helper()
	checked, _ := e.check(inputs)
	diff, err := e.server.Diff(
		p.DiffRequest{Urn: e.urn, State: e.state, Inputs: checked, OldInputs: e.inputs},
	)
	must(e.t, err)
	return diff
}

func (e *engine) update(inputs object) error {
	e.t.Helper()
	checked, _ := e.check(inputs)
	updated, err := e.server.Update(
		p.UpdateRequest{Urn: e.urn, State: e.state, Inputs: checked, OldInputs: e.inputs},
	)
	if err == nil {
		e.inputs, e.state = checked, updated.Properties
	}
	return err
}

func (e *engine) delete() error {
	return e.server.Delete(p.DeleteRequest{Urn: e.urn, Properties: e.state, OldInputs: e.inputs})
}

func (e *engine) output(name string) string {
	e.t.Helper()
	value := e.state.Get(name)
	if !value.IsString() {
		e.t.Fatalf("%s is no string: %v", name, value)
	}
	return value.AsString()
}

// captureLog gathers what would be shown to the user.
func captureLog(t *testing.T) *safeBuffer {
	buffer := &safeBuffer{}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(buffer, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return buffer
}

type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Fatalf("%q does not contain %q", text, part)
	}
}

func lacks(t *testing.T, text, part string) {
	t.Helper()
	if strings.Contains(text, part) {
		t.Fatalf("%q contains %q", text, part)
	}
}

func failed(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("it did not fail")
	}
	for _, part := range parts {
		contains(t, err.Error(), part)
	}
}
