package command

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestConnectionRefusesAnotherHostKeyAtOnce(t *testing.T) {
	host, other, e := startSSHD(t), startSSHD(t), newEngine(t, remoteCommand)
	connection := host.connection()
	connection["hostKey"] = other.hostKey
	connection["dialErrorLimit"] = 10
	started := time.Now()
	failed(
		t,
		e.create(object{"connection": connection, "create": "true"}),
		"key is not the one that hostKey names",
	)
	equal(t, host.logins.Load(), 0)
	if time.Since(started) > 2*time.Second {
		t.Fatal("it tried again")
	}
}

func TestConnectionWithPassword(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	connection := object{
		"host":           host.host,
		"port":           host.port,
		"dialErrorLimit": 0,
		"password":       host.password,
	}
	must(t, e.create(object{"connection": connection, "create": "echo in"}))
	equal(t, e.output("stdout"), "in")

	connection["password"] = "wrong-password"
	err := e.create(object{"connection": connection, "create": "true"})
	failed(t, err, "Unable to connect to 127.0.0.1:")
	lacks(t, err.Error(), "wrong-password")
}

func TestConnectionWaitsForAHostThatIsStarting(t *testing.T) {
	host, e := startSSHD(t), newEngine(t, remoteCommand)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := taken.Addr().String()
	taken.Close()
	time.AfterFunc(300*time.Millisecond, func() {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return
		}
		defer listener.Close()
		if conn, err := listener.Accept(); err == nil {
			host.serve(conn)
		}
	})
	connection := host.connection()
	connection["port"] = taken.Addr().(*net.TCPAddr).Port
	connection["dialErrorLimit"] = 10
	must(t, e.create(object{"connection": connection, "create": "echo up"}))
	contains(t, e.log.String(), "Waiting for "+address)
}

func TestConnectionGivesUpOnASilentHost(t *testing.T) {
	e := newEngine(t, remoteCommand)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	connection := object{
		"host": "127.0.0.1", "port": listener.Addr().(*net.TCPAddr).Port, "password": "x",
		"dialErrorLimit": 0, "perDialTimeout": 1,
	}
	started := time.Now()
	failed(t, e.create(object{"connection": connection, "create": "true"}), "1 attempts failed")
	if time.Since(started) > 5*time.Second {
		t.Fatal("it waited for longer than perDialTimeout")
	}
}

func TestConnectionDefaults(t *testing.T) {
	e := newEngine(t, remoteCommand)
	checked, failures := e.check(object{"connection": object{"host": "h"}, "create": "true"})
	equal(t, len(failures), 0)
	connection := checked.Get("connection").AsMap()
	equal(t, connection.Get("user").AsString(), "root")
	equal(t, connection.Get("port").AsNumber(), 22)
	equal(t, connection.Get("dialErrorLimit").AsNumber(), 10)
	equal(t, connection.Get("perDialTimeout").AsNumber(), 15)
}

func TestMalformedConnectionsAreNotQuoted(t *testing.T) {
	const secret = "c2VjcmV0LWtleS1tYXRlcmlhbA"
	pem := "-----BEGIN OPENSSH PRIVATE KEY-----\n" + secret + "\n-----END OPENSSH PRIVATE KEY-----\n"
	_, good := newKey(t)
	cases := map[string]property.Value{
		"connection":             property.New(pem),
		"connection.host":        object{"privateKey": good}.value(),
		"connection.privateKey":  object{"host": "h", "privateKey": secret}.value(),
		"connection.privateKey ": object{"host": "h", "privateKey": pem}.value(),
		"connection.privateKey  ": object{
			"host":       "h",
			"privateKey": strings.ReplaceAll(good, "\n", " ") + secret,
		}.value(),
		"connection.privateKey   ": object{"host": "h", "privateKey": object{"pem": secret}}.value(),
		"connection.password":      object{"host": "h", "password": object{"is": secret}}.value(),
		"connection.port":          object{"host": "h", "port": "22", "privateKey": pem}.value(),
		"connection.hostKey":       object{"host": "h", "hostKey": secret}.value(),
		"connection.proxy":         object{"host": "h", "proxy": secret}.value(),
		"connection.proxy.privateKey": object{
			"host":  "h",
			"proxy": object{"host": "p", "privateKey": pem},
		}.value(),
		"connection.privateKeyPassword": object{
			"host":               "h",
			"privateKeyPassword": object{"is": secret},
		}.value(),
	}
	for _, token := range []string{remoteCommand, "command:remote:CopyToRemote", "command:remote:CopyFile"} {
		e := newEngine(t, tokens.Type(token))
		for property, connection := range cases {
			_, failures := e.check(object{"connection": connection.WithSecret(true), "create": "true"})
			if len(failures) == 0 {
				t.Fatalf("%s: %s is accepted", token, property)
			}
			contains(t, fmt.Sprint(failures), strings.TrimSpace(property))
			lacks(t, fmt.Sprint(failures), secret)
			lacks(t, e.log.String(), secret)
		}
	}
}

func TestEncryptedKeysSayWhatTheyNeed(t *testing.T) {
	e := newEngine(t, remoteCommand)
	locked := encryptedKey(t, "the-passphrase")
	cases := map[string]string{
		"":               "Set privateKeyPassword",
		"wrong-one":      "does not open",
		"the-passphrase": "",
	}
	for password, want := range cases {
		connection := object{"host": "h", "privateKey": locked}
		if password != "" {
			connection["privateKeyPassword"] = password
		}
		_, failures := e.check(object{"connection": connection, "create": "true"})
		equal(t, len(failures) > 0, want != "")
		contains(t, fmt.Sprint(failures), want)
		lacks(t, fmt.Sprint(failures), "wrong-one")
	}
}
