import Scheduling
import Testing

func instant(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }
