public import Scheduling
import Synchronization

/// The system's time zone database, read file by file when a zone is first asked for.
///
/// Files are tiny, so reading blocks the caller. One ``Zone`` is kept for each valid name. After a tzdata update
/// ``reload()`` replaces the changed zones, without a restart.
public final class ZoneDatabase: Sendable {
    /// The folder of the TZif files.
    public let directory: String
    private let cache = Mutex<[ExactText: Entry]>([:])
    private let reads = Atomic<Int>(0)

    private struct Entry {
        let zone: Zone
        let identity: ZoneFile.Identity
    }

    public init(directory: String = "/usr/share/zoneinfo") {
        self.directory = directory
    }

    /// How many files were read: a cached zone costs none.
    public var fileReads: Int { reads.load(ordering: .relaxed) }

    /// The zone of an IANA name; case counts. `UTC` needs no file.
    public func zone(_ id: String) throws(ZoneError) -> Zone {
        // From here on the name is short and ASCII.
        guard ZoneName.isValid(id) else {
            throw ZoneError(.invalidName, String(decoding: id.utf8.prefix(64), as: UTF8.self))
        }
        if id.exact == Zone.utc.id.exact { return .utc }
        if let cached = cache.withLock({ $0[id.exact] }) { return cached.zone }

        let entry = try load(id)
        // Some file systems find `europe/paris` too. Checked after the file was found, this costs once per zone.
        guard isSpelledExactly(id) else { throw ZoneError(.unknownZone, id) }
        return cache.withLock { cache in
            // Another caller may have been faster: keep one object per name.
            if let earlier = cache[id.exact] { return earlier.zone }
            cache[id.exact] = entry
            return entry.zone
        }
    }

    /// Reads each cached file again whose inode, size or time of modification changed.
    ///
    /// A file that vanished or cannot be read keeps its last zone: an update in progress must not close a calendar.
    /// - Returns: the names whose fingerprint is now another, sorted.
    public func reload() -> [String] {
        var changed: [ExactText] = []
        for (name, old) in cache.withLock({ $0 }) where ZoneFile.Identity(path: path(name.text)) != old.identity {
            let id = name.text
            guard let new = try? load(id) else { continue }
            cache.withLock { $0[name] = new }
            if new.zone != old.zone { changed.append(name) }
        }
        return changed.sorted().map(\.text)
    }

    /// The names of all zones which the directory holds, sorted; for `doctor`.
    public var ids: [String] {
        var found: Set = [Zone.utc.id.exact]
        collect(folder: "", into: &found)
        return found.sorted().map(\.text)
    }

    private func collect(folder: String, into found: inout Set<ExactText>) {
        for name in ZoneFile.names(inFolder: path(folder)) where !ZoneName.reservedFolders.contains(name.exact) {
            let id = folder.isEmpty ? name : "\(folder)/\(name)"
            // No name is longer than 64 bytes, which also ends a loop of symbolic links.
            guard ZoneName.isValid(id) else { continue }
            if let file = try? ZoneFile(path: path(id), id: id) {
                if file.bytes.starts(with: "TZif".utf8) { found.insert(id.exact) }
            } else {
                collect(folder: id, into: &found)
            }
        }
    }

    private func load(_ id: String) throws(ZoneError) -> Entry {
        reads.add(1, ordering: .relaxed)
        let file = try ZoneFile(path: path(id), id: id)
        return Entry(zone: try Zone(id: id, tzif: file.bytes), identity: file.identity)
    }

    private func isSpelledExactly(_ id: String) -> Bool {
        var folder = ""
        for name in id.exact.split(separator: "/") {
            guard ZoneFile.names(inFolder: path(folder)).contains(where: { $0.exact == name }) else { return false }
            folder = folder.isEmpty ? name.text : "\(folder)/\(name)"
        }
        return true
    }

    private func path(_ id: String) -> String {
        "\(directory)/\(id)"
    }
}
