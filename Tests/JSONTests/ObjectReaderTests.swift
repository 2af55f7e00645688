@testable import JSON
import Testing

struct ObjectReaderTests {
    private let errors = FieldErrors()

    private func reader(_ json: JSON) throws -> ObjectReader {
        try #require(ObjectReader(json, errors: errors))
    }

    private var found: [String] { errors.all.map { "\($0.pointer) \($0.code)" } }

    @Test func aGoodObjectIsReadWithoutErrors() throws {
        let body = try reader([
            "name": "  Ada\t", "notes": "two\nlines", "minutes": 30.0, "active": true, "color": nil,
            "owner": ["email": "a@example.com"], "hours": [["day": "monday"]], "notify": ["x", "y"],
            "metadata": ["crm": 1], "date": "2026", "any": nil,
        ])
        #expect(body.string("name", min: 1, max: 3) == "Ada")
        #expect(body.optionalString("notes", multiline: true) == "two\nlines")
        #expect(body.int("minutes", in: 1...1440) == 30)
        #expect(body.bool("active") == true)
        #expect(body.isNull("color"))
        #expect(body.optionalString("color") == nil)
        #expect(body.reader("owner")?.string("email") == "a@example.com")
        #expect(body.readers("hours", max: 50)?.map { $0.string("day") } == ["monday"])
        #expect(body.strings("notify", max: 2) == ["x", "y"])
        #expect(body.object("metadata") == JSONObject([("crm", 1)]))
        #expect(body.parsed("date", code: "invalid_date", message: "must be a year") { Int($0) } == 2026)
        #expect(body.raw("any") == JSON.null)
        #expect(body.contains("any") && !body.contains("none") && !body.isNull("none"))
        #expect(body.optionalInt("none", in: 0...1) == nil)
        body.finish()
        #expect(errors.isEmpty)
        try errors.check()
    }

    @Test func allErrorsAreReportedAtOnce() throws {
        let body = try reader([
            "empty": "", "long": "abcd", "line": "a\nb", "nul": "a\u{0}", "number": 5, "null": nil, "text": "7",
            "half": 1.5, "big": 1441, "huge": 1e30, "flag": 0, "date": "x", "list": [1, "ok", ""], "many": [1, 2, 3],
            "owner": ["email": 1, "extra/~": true], "hours": [["start": 9], "x"], "object": [],
        ])
        #expect(body.string("empty", min: 1) == nil)
        #expect(body.string("long", max: 3) == nil)
        #expect(body.string("line") == nil)
        #expect(body.optionalString("nul", multiline: true) == nil)
        #expect(body.string("number") == nil)
        #expect(body.string("null") == nil)
        #expect(body.int("missing", in: 0...1) == nil)
        #expect(body.int("text", in: 1...1440) == nil)
        #expect(body.int("half", in: 1...1440) == nil)
        #expect(body.optionalInt("big", in: 1...1440) == nil)
        #expect(body.int("huge", in: 1...1440) == nil)
        #expect(body.bool("flag") == nil)
        #expect(body.optionalParsed("date", code: "invalid_date", message: "must be a year") { Int($0) } == nil)
        #expect(body.strings("list", max: 3, length: 1...5) == nil)
        #expect(body.array("many", max: 2) == nil)
        let owner = try #require(body.reader("owner"))
        #expect(owner.string("email") == nil)
        owner.finish()
        for item in body.array("hours", max: 10) ?? [] {
            _ = ObjectReader(item.value, at: item.pointer, errors: errors)?.string("start")
        }
        #expect(body.optionalObject("object") == nil)
        body.fail("starts_at", code: "in_the_past", message: "must be in the future")
        body.finish()
        #expect(
            found == [
                "/empty too_short", "/long too_long", "/line invalid_characters", "/nul invalid_characters",
                "/number type", "/null required", "/missing required", "/text type", "/half not_an_integer",
                "/big out_of_range", "/huge out_of_range", "/flag type", "/date invalid_date", "/list/0 type",
                "/list/2 too_short", "/many too_many", "/owner/email type", "/owner/extra~1~0 unknown_field",
                "/hours/0/start type", "/hours/1 type", "/object type", "/starts_at in_the_past",
            ])
        #expect(throws: ValidationError.self) { try errors.check() }
    }

    @Test func messagesNameTheRule() throws {
        let body = try reader(["a": 0, "b": "", "c": "xx", "d": "x", "e": "\n.", "f": 1, "g": [1, 2]])
        _ = body.int("a", in: 1...1440)
        _ = body.string("b", min: 1, max: 100)
        _ = body.string("c", max: 1)
        _ = body.string("d", min: 2, max: 2)
        _ = body.string("e", trimmed: false)
        _ = body.parsed("f", code: "invalid_date", message: "must be a date like 2026-11-02") { Int($0) }
        _ = body.array("g", max: 1)
        _ = body.bool("h")
        #expect(
            errors.all.map(\.message) == [
                "must be an integer from 1 to 1440", "must be from 1 to 100 characters", "must be at most 1 characters",
                "must be exactly 2 characters", "must be one line without control characters",
                "must be a date like 2026-11-02", "must have at most 1 items", "is required",
            ])
    }

    @Test func unknownFieldsAreRefusedUnlessIgnored() throws {
        let body = try reader(["name": "x", "version": 3, "nmae": "y", "a/b": 1])
        _ = body.string("name")
        body.finish(ignoring: ["version"])
        #expect(found == ["/nmae unknown_field", "/a~1b unknown_field"])
    }

    @Test(arguments: [nil, true, 1, "x", []] as [JSON])
    func whatIsNoObjectIsRefused(json: JSON) {
        #expect(ObjectReader(json, at: "/owner", errors: errors) == nil)
        #expect(errors.all == [FieldError(pointer: "/owner", code: "type", message: "must be an object")])
    }

    @Test func lengthsCountUnicodeScalars() throws {
        let body = try reader(["accents": "éé", "combined": "e\u{301}", "emoji": "📅📅", "spaces": "\u{A0} x\u{2003}"])
        #expect(body.string("accents", min: 2, max: 2) == "éé")
        #expect(body.string("combined", min: 2, max: 2) == "e\u{301}")
        #expect(body.string("emoji", min: 2, max: 2) == "📅📅")
        #expect(body.string("spaces", min: 1, max: 1) == "x")
        #expect(body.string("spaces", min: 4, max: 4, trimmed: false) == "\u{A0} x\u{2003}")
        #expect(errors.isEmpty)
    }

    @Test(
        arguments: [
            (["k": ["a\u{0}"]], "/metadata/k/0 invalid_characters"), (["k\u{0}": 1], "/metadata invalid_characters"),
            (["k": ["n": 1e300]], nil), (["a/b": .number(JSONNumber(1.5))], nil),
        ] as [(JSON, String?)])
    func freeObjectsMustBeStorable(metadata: JSON, error: String?) throws {
        let body = try reader(["metadata": metadata])
        #expect(body.object("metadata") == (error == nil ? metadata.object : nil))
        #expect(found == (error.map { [$0] } ?? []))
    }

    @Test func numbersThatNoDatabaseKeepsAreRefusedInFreeObjects() throws {
        let digits = String(repeating: "1", count: 101)
        for literal in ["1e309", "0e-99999", digits] {
            let body = try reader(try JSON.parse("{\"metadata\":{\"n\":\(literal)}}".utf8))
            #expect(body.optionalObject("metadata") == nil)
        }
        #expect(found == Array(repeating: "/metadata/n out_of_range", count: 3))
    }

    @Test func atMostAHundredErrorsAreKept() throws {
        let body = try reader(.object(JSONObject((0..<500).map { ("k\($0)", 1) })))
        body.finish()
        #expect(errors.all.count == 100)
    }

    @Test func aValidationErrorDescribesCodesOnly() {
        errors.add("/secret", code: "type", message: "must be a string")
        errors.add("/other", code: "required", message: "is required")
        #expect(String(describing: ValidationError(errors: errors.all)) == "2 field errors: required, type")
    }

    @Test func onlyMultilineTextTakesLineBreaks() throws {
        for text in ["a\r\nb", "a\rb", "a\nb"] {
            let errors = FieldErrors()
            let body = try #require(ObjectReader(["text": .string(text)], errors: errors))
            #expect(body.string("text", multiline: true) == text)
            #expect(errors.isEmpty)
            #expect(body.string("text") == nil)
            #expect(errors.all.map(\.code) == ["invalid_characters"])
        }
    }
}
