import JSON
public import AlmanacRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Scheduling
public import TenantActors

/// What the routes stand on, and the ways of reading a request they share.
public struct API: Sendable {
    public let tenants: Tenants
    let authenticator: Authenticator
    let maxBodyBytes: Int
    let deliveries: DeliveryStore
    let tickets: TicketBooth
    let longAnswers: LongAnswers
    /// What bodies take while they come in.
    public let bodies: ByteRoom
    let nodes: any NodeDirectory
    /// Tells the channels that there is something to do.
    let wakeChannels: @Sendable () -> Void

    public init(
        tenants: Tenants, authenticator: Authenticator, maxBodyBytes: Int, nodes: any NodeDirectory,
        retries: RetrySchedule = RetrySchedule(), ticketLimits: TicketLimits = TicketLimits(),
        wakeChannels: @escaping @Sendable () -> Void = {}
    ) {
        self.tenants = tenants
        self.authenticator = authenticator
        self.maxBodyBytes = maxBodyBytes
        self.nodes = nodes
        let services = tenants.services
        deliveries = DeliveryStore(
            database: services.database, log: services.log, ids: services.ids, retries: retries
        )
        tickets = TicketBooth(
            clock: services.clock, ids: services.ids, store: services.hot, limits: ticketLimits
        )
        longAnswers = LongAnswers(room: ByteRoom(limit: services.memory.limit))
        bodies = ByteRoom(limit: services.memory.limit)
        self.wakeChannels = wakeChannels
    }

    /// What long answers take while they go out.
    public var answers: ByteRoom { longAnswers.room }

    var services: TenantServices { tenants.services }

    static let idempotencyKey = headerName("Idempotency-Key")
    static let idempotentReplayed = headerName("Idempotent-Replayed")

    /// What every body may take although there is no room: no booking is refused because others send much.
    private static let shortBody = 16_384

    /// The body's bytes, at most as many as the configuration allows.
    func bytes(_ request: Request) async throws -> [UInt8] {
        if let length = request.headers[.contentLength].flatMap(Int.init), length > maxBodyBytes {
            throw NIOTooManyBytesError(maxBytes: maxBodyBytes)
        }
        var bytes: [UInt8] = []
        let share = ByteRoom.Share(of: bodies)
        for try await part in request.body {
            let (length, free) = (bytes.count + part.readableBytes, Self.shortBody)
            guard length <= maxBodyBytes else { throw NIOTooManyBytesError(maxBytes: maxBodyBytes) }
            guard length <= free || share.grow(by: length - max(bytes.count, free)) else {
                throw CommandError.overloaded
            }
            bytes.append(contentsOf: part.readableBytesView)
        }
        withExtendedLifetime(share) {}
        return bytes
    }

    /// The body as JSON. Anything but a JSON media type is 415; no media type at all is taken as JSON.
    func json(_ request: Request) async throws -> (json: JSON, bytes: [UInt8]) {
        let bytes = try await jsonBytes(request)
        return (try JSON.parse(bytes), bytes)
    }

    /// The bytes of a body that says it is JSON, not read yet.
    func jsonBytes(_ request: Request) async throws -> [UInt8] {
        try checkMediaType(request)
        return try await bytes(request)
    }

    /// The same where the body may be left out, which is as good as an empty object.
    func optionalJSON(_ request: Request) async throws -> (json: JSON, bytes: [UInt8]) {
        let bytes = try await bytes(request)
        if bytes.isEmpty { return (.object(JSONObject()), bytes) }
        try checkMediaType(request)
        return (try JSON.parse(bytes), bytes)
    }

    private func checkMediaType(_ request: Request) throws {
        if let type = request.headers[.contentType] {
            let essence = type.exact.split(separator: ";").first?.trimmed.asciiLowercased ?? ""
            guard essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json"))
            else {
                throw Problem(.unsupportedMediaType, "unsupported_media_type", "The body must be application/json.")
            }
        }
    }

    /// Reads a body into a command, with all its errors at once.
    func read<T>(_ json: JSON, _ body: (ObjectReader) -> T?) throws -> T {
        let errors = FieldErrors()
        if let reader = ObjectReader(json, errors: errors), let value = body(reader), errors.isEmpty { return value }
        try errors.check()
        throw Problem(.internalServerError, "internal_error", "Something went wrong on our side.")
    }

    /// What a command runs as. `bytes` is the body: with an Idempotency-Key it is part of what the key stands for.
    func command(
        _ request: Request, _ context: APIContext, organization: ID, principal: String, body bytes: [UInt8]
    ) throws -> CommandContext {
        var keyed: KeyedRequest?
        if let key = request.headers[Self.idempotencyKey] {
            guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Problem.validation([
                    FieldError(
                        pointer: "/Idempotency-Key", code: "invalid_value",
                        message: "must be 1 to 255 visible ASCII characters"
                    )
                ])
            }
            if request.method == .post {
                keyed = KeyedRequest(
                    scope: IdempotencyClaim.Scope(
                        organizationID: organization, credential: principal, route: request.uri.path, key: key
                    ),
                    body: bytes
                )
            }
        }
        return CommandContext(
            organizationID: organization, principal: principal, requestID: context.requestID, keyed: keyed
        )
    }

    func command(
        _ request: Request, _ context: APIContext, _ principal: Principal, body bytes: [UInt8] = []
    ) throws -> CommandContext {
        try command(
            request, context, organization: principal.organizationID, principal: principal.credential, body: bytes
        )
    }

    /// The id in the path; what is no id names nothing.
    func id(_ context: APIContext, _ what: String = "resource", parameter: String = "id") throws -> ID {
        guard let text = context.parameters.get(parameter), let id = ID(text) else { throw Problem.notFound(what) }
        return id
    }

    /// The condition of `If-Match`, if there is one.
    func ifMatch(_ request: Request) -> VersionCondition? {
        guard let value = request.headers[.ifMatch] else { return nil }
        if value.exact.trimmed == "*" { return .any }
        return .oneOf(value.exact.split(separator: ",").map { $0.trimmed.text })
    }

    /// Whether `If-None-Match` names the tag (weak comparison, RFC 9110 §13.1.2).
    func matches(_ request: Request, _ etag: String) -> Bool {
        guard let value = request.headers[.ifNoneMatch] else { return false }
        if value.exact.trimmed == "*" { return true }
        let etag = etag.exact
        return value.exact.split(separator: ",").contains { part in
            let tag = part.trimmed
            return tag == etag || (tag.hasPrefix("W/") && tag.dropFirst(2) == etag)
        }
    }
}
