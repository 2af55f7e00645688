import CEventFD

/// What the system's tools call the calling thread; Linux keeps 15 bytes.
package enum ThreadName {
    package static func set(_ name: String) { almanac_name_thread(name) }
}
