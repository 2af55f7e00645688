@testable import JSON
import AlmanacRuntime
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import HTTP

/// Holds every answer against the written contract: its status must be documented, its body must fit the schema, a
/// problem must have all its members.
enum ContractCheck {
    static let document: JSON = {
        guard let body = try? Documents().openAPI().body else { return .null }
        return (try? JSON.parse(Array(body.readableBytesView))) ?? .null
    }()

    private static let schemas = SchemaCheck(document: document)

    static func check(_ answer: Answer, to method: HTTPRequest.Method, _ target: String) {
        let path = String(target.split(separator: "?", omittingEmptySubsequences: false)[0])
        let place = "\(method.rawValue) \(target.prefix(200)) → \(answer.status)"
        if answer.requestID?.isEmpty ?? true { Issue.record("\(place): no X-Request-Id") }
        if answer.status >= 400, method != .head { checkProblem(answer, place) }
        if answer.status >= 500 { Issue.record("\(place): \(answer.text.prefix(300))") }
        if answer.status == 405 || answer.status == 404 && operation(method, path) == nil { return }
        guard method != .head, let operation = operation(method, path) else { return }
        guard let response = operation["responses"]?[String(answer.status)].map(schemas.resolve) else {
            Issue.record("\(place): this status is not in the contract: \(answer.text.prefix(300))")
            return
        }
        guard let content = response["content"]?.object else {
            if !answer.bytes.isEmpty { Issue.record("\(place): a body, and the contract has none") }
            return
        }
        // Compressed, it is not read here.
        if answer.headers[.contentEncoding] != nil { return }
        let type = answer.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
        guard let media = content[type] else {
            Issue.record("\(place): the media type \(type) is not in the contract")
            return
        }
        guard type.hasSuffix("json"), let schema = media["schema"] else { return }
        for error in schemas.errors(answer.json, schema).prefix(5) { Issue.record("\(place): \(error)") }
    }

    private static func checkProblem(_ answer: Answer, _ place: String) {
        let json = answer.json
        if answer.headers[.contentType] != "application/problem+json" { Issue.record("\(place): not a problem") }
        for member in ["type", "title", "detail", "code"] where json[member]?.string?.isEmpty ?? true {
            Issue.record("\(place): \(member) is missing")
        }
        if json["status"]?.int != answer.status {
            Issue.record("\(place): status is \(json["status"]?.text ?? "missing")")
        }
        if json["request_id"]?.string != answer.requestID { Issue.record("\(place): request_id is not the header's") }
        if answer.status == 422, json["errors"]?.array?.isEmpty ?? true { Issue.record("\(place): no errors") }
        if answer.status == 503, answer.headers[.retryAfter] == nil { Issue.record("\(place): no Retry-After") }
        if answer.status == 401, answer.headers[.wwwAuthenticate] == nil {
            Issue.record("\(place): no WWW-Authenticate")
        }
    }

    /// The documented operation that a request goes to.
    static func operation(_ method: HTTPRequest.Method, _ path: String) -> JSON? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let literalFirst = (document["paths"]?.object.map(Array.init) ?? []).sorted {
            !$0.0.contains("{") && $1.0.contains("{")
        }
        for (template, item) in literalFirst {
            let pattern = template.split(separator: "/", omittingEmptySubsequences: false)
            guard pattern.count == parts.count, zip(pattern, parts).allSatisfy({ $0.hasPrefix("{") || $0 == $1 })
            else { continue }
            return item[method.rawValue.lowercased()]
        }
        return nil
    }
}

/// As much of JSON Schema 2020-12 as the contract uses.
struct SchemaCheck: Sendable {
    let document: JSON

    func resolve(_ json: JSON) -> JSON {
        guard let reference = json["$ref"]?.string, reference.hasPrefix("#/") else { return json }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { $0[String($1)] ?? .null }
    }

    func errors(_ value: JSON, _ schema: JSON, at pointer: String = "") -> [String] {
        var errors: [String] = []
        func fail(_ what: String) { errors.append("\(pointer.isEmpty ? "/" : pointer): \(what)") }
        if schema["$ref"] != nil { errors += self.errors(value, resolve(schema), at: pointer) }
        for part in schema["allOf"]?.array ?? [] { errors += self.errors(value, part, at: pointer) }
        if let choices = schema["anyOf"]?.array, !choices.contains(where: { self.errors(value, $0).isEmpty }) {
            fail("none of anyOf fits \(value.text.prefix(80))")
        }
        if let choices = schema["oneOf"]?.array, choices.count(where: { self.errors(value, $0).isEmpty }) != 1 {
            fail("not exactly one of oneOf fits \(value.text.prefix(80))")
        }
        if let type = schema["type"] {
            let names = type.string.map { [$0] } ?? (type.array ?? []).compactMap(\.string)
            if !names.contains(where: { value.isSchemaType($0) }) { fail("is not \(names.joined(separator: " or "))") }
        }
        if let constant = schema["const"], constant != value { fail("is not \(constant.text)") }
        if let values = schema["enum"]?.array, !values.contains(value) {
            fail("\(value.text) is not in the enumeration")
        }
        if let number = value.int {
            if let least = schema["minimum"]?.int, number < least { fail("is below \(least)") }
            if let most = schema["maximum"]?.int, number > most { fail("is above \(most)") }
        }
        if let text = value.string { stringErrors(text, schema).forEach(fail) }
        if let items = value.array {
            if let least = schema["minItems"]?.int, items.count < least { fail("has too few items") }
            if let most = schema["maxItems"]?.int, items.count > most { fail("has too many items") }
            if let item = schema["items"] {
                for (index, element) in items.enumerated() {
                    errors += self.errors(element, item, at: "\(pointer)/\(index)")
                }
            }
        }
        if let object = value.object {
            for name in (schema["required"]?.array ?? []).compactMap(\.string) where object[name] == nil {
                fail("lacks \(name)")
            }
            for (key, member) in object {
                if let property = schema["properties"]?[key] {
                    errors += self.errors(member, property, at: "\(pointer)/\(key)")
                } else if let rest = schema["additionalProperties"] {
                    if rest == .bool(false) { fail("has the undocumented \(key)") }
                    if rest.object != nil { errors += self.errors(member, rest, at: "\(pointer)/\(key)") }
                } else if schema["properties"] != nil, schema["type"] != nil, pointer.isEmpty,
                    schema["required"]?.array?.count ?? 0 > 6
                {
                    fail("has the undocumented \(key)")
                }
            }
        }
        return errors
    }

    private func stringErrors(_ text: String, _ schema: JSON) -> [String] {
        var errors: [String] = []
        if let most = schema["maxLength"]?.int, text.unicodeScalars.count > most { errors.append("is too long") }
        if let least = schema["minLength"]?.int, text.unicodeScalars.count < least { errors.append("is too short") }
        if let pattern = schema["pattern"]?.string,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            errors.append("does not match \(pattern)")
        }
        if schema["format"] == "uuid", UUID(uuidString: text) == nil { errors.append("is no UUID") }
        return errors
    }
}

extension JSON {
    fileprivate func isSchemaType(_ name: String) -> Bool {
        switch (name, self) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object): true
        case ("integer", .number): int != nil
        case ("number", .number): true
        default: false
        }
    }
}
