import TestSupport
@testable import JSON

/// Random values that lean towards what breaks writers and parsers.
enum RandomJSON {
    private static let scalars: [Unicode.Scalar] = [
        "a", "Z", "0", " ", "\"", "\\", "/", "~", "\u{0}", "\u{1F}", "\n", "\t", "\u{7F}", "é", "\u{301}", "\u{2028}",
        "\u{FEFF}", "\u{FFFF}", "\u{1F4C5}", "\u{10FFFF}",
    ]

    static func value(_ generator: inout SplitMix, depth: Int = 0) -> JSON {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 5), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2: .number(JSONNumber(integer(&generator)))
        case 3: .number(JSONNumber(double(&generator)))
        case 4: .string(text(&generator))
        case 5: .array((0..<Int.random(in: 0...4, using: &generator)).map { _ in value(&generator, depth: depth + 1) })
        default: .object(object(&generator, depth: depth + 1))
        }
    }

    static func text(_ generator: inout SplitMix) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &generator) {
            text.unicodeScalars.append(scalars.randomElement(using: &generator)!)
        }
        return text
    }

    private static func object(_ generator: inout SplitMix, depth: Int) -> JSONObject {
        let count = [0, 1, 3, 20].randomElement(using: &generator)!
        return JSONObject((0..<count).map { _ in (text(&generator), value(&generator, depth: depth + 2)) })
    }

    private static func integer(_ generator: inout SplitMix) -> Int64 {
        Int64(bitPattern: generator.next()) >> Int64.random(in: 0...63, using: &generator)
    }

    private static func double(_ generator: inout SplitMix) -> Double {
        let double = Double(bitPattern: generator.next())
        return double.isFinite ? double : 0.1
    }
}
