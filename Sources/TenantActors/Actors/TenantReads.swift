import AlmanacRuntime

/// Reads for which the tenant is not known yet, or that concern all tenants. PostgreSQL has a function for each.
public enum TenantReads {
    static let all = [
        APIKeyDirectory.owner, OrganizationQueries.page, Tenants.holdsDue, DayRecorder.clocksDue, ZoneUpkeep.zonesInUse,
        ZoneUpkeep.clocksInZone, ShareLinkDirectory.lookUp,
    ]
}
