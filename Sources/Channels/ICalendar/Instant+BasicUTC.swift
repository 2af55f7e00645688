import Scheduling

extension Instant {
    /// `20261102T080000Z` (RFC 5545 §3.3.5, form 2): whole seconds, rounded towards the past.
    var basicUTC: String {
        let text = Instant(seconds: secondsFloor).rfc3339
        return String(text.unicodeScalars.filter { $0 != "-" && $0 != ":" })
    }
}
