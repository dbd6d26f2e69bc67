package sim

import "fmt"

// Protocol errors (reference: JSON-RPC, "Errors").
const (
	codeParse          = -32700
	codeInvalidRequest = -32600
	codeNoMethod       = -32601
	codeInvalidParams  = -32602
	codeInternal       = -32603
)

// moduleGhn is the number of the G.hn agent in vendor error codes.
const moduleGhn = 143

// failingFunction is the address that real units report in
// vtss-failing-function-ptr; its value means nothing outside the firmware.
const failingFunction = 71303168

// Vendor error numbers of the G.hn agent, as vtss-module-code.
const (
	errGeneric           = -1
	errInternal          = -2
	errNotImplemented    = -3
	errPortOrEndpoint    = -4
	errPort              = -5
	errUser              = -6
	errNoUser            = -7
	errEndpoint          = -8
	errNoEndpoint        = -9
	errNoUserForEndpoint = -10
	errNotOnPort         = -11
	errNotOnAnyPort      = -12
	errEndpointTaken     = -13
	errPortTaken         = -14
	errUserName          = -15
	errUserNameTaken     = -16
	errEndpointNameTaken = -17
	errProfileNameTaken  = -18
	errPortNameTaken     = -19
	errProfile           = -20
	errNoProfile         = -21
	errProfileName       = -22
	errDownstream        = -23
	errUpstream          = -24
	errVLAN              = -25
	errRemappedVLAN      = -26
	errPort2VLAN         = -27
	errPort2VLANSame     = -28
	errTooManyVLANs      = -29
	errEndpointName      = -30
	errMAC               = -31
	errMACTaken          = -32
	errEndpointsFull     = -33
	errProfilesFull      = -34
	errUsersFull         = -35
	errPortFull          = -36
	errPortMode          = -37
	errPortRole          = -38
	errRFC5517Mode       = -39
	errRFC5517Community  = -40
	errNNI               = -41
	errOuterVLAN         = -42
	errNNINotUplink      = -43
	errNoProfilesHere    = -44
	errEndpointExists    = -45
	errProfileExists     = -46
	errUserExists        = -47
	errVectorBoost       = -48
	errNotchID           = -49
	errNotch             = -50
	errAveraging         = -51
	errNoDevice          = -52
	errQuery             = -53
	errState             = -54
	errManualUpgrade     = -55
	errAutoTaken         = -56
	errSubscriberModel   = -57
)

// vendorMessages are the device's words, verbatim with their spelling,
// because clients may match them.
var vendorMessages = map[int]string{
	errGeneric:           "G.hn generic error",
	errInternal:          "G.hn internal error",
	errNotImplemented:    "G.hn function not implemented",
	errPortOrEndpoint:    "Invalid G.hn port or endpoint",
	errPort:              "Invalid G.hn port",
	errUser:              "Invalid G.hn subscriber",
	errNoUser:            "Non-existing G.hn subscriber",
	errEndpoint:          "Invalid G.hn endpoint",
	errNoEndpoint:        "Non-existing G.hn endpoint (no such endpoint configured)",
	errNoUserForEndpoint: "No user for endpoint",
	errNotOnPort:         "Endpoint not found on specified port",
	errNotOnAnyPort:      "Endpoint not found on any ports",
	errEndpointTaken:     "G.hn endpoint is already assigned to another subscriber",
	errPortTaken:         "G.hn port is already assigned to another subscriber",
	errUserName:          "Invalid G.hn subscriber name",
	errUserNameTaken:     "Non-unique G.hn subscriber name",
	errEndpointNameTaken: "Non-unique G.hn endpoint name",
	errProfileNameTaken:  "Non-unique G.hn bandwidth profile name",
	errPortNameTaken:     "Non-unique G.hn port name",
	errProfile:           "Invalid G.hn bandwidth profile",
	errNoProfile:         "Non-existing G.hn bandwidth profile",
	errProfileName:       "Invalid G.hn bandwidth profile name",
	errDownstream:        "Invalid G.hn bandwidth profile downstream bandwidth",
	errUpstream:          "Invalid G.hn bandwidth profile upstream bandwidth",
	errVLAN:              "Invalid G.hn data VLAN id",
	errRemappedVLAN:      "Invalid G.hn remapped data VLAN id",
	errPort2VLAN:         "Invalid G.hn port #2 VLAN id",
	errPort2VLANSame:     "G.hn VLAN cannot be the same as port #2 VLAN id",
	errTooManyVLANs:      "Too many allowed tagged VLAN",
	errEndpointName:      "Invalid G.hn endpoint name",
	errMAC:               "Invalid G.hn endpoint MAC address",
	errMACTaken:          "Non-unique G.hn endpoint MAC address",
	errEndpointsFull:     "Maximum number of G.hn endpoint reached for the system",
	errProfilesFull:      "Maximum number of G.hn banbdwidth profile reached for the system",
	errUsersFull:         "Maximum number of G.hn subscriber reached for the system",
	errPortFull:          "Maximum number of G.hn endpoint reached for that port",
	errPortMode:          "Invalid G.hn port mode",
	errPortRole:          "Invalid G.hn port role",
	errRFC5517Mode:       "Invalid G.hn port RFC 5517 mode",
	errRFC5517Community:  "Invalid G.hn port RFC 5517 community number",
	errNNI:               "Invalid NNI port",
	errOuterVLAN:         "Invalid outer tag VID",
	errNNINotUplink:      "Specified NNI port is not uplink",
	errNoProfilesHere:    "G.hn bandwidth profile is not supported on this platform yet",
	errEndpointExists:    "G.hn endpoint is already configured",
	errProfileExists:     "G.hn bandwidth profile is already configured",
	errUserExists:        "G.hn subscriber is already configured",
	errVectorBoost:       "Invalid G.hn VectorBoost parameter",
	errNotchID:           "Invalid G.hn powermask notch Id",
	errNotch:             "Invalid G.hn powermask notch parameter",
	errAveraging:         "Invalid measurement averaging value",
	errNoDevice:          "Device not found",
	errQuery:             "Error querying G.hn device. May be missing or busy.",
	errState:             "Error device not in valid state",
	errManualUpgrade:     "Error device model requiered manual upgrade",
	errAutoTaken:         "Auto-endpoint subscriber already assigned to another port",
	errSubscriberModel:   "Invalid G.hn subscriber model",
}

// RPCError is the error member of an answer.
type RPCError struct {
	Code    int        `json:"code"`
	Message string     `json:"message"`
	Data    *ErrorData `json:"data,omitempty"`
}

// ErrorData is what the vendor adds to an application error.
type ErrorData struct {
	ErrorCode  int `json:"vtss-error-code"`
	Function   int `json:"vtss-failing-function-ptr"`
	Module     int `json:"vtss-failing-module"`
	ModuleCode int `json:"vtss-module-code"`
}

func (e *RPCError) Error() string {
	if e.Data != nil {
		return fmt.Sprintf("%s (%d)", e.Message, e.Data.ModuleCode)
	}
	return fmt.Sprintf("%s (%d)", e.Message, e.Code)
}

// ModuleCode is the vendor's small error number, 0 for protocol errors.
func (e *RPCError) ModuleCode() int {
	if e == nil || e.Data == nil {
		return 0
	}
	return e.Data.ModuleCode
}

// fail is an application error of the G.hn agent.
func fail(moduleCode int) *RPCError {
	return &RPCError{
		Code:    codeInternal,
		Message: vendorMessages[moduleCode],
		Data: &ErrorData{
			ErrorCode:  -((moduleGhn + 1) << 16) - moduleCode,
			Function:   failingFunction,
			Module:     moduleGhn,
			ModuleCode: moduleCode,
		},
	}
}

// internal is an application error of another module, whose numbers the
// reference does not give; "data may be missing" is the documented case.
func internal(message string) *RPCError {
	return &RPCError{Code: codeInternal, Message: message}
}

func badParams(format string, args ...any) *RPCError {
	return &RPCError{Code: codeInvalidParams, Message: "Invalid params: " + fmt.Sprintf(format, args...)}
}
