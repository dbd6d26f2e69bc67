package sim

// What the reference leaves open, decided here and nowhere else. Each choice
// is on the strict side: a client that works here is not surprised by a more
// lenient unit.
//
//   - A number sent as a string is refused (-32602): numbers are the
//     documented form.
//   - A member that the firmware does not know is refused (-32602), so that a
//     misspelt one does not vanish silently.
//   - In the by-name style the key is the name: a Name member is ignored, so
//     a rename works by id only. In the by-id style the Id member is ignored.
//   - Add on an existing key is -45, -46 or -47; a name that another entry
//     bears is -16, -17 or -18.
//   - An id outside the table is -6, -8 or -20; a free id inside it is -7, -9
//     or -21.
//   - A description longer than 63, or with characters that the configuration
//     file cannot hold, is -32602: there is no vendor error for it.
//   - An added profile needs both rates, an added subscriber its VLAN, an
//     added endpoint its MAC: the omitted member counts as 0, which is
//     outside the range (-23, -24, -25, -31).
//   - Rates are held to the guides (coax 10–800, copper 10–1000); the MIB's
//     1999 is Quirks.MaxRate for the units that take it.
//   - At most 12 extra tagged VLANs (2024 VLAN guide), each 3–4093 without
//     3840–3842, else -29 and -25. A trunk has no list: it disappears.
//   - Double tagging needs an outer tag of 3–4093 (-42); an NNI that the unit
//     does not have is -41, another kind of port -43.
//   - Endpoint-aware: a subscriber with a port is refused (-5). Port-aware: a
//     subscriber with an endpoint (-8) or an endpoint with a port (-5) is.
//   - An endpoint that is configured without a port and without AutoPort is
//     quarantinedWrongPort wherever it is seen.
//   - The link of an endpoint that is not detected is -53; its detailed status
//     is Alive false with empty members. A MAC that is neither configured nor
//     detected is -12, for control methods -52.
//   - Port-aware: an endpoint that appears is configured at once, as
//     "EP-<MAC>"; see also convert, for a change of the subscriber model.
//   - A by-id get-all comes in the order of ids, a by-name one in the order of
//     names.
//   - A copy of a configuration takes what stands at its start. A second one
//     while it is in progress is -32603 without data. tftp, ftp and http
//     neither read (errLoadSrc) nor write (errSaveDst): nobody serves them.
//   - A factory reset changes the running configuration only. An uploaded
//     image is what its file name says.
//   - Errors that belong to another module than the G.hn agent have no data.
//   - 401 comes before anything is said of the call; a batch is -32600; an id
//     is required.
const (
	// profileInUse refuses the removal of a profile that subscribers use, and
	// of the default profile: the manager is told to refuse it as well.
	profileInUse = errProfile
	// defaultProfileName refuses a new name for the default profile: it is
	// "always there".
	defaultProfileRename = errProfileName
	// endpointInUse refuses the removal of an endpoint that a subscriber
	// uses: "delete in the order subscriber → endpoint".
	endpointInUse = errEndpointTaken
	// busyCopy is the message while another copy of a configuration runs;
	// the vendor's number for it is not documented.
	busyCopy = "Another copy of a configuration file is in progress"
)

// maxDescriptionLen is what every interface of the device accepts.
const maxDescriptionLen = 63

// maxAllowedVLANs is the 2024 VLAN guide's number; older guides say 14.
const maxAllowedVLANs = 12
