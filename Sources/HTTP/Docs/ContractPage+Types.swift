import JSON
import Scheduling

extension ContractPage {
    /// Every named schema: the table of its fields, or its type.
    var types: String {
        (contract["components"]?["schemas"]?.object ?? JSONObject()).map { name, schema in
            "<section id=\"type-\(Self.escape(name))\"><h3>\(Self.escape(name))</h3>\(fields(schema))</section>"
        }.joined(separator: "\n")
    }

    private func fields(_ schema: JSON) -> String {
        let description = Self.inline(schema["description"]?.string)
        let fields = schema["properties"]?.object ?? JSONObject()
        let required = Set((schema["required"]?.array ?? []).compactMap { $0.string?.exact })
        var html = description.isEmpty ? "" : "<p>\(description)</p>"
        if fields.isEmpty { return html + "<p>\(type(schema))</p>" }
        for part in schema["allOf"]?.array ?? [] { html += "<p>With the fields of \(type(part)).</p>" }
        let rows = fields.map { name, field in
            row(field, named: name, required.contains(name.exact) ? "" : "optional")
        }
        return html + "<table>\(rows.joined())</table>"
    }

    /// A row for a field or a parameter: name, type, meaning.
    func row(_ json: JSON, named name: String, _ need: String) -> String {
        let what = [type(json["schema"] ?? json), Self.escape(need)].filter { !$0.isEmpty }.joined(separator: "; ")
        let text = Self.inline(json["description"]?.string)
        return "<tr><td>\(Self.code(name))</td><td>\(what)</td><td>\(text)</td></tr>"
    }

    /// A schema's type in one line; a named schema becomes a link.
    func type(_ schema: JSON) -> String {
        if let name = Self.name(schema) { return "<a href=\"#type-\(name)\">\(name)</a>" }
        if let values = schema["enum"]?.array {
            return values.map { Self.code($0.string ?? $0.text) }.joined(separator: ", ")
        }
        if let value = schema["const"] { return Self.code(value.string ?? value.text) }
        for (key, word) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")] {
            if let parts = schema[key]?.array { return parts.map(type).joined(separator: word) }
        }
        if let item = schema["items"] { return "list of " + type(item) + bounds(schema, "minItems", "maxItems") }
        if let fields = schema["properties"]?.object {
            return "{ " + fields.map { "\(Self.code($0.0)): \(type($0.1))" }.joined(separator: ", ") + " }"
        }
        let names = schema["type"]?.string.map { [$0] } ?? (schema["type"]?.array ?? []).compactMap(\.string)
        var text = names.joined(separator: " or ")
        if let format = schema["format"]?.string { text += " (\(Self.escape(format)))" }
        text += bounds(schema, "minimum", "maximum") + bounds(schema, "minLength", "maxLength")
        if let value = schema["default"] { text += ", default \(Self.code(value.string ?? value.text))" }
        return text
    }

    private func bounds(_ schema: JSON, _ least: String, _ most: String) -> String {
        let unit = least.hasSuffix("Length") ? " characters" : ""
        return switch (schema[least]?.text, schema[most]?.text) {
        case (let least?, let most?): ", \(least)–\(most)\(unit)"
        case (let least?, nil): ", at least \(least)\(unit)"
        case (nil, let most?): ", at most \(most)\(unit)"
        case (nil, nil): ""
        }
    }

    /// The last part of a reference.
    static func name(_ json: JSON) -> String? {
        json["$ref"]?.string.flatMap { $0.split(separator: "/").last }.map { escape(String($0)) }
    }
}
