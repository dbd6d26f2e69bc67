package sim

import (
	"encoding/json"
	"strings"
	"time"
)

// copyJob is a copy of one configuration to another, which takes a while and
// whose result is asked for separately.
type copyJob struct {
	status   string
	until    time.Time
	snapshot *config
	to       func(*config)
}

// settle ends what has had its time: a copy in progress.
func (d *Device) settle() {
	if d.copying.status != "inProgress" || d.opt.Now().Before(d.copying.until) {
		return
	}
	d.copying.to(d.copying.snapshot)
	d.copying = copyJob{status: "success"}
	d.log.saving = 0
}

var configTypes = []string{"none", "runningConfig", "startupConfig", "configFile"}

type copyOrder struct {
	copy, merge      bool
	from, to         string
	fromFile, toFile string
}

var copyFields = map[string]field[copyOrder]{
	"Copy":                  flag(func(o *copyOrder) *bool { return &o.copy }),
	"SourceConfigType":      label(configTypes, func(o *copyOrder) *string { return &o.from }),
	"SourceConfigFile":      text(127, func(o *copyOrder) *string { return &o.fromFile }),
	"DestinationConfigType": label(configTypes, func(o *copyOrder) *string { return &o.to }),
	"DestinationConfigFile": text(127, func(o *copyOrder) *string { return &o.toFile }),
	"Merge":                 flag(func(o *copyOrder) *bool { return &o.merge }),
}

// copyConfig starts a copy. What is saved is the configuration as it stands
// now: a write that comes while the copy is in progress is not in it.
func copyConfig(d *Device, p []json.RawMessage) (any, *RPCError) {
	o := copyOrder{from: "none", to: "none"}
	if err := setMembers(d, &o, p[0], copyFields); err != nil {
		return nil, err
	}
	if !o.copy {
		d.noOp = true
		return nil, nil
	}
	if d.copying.status == "inProgress" {
		return nil, internal(busyCopy)
	}
	source, status := d.copySource(o)
	to := d.copyDestination(o)
	switch {
	case status != "":
	case o.from == o.to && (o.from != "configFile" || o.fromFile == o.toFile):
		status = "errSameSrcDst"
	case to == nil, d.failCopy:
		status = "errSaveDst"
	}
	if status != "" {
		d.copying = copyJob{status: status}
		return nil, nil
	}
	if o.from == "runningConfig" && o.to == "startupConfig" {
		d.saving = true
	}
	d.copying = copyJob{status: "inProgress", until: d.opt.Now().Add(d.opt.SaveTime), snapshot: source.clone(), to: to}
	d.settle()
	return nil, nil
}

// copySource is what to copy, or the status that says why not. Only the
// device's own flash can be read: nobody serves files to a simulation.
func (d *Device) copySource(o copyOrder) (*config, string) {
	switch o.from {
	case "runningConfig":
		return d.running, ""
	case "startupConfig":
		return d.startup, ""
	case "configFile":
		if o.fromFile == "flash:default-config" {
			return d.factory(), ""
		}
		name, flash := strings.CutPrefix(o.fromFile, "flash:")
		if c := d.files[name]; flash && c != nil {
			return c, ""
		}
		if flash {
			return nil, "errNoSuchFile"
		}
	}
	return nil, "errLoadSrc"
}

func (d *Device) copyDestination(o copyOrder) func(*config) {
	switch o.to {
	case "runningConfig":
		return func(c *config) { d.running = c }
	case "startupConfig":
		return func(c *config) { d.startup = c }
	case "configFile":
		if name, ok := strings.CutPrefix(o.toFile, "flash:"); ok && name != "" && name != "default-config" {
			return func(c *config) { d.files[name] = c }
		}
	}
	return nil
}

func copyStatus(d *Device, _ []json.RawMessage) (any, *RPCError) {
	return object{{"Status", d.copying.status}}, nil
}

// label is a member with a fixed set of values.
func label[E any](labels []string, at func(*E) *string) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		s, err := readEnum(raw, name, labels)
		if err == nil {
			*at(e) = s
		}
		return err
	}}
}

// setMembers puts the members of an object on e, for everything that is not
// a keyed table.
func setMembers[E any](d *Device, e *E, raw json.RawMessage, fields map[string]field[E]) *RPCError {
	t := &table[E]{fields: fields}
	o, err := readObject(raw, "value")
	if err != nil {
		return err
	}
	return t.apply(d, e, o, byID)
}

var rebootTypes = []string{"noReboot", "coldReboot", "warmReboot"}

type rebootOrder struct{ kind string }

func rebootSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	if id, err := readUint(p[0], "switch id", 16); err != nil {
		return nil, err
	} else if id != 1 {
		return nil, badParams("switch id: 1 expected")
	}
	o := rebootOrder{"noReboot"}
	err := setMembers(d, &o, p[1], map[string]field[rebootOrder]{
		"Type": label(rebootTypes, func(o *rebootOrder) *string { return &o.kind }),
	})
	if err == nil && o.kind != "noReboot" {
		d.rebootSoon = true
	}
	return nil, err
}
