package command

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// hidden is printed and part of the command, and must never be shown.
const hidden = "hunter2-hunter2"

func TestLoggingDecidesWhatIsShown(t *testing.T) {
	host := startSSHD(t)
	shown := map[string][2]bool{
		"":                {true, true},
		"stdoutAndStderr": {true, true},
		"stdout":          {true, false},
		"stderr":          {false, true},
		"none":            {false, false},
	}
	for _, token := range []string{localCommand, remoteCommand} {
		for logging, visible := range shown {
			e := newEngine(t, tokens.Type(token))
			inputs := object{"create": "echo to-the-out; echo to-the-err >&2"}
			if logging != "" {
				inputs["logging"] = logging
			}
			if token == remoteCommand {
				inputs["connection"] = host.connection()
			}
			must(t, e.create(inputs))
			equal(t, e.output("stdout"), "to-the-out")
			assertShown(t, e.log.String(), "to-the-out", visible[0])
			assertShown(t, e.log.String(), "to-the-err", visible[1])

			inputs["create"] = "echo to-the-out; echo to-the-err >&2; exit 1"
			err := e.create(inputs)
			failed(t, err, "Unable to run the create command")
			assertShown(t, err.Error(), "to-the-out", visible[0])
			assertShown(t, err.Error(), "to-the-err", visible[1])
		}
	}
}

func assertShown(t *testing.T, text, part string, shown bool) {
	t.Helper()
	if shown {
		contains(t, text, part)
	} else {
		lacks(t, text, part)
	}
}

func TestFailuresDoNotQuoteCommandsInputOrKeys(t *testing.T) {
	host := startSSHD(t)
	for _, token := range []string{localCommand, remoteCommand} {
		e := newEngine(t, tokens.Type(token))
		inputs := object{
			"create":  "PASSWORD=" + hidden + " false",
			"stdin":   property.New(hidden).WithSecret(true),
			"logging": "none",
		}
		if token == remoteCommand {
			inputs["connection"] = host.connection()
		}
		err := e.create(inputs)
		failed(t, err, "It printed nothing")
		lacks(t, err.Error()+e.log.String(), hidden)
		lacks(t, err.Error()+e.log.String(), "PRIVATE KEY")
	}
}

func TestConnectionsStaySecretInTheState(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	must(t, e.create(object{"connection": host.connection(), "create": "true"}))
	equal(t, e.state.Get("connection").Secret(), true)
}
