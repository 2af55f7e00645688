@testable import JSON
import Testing

struct JSONObjectTests {
    @Test(arguments: [3, 8, 9, 40])
    func keysKeepTheirOrder(count: Int) {
        var object = JSONObject((0..<count).map { ("k\($0)", .number(JSONNumber($0))) })
        object["k1"] = "changed"
        #expect(object.keys == (0..<count).map { "k\($0)" })
        #expect(object["k1"] == "changed")
        object["k0"] = nil
        object["k0"] = "again"
        #expect(object.keys == (1..<count).map { "k\($0)" } + ["k0"])
        #expect(object.map(\.key) == object.keys)
        #expect(object["k\(count - 1)"] == .number(JSONNumber(count - 1)))
        #expect(object["none"] == nil)
    }

    @Test func aLaterPairReplacesAnEarlierOne() {
        let object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object == JSONObject([("a", 3), ("b", 2)]))
        #expect(object.keys == ["a", "b"])
    }

    @Test func theOrderOfKeysDoesNotCountInEquality() {
        let left: JSON = ["a": 1, "b": ["c": nil]]
        let right: JSON = ["b": ["c": nil], "a": 1]
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left != ["a": 1, "b": ["c": 0]])
        #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
    }

    @Test func literalsReadLikeJSON() {
        let json: JSON = ["s": "x", "i": 1, "d": 1.5, "b": true, "n": nil, "a": [1, "2"], "o": [:]]
        #expect(json.text == #"{"s":"x","i":1,"d":1.5,"b":true,"n":null,"a":[1,"2"],"o":{}}"#)
    }
}
