import Foundation

/// The current time as an IMF-fixdate (RFC 9110 section 5.6.7), formatted once a second for all connections of a loop.
final class HTTPDate {
    private var second: time_t = 0
    /// In ASCII.
    private(set) var text: [UInt8] = []

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Takes the time of day from the system's clock, or as given.
    func update(to current: time_t = time(nil)) {
        guard current != second || text.isEmpty else { return }
        second = current
        text = Array(Self.format(current).utf8)
    }

    static func format(_ second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = days[Int(parts.tm_wday)]
        let month = months[Int(parts.tm_mon)]
        return "\(day), \(two(parts.tm_mday)) \(month) \(parts.tm_year + 1900)"
            + " \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}
