package api

import (
	"net/url"

	"github.com/opengam/opengam/internal/gam"
)

// AccessInput says how a device is reached. It goes in and never comes out;
// AccessSummary shows what is set. Absent members keep what is stored.
type AccessInput struct {
	JSONRPC *JSONRPCInput `json:"jsonrpc,omitempty"`
	SSH     *SSHInput     `json:"ssh,omitempty"`
	SNMP    *SNMPInput    `json:"snmp,omitempty"`

	ProvisionVia *string `json:"provision_via,omitempty" enum:"auto,jsonrpc,ssh"`
	MonitorVia   *string `json:"monitor_via,omitempty" enum:"auto,jsonrpc,snmp"`
}

// JSONRPCInput reaches the device's own API.
type JSONRPCInput struct {
	URL       *string     `json:"url,omitempty" maxLength:"300" doc:"http(s)://host[:port]; empty: http on the device's address" example:"http://10.20.0.11"`
	Username  *string     `json:"username,omitempty" maxLength:"64" doc:"empty: admin"`
	Password  *gam.Secret `json:"password,omitempty" writeOnly:"true" maxLength:"128"`
	TLSPin    *string     `json:"tls_pin,omitempty" maxLength:"128" doc:"SHA-256 of the certificate as hex; empty: pin the one seen next"`
	TLSVerify *bool       `json:"tls_verify,omitempty" doc:"verify against the system's authorities instead of pinning"`
}

// SSHInput reaches the device's command line.
type SSHInput struct {
	Port     *int        `json:"port,omitempty" minimum:"1" maximum:"65535"`
	Username *string     `json:"username,omitempty" maxLength:"64"`
	Password *gam.Secret `json:"password,omitempty" writeOnly:"true" maxLength:"128"`
	HostKey  *string     `json:"host_key,omitempty" maxLength:"2000"`
}

// SNMPInput reaches the device's agent.
type SNMPInput struct {
	Version      *string     `json:"version,omitempty" enum:"1,2c,3"`
	Port         *int        `json:"port,omitempty" minimum:"1" maximum:"65535"`
	Community    *gam.Secret `json:"community,omitempty" writeOnly:"true" maxLength:"128"`
	User         *string     `json:"user,omitempty" maxLength:"64"`
	AuthProtocol *string     `json:"auth_protocol,omitempty" maxLength:"16"`
	AuthPassword *gam.Secret `json:"auth_password,omitempty" writeOnly:"true" maxLength:"128"`
	PrivProtocol *string     `json:"priv_protocol,omitempty" maxLength:"16"`
	PrivPassword *gam.Secret `json:"priv_password,omitempty" writeOnly:"true" maxLength:"128"`
}

// AccessSummary shows how a device is reached, without any secret.
type AccessSummary struct {
	JSONRPC      JSONRPCSummary `json:"jsonrpc"`
	SSH          SSHSummary     `json:"ssh"`
	SNMP         SNMPSummary    `json:"snmp"`
	ProvisionVia string         `json:"provision_via"`
	MonitorVia   string         `json:"monitor_via"`
}

// JSONRPCSummary is JSONRPCInput without its secret.
type JSONRPCSummary struct {
	URL         string `json:"url"`
	Username    string `json:"username"`
	PasswordSet bool   `json:"password_set"`
	TLSPin      string `json:"tls_pin"`
	TLSVerify   bool   `json:"tls_verify"`
}

// SSHSummary is SSHInput without its secret.
type SSHSummary struct {
	Port        int    `json:"port"`
	Username    string `json:"username"`
	PasswordSet bool   `json:"password_set"`
	HostKey     string `json:"host_key"`
}

// SNMPSummary is SNMPInput without its secrets.
type SNMPSummary struct {
	Version         string `json:"version"`
	Port            int    `json:"port"`
	CommunitySet    bool   `json:"community_set"`
	User            string `json:"user"`
	AuthProtocol    string `json:"auth_protocol"`
	AuthPasswordSet bool   `json:"auth_password_set"`
	PrivProtocol    string `json:"priv_protocol"`
	PrivPasswordSet bool   `json:"priv_password_set"`
}

// merge puts what was given over what is stored. An empty Secret in the
// result means "keep" to the store.
func (in *AccessInput) merge(a gam.Access) (gam.Access, error) {
	var bad gam.Invalid
	if j := in.JSONRPC; j != nil {
		bad.Check("access.jsonrpc.url", checkDeviceURL(given(j.URL, "")))
		a.JSONRPC.URL = given(j.URL, a.JSONRPC.URL)
		a.JSONRPC.Username = given(j.Username, a.JSONRPC.Username)
		a.JSONRPC.Password = given(j.Password, a.JSONRPC.Password)
		a.JSONRPC.TLSPin = given(j.TLSPin, a.JSONRPC.TLSPin)
		a.JSONRPC.TLSVerify = given(j.TLSVerify, a.JSONRPC.TLSVerify)
	}
	if s := in.SSH; s != nil {
		a.SSH.Port = given(s.Port, a.SSH.Port)
		a.SSH.Username = given(s.Username, a.SSH.Username)
		a.SSH.Password = given(s.Password, a.SSH.Password)
		a.SSH.HostKey = given(s.HostKey, a.SSH.HostKey)
	}
	if s := in.SNMP; s != nil {
		a.SNMP.Version = given(s.Version, a.SNMP.Version)
		a.SNMP.Port = given(s.Port, a.SNMP.Port)
		a.SNMP.Community = given(s.Community, a.SNMP.Community)
		a.SNMP.User = given(s.User, a.SNMP.User)
		a.SNMP.AuthProtocol = given(s.AuthProtocol, a.SNMP.AuthProtocol)
		a.SNMP.AuthPassword = given(s.AuthPassword, a.SNMP.AuthPassword)
		a.SNMP.PrivProtocol = given(s.PrivProtocol, a.SNMP.PrivProtocol)
		a.SNMP.PrivPassword = given(s.PrivPassword, a.SNMP.PrivPassword)
	}
	if in.ProvisionVia != nil {
		a.ProvisionVia = gam.Via(*in.ProvisionVia)
	}
	if in.MonitorVia != nil {
		a.MonitorVia = gam.Via(*in.MonitorVia)
	}
	return a, bad.Err()
}

// checkDeviceURL refuses what is not a device's base URL. Credentials belong
// into their own members, where they are kept encrypted.
func checkDeviceURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Host == "", u.Scheme != "http" && u.Scheme != "https":
		return &gam.Rule{Code: "url", Message: "give http://host[:port] or https://host[:port], or nothing to use the device's address"}
	case u.User != nil:
		return &gam.Rule{Code: "url_credentials", Message: "leave the user name and password out of the URL; they have their own fields"}
	}
	return nil
}

func summaryOf(a gam.Access) AccessSummary {
	via := func(v gam.Via) string {
		if v == "" {
			return string(gam.ViaAuto)
		}
		return string(v)
	}
	return AccessSummary{
		JSONRPC: JSONRPCSummary{
			URL: a.JSONRPC.URL, Username: a.JSONRPC.Username, PasswordSet: !a.JSONRPC.Password.Empty(),
			TLSPin: a.JSONRPC.TLSPin, TLSVerify: a.JSONRPC.TLSVerify,
		},
		SSH: SSHSummary{Port: a.SSH.Port, Username: a.SSH.Username, PasswordSet: !a.SSH.Password.Empty(), HostKey: a.SSH.HostKey},
		SNMP: SNMPSummary{
			Version: a.SNMP.Version, Port: a.SNMP.Port, CommunitySet: !a.SNMP.Community.Empty(), User: a.SNMP.User,
			AuthProtocol: a.SNMP.AuthProtocol, AuthPasswordSet: !a.SNMP.AuthPassword.Empty(),
			PrivProtocol: a.SNMP.PrivProtocol, PrivPasswordSet: !a.SNMP.PrivPassword.Empty(),
		},
		ProvisionVia: via(a.ProvisionVia), MonitorVia: via(a.MonitorVia),
	}
}

// hostOf is the host of a device's base URL, "" when there is none.
func hostOf(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Host
}
