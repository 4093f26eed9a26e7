package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	p "github.com/pulumi/pulumi-go-provider"
)

const remoteCommand = "command:remote:Command"

func (s *sshd) connection() object {
	return object{
		"host": s.host, "port": s.port, "hostKey": s.hostKey, "dialErrorLimit": 0,
		"privateKey": property.New(s.userKey).WithSecret(true),
	}
}

func TestRemoteCommandLivesItsLife(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	file := filepath.Join(t.TempDir(), "file")
	inputs := object{
		"connection": host.connection(),
		"create":     "cat > " + file + "; echo made",
		"update":     "cat >> " + file + "; echo updated after $PULUMI_COMMAND_STDOUT; echo warned >&2",
		"delete":     "rm " + file,
		"stdin":      "one ",
	}
	must(t, e.create(inputs))
	equal(t, e.output("stdout"), "made")

	inputs["stdin"] = "two"
	diff := e.diff(inputs)
	equal(t, diff.HasChanges, true)
	equal(t, diff.DetailedDiff["stdin"].Kind, p.Update)
	must(t, e.update(inputs))
	equal(t, e.output("stdout"), "updated after made")
	equal(t, e.output("stderr"), "warned")
	text, err := os.ReadFile(file)
	must(t, err)
	equal(t, string(text), "one two")

	must(t, e.delete())
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Fatal("the file is still there")
	}
}

func TestRemoteCommandWithoutUpdateRunsCreateAgain(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	inputs := object{"connection": host.connection(), "create": "echo one"}
	must(t, e.create(inputs))
	inputs["create"] = "echo two"
	must(t, e.update(inputs))
	equal(t, e.output("stdout"), "two")
	must(t, e.delete())
}

func TestRemoteCommandDoesNothingAtPreview(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	checked, _ := e.check(object{"connection": host.connection(), "create": "true"})
	_, err := e.server.Create(p.CreateRequest{Urn: e.urn, Properties: checked, DryRun: true})
	must(t, err)
	equal(t, host.logins.Load(), 0)
}

func TestRemoteCommandSetsVariablesThatTheHostAccepts(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	must(t, e.create(object{
		"connection": host.connection(), "create": "echo $WHO", "environment": object{"WHO": "you"},
	}))
	equal(t, e.output("stdout"), "you")
	failed(t, e.create(object{
		"connection": host.connection(), "create": "true", "environment": object{"OTHER": "hidden-value"},
	}), "Unable to set the variable OTHER", "AcceptEnv")
}

func TestRemoteCommandFailsWithWhatItPrinted(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	failed(
		t,
		e.create(object{"connection": host.connection(), "create": "echo out; echo no disk >&2; exit 3"}),
		"Unable to run the create command on 127.0.0.1:",
		"status 3",
		"no disk",
		"out",
	)
}

func TestRemoteCommandGoesThroughAProxy(t *testing.T) {
	host, proxy, e := startSSHD(t), startSSHD(t), newEngine(t, remoteCommand)
	connection := host.connection()
	connection["proxy"] = proxy.connection()
	must(t, e.create(object{"connection": connection, "create": "echo through"}))
	equal(t, e.output("stdout"), "through")
	equal(t, proxy.logins.Load(), 1)
}
