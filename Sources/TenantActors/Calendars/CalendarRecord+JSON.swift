public import JSON
import AlmanacRuntime
import Scheduling

extension CalendarRecord {
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("name", settings.name)
        writer.field("slug", settings.slug)
        writer.field("description", settings.description)
        writer.field("timezone", settings.timezone)
        writer.field("color", settings.color)
        writer.field("is_active", settings.isActive)
        writer.key("owner")
        if let owner = settings.owner {
            writer.beginObject()
            if let memberID = owner.memberID { writer.field("member_id", memberID) }
            writer.field("name", owner.name)
            writer.field("email", owner.email)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.key("notify")
        writer.beginArray()
        for address in settings.notify { writer.value(address) }
        writer.endArray()
        writer.field("slot_duration_minutes", settings.slotDuration)
        writer.key("allowed_durations_minutes")
        writer.beginArray()
        for minutes in settings.allowedDurations { writer.value(minutes) }
        writer.endArray()
        writer.field("slot_interval_minutes", settings.slotInterval)
        writer.field("min_notice_minutes", settings.minNotice)
        writer.field("horizon_days", settings.horizonDays)
        writer.field("capacity", settings.capacity)
        writer.field("max_bookings_per_day", settings.maxBookingsPerDay)
        writer.field("requires_confirmation", settings.requiresConfirmation)
        writer.field("cancellation_notice_minutes", settings.cancellationNotice)
        writer.field("reschedule_notice_minutes", settings.rescheduleNotice)
        writer.field("hold_minutes", settings.holdMinutes)
        writer.key("reminders")
        CalendarSettings.Reminder.write(settings.reminders, to: &writer)
        writer.field("location", settings.location)
        writer.key("business_hours")
        settings.businessHours.write(to: &writer)
        writer.field("metadata", settings.metadata)
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
    }

    public var json: [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        write(to: &writer)
        return writer.bytes
    }
}
