/// What the contract names but this release does not do yet. It is accepted, so that one environment works for several
/// releases, and the log of the start says that it has no effect.
public enum UnbuiltSettings {
    /// Settings without any effect, whatever their value.
    static let keys: Set<String> = [
        "google.client_id", "google.client_secret", "google.api_url", "google.oauth_url", "microsoft.client_id",
        "microsoft.client_secret", "microsoft.graph_url", "microsoft.login_url", "zoom.client_id",
        "zoom.client_secret", "zoom.api_url", "zoom.oauth_url", "twilio.api_url", "sendgrid.api_url", "fcm.api_url",
        "egress.allow",
    ]

    /// Parts of the contract that do not exist yet.
    public static let features = [
        "confirming a pending appointment (requires_confirmation)", "sending reminders", "moving an appointment",
        "series", "extending a hold", "an appointment's history, calendar.ics, status and check-in", "analytics",
        "email, sort and series_id of the list of appointments", "a page for those who book", "widgets",
        "calendar integrations", "video meetings", "webhook subscriptions", "/contacts", "/templates", "/console",
        "/admin/organization, /admin/audit-log, /admin/actors, /admin/usage, /admin/export and /admin/channels",
        "rotating API keys", "rate limits",
    ]
}
