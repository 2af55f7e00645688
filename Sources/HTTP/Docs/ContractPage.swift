import JSON
import AlmanacRuntime

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
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(escape(title))</title><style>\(style)</style></head><body>
            <header><h1>\(escape(title))</h1>
            <p>\(paragraphs(contract["info"]?["description"]?.string ?? ""))</p>
            <p>The machine-readable contract is <a href="/openapi.json">/openapi.json</a>.</p></header>
            <nav><ul>\(index)</ul></nav><main>\(sections)</main></body></html>
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
            html += "<li><code>\(escape(status))</code> \(escape(response["description"]?.string ?? ""))"
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
        escape(text).replacing("\n\n", with: "</p><p>")
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
        code,pre{font-family:ui-monospace,monospace;font-size:.9em}
        pre{background:#f3f5f8;padding:.75rem;overflow-x:auto;white-space:pre-wrap}
        section{border-top:1px solid #d5dbe3;margin-top:2rem}h2{font-size:1.1rem}
        table{border-collapse:collapse}td{border-bottom:1px solid #e3e8ee;padding:.25rem .75rem .25rem 0;vertical-align:top}
        nav ul{columns:2;list-style:none;padding:0}
        @media(prefers-color-scheme:dark){body{background:#12161c;color:#dfe5ec}pre{background:#1c232c}a{color:#8fb8ff}}
        """
}
