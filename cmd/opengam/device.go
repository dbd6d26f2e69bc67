package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
)

type deviceCmd struct {
	Add   deviceAddCmd   `cmd:"" help:"Add a device and read it."`
	List  deviceListCmd  `cmd:"" help:"List devices."`
	Show  deviceShowCmd  `cmd:"" help:"Show one device."`
	Plan  devicePlanCmd  `cmd:"" help:"Show the steps that would bring a device to its wanted state."`
	Apply deviceApplyCmd `cmd:"" help:"Bring a device to its wanted state and wait for the end."`
	Adopt deviceAdoptCmd `cmd:"" help:"Take over subscribers that were configured on a device by somebody else."`

	Output string `short:"o" default:"table" enum:"table,json" help:"table or json."`
	apiFlags
	dataFlags
}

func (d *deviceCmd) client(e *env) (*client.Client, error) {
	if d.URL == "" {
		if url, token, ok := app.RunningServer(e.ctx, d.options()); ok {
			return client.New(url, token)
		}
		return nil, fmt.Errorf("no server found: set OPENGAM_URL and OPENGAM_TOKEN, or OPENGAM_DATA_DIR of the server on this machine")
	}
	return client.New(d.URL, d.Token)
}

// deviceRow is what the tables show of a device.
type deviceRow struct {
	ID                int64  `json:"id"`
	Name              string `json:"name"`
	Address           string `json:"address"`
	Model             string `json:"model"`
	SerialNumber      string `json:"serial_number"`
	Firmware          string `json:"firmware"`
	Mode              string `json:"mode"`
	Status            string `json:"status"`
	StatusReason      string `json:"status_reason"`
	ActiveSubscribers int    `json:"active_subscribers"`
	Sync              struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"sync"`
}

// find turns a name or an id into a device.
func (d *deviceCmd) find(ctx context.Context, c *client.Client, ref string) (deviceRow, error) {
	if id, err := strconv.ParseInt(ref, 10, 64); err == nil {
		var row deviceRow
		err := c.Do(ctx, http.MethodGet, devicePath(id, ""), nil, &row)
		return row, err
	}
	rows, err := client.All[deviceRow](ctx, c, "/api/v1/devices", url.Values{"q": {ref}})
	if err != nil {
		return deviceRow{}, err
	}
	for _, r := range rows {
		if strings.EqualFold(r.Name, ref) {
			return r, nil
		}
	}
	return deviceRow{}, fmt.Errorf("device %q: %w", ref, gam.ErrNotFound)
}

// open finds the server, and a device on it.
func (d *deviceCmd) open(e *env, ref string) (*client.Client, deviceRow, error) {
	api, err := d.client(e)
	if err != nil {
		return nil, deviceRow{}, err
	}
	row, err := d.find(e.ctx, api, ref)
	return api, row, err
}

func devicePath(id int64, rest string) string {
	return "/api/v1/devices/" + strconv.FormatInt(id, 10) + rest
}

// print shows v as indented JSON, or calls table.
func (d *deviceCmd) print(e *env, v any, table func(w *tabwriter.Writer)) error {
	if d.Output == "json" {
		enc := json.NewEncoder(e.stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	table(w)
	return w.Flush()
}

type deviceAddCmd struct {
	Name     string `arg:"" help:"Name, unique."`
	Address  string `arg:"" help:"Host, host:port, or the URL of the device's JSON-RPC API."`
	Username string `default:"admin" help:"User of the device's API."`
	Mode     string `default:"manage" enum:"manage,confirm,watch" help:"manage, confirm (a person approves each plan) or watch (never write)."`
}

func (c deviceAddCmd) Run(e *env, d *deviceCmd) error {
	api, err := d.client(e)
	if err != nil {
		return err
	}
	// Like every credential it has no flag; empty is the factory setting.
	password := os.Getenv("OPENGAM_DEVICE_PASSWORD")
	access := map[string]any{"username": c.Username, "password": password}
	address := c.Address
	if strings.Contains(c.Address, "://") {
		u, err := url.Parse(c.Address)
		if err != nil || u.Host == "" {
			return fmt.Errorf("address %q: not a URL", c.Address)
		}
		access["url"], address = c.Address, u.Host
	}
	var row deviceRow
	body := map[string]any{"name": c.Name, "address": address, "mode": c.Mode, "access": map[string]any{"jsonrpc": access}}
	if err := api.Do(e.ctx, http.MethodPost, "/api/v1/devices", body, &row); err != nil {
		return err
	}
	return d.print(e, row, func(w *tabwriter.Writer) {
		fmt.Fprintf(w, "device %s added with id %d; it is being read now\n", row.Name, row.ID)
	})
}

type deviceListCmd struct {
	Status string `help:"Only online, degraded, offline or unknown ones."`
}

func (c deviceListCmd) Run(e *env, d *deviceCmd) error {
	api, err := d.client(e)
	if err != nil {
		return err
	}
	q := url.Values{"sort": {"name"}}
	if c.Status != "" {
		q.Set("status", c.Status)
	}
	rows, err := client.All[deviceRow](e.ctx, api, "/api/v1/devices", q)
	if err != nil {
		return err
	}
	return d.print(e, rows, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "ID\tNAME\tADDRESS\tMODEL\tSTATUS\tSYNC\tMODE\tSUBSCRIBERS")
		for _, r := range rows {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%d\n", r.ID, r.Name, r.Address, r.Model, r.Status, r.Sync.State, r.Mode, r.ActiveSubscribers)
		}
	})
}

type deviceShowCmd struct {
	Device string `arg:"" help:"Name or id."`
}

func (c deviceShowCmd) Run(e *env, d *deviceCmd) error {
	api, row, err := d.open(e, c.Device)
	if err != nil {
		return err
	}
	var full map[string]any
	if err := api.Do(e.ctx, http.MethodGet, devicePath(row.ID, ""), nil, &full); err != nil {
		return err
	}
	return d.print(e, full, func(w *tabwriter.Writer) {
		line := func(k, v string) { fmt.Fprintf(w, "%s\t%s\n", k, v) }
		line("name", row.Name)
		line("id", strconv.FormatInt(row.ID, 10))
		line("address", row.Address)
		line("model", row.Model)
		line("serial number", row.SerialNumber)
		line("firmware", row.Firmware)
		line("mode", row.Mode)
		line("status", strings.TrimSpace(row.Status+" "+row.StatusReason))
		line("sync", strings.TrimSpace(row.Sync.State+" "+row.Sync.Reason))
		line("subscribers", strconv.Itoa(row.ActiveSubscribers))
	})
}

// planAnswer is the preview of a device.
type planAnswer struct {
	Fingerprint string `json:"fingerprint"`
	Customers   int    `json:"customers_affected"`
	Steps       []struct {
		Summary string `json:"summary"`
	} `json:"steps"`
	Problems []struct {
		SubscriberID int64  `json:"subscriber_id"`
		Message      string `json:"message"`
		Remedy       string `json:"remedy"`
	} `json:"problems"`
}

func (p planAnswer) table(w *tabwriter.Writer) {
	if len(p.Steps) == 0 && len(p.Problems) == 0 {
		fmt.Fprintln(w, "nothing to do")
	}
	for i, s := range p.Steps {
		fmt.Fprintf(w, "%d\t%s\n", i+1, s.Summary)
	}
	for _, pr := range p.Problems {
		fmt.Fprintf(w, "!\t%s: %s\n", pr.Message, pr.Remedy)
	}
	if len(p.Steps) > 0 {
		fmt.Fprintf(w, "\t%d customer(s) would notice; plan %s\n", p.Customers, p.Fingerprint)
	}
}

type devicePlanCmd struct {
	Device string `arg:"" help:"Name or id."`
}

func (c devicePlanCmd) Run(e *env, d *deviceCmd) error {
	api, row, err := d.open(e, c.Device)
	if err != nil {
		return err
	}
	var p planAnswer
	if err := api.Do(e.ctx, http.MethodGet, devicePath(row.ID, "/plan"), nil, &p); err != nil {
		return err
	}
	return d.print(e, p, p.table)
}

type deviceApplyCmd struct {
	Device  string        `arg:"" help:"Name or id."`
	Timeout time.Duration `default:"5m" help:"How long to wait for the end."`
}

// applyPoll is how often a waiting apply looks.
const applyPoll = 500 * time.Millisecond

func (c deviceApplyCmd) Run(e *env, d *deviceCmd) error {
	api, row, err := d.open(e, c.Device)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	var p planAnswer
	if err := api.Do(ctx, http.MethodGet, devicePath(row.ID, "/plan"), nil, &p); err != nil {
		return err
	}
	if err := api.Do(ctx, http.MethodPost, devicePath(row.ID, "/apply"), map[string]string{"fingerprint": p.Fingerprint}, nil); err != nil {
		return err
	}
	tick := time.NewTicker(applyPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not in sync yet (%s %s); the work goes on, see `opengam device show %s`", row.Name, row.Sync.State, row.Sync.Reason, c.Device)
		case <-tick.C:
		}
		if err := api.Do(ctx, http.MethodGet, devicePath(row.ID, ""), nil, &row); err != nil {
			return err
		}
		switch gam.SyncPhase(row.Sync.State) {
		case gam.SyncInSync:
			return d.print(e, row, func(w *tabwriter.Writer) {
				fmt.Fprintf(w, "%s is in sync: %d step(s), read back and saved\n", row.Name, len(p.Steps))
			})
		case gam.SyncStuck, gam.SyncFailed:
			return fmt.Errorf("%s: %s: %s", row.Name, row.Sync.State, row.Sync.Reason)
		}
	}
}

type deviceAdoptCmd struct {
	Device string   `arg:"" help:"Name or id."`
	Names  []string `arg:"" optional:"" help:"Subscribers as named on the device."`
	All    bool     `help:"Every unmanaged subscriber of the device."`
}

func (c deviceAdoptCmd) Run(e *env, d *deviceCmd) error {
	if len(c.Names) == 0 && !c.All {
		return fmt.Errorf("name the subscribers to adopt, or give --all")
	}
	api, row, err := d.open(e, c.Device)
	if err != nil {
		return err
	}
	var res struct {
		Items []struct {
			Name         string `json:"name"`
			SubscriberID int64  `json:"subscriber_id"`
			Error        string `json:"error"`
		} `json:"items"`
	}
	body := map[string]any{"names": c.Names, "all": c.All}
	if c.Names == nil {
		body["names"] = []string{}
	}
	if err := api.Do(e.ctx, http.MethodPost, devicePath(row.ID, "/adopt"), body, &res); err != nil {
		return err
	}
	return d.print(e, res, func(w *tabwriter.Writer) {
		fmt.Fprintln(w, "NAME\tRESULT")
		for _, i := range res.Items {
			result := fmt.Sprintf("adopted as subscriber %d", i.SubscriberID)
			if i.Error != "" {
				result = i.Error
			}
			fmt.Fprintf(w, "%s\t%s\n", i.Name, result)
		}
	})
}
