package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// inventory describes the API of the running firmware: every method with its
// group, privilege and number of parameters. Types and error modules are kept
// to what a probe needs.
func inventory(d *Device, p []json.RawMessage) (any, *RPCError) {
	filter, err := readString(p[0], "name", 255)
	if err != nil {
		return nil, err
	}
	all := []object{}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		m := methods[name]
		if !d.fw.has(name) || !strings.HasPrefix(name, filter) || d.fw.Quirks.NoCopyStatus && name == copyStatusMethod {
			continue
		}
		params := []object{}
		for i := range m.max {
			kind := "vtss_key_t"
			if i == m.max-1 && m.effect != Read {
				kind = "vtss_value_t"
			}
			params = append(params, object{{"name", []string{"key", "value"}[min(i, 1)]}, {"type", kind}})
		}
		all = append(all, object{
			{"method-name", name}, {"group-name", name[:strings.LastIndexByte(name, '.')]}, {"description", ""},
			{"web-privilege", object{{"id", privilege(name)}, {"type", privilegeType(name, m.effect)}}},
			{"params", params}, {"result", []object{}},
		})
	}
	errors := []object{}
	for n := -1; vendorMessages[n] != ""; n-- {
		errors = append(errors, object{{"vtss-error-code", fail(n).Data.ErrorCode}, {"vtss-message", vendorMessages[n]}})
	}
	return object{
		{"methods", all}, {"types", []object{}},
		{"errors", []object{{{"vtss-module-name", "ghnAgent"}, {"vtss-module-id", moduleGhn}, {"vtss-error-codes", errors}}}},
	}, nil
}

// privilege is the web-privilege group of a method.
func privilege(name string) string {
	module, _, _ := strings.Cut(name, ".")
	return strings.ToUpper(module[:1]) + module[1:]
}

func privilegeType(name string, e Effect) string {
	switch {
	case e == Write:
		return "CONFIG_RW"
	case e != Read:
		return "STATUS_RW"
	case strings.Contains(name, ".config."):
		return "CONFIG_RO"
	}
	return "STATUS_RO"
}
