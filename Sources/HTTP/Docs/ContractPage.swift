import JSON
import AlmanacRuntime
import Foundation

/// The contract as one page that needs nothing from anywhere else.
enum ContractPage {
    static func html(_ contract: JSON) -> String {
        let title = contract["info"]?["title"]?.string ?? "API"
        var index = ""
        var sections = ""
        for (path, item) in contract["paths"]?.object ?? JSONObject() {
            for (method, operation) in item.object ?? JSONObject() where operation["operationId"] != nil {
                let id = operation["operationId"]?.string ?? ""
                index += "<li><a href=\"#\(escape(id))\"><code>\(method.uppercased()) \(escape(path))</code></a></li>\n"
                sections += section(id, method, path, operation, contract)
            }
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>\(escape(title))</title><style>\(style)</style></head><body>
            <header><h1>\(escape(title))</h1>
            <p id="top">\(paragraphs(contract["info"]?["description"]?.string ?? ""))</p>
            <p>The machine-readable contract is <a href="/openapi.json">/openapi.json</a>.</p></header>
            <nav><ul>\(index)</ul></nav><main>\(sections)</main><a class="top" href="#top">Top</a></body></html>
            """
    }

    private static func section(
        _ id: String, _ method: String, _ path: String, _ operation: JSON, _ contract: JSON
    ) -> String {
        var html = "<section id=\"\(escape(id))\"><h2><code>\(method.uppercased()) \(escape(path))</code></h2>"
        html += "<p><strong>\(escape(operation["summary"]?.string ?? id))</strong>"
        if let scope = operation["x-scope"]?.string { html += " · scope <code>\(escape(scope))</code>" }
        html += "</p><p>\(paragraphs(operation["description"]?.string ?? ""))</p>"
        html += parameters(operation, contract)
        if let body = operation["requestBody"].map({ resolve($0, contract) }) { html += examples("Body", body) }
        html += "<ul>"
        for (status, response) in operation["responses"]?.object ?? JSONObject() {
            let response = resolve(response, contract)
            html += "<li><code>\(escape(status))</code> \(paragraphs(response["description"]?.string ?? ""))"
            html += examples("", response) + "</li>"
        }
        return html + "</ul></section>\n"
    }

    private static func parameters(_ operation: JSON, _ contract: JSON) -> String {
        let rows = (operation["parameters"]?.array ?? []).map { parameter in
            let parameter = resolve(parameter, contract)
            let name = escape(parameter["name"]?.string ?? "")
            let place = escape(parameter["in"]?.string ?? "")
            let need = parameter["required"]?.bool == true ? "required" : "optional"
            let text = paragraphs(parameter["description"]?.string ?? "")
            return "<tr><td><code>\(name)</code></td><td>\(place), \(need)</td><td>\(text)</td></tr>"
        }
        return rows.isEmpty ? "" : "<table>\(rows.joined())</table>"
    }

    private static func examples(_ label: String, _ holder: JSON) -> String {
        var html = ""
        for (_, media) in holder["content"]?.object ?? JSONObject() {
            if let example = media["example"] { html += pre(label, example) }
            for (_, example) in media["examples"]?.object ?? JSONObject() {
                if let value = example["value"] { html += pre(label, value) }
            }
        }
        return html
    }

    private static func pre(_ label: String, _ value: JSON) -> String {
        (label.isEmpty ? "" : "<p>\(label)</p>") + "<pre>\(escape(value.text))</pre>"
    }

    /// Follows a `$ref` within the document.
    private static func resolve(_ json: JSON, _ contract: JSON) -> JSON {
        guard let reference = json["$ref"]?.string, reference.hasPrefix("#/") else { return json }
        return reference.dropFirst(2).split(separator: "/").reduce(contract) { node, key in
            node[String(key).replacing("~1", with: "/").replacing("~0", with: "~")] ?? .null
        }
    }

    private static func paragraphs(_ text: String) -> String {
        marked(marked(escape(text), "**", "strong"), "`", "code").replacing("\n\n", with: "</p><p>")
    }

    /// What stands between two marks, as an element. A mark without its other end stays as it is.
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

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2430;--page:#fff;--soft:#f3f5f8;--line:#d5dbe3;--link:#1d4ed8}
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:var(--ink);
        background:var(--page);overflow-wrap:anywhere}
        a{color:var(--link)}code,pre{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}
        pre{background:var(--soft);padding:.75rem;border-radius:.4rem;white-space:pre-wrap}
        section{border-top:1px solid var(--line);margin-top:2rem}h2{font-size:1.1rem}
        table{border-collapse:collapse}td{border-bottom:1px solid var(--line);padding:.25rem .75rem .25rem 0;vertical-align:top}
        nav ul{columns:24rem;list-style:none;padding:0}nav li{break-inside:avoid}
        .top{position:fixed;right:1rem;bottom:1rem;background:var(--soft);border:1px solid var(--line);
        border-radius:2rem;padding:.25rem .75rem;text-decoration:none}
        @media(prefers-color-scheme:dark){:root{--ink:#dfe5ec;--page:#12161c;--soft:#1c232c;--line:#313a46;--link:#8fb8ff}}
        """
}
