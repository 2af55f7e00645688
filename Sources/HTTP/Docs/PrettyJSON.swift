import JSON

/// JSON for people: short values stay on one line; longer ones get a line for each member.
enum PrettyJSON {
    private static let longest = 76

    static func text(_ json: JSON, indent: Int = 0) -> String {
        let line = json.text
        if indent + line.utf8.count <= longest { return line }
        let (space, end) = (String(repeating: " ", count: indent + 2), String(repeating: " ", count: indent))
        if let object = json.object {
            let members = object.map { "\(space)\(JSON.string($0.0).text): \(text($0.1, indent: indent + 2))" }
            return "{\n\(members.joined(separator: ",\n"))\n\(end)}"
        }
        guard let items = json.array else { return line }
        return "[\n\(items.map { space + text($0, indent: indent + 2) }.joined(separator: ",\n"))\n\(end)]"
    }
}
