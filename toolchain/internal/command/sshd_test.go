package command

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sshd is an SSH server on loopback that runs commands on this machine and accepts the variables of
// acceptEnv.
type sshd struct {
	host     string
	port     int
	hostKey  string // as in authorized_keys
	userKey  string // PEM
	password string
	logins   atomic.Int32
	config   *ssh.ServerConfig
}

var acceptEnv = []string{"WHO", "PULUMI_COMMAND_STDOUT"}

func startSSHD(t *testing.T) *sshd {
	t.Helper()
	t.Setenv("SSH_AUTH_SOCK", "")
	hostSigner, _ := newKey(t)
	userSigner, userKey := newKey(t)
	server := &sshd{
		hostKey:  strings.TrimSpace(string(ssh.MarshalAuthorizedKey(hostSigner.PublicKey()))),
		userKey:  userKey,
		password: "the-password-of-root",
	}
	server.config = &ssh.ServerConfig{
		PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if string(key.Marshal()) != string(userSigner.PublicKey().Marshal()) {
				return nil, errors.New("unknown key")
			}
			server.logins.Add(1)
			return nil, nil
		},
		PasswordCallback: func(_ ssh.ConnMetadata, password []byte) (*ssh.Permissions, error) {
			if string(password) != server.password {
				return nil, errors.New("wrong password")
			}
			server.logins.Add(1)
			return nil, nil
		},
	}
	server.config.AddHostKey(hostSigner)
	server.listen(t)
	return server
}

func newKey(t *testing.T) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	signer, err := ssh.NewSignerFromKey(private)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(private, "")
	must(t, err)
	return signer, string(pem.EncodeToMemory(block))
}

func encryptedKey(t *testing.T, password string) string {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(password))
	must(t, err)
	return string(pem.EncodeToMemory(block))
}

func (s *sshd) listen(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() })
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	s.host = host
	s.port, _ = strconv.Atoi(port)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
}

func (s *sshd) serve(conn net.Conn) {
	defer conn.Close()
	_, channels, requests, err := ssh.NewServerConn(conn, s.config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		switch offered.ChannelType() {
		case "session":
			channel, requests, err := offered.Accept()
			if err == nil {
				go session(channel, requests)
			}
		case "direct-tcpip":
			go forward(offered)
		default:
			offered.Reject(ssh.UnknownChannelType, "not served")
		}
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	env := os.Environ()
	for request := range requests {
		switch request.Type {
		case "env":
			var variable struct{ Name, Value string }
			ssh.Unmarshal(request.Payload, &variable)
			request.Reply(slices.Contains(acceptEnv, variable.Name), nil)
			env = append(env, variable.Name+"="+variable.Value)
		case "exec":
			var command struct{ Text string }
			ssh.Unmarshal(request.Payload, &command)
			request.Reply(true, nil)
			status := run(channel, env, command.Text)
			channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
			return
		case "subsystem":
			request.Reply(true, nil)
			server, err := sftp.NewServer(channel)
			if err == nil {
				server.Serve()
			}
			return
		default:
			request.Reply(false, nil)
		}
	}
}

func run(channel ssh.Channel, env []string, text string) uint32 {
	cmd := exec.Command("/bin/sh", "-c", text)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = channel, channel, channel.Stderr()
	if err := cmd.Run(); err != nil {
		return uint32(cmd.ProcessState.ExitCode())
	}
	return 0
}

// forward serves as a jump host.
func forward(offered ssh.NewChannel) {
	var target struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}
	ssh.Unmarshal(offered.ExtraData(), &target)
	conn, err := net.Dial("tcp", net.JoinHostPort(target.Host, strconv.Itoa(int(target.Port))))
	if err != nil {
		offered.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	defer conn.Close()
	channel, requests, err := offered.Accept()
	if err != nil {
		return
	}
	defer channel.Close()
	go ssh.DiscardRequests(requests)
	go io.Copy(channel, conn)
	io.Copy(conn, channel)
}
