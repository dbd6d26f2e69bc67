package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/opengam/opengam/internal/app"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the schema up to date."`
	Down   migrateDownCmd   `cmd:"" help:"Take the newest migration back."`
	Status migrateStatusCmd `cmd:"" help:"Show which migrations are applied."`
	Create migrateCreateCmd `cmd:"" help:"Make an empty migration file (for developers, run in the source folder)."`

	dataFlags
}

type migrateUpCmd struct{}

func (migrateUpCmd) Run(e *env, m *migrateCmd) error {
	if err := app.MigrateUp(e.ctx, m.options()); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "schema is up to date")
	return err
}

type migrateDownCmd struct {
	Yes bool `help:"Really do it: data of the newest migration's tables is lost."`
}

func (c migrateDownCmd) Run(e *env, m *migrateCmd) error {
	if !c.Yes {
		return fmt.Errorf("taking a migration back removes its tables and their data; repeat with --yes if you want that")
	}
	if err := app.MigrateDown(e.ctx, m.options()); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "newest migration taken back")
	return err
}

type migrateStatusCmd struct{}

func (migrateStatusCmd) Run(e *env, m *migrateCmd) error {
	rows, err := app.MigrateStatus(e.ctx, m.options())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tNAME\tAPPLIED")
	for _, r := range rows {
		applied := "no"
		if !r.AppliedAt.IsZero() {
			applied = r.AppliedAt.UTC().Format("2006-01-02T15:04:05Z")
		}
		fmt.Fprintf(w, "%d\t%s\t%s\n", r.Version, r.Name, applied)
	}
	return w.Flush()
}

type migrateCreateCmd struct {
	Name string `arg:"" help:"What it changes, in a few words."`
	Dir  string `default:"internal/store/migrations" help:"Folder of the migrations." type:"path"`
}

func (c migrateCreateCmd) Run(e *env) error {
	file, err := app.MigrateCreate(c.Dir, c.Name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, file)
	return err
}
