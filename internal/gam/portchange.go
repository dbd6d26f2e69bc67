package gam

// PortSettings is what people set of one G.hn port.
type PortSettings struct {
	Number int      `json:"number"`
	Name   string   `json:"name"` // at most 31 characters, may be empty
	Type   PortType `json:"port_type"`
	// AdminUp is false for a port that was shut down; nil where the firmware
	// does not tell.
	AdminUp *bool `json:"admin_up"`
}

// Equal compares two settings; what is not told differs from what is.
func (p PortSettings) Equal(q PortSettings) bool {
	same := p.AdminUp == nil && q.AdminUp == nil ||
		p.AdminUp != nil && q.AdminUp != nil && *p.AdminUp == *q.AdminUp
	return same && p.Number == q.Number && p.Name == q.Name && p.Type == q.Type
}

// PortChange is what is to become different of a G.hn port; nil members stay.
type PortChange struct {
	Name    *string
	Type    *PortType
	AdminUp *bool
}

// On is the settings after the change.
func (c PortChange) On(p PortSettings) PortSettings {
	if c.Name != nil {
		p.Name = *c.Name
	}
	if c.Type != nil {
		p.Type = *c.Type
	}
	if c.AdminUp != nil {
		up := *c.AdminUp
		p.AdminUp = &up
	}
	return p
}

// CheckPortChange refuses what a G.hn port of the model cannot become: a name
// that a device does not take, or the type of another medium. The fields of
// its *Invalid are named as in the API.
func (m Model) CheckPortChange(c PortChange) error {
	var bad Invalid
	if c.Name != nil && *c.Name != "" { // a port without a name is as delivered
		bad.Check("name", CheckName(*c.Name))
	}
	if c.Type != nil {
		bad.Check("port_type", m.checkPortType(*c.Type))
	}
	return bad.Err()
}

func (m Model) checkPortType(t PortType) error {
	switch {
	case t != MIMO && t != SISO && t != COAX:
		return ruleErr("port_type", "a port is MIMO (two pairs), SISO (one pair) or COAX; choose one of these")
	case t.Medium() == m.Medium:
		return nil
	case m.Medium == Coax:
		return ruleErr("port_type_medium", "%s has coax ports, which are always COAX; MIMO and SISO are for copper", m.Name)
	}
	return ruleErr("port_type_medium", "%s has copper ports, which are MIMO (two pairs) or SISO (one pair); COAX is another model", m.Name)
}
