import AlmanacRuntime
import ArgumentParser
import Foundation

/// The file that keeps the demo's key and ids between runs.
struct DemoFile {
    let path: String

    func read() -> Demo? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        var values: [Substring: Substring] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[parts[0]] = parts[1] }
        }
        guard let key = values["ALMANAC_API_KEY"], let calendar = values["ALMANAC_CALENDAR_ID"] else { return nil }
        return Demo(
            organizationID: values["ALMANAC_ORGANIZATION_ID"].map { String($0) }, apiKey: String(key),
            calendarID: String(calendar), firstSlot: nil
        )
    }

    func keep(_ demo: Demo) throws {
        var text = "ALMANAC_API_KEY=\(demo.apiKey)\nALMANAC_CALENDAR_ID=\(demo.calendarID)\n"
        if let id = demo.organizationID { text += "ALMANAC_ORGANIZATION_ID=\(id)\n" }
        try? FileManager.default.removeItem(atPath: path)
        guard PrivateFile.create(path, contents: Array(text.utf8)) else {
            Terminal.error("seed: \(path) cannot be written")
            throw ExitCode(1)
        }
    }
}
