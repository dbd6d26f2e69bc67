package jsonrpc

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// minHidden is the length from which a password is taken out of foreign
// texts; shorter ones turn up everywhere by chance.
const minHidden = 4

// hider takes the login out of texts: a server may send back what it got.
func hider(user, pass string) *strings.Replacer {
	var pairs []string
	if len(pass) >= minHidden {
		pairs = append(pairs, pass, "***", url.QueryEscape(pass), "***",
			base64.StdEncoding.EncodeToString([]byte(pass)), "***")
	}
	if pass != "" {
		pairs = append(pairs, base64.StdEncoding.EncodeToString([]byte(user+":"+pass)), "***")
	}
	return strings.NewReplacer(pairs...)
}

// clean takes the login out of every text of an error. The cause beneath is
// dropped when it names the login too.
func (c *Client) clean(err error) error {
	var e *Error
	var r *RPCError
	switch {
	case errors.As(err, &r):
		r.Message = c.hide.Replace(r.Message)
		r.Data = []byte(c.hide.Replace(string(r.Data)))
		if len(r.Data) == 0 {
			r.Data = nil
		}
	case errors.As(err, &e):
		e.Text = c.hide.Replace(e.Text)
		e.Location = c.hide.Replace(e.Location)
		if e.Err != nil && c.hide.Replace(e.Err.Error()) != e.Err.Error() {
			e.Err = nil
		}
	}
	return err
}
