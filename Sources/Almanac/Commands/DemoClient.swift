import JSON
import AlmanacRuntime
import Foundation
import FoundationNetworking
import Scheduling

/// Makes the demo through the API, as any client would.
struct DemoClient {
    let base: String
    let operatorToken: String

    /// A client of the server that has the database open; nil if no server answers.
    static func running(_ configuration: AlmanacConfiguration) async throws -> DemoClient? {
        let host = configuration.host == "0.0.0.0" ? "127.0.0.1" : configuration.host
        let base = "http://\(host):\(configuration.port)"
        guard let url = URL(string: base + "/health/live"), configuration.port != 0,
            let (_, response) = try? await URLSession.shared.data(from: url),
            (response as? HTTPURLResponse)?.statusCode == 200
        else { return nil }
        guard let token = configuration.operatorToken else {
            throw DemoFailure(message: "a server is running at \(base): set operator.token (ALMANAC_OPERATOR_TOKEN)")
        }
        return DemoClient(base: base, operatorToken: token)
    }

    func seed() async throws -> Demo {
        let organization = try await post(
            "/api/v1/platform/organizations", operatorToken, ["name": "Demo Studio", "slug": "demo"],
            conflict: "the demo organization is there already; its key was shown when it was made"
        )
        guard let key = organization["api_key"]?.string else { throw DemoFailure(message: "no key in the answer") }
        let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]
        let hours = weekdays.flatMap { day -> [JSON] in
            [
                ["day_of_week": .string(day), "start": "09:00", "end": "12:00"],
                ["day_of_week": .string(day), "start": "13:00", "end": "17:00"],
            ]
        }
        let calendar = try await post(
            "/api/v1/calendars", key,
            [
                "name": "Consultation", "timezone": "Europe/Berlin", "slot_duration_minutes": 30,
                "description": "Half an hour with us.",
                "owner": ["name": "Demo Studio", "email": "studio@example.com"],
                "business_hours": .array(hours),
            ]
        )
        guard let id = calendar["id"]?.string else { throw DemoFailure(message: "no id in the answer") }
        return try await look(
            Demo(organizationID: organization["id"]?.string, apiKey: key, calendarID: id, firstSlot: nil)
        )
    }

    /// The demo with the start of a slot that is free now.
    func look(_ demo: Demo) async throws -> Demo {
        let now = SystemClock().now()
        let range = "from=\(now.rfc3339)&to=\(now.adding(days: 14).rfc3339)"
        let (status, json) = try await request(
            "GET", "/api/v1/calendars/\(demo.calendarID)/availability?\(range)", demo.apiKey, nil
        )
        guard status == 200 else {
            throw DemoFailure(message: "the demo calendar answered \(status): \(json["detail"]?.string ?? "")")
        }
        var demo = demo
        demo.firstSlot = json["slots"]?.array?.first?["start"]?.string
        return demo
    }

    private func post(_ path: String, _ token: String, _ body: JSON, conflict: String? = nil) async throws -> JSON {
        let (status, json) = try await request("POST", path, token, body)
        if status == 409, let conflict { throw DemoFailure(message: conflict) }
        guard status == 201 else {
            throw DemoFailure(message: "\(path) answered \(status): \(json["detail"]?.string ?? "")")
        }
        return json
    }

    private func request(_ method: String, _ path: String, _ token: String, _ body: JSON?) async throws -> (Int, JSON) {
        guard let url = URL(string: base + path) else { throw DemoFailure(message: "\(base) is not a URL") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.serialized())
        }
        do {
            let (data, response) = try await URLSession.shared.data(for: request)
            return ((response as? HTTPURLResponse)?.statusCode ?? 0, try JSON.parse([UInt8](data)))
        } catch {
            throw DemoFailure(message: "\(base) does not answer as an almanac server does")
        }
    }
}
