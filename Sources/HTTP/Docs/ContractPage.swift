import JSON
import AlmanacRuntime
import Foundation
import Scheduling

/// The contract as one page without external resources: the operations by tag, then what they share, once.
struct ContractPage {
    let contract: JSON

    static func html(_ contract: JSON) -> String { ContractPage(contract: contract).html }

    private var html: String {
        let title = Self.escape(contract["info"]?["title"]?.string ?? "API")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(title)</title><style>\(Self.style)</style></head><body id="top">
            <header><h1>\(title)</h1>
            \(Self.paragraphs(contract["info"]?["description"]?.string))
            <p>The machine-readable contract is <a href="/openapi.json">/openapi.json</a>.</p></header>
            <nav>\(index)</nav><main>\(groups)
            <h2 id="answers">Answers in common</h2>\(answers)
            <h2 id="types">Types</h2>\(types)</main><a class="top" href="#top">Back to top</a></body></html>
            """
    }

    // MARK: Operations

    private struct Operation {
        let id: String
        let name: String
        let json: JSON
        let parameters: [JSON]
    }

    private var tags: [(name: String, description: String?, operations: [Operation])] {
        (contract["tags"]?.array ?? []).map { tag in
            let name = tag["name"]?.string ?? ""
            return (name, tag["description"]?.string, operations(of: name))
        }
    }

    private func operations(of tag: String) -> [Operation] {
        (contract["paths"]?.object ?? JSONObject()).flatMap { path, item in
            (item.object ?? JSONObject()).compactMap { method, json -> Operation? in
                guard let id = json["operationId"]?.string, json["tags"]?.array?.first?.string?.exact == tag.exact
                else {
                    return nil
                }
                return Operation(
                    id: id, name: "\(method.uppercased()) \(path)", json: json,
                    parameters: ((item["parameters"]?.array ?? []) + (json["parameters"]?.array ?? [])).map(resolve)
                )
            }
        }
    }

    private static func anchor(_ name: String) -> String { escape(name.replacing(" ", with: "-")) }

    private var index: String {
        tags.map { name, _, operations in
            let links = operations.map { "<li><a href=\"#\(Self.escape($0.id))\">\(Self.code($0.name))</a></li>" }
            return "<p><a href=\"#\(Self.anchor(name))\">\(Self.escape(name))</a></p><ul>\(links.joined())</ul>"
        }.joined(separator: "\n") + "<p><a href=\"#answers\">Answers in common</a> · <a href=\"#types\">Types</a></p>"
    }

    private var groups: String {
        tags.map { name, description, operations in
            "<h2 id=\"\(Self.anchor(name))\">\(Self.escape(name))</h2>\(Self.paragraphs(description))\n"
                + operations.map(section).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private func section(_ operation: Operation) -> String {
        var html = "<section id=\"\(Self.escape(operation.id))\"><h3>\(Self.code(operation.name))</h3>"
        html += "<p><strong>\(Self.escape(operation.json["summary"]?.string ?? operation.id))</strong>"
        if let scope = operation.json["x-scope"]?.string { html += " · scope \(Self.code(scope))" }
        html += "</p>" + Self.paragraphs(operation.json["description"]?.string)
        // Every operation has that header, so the introduction describes it.
        let rows = operation.parameters.filter { $0["name"]?.string?.exact != "X-Request-Id" }.map { parameter in
            let need = parameter["required"]?.bool == true ? "required" : "optional"
            return row(parameter, named: parameter["name"]?.string ?? "", "\(parameter["in"]?.string ?? ""), \(need)")
        }
        if !rows.isEmpty { html += "<table>\(rows.joined())</table>" }
        if let body = operation.json["requestBody"].map(resolve) { html += content("Body", body) }
        return html + "<ul>" + responses(operation.json) + "</ul></section>"
    }

    /// The operation's own responses in full, and a line with a link for each shared response.
    private func responses(_ operation: JSON) -> String {
        var (own, shared) = ("", "")
        for (status, response) in operation["responses"]?.object ?? JSONObject() {
            if let name = Self.name(response) {
                shared += " <a href=\"#answer-\(name)\">\(Self.code(status))</a>"
            } else {
                own += "<li>\(Self.code(status)) \(Self.inline(response["description"]?.string))"
                own += content("", response) + "</li>"
            }
        }
        return own + (shared.isEmpty ? "" : "<li>Also\(shared)</li>")
    }

    private var answers: String {
        (contract["components"]?["responses"]?.object ?? JSONObject()).map { name, response in
            "<section id=\"answer-\(Self.escape(name))\"><h3>\(Self.escape(name))</h3>"
                + Self.paragraphs(response["description"]?.string) + content("", response) + "</section>"
        }.joined(separator: "\n")
    }

    /// The type and the examples of a body.
    private func content(_ label: String, _ holder: JSON) -> String {
        (holder["content"]?.object ?? JSONObject()).map { _, media in
            var html = label
            if let schema = media["schema"] { html += (label.isEmpty ? "" : ": ") + type(schema) }
            html = html.isEmpty ? "" : "<p>\(html)</p>"
            if let example = media["example"] { html += Self.pre(example) }
            for (_, example) in media["examples"]?.object ?? JSONObject() {
                let example = resolve(example)
                if let summary = example["summary"]?.string { html += "<p>\(Self.inline(summary))</p>" }
                if let value = example["value"] { html += Self.pre(value) }
            }
            return html
        }.joined()
    }

    // MARK: Text

    private static func pre(_ value: JSON) -> String { "<pre>\(escape(value.string ?? PrettyJSON.text(value)))</pre>" }

    static func code(_ text: String) -> String { "<code>\(escape(text))</code>" }

    /// Follows a `$ref` within the document.
    func resolve(_ json: JSON) -> JSON {
        guard let reference = json["$ref"]?.string, reference.hasPrefix("#/") else { return json }
        return reference.dropFirst(2).split(separator: "/").reduce(contract) { node, key in
            node[String(key).replacing("~1", with: "/").replacing("~0", with: "~")] ?? .null
        }
    }

    private static func paragraphs(_ text: String?) -> String {
        guard let text, !text.isEmpty else { return "" }
        return "<p>" + inline(text, between: "</p><p>") + "</p>"
    }

    static func inline(_ text: String?, between: String = "<br>") -> String {
        marked(marked(escape(text ?? ""), "**", "strong"), "`", "code").replacing("\n\n", with: between)
    }

    /// Turns the text between two marks into an element. A mark without a partner stays as it is.
    private static func marked(_ text: String, _ mark: String, _ element: String) -> String {
        let parts = text.components(separatedBy: mark)
        guard parts.count > 2 else { return text }
        var html = parts[0]
        for (number, part) in parts.enumerated().dropFirst() {
            if number % 2 == 0 {
                html += "</\(element)>" + part
            } else {
                html += (number == parts.count - 1 ? mark : "<\(element)>") + part
            }
        }
        return html
    }

    static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2430;--page:#fff;--soft:#f3f5f8;--line:#d5dbe3;--link:#1d4ed8}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
        background:var(--page);overflow-wrap:anywhere}
        a{color:var(--link)}code,pre{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
        pre{background:var(--soft);padding:.75rem;border-radius:.4rem;white-space:pre-wrap}
        section{border-top:1px solid var(--line);margin-top:2rem;scroll-margin-top:1rem}h2{margin-top:3rem}h3{font-size:1.1rem}
        table{border-collapse:collapse;width:100%}td{border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;vertical-align:top}
        td:nth-child(1),td:nth-child(2){min-width:6rem}nav ul{columns:24rem;list-style:none;padding:0}nav li{break-inside:avoid}
        .top{position:fixed;right:1rem;bottom:1rem;background:var(--soft);border:1px solid var(--line);
        border-radius:2rem;padding:.25rem .75rem;text-decoration:none}
        @media(max-width:40rem){tr{display:block;border-bottom:1px solid var(--line);padding:.5rem 0}
        td{display:block;border:0;padding:0}td:empty{display:none}}
        @media(prefers-color-scheme:dark){:root{--ink:#dfe5ec;--page:#12161c;--soft:#1c232c;--line:#313a46;--link:#8fb8ff}}
        """
}
