import CEventFD

/// Names the calling thread for the system's tools; Linux keeps 15 bytes.
package enum ThreadName {
    package static func set(_ name: String) { almanac_name_thread(name) }
}
