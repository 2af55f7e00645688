import Scheduling
import TenantActors

extension EnglishWords {
    /// What happened, and what happens next.
    func paragraphs() -> [String] {
        switch facts.occasion {
        case .requested: requested()
        case .booked: booked()
        case .confirmed: confirmed()
        case .rescheduled: rescheduled()
        case .updated: updated()
        case .removed: ["You no longer take part in this appointment. It may go on without you."]
        case .cancelled: cancelled()
        }
    }

    private func requested() -> [String] {
        switch facts.reader.role {
        case .booker:
            [
                "Thank you: we have received your request. It is not confirmed yet.",
                "The time is kept for you.",
            ]
        case .attendee:
            [
                "\(bookerName) has requested this appointment and named you as a participant.",
                "It is not confirmed yet.",
            ]
        case .host:
            [
                "\(bookerName) has requested an appointment. It is not confirmed yet.",
                "The time is kept for this request.",
            ]
        }
    }

    private func booked() -> [String] {
        switch facts.reader.role {
        case .booker: ["Thank you for booking. Your appointment is confirmed."]
        case .attendee: ["\(bookerName) has booked this appointment and named you as a participant. It is confirmed."]
        case .host: ["\(bookerName) has booked an appointment."]
        }
    }

    private func confirmed() -> [String] {
        switch facts.reader.role {
        case .booker: ["Good news: your appointment is confirmed."]
        case .attendee: ["The appointment that \(bookerName) requested is confirmed."]
        case .host: ["The appointment with \(bookerName) is confirmed."]
        }
    }

    private func rescheduled() -> [String] {
        let moved =
            switch facts.reader.role {
            case .booker: "Your appointment has been moved. This is the new time."
            case .attendee: "The appointment that \(bookerName) booked has been moved. This is the new time."
            case .host: "The appointment with \(bookerName) has been moved. This is the new time."
            }
        guard facts.appointment.status == .pending else { return [moved] }
        return [moved, "It is still not confirmed."]
    }

    private func updated() -> [String] {
        switch facts.reader.role {
        case .booker: ["Your appointment has changed. This is how it is now."]
        case .attendee: ["The appointment that \(bookerName) booked has changed. This is how it is now."]
        case .host: ["The appointment with \(bookerName) has changed. This is how it is now."]
        }
    }

    private func cancelled() -> [String] {
        switch (facts.appointment.cancellation?.by, facts.reader.role) {
        case (.customer, .booker): ["Your appointment has been cancelled as you asked."]
        case (.host, .booker): ["We are sorry: \(hostName) has cancelled your appointment."]
        case (.system, .booker), (nil, .booker): ["We are sorry: your appointment has been cancelled."]
        case (.customer, .attendee), (.customer, .host): ["\(bookerName) has cancelled this appointment."]
        case (.host, .attendee): ["\(hostName) has cancelled this appointment."]
        case (.host, .host): ["The appointment with \(bookerName) has been cancelled on your side."]
        case (.system, .attendee), (nil, .attendee): ["This appointment has been cancelled."]
        case (.system, .host): ["The appointment with \(bookerName) has been cancelled automatically."]
        case (nil, .host): ["The appointment with \(bookerName) has been cancelled."]
        }
    }
}
