package remote

import (
	"crypto/x509"
	"errors"
	"net"
	"os"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// auth lists the ways to log in, in the order in which they are tried. The returned function closes
// the agent.
func (e *endpoint) auth() ([]ssh.AuthMethod, func(), error) {
	var methods []ssh.AuthMethod
	if e.PrivateKey != nil {
		signer, err := parsePrivateKey(*e.PrivateKey, e.PrivateKeyPassword)
		if err != nil {
			return nil, nil, err
		}
		methods = append(methods, ssh.PublicKeys(signer))
	}
	if e.Password != nil {
		methods = append(methods, ssh.Password(*e.Password), ssh.KeyboardInteractive(answer(*e.Password)))
	}
	keys, done, err := e.agent()
	if err != nil {
		return nil, nil, err
	}
	if keys != nil {
		methods = append(methods, ssh.PublicKeysCallback(keys.Signers))
	}
	return methods, done, nil
}

// agent connects to the SSH agent. One named only by the environment may be gone.
func (e *endpoint) agent() (agent.Agent, func(), error) {
	path := os.Getenv("SSH_AUTH_SOCK")
	if e.AgentSocketPath != nil {
		path = *e.AgentSocketPath
	}
	if path == "" {
		return nil, func() {}, nil
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		if e.AgentSocketPath == nil {
			return nil, func() {}, nil
		}
		return nil, nil, err
	}
	return agent.NewClient(conn), func() { conn.Close() }, nil
}

// answer gives the password to every question.
func answer(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, _ []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range answers {
			answers[i] = password
		}
		return answers, nil
	}
}

// parsePrivateKey reads a key. Its errors never quote what was read.
func parsePrivateKey(key string, password *string) (ssh.Signer, error) {
	var signer ssh.Signer
	var err error
	if password != nil {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(key), []byte(*password))
	} else {
		signer, err = ssh.ParsePrivateKey([]byte(key))
	}
	var locked *ssh.PassphraseMissingError
	switch {
	case err == nil:
		return signer, nil
	case errors.As(err, &locked):
		return nil, errors.New("privateKey is encrypted. Set privateKeyPassword")
	case errors.Is(err, x509.IncorrectPasswordError):
		return nil, errors.New("privateKeyPassword does not open privateKey")
	default:
		return nil, errors.New("privateKey is not a private key in OpenSSH or PEM form. " +
			"Set it to the text of a key file, with its line breaks")
	}
}

// parseHostKey reads a public key as it is in authorized_keys and in ssh-keyscan's output after the
// name.
func parseHostKey(text string) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(text))
	if err != nil {
		return nil, errors.New("hostKey is not a public key. Set it to a line like `ssh-ed25519 AAAA...`")
	}
	return key, nil
}
