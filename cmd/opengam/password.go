package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/opengam/opengam/internal/gam"
)

// maxPasswordInput bounds what is read from standard input, in bytes; the
// longest password that is accepted has 256 characters.
const maxPasswordInput = 2048

// readPassword takes the first line of standard input: a flag would show in
// process lists and shell histories. On a terminal it asks, and what is typed
// does not show.
func readPassword(e *env) (gam.Secret, error) {
	read := func() (string, error) { return firstLine(e.stdin) }
	if f, ok := e.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		state, err := term.GetState(int(f.Fd()))
		if err != nil {
			return gam.Secret{}, fmt.Errorf("read the password: %w", err)
		}
		fmt.Fprint(e.stderr, "Password: ")
		defer func() {
			_ = term.Restore(int(f.Fd()), state) // given up in the middle, what is typed would stay hidden
			fmt.Fprintln(e.stderr)
		}()
		read = func() (string, error) {
			b, err := term.ReadPassword(int(f.Fd()))
			return string(b), err
		}
	}
	line, err := await(e.ctx, read)
	if err != nil {
		return gam.Secret{}, fmt.Errorf("read the password: %w", err)
	}
	if line == "" {
		return gam.Secret{}, errors.New("no password on standard input; type it, or pipe a line with it")
	}
	return gam.NewSecret(line), nil
}

// firstLine reads up to the end of the line, not of the input: whoever types
// ends with Enter.
func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPasswordInput)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if len(line) == maxPasswordInput {
		return "", fmt.Errorf("the first line has more than %d bytes", maxPasswordInput)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// await is read, given up with the context: a read of a terminal knows none.
func await(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := read()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-ctx.Done():
		return "", errors.New("given up")
	}
}
