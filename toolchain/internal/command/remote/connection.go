package remote

import (
	"net"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
)

const (
	defaultUser           = "root"
	defaultPort           = 22
	defaultDialErrorLimit = 10
	defaultPerDialTimeout = 15
)

// Connection says how to reach a host.
type Connection struct {
	endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// ProxyConnection says how to reach the host that a connection goes through.
type ProxyConnection struct{ endpoint }

type endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	Host               *string  `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
}

// Annotate describes the properties and sets their defaults.
func (c *Connection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to reach a remote host.")
	a.Describe(&c.Proxy, "The host to go through.")
	c.annotate(a)
}

// Annotate describes the properties and sets their defaults.
func (c *ProxyConnection) Annotate(a infer.Annotator) {
	a.Describe(&c, "How to reach the host that a connection goes through.")
	c.annotate(a)
}

func (e *endpoint) annotate(a infer.Annotator) {
	a.Describe(&e.User, "The user to log in as.")
	a.SetDefault(&e.User, defaultUser)
	a.Describe(&e.Password, "The user's password.")
	a.Describe(&e.Host, "The host's name or address.")
	a.Describe(&e.Port, "The port that SSH listens on.")
	a.SetDefault(&e.Port, defaultPort)
	a.Describe(&e.PrivateKey, "An SSH private key. It is tried before the password.")
	a.Describe(&e.PrivateKeyPassword, "The password of the private key, if it has one.")
	a.Describe(&e.AgentSocketPath, "The socket of an SSH agent; SSH_AUTH_SOCK, unless set.")
	a.Describe(&e.DialErrorLimit, "How many attempts to connect may fail; -1 for any number.")
	a.SetDefault(&e.DialErrorLimit, defaultDialErrorLimit)
	a.Describe(&e.PerDialTimeout, "How many seconds an attempt to connect may take; 0 for any number.")
	a.SetDefault(&e.PerDialTimeout, defaultPerDialTimeout)
	a.Describe(&e.HostKey, "The host's public key. Any key is accepted, unless set.")
}

func (e *endpoint) address() string {
	return net.JoinHostPort(or(e.Host, ""), strconv.Itoa(int(or(e.Port, defaultPort))))
}

func (e *endpoint) errorLimit() int {
	return or(e.DialErrorLimit, defaultDialErrorLimit)
}

func (e *endpoint) timeout() time.Duration {
	return time.Duration(or(e.PerDialTimeout, defaultPerDialTimeout)) * time.Second
}

func or[T any](value *T, otherwise T) T {
	if value == nil {
		return otherwise
	}
	return *value
}
