/// What time it is, for deadlines and for the Date field: looked at once for all that happens at the same moment.
struct Moment {
    var now: Instant
    /// An IMF-fixdate.
    var date: [UInt8]
}
