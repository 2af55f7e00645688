import Scheduling

/// A calendar's shares, in the form in which other nodes read them.
enum HotShares {
    static func write(_ shares: [CalendarShare], to writer: inout HotWriter) {
        writer.count(shares.count)
        for share in shares {
            writer.id(share.id)
            switch share.grantee {
            case .member(let id):
                writer.byte(0)
                writer.id(id)
            case .subject(let subject):
                writer.byte(1)
                writer.block(subject.utf8)
            case .team(let id):
                writer.byte(2)
                writer.id(id)
            case .organization: writer.byte(3)
            case .link: writer.byte(4)
            }
            writer.byte(UInt8(share.permission.rawValue))
            writer.byte(share.expiresAt == nil ? 0 : 1)
            if let expiresAt = share.expiresAt { writer.integer(expiresAt.microseconds) }
            writer.integer(share.createdAt.microseconds)
        }
    }

    static func read(_ reader: inout HotReader) throws(HotFormatError) -> [CalendarShare] {
        let count = try reader.count()
        guard count <= CalendarShare.limit else { throw HotFormatError() }
        var shares: [CalendarShare] = []
        for _ in 0..<count {
            let id = try reader.id()
            let grantee = try grantee(&reader)
            guard let permission = Permission(rawValue: Int(try reader.byte())) else { throw HotFormatError() }
            let expiresAt = try reader.byte() == 0 ? nil : try reader.instant()
            shares.append(
                CalendarShare(
                    id: id, grantee: grantee, permission: permission, expiresAt: expiresAt,
                    createdAt: try reader.instant()
                )
            )
        }
        return shares
    }

    private static func grantee(_ reader: inout HotReader) throws(HotFormatError) -> CalendarShare.Grantee {
        switch try reader.byte() {
        case 0: .member(try reader.id())
        case 1: .subject(try reader.text().exact)
        case 2: .team(try reader.id())
        case 3: .organization
        case 4: .link
        default: throw HotFormatError()
        }
    }
}
