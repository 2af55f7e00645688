import AlmanacRuntime
import HTTP
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
import Synchronization
import TenantActors

/// `GET /bench/activation?organization=…&calendar=…&rounds=N`: takes the calendar out of memory and loads it from the
/// record, again and again. Answers the median time and the number of queries of one round.
final class ActivationRoute: Sendable {
    private let parts = Mutex<(tenants: Tenants?, database: CountedDatabase?)>((nil, nil))

    func observe(_ database: any Database) -> any Database {
        let counted = CountedDatabase(database)
        parts.withLock { $0.database = counted }
        return counted
    }

    func use(_ tenants: Tenants) { parts.withLock { $0.tenants = tenants } }

    func register(on router: Router<APIContext>) {
        router.get("/bench/activation") { request, _ -> Response in
            let (tenants, database) = self.parts.withLock { $0 }
            let query = request.uri.queryParameters
            guard let tenants, let database, let organization = query["organization"].flatMap({ ID($0) }),
                let calendar = query["calendar"].flatMap({ ID($0) })
            else { throw HTTPError(.badRequest) }
            let key = CalendarKey(organization: organization, calendar: calendar)
            var times: [UInt64] = []
            // The least of all rounds: what the server does beside is counted too.
            var queries = Int.max
            for _ in 0..<max(1, query["rounds"].flatMap { Int($0) } ?? 101) {
                await tenants.calendars.evict(key)
                let (before, start) = (database.count, SystemClock.monotonic())
                try await tenants.calendars.with(key) { _ in }
                times.append(SystemClock.monotonic() - start)
                queries = min(queries, database.count - before)
            }
            times.sort()
            let answer = #"{"milliseconds":\#(Double(times[times.count / 2] / 1_000) / 1_000),"queries":\#(queries)}"#
            return Response(
                status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: answer))
            )
        }
    }
}
