import AlmanacRuntime

/// What is read before it is known whose it is, or of all tenants: PostgreSQL has a function for each.
public enum TenantReads {
    static let all = [
        APIKeyDirectory.owner, OrganizationQueries.page, Tenants.holdsDue, DayRecorder.clocksDue, ZoneUpkeep.zonesInUse,
        ZoneUpkeep.clocksInZone, ShareLinkDirectory.lookUp,
    ]
}
