package sim

import "encoding/json"

const (
	maxProfiles        = 15
	defaultProfileID   = 1
	defaultProfileName = "Default BW Profile"
	minRate            = 10
)

var profiles = &table[profile]{
	group:   "bwProfile",
	limit:   maxProfiles,
	rows:    func(c *config) map[int]*profile { return c.Profiles },
	id:      func(p *profile) *int { return &p.ID },
	name:    func(p *profile) *string { return &p.Name },
	fresh:   func(d *Device) *profile { return &profile{UID: d.nextUID()} },
	badID:   errProfile,
	missing: errNoProfile,
	badName: errProfileName,
	taken:   errProfileNameTaken,
	exists:  errProfileExists,
	full:    errProfilesFull,
	fields: map[string]field[profile]{
		"Id":          ignored(number(8, func(p *profile) *int { return &p.ID })),
		"Uid":         ignored(number(32, func(p *profile) *int { return &p.UID })),
		"Name":        inStyle(onlyByID, name(errProfileName, func(p *profile) *string { return &p.Name })),
		"Description": text(maxDescriptionLen, func(p *profile) *string { return &p.Description }),
		"DsBw":        number(32, func(p *profile) *int { return &p.Down }),
		"UsBw":        number(32, func(p *profile) *int { return &p.Up }),
	},
	check: checkProfile,
	show: func(d *Device, p *profile) object {
		return object{
			{"Id", p.ID}, {"Uid", p.UID}, {"Name", p.Name}, {"Description", p.Description},
			{"DsBw", p.Down}, {"UsBw", p.Up},
		}
	},
	before: func(d *Device, p *profile) *RPCError {
		if p.ID == defaultProfileID {
			return fail(profileInUse)
		}
		for _, u := range d.running.Users {
			if u.Profile == p.ID {
				return fail(profileInUse)
			}
		}
		return nil
	},
}

func checkProfile(d *Device, p *profile, _ style) *RPCError {
	switch limit := d.maxRate(); {
	case d.fw.Quirks.NoProfiles:
		return fail(errNoProfilesHere)
	case p.ID == defaultProfileID && p.Name != defaultProfileName:
		return fail(defaultProfileRename)
	case p.Down < minRate || p.Down > limit:
		return fail(errDownstream)
	case p.Up < minRate || p.Up > limit:
		return fail(errUpstream)
	}
	return nil
}

// name is a text whose refusal is a vendor error, for the key members.
func name[E any](bad int, at func(*E) *string) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, member string) *RPCError {
		s, err := readString(raw, member, 255)
		if err != nil {
			return err
		}
		if !validName(s) {
			return fail(bad)
		}
		*at(e) = s
		return nil
	}}
}
