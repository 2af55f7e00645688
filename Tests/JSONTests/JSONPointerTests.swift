@testable import JSON
import Testing

struct JSONPointerTests {
    /// RFC 6901 §5.
    @Test(arguments: [
        ("foo", "/foo"), ("", "/"), ("a/b", "/a~1b"), ("c%d", "/c%d"), ("e^f", "/e^f"), ("k\"l", "/k\"l"), (" ", "/ "),
        ("m~n", "/m~0n"), ("~1", "/~01"), ("é/~", "/é~1~0"),
    ])
    func tokensAreEscaped(token: String, pointer: String) {
        #expect(JSONPointer.appending(token, to: "") == pointer)
    }

    @Test func pointersGrow() {
        let item = JSONPointer.appending(0, to: JSONPointer.appending("business_hours", to: ""))
        #expect(JSONPointer.appending("start", to: item) == "/business_hours/0/start")
    }
}
