package positron

import "github.com/opengam/opengam/internal/driver"

// ghnModule is the number of the module "G.hn agent" in the vendor's error
// codes.
const ghnModule = 143

// vendorCode is one error of the G.hn agent.
type vendorCode struct {
	Code    int    // "vtss-module-code", -1 to -57
	Message string // the vendor's words, verbatim
	Kind    driver.Kind
	Text    string // ours
	Remedy  string // what to do, may be empty
}

// Codes that the driver itself acts on.
const (
	codeNoUser          = -7
	codeNoEndpoint      = -9
	codeNoProfile       = -21
	codeEndpointExists  = -45
	codeProfileExists   = -46
	codeUserExists      = -47
	codeUserNameTaken   = -16
	codeEndpNameTaken   = -17
	codeProfNameTaken   = -18
	codeInvalidUser     = -6
	codeInvalidEndpoint = -8
	codeInvalidProfile  = -20
	codeBadUserName     = -15
	codeBadEndpName     = -30
	codeBadProfName     = -22
)

// vendorCodes is every documented error of the G.hn agent.
var vendorCodes = []vendorCode{
	{-1, "G.hn generic error", driver.Rejected, "the G.hn agent refused without saying why", "look at the device's own log"},
	{-2, "G.hn internal error", driver.Busy, "the G.hn agent has internal trouble", "if it stays, restart the device in a quiet hour"},
	{-3, "G.hn function not implemented", driver.Unsupported, "this firmware does not do that", "update the device's firmware"},
	{-4, "Invalid G.hn port or endpoint", driver.Rejected, "there is no such G.hn port or endpoint", "check the port number and the endpoint"},
	{-5, "Invalid G.hn port", driver.Rejected, "there is no such G.hn port", "check the port number against the model"},
	{-6, "Invalid G.hn subscriber", driver.Rejected, "the subscriber entry is not valid", "check the subscriber's name and number"},
	{-7, "Non-existing G.hn subscriber", driver.Rejected, "there is no such subscriber on the device", "read the device again"},
	{-8, "Invalid G.hn endpoint", driver.Rejected, "the endpoint is not valid", "check the endpoint's name and MAC address"},
	{-9, "Non-existing G.hn endpoint (no such endpoint configured)", driver.Rejected, "there is no such endpoint configured on the device", "read the device again"},
	{-10, "No user for endpoint", driver.Rejected, "the endpoint has no subscriber", "give the endpoint a subscriber first"},
	{-11, "Endpoint not found on specified port", driver.Rejected, "the endpoint is not connected to that port", "check the cabling, or choose the port where it was detected"},
	{-12, "Endpoint not found on any ports", driver.Rejected, "the endpoint is not connected to any port", "check power and cabling of the endpoint"},
	{-13, "G.hn endpoint is already assigned to another subscriber", driver.Rejected, "the endpoint serves another subscriber already", "one endpoint serves one subscriber: choose another, or end the other subscriber"},
	{-14, "G.hn port is already assigned to another subscriber", driver.Rejected, "the G.hn port serves another subscriber already", "one port serves one subscriber: choose another port, or end the other subscriber"},
	{-15, "Invalid G.hn subscriber name", driver.Rejected, "the device does not take this subscriber name", "use 1 to 31 letters, digits and simple signs"},
	{-16, "Non-unique G.hn subscriber name", driver.Rejected, "another subscriber on the device has this name", "choose another name"},
	{-17, "Non-unique G.hn endpoint name", driver.Rejected, "another endpoint on the device has this name", "rename or remove the other endpoint"},
	{-18, "Non-unique G.hn bandwidth profile name", driver.Rejected, "another bandwidth profile on the device has this name", "rename the plan, or remove the other profile"},
	{-19, "Non-unique G.hn port name", driver.Rejected, "another port has this name", "choose another name"},
	{-20, "Invalid G.hn bandwidth profile", driver.Rejected, "the bandwidth profile is not valid", "check the plan's name and rates"},
	{-21, "Non-existing G.hn bandwidth profile", driver.Rejected, "there is no such bandwidth profile on the device", "read the device again"},
	{-22, "Invalid G.hn bandwidth profile name", driver.Rejected, "the device does not take or does not know this bandwidth profile name", "use 1 to 31 letters, digits and simple signs"},
	{-23, "Invalid G.hn bandwidth profile downstream bandwidth", driver.Rejected, "the device does not take this downstream rate", "choose a rate of 10 to 1000 Mbps (coax: 800), or unthrottled"},
	{-24, "Invalid G.hn bandwidth profile upstream bandwidth", driver.Rejected, "the device does not take this upstream rate", "choose a rate of 10 to 1000 Mbps (coax: 800), or unthrottled"},
	{-25, "Invalid G.hn data VLAN id", driver.Rejected, "the device does not take this VLAN", "choose a VLAN of 3 to 4093 outside 3840 to 3842"},
	{-26, "Invalid G.hn remapped data VLAN id", driver.Rejected, "the device does not take this remapped VLAN", "choose a VLAN of 3 to 4093, or none"},
	{-27, "Invalid G.hn port #2 VLAN id", driver.Rejected, "the device does not take this VLAN for port 2 of the endpoint", "choose a VLAN of 3 to 4093 outside 3840 to 3842, or none"},
	{-28, "G.hn VLAN cannot be the same as port #2 VLAN id", driver.Rejected, "port 1 and port 2 of the endpoint have the same VLAN", "give port 2 another VLAN"},
	{-29, "Too many allowed tagged VLAN", driver.Rejected, "there are too many extra tagged VLANs", "keep at most 12"},
	{-30, "Invalid G.hn endpoint name", driver.Rejected, "the device does not take or does not know this endpoint name", "use 1 to 31 letters, digits and simple signs"},
	{-31, "Invalid G.hn endpoint MAC address", driver.Rejected, "the device does not take this MAC address", "check the endpoint's label"},
	{-32, "Non-unique G.hn endpoint MAC address", driver.Rejected, "the endpoint is configured already, under another name", "adopt or remove the other entry"},
	{-33, "Maximum number of G.hn endpoint reached for the system", driver.Rejected, "the device has as many endpoints as it can hold (384)", "remove endpoints that are not used"},
	{-34, "Maximum number of G.hn banbdwidth profile reached for the system", driver.Rejected, "all profile slots of the device are taken (14 besides the default)", "use fewer different rates on this device, or remove profiles that are not used"},
	{-35, "Maximum number of G.hn subscriber reached for the system", driver.Rejected, "the device has as many subscribers as it can hold (384)", "remove subscribers that are not used"},
	{-36, "Maximum number of G.hn endpoint reached for that port", driver.Rejected, "the port has as many endpoints as it can hold (1 on copper, 16 on coax)", "use another port, or remove an endpoint from this one"},
	{-37, "Invalid G.hn port mode", driver.Rejected, "the device does not take this port mode", "copper ports are MIMO or SISO, coax ports are COAX"},
	{-38, "Invalid G.hn port role", driver.Rejected, "the device does not take this port role", ""},
	{-39, "Invalid G.hn port RFC 5517 mode", driver.Rejected, "the device does not take this isolation mode", ""},
	{-40, "Invalid G.hn port RFC 5517 community number", driver.Rejected, "the device does not take this community number", "use 1 to 99"},
	{-41, "Invalid NNI port", driver.Rejected, "there is no such uplink", "choose an uplink that the model has"},
	{-42, "Invalid outer tag VID", driver.Rejected, "the device does not take this outer VLAN", "choose a VLAN of 3 to 4093"},
	{-43, "Specified NNI port is not uplink", driver.Rejected, "the chosen port is no uplink", "choose 10G 1/1 or, where there is one, 10G 1/2"},
	{-44, "G.hn bandwidth profile is not supported on this platform yet", driver.Unsupported, "this hardware has no rate limiting with its firmware", "use an unthrottled plan, or update the device's firmware"},
	{-45, "G.hn endpoint is already configured", driver.Rejected, "the endpoint is configured already", "read the device again"},
	{-46, "G.hn bandwidth profile is already configured", driver.Rejected, "the bandwidth profile is there already", "read the device again"},
	{-47, "G.hn subscriber is already configured", driver.Rejected, "the subscriber is there already", "read the device again"},
	{-48, "Invalid G.hn VectorBoost parameter", driver.Rejected, "the device does not take this VectorBoost setting", ""},
	{-49, "Invalid G.hn powermask notch Id", driver.Rejected, "there is no such notch", "there are 10 notches"},
	{-50, "Invalid G.hn powermask notch parameter", driver.Rejected, "the device does not take this notch", "check frequencies and depth against the port mode"},
	{-51, "Invalid measurement averaging value", driver.Rejected, "the device does not take this averaging value", "4 is usual"},
	{-52, "Device not found", driver.Busy, "the endpoint does not answer the GAM", "is tried again; check that the endpoint has power"},
	{-53, "Error querying G.hn device. May be missing or busy.", driver.Busy, "the endpoint is missing or busy", "is tried again; check that the endpoint has power"},
	{-54, "Error device not in valid state", driver.Busy, "the endpoint is not ready, it may be starting", "is tried again"},
	{-55, "Error device model requiered manual upgrade", driver.Rejected, "this endpoint model has to be upgraded by hand", "bring the GAM to firmware 1.5.1 first and let its endpoints finish"},
	{-56, "Auto-endpoint subscriber already assigned to another port", driver.Rejected, "the subscriber's endpoint was bound to another port already", "read the device again"},
	{-57, "Invalid G.hn subscriber model", driver.Rejected, "the device does not take this subscriber model", "port-aware works on copper models only"},
}
