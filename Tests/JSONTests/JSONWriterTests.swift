import TestSupport
@testable import JSON
import Testing

struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func commasComeByThemselves() {
        let written = text { writer in
            writer.beginObject()
            writer.field("seq", 41)
            writer.key("empty")
            writer.beginArray()
            writer.endArray()
            writer.key("slots")
            writer.beginArray()
            for seats in 1...2 {
                writer.beginObject()
                writer.field("start", "2026-11-02T14:00:00Z")
                writer.field("seats_available", seats)
                writer.endObject()
            }
            writer.endArray()
            writer.key("nothing")
            writer.beginObject()
            writer.endObject()
            writer.field("last", true)
            writer.endObject()
        }
        #expect(
            written == """
                {"seq":41,"empty":[],"slots":[{"start":"2026-11-02T14:00:00Z","seats_available":1},\
                {"start":"2026-11-02T14:00:00Z","seats_available":2}],"nothing":{},"last":true}
                """)
    }

    @Test func membersThatAreSerializedAlreadyStandBesideOthers() {
        func object(_ write: (inout JSONWriter) -> Void) -> String {
            String(decoding: JSONWriter.object(write), as: UTF8.self)
        }
        let raw = Array(#"{"a":1,"b":[2]}"#.utf8)
        #expect(object { $0.members(of: raw) } == #"{"a":1,"b":[2]}"#)
        #expect(object { $0.members(of: Array("{}".utf8)) } == "{}")
        let written = object { writer in
            writer.field("first", true)
            writer.members(of: raw)
            writer.members([])
            writer.members(Array(#""c":{}"#.utf8))
            writer.key("list")
            writer.array(1...2) { number, writer in writer.object { $0.field("number", number) } }
            writer.key("at")
            writer.plainString { $0.append(contentsOf: "09:00".utf8) }
            writer.field("last", -7)
        }
        #expect(
            written == """
                {"first":true,"a":1,"b":[2],"c":{},"list":[{"number":1},{"number":2}],"at":"09:00","last":-7}
                """)
    }

    @Test func everyTypeHasItsForm() {
        let missing: String? = nil
        let present: Int? = 7
        let name = "key \"quoted\""
        let written = text { writer in
            writer.beginArray()
            writer.value("text")
            writer.value(-1)
            writer.value(Int64.min)
            writer.value(Int64.max)
            writer.value(0)
            writer.value(0.25)
            writer.value(Double.infinity)
            writer.value(false)
            writer.null()
            writer.value(missing)
            writer.value(present)
            writer.value(["a", "b"])
            writer.value(["json": 1.5] as JSON)
            writer.raw(Array("[1]".utf8))
            writer.raw { $0.append(contentsOf: "\"raw\"".utf8) }
            writer.beginObject()
            writer.key(name)
            writer.value(1)
            writer.field("missing", missing)
            writer.field("json", JSON.null)
            writer.endObject()
            writer.endArray()
        }
        #expect(
            written == """
                ["text",-1,-9223372036854775808,9223372036854775807,0,0.25,null,false,null,null,7,["a","b"],\
                {"json":1.5},[1],"raw",{"key \\"quoted\\"":1,"missing":null,"json":null}]
                """)
    }

    @Test func onlyWhatMustBeEscapedIs() {
        let controls = String(String.UnicodeScalarView((0..<0x20).map { Unicode.Scalar(UInt8($0)) }))
        let all = controls + "\"\\/\u{7F}é📅\u{2028}"
        #expect(
            JSON.string(all).text == #"""
                "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\#
                \u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\/
                """# + "\u{7F}é📅\u{2028}\"")
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        let json = RandomJSON.value(&generator)
        let bytes = json.serialized()
        let read = try JSON.parse(bytes)
        #expect(read == json, "seed \(seed)")
        #expect(read.hashValue == json.hashValue, "seed \(seed)")
        #expect(read.serialized() == bytes, "seed \(seed)")
        var appended: [UInt8] = [0x20]
        json.append(to: &appended)
        #expect(appended == [0x20] + bytes, "seed \(seed)")
    }
}
